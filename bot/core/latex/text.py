"""Reading prose with LaTeX in it, in one pass; what it does not know stays as it stands."""

import re

from bot.core.latex.braces import FORMULA_LIMIT, formula, pairs
from bot.core.latex.maths import code_point, read_maths
from bot.core.latex.symbols import (
    CITATIONS,
    DECLARATIONS,
    FONTS,
    LETTERS_OF_WORDS,
    TEXT_FONTS,
    accented,
    is_accent,
    lowered,
    raised,
    symbols,
)

_TOKEN = re.compile(
    r"""(?P<url>https?://(?:[^\s{}$\\"'`<>]|\\[_%\#&~])+)
    |(?P<command>\\[A-Za-z]+)
    |(?P<escape>\\[^A-Za-z])
    |(?P<dollar>\$)
    |(?P<group>\{)
    |(?P<tie>~)
    |(?P<quotes>(?<!`)``(?!`)|''|")
    |(?P<quoted>(?<![\w`\\])`(?P<inner>[^\s`'][^`']{0,80})'(?![\w']))
    |(?P<dashes>(?<![-!])-{2,3}(?![->]))""",
    re.VERBOSE,
)
_ESCAPES = {**dict.fromkeys(" ,;:\\\n", " "), **dict.fromkeys("!/-@", "")}
_LETTER = re.compile(r"\{\s*(\\[ij]|\w?)\s*\}|(\\[ij])(?![A-Za-z])\s?|(\w)")
_SPACED_LETTER = re.compile(rf"{_LETTER.pattern}|\s+(\w)")
# arXiv writes a command that begins like an accent as that accent: \rho comes as \r{ho}.
_SPLIT_NAME = re.compile(r"\{([a-z]{2,})\}")
_GROUP = re.compile(r"\s*(?=\{)")
_OPTION_AND_GROUP = re.compile(r"(?:\[[^][{}]{0,60}\])?\s*(?=\{)")
_APOSTROPHE = re.compile(r"(?:s|t|re|ve|ll|d|m)\b")


def read_text(text: str) -> str:
    """Give prose with its LaTeX as Unicode, as far as that is exact."""
    return _Prose(text).read()


class _Prose:
    """One pass over prose; what stands in a command's braces is prose again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._closing = pairs(text)
        self._at = 0
        self._quotes = 0  # opened with `` and not yet closed

    def read(self) -> str:
        pieces = []
        while found := _TOKEN.search(self._text, self._at):
            pieces.append(self._text[self._at : found.start()])
            self._at = found.end()
            pieces.append(self._piece(found))
        pieces.append(self._text[self._at :])
        return "".join(pieces)

    def _piece(self, found: re.Match[str]) -> str:  # noqa: PLR0911 - one answer a kind of token
        match found.lastgroup:
            case "url":
                return re.sub(r"\\(.)", r"\1", found[0])
            case "command":
                return self._command(found[0][1:])
            case "escape":
                return self._escape(found[0][1])
            case "dollar":
                return self._dollar(found.start())
            case "group":
                return self._group(found.start())
            case "tie":
                return self._tie(found.start())
            case "quotes":
                return self._quote(found[0])
            case "dashes":
                return self._dashes(found)
            case _:
                return f"‘{read_text(found['inner'])}’"

    def _command(self, name: str) -> str:
        if is_accent(name):
            return self._accent(name)
        if name in DECLARATIONS:
            return self._declaration()
        if name in symbols():
            return self._symbol(name)
        argument = self._argument(option=name in CITATIONS or name in {"color", "textcolor"})
        if argument is None:
            return f"\\{name}"
        return self._with_argument(name, argument)

    def _with_argument(self, name: str, argument: str) -> str:
        read = read_text(argument)
        if name in TEXT_FONTS | FONTS:
            return read
        if name in {"href", "hyperlink", "textcolor"}:
            return self._two(name, argument)
        if name == "color":
            return ""
        if name in CITATIONS:
            return f"[{argument}]"
        if name in {"textsuperscript", "textsubscript"}:
            return raised(read) if name == "textsuperscript" else lowered(read)
        return self._rare(name, argument, read)

    def _rare(self, name: str, argument: str, read: str) -> str:
        if name == "url":
            return _address(argument)
        if name == "footnote":
            return f" ({read.strip()})"
        if name == "unicode":
            return code_point(argument) or f"\\unicode{{{argument}}}"
        return f"\\{name}{{{read}}}"

    def _two(self, name: str, first: str) -> str:
        """Read a command of two arguments: a link with its words, or a colour with its words."""
        second = self._argument()
        if second is None:
            return first if name == "textcolor" else _address(first)
        words = read_text(second)
        if name == "textcolor":
            return words
        address = _address(first)
        return address if words.strip() in address else f"{words} ({address})"

    def _declaration(self) -> str:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1
        return ""

    def _symbol(self, name: str) -> str:
        prints = symbols()[name]
        following = self._text[self._at : self._at + 2]
        if following == "{}":
            self._at += 2
        elif following[:1].isspace():
            self._at += name in LETTERS_OF_WORDS
        elif following[:1] == ".":
            self._at += prints.endswith(".")
        return prints

    def _accent(self, name: str) -> str:
        """Read an accent and its letter; an accent over nothing prints itself."""
        if name == "'" and _APOSTROPHE.match(self._text, self._at) and self._after_word():
            return "'"
        if split := _SPLIT_NAME.match(self._text, self._at):
            self._at = split.end()
            return symbols().get(name + split[1], f"\\{name}{split[1]}")
        takes = _SPACED_LETTER if name in "cvuHkr" else _LETTER
        found = takes.match(self._text, self._at)
        letter = next((group for group in found.groups() if group is not None), "") if found else ""
        whole = accented(name, letter)
        if found is not None and whole is not None:
            self._at = found.end()
            return whole
        if found is not None and not letter and not name.isalpha():
            self._at = found.end()
            return name
        return f"\\{name}"

    def _after_word(self) -> bool:
        """Whether the accent just read ends a word: there English has an apostrophe, not an ś."""
        return (
            re.search(r"[A-Za-z]{3}$", self._text[max(0, self._at - 5) : self._at - 2]) is not None
        )

    def _escape(self, character: str) -> str:
        if character in "([":
            return self._bracketed({"(": "\\)", "[": "\\]"}[character], character)
        if is_accent(character):
            return self._accent(character)
        if character in "%&#_$" + "{}":
            return character
        return _ESCAPES.get(character, f"\\{character}")

    def _bracketed(self, end: str, character: str) -> str:
        """Read a formula in LaTeX's own brackets."""
        close = self._text.find(end, self._at, self._at + FORMULA_LIMIT)
        read = read_maths(self._text[self._at : close], read_text) if close > 0 else None
        if read is None:
            return f"\\{character}"
        self._at = close + 2
        return read

    def _dollar(self, at: int) -> str:
        found = formula(self._text, at)
        if found is None:
            return "$"
        source, self._at = found
        read = read_maths(source, read_text)
        return self._text[at : self._at] if read is None else read

    def _group(self, at: int) -> str:
        """Read a group; its braces go where they are TeX's, and stay where they are a set's."""
        close = self._closing.get(at)
        if close is None:
            return "{"
        self._at = close + 1
        inside = self._text[at + 1 : close]
        before, after = self._text[max(0, at - 1) : at], self._text[close + 1 : close + 2]
        plain = before not in {"^", "_"} and not re.search("[,:;|\"']", inside)
        words = before.isalpha() or after.isalpha() or inside[:1].isupper()
        if inside.startswith("\\") or not inside or (plain and words):
            return read_text(inside)
        return f"{{{read_text(inside)}}}"

    def _tie(self, at: int) -> str:
        """Read a tilde: a space between two words, but "about" before a number: ~85%, 6~300."""
        before, after = self._text[max(0, at - 1) : at], self._text[at + 1 : at + 2]
        if not before or before.isspace() or before in "([=<>/~" or not after or after in " ~=\n":
            return "~"
        return "~" if before.isdigit() and after.isdigit() else " "

    def _quote(self, mark: str) -> str:
        if mark == "``":
            self._quotes += 1
            return "“"
        if self._quotes == 0:
            return mark
        self._quotes -= 1
        return "”"

    def _dashes(self, found: re.Match[str]) -> str:
        """Read two or three hyphens as dashes, but leave a program's `--option`."""
        before = self._text[max(0, found.start() - 1) : found.start()]
        after = self._text[found.end() : found.end() + 1]
        if (not before or before in " \n([`") and after.isalpha():
            return found[0]
        return "—" if len(found[0]) == 3 else "–"

    def _argument(self, *, option: bool = False) -> str | None:
        """Take the group that comes next, if one does; leave out an option in brackets."""
        before = _OPTION_AND_GROUP if option else _GROUP
        opened = before.match(self._text, self._at)
        if opened is None or opened.end() not in self._closing:
            return None
        close = self._closing[opened.end()]
        self._at = close + 1
        return self._text[opened.end() + 1 : close]


def _address(argument: str) -> str:
    """Read a web address as LaTeX's url command does: nearly verbatim."""
    return re.sub(r"\\([_%#&~$])(?:\{\})?", r"\1", argument.strip())
