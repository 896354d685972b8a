"""Reading the source of a formula where Unicode can say it exactly, or not at all."""

import re
import unicodedata
from collections.abc import Callable

from bot.core.latex.braces import pairs
from bot.core.latex.symbols import (
    DECLARATIONS,
    FONTS,
    MATH_ACCENTS,
    TEXT_FONTS,
    accented,
    blackboard,
    lowered,
    raised,
    symbols_of_formulas,
)

_MARK = re.compile(r"\\[A-Za-z]+\s*|\\.|\s+|.", re.DOTALL)
_NAME = re.compile(r"[A-Za-z]+")
_ESCAPES = {"\\,": " ", "\\;": " ", "\\:": " ", "\\ ": " ", "\\!": "", "\\/": "", "\\|": "‖"}
_BLACKBOARD = frozenset({"mathbb", "Bbb"})
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"})
_BINOMIALS = frozenset({"binom", "dbinom", "tbinom"})
_ABOVE = frozenset({"overset", "stackrel", "underset"})
_ARROWS = {"xrightarrow": "→", "xleftarrow": "←"}
_TAKING = FONTS | MATH_ACCENTS | TEXT_FONTS | _BLACKBOARD | _FRACTIONS
_OPERATORS = frozenset({"operatorname", "mathop"})
_SIGNS = frozenset("=<>+-|/")
_ORDINARY = frozenset("∞∂∇∀∃∄∅∑∏∐∫∬∭∮√¬⊤⊥⋯⋮⋱∠")


class _Unreadable(Exception):
    """The formula holds something that Unicode cannot say."""


def read_maths(source: str, read_text: Callable[[str], str]) -> str | None:
    r"""Give a formula as Unicode, or None where it must stay raw.

    `read_text` reads the prose in `\text{…}` and its kin.
    """
    try:
        read = _Formula(source, read_text).read()
    except _Unreadable:
        return None
    return read or None


class _Formula:
    """One pass over a formula; each part of it in braces is a formula again."""

    def __init__(self, source: str, read_text: Callable[[str], str]) -> None:
        self._source = source
        self._read_text = read_text
        self._closing = pairs(source)
        self._at = 0
        self._out = ""
        self._apart = False  # what comes next must not run into a word before it
        self._loose = False  # the command before ended in a space, which says how wide to set

    def read(self) -> str:
        while self._at < len(self._source):
            mark = self._next()
            self._step(mark)
            self._loose = mark[0] == "\\" and mark[-1].isspace()
        return " ".join(self._out.split())

    def _next(self) -> str:
        found = _MARK.match(self._source, self._at)
        assert found is not None  # noqa: S101 - every character is a mark
        self._at = found.end()
        return found[0]

    def _step(self, mark: str) -> None:
        if mark.isspace() or mark == "~":
            self._out += " "
        elif mark == "{":
            self._at -= 1
            self._put(self._argument())
        elif mark in {"^", "_"}:
            script = self._argument()
            if not script:
                raise _Unreadable
            self._out = self._out.rstrip() + (raised(script) if mark == "^" else lowered(script))
            self._apart = self._out[-1].isascii() and self._out[-1].isalnum()
        elif mark == "\\\\" and self._is_doubled():
            self._at -= 1
        elif mark in {"}", "&", "$", "\\\\"}:
            raise _Unreadable
        elif mark.startswith("\\"):
            self._command(mark)
        else:
            self._put(f" {mark}" if self._loose and mark in _SIGNS else mark)

    def _put(self, text: str) -> None:
        """Add something, apart from a word or a written-out script that it would run into."""
        if self._apart and text[:1].isalnum() and self._out[-1:].isalnum():
            self._out += " "
        self._out += text
        self._apart = False

    def _is_doubled(self) -> bool:
        r"""Whether a program wrote a backslash twice: a formula has no lines, but has `\\alpha`."""
        found = _NAME.match(self._source, self._at)
        return found is not None and (found[0] in symbols_of_formulas() or found[0] in _TAKING)

    def _command(self, mark: str) -> None:
        name = mark[1:].rstrip()
        if not name.isalpha():
            self._escape(mark)
        elif name in TEXT_FONTS | _OPERATORS:
            self._prose(name)
        elif name in FONTS | MATH_ACCENTS | _BLACKBOARD | {"unicode"}:
            self._put(self._styled(name, self._argument()))
        elif name in symbols_of_formulas():
            self._symbol(symbols_of_formulas()[name])
        elif name not in DECLARATIONS:
            self._built(name)

    def _built(self, name: str) -> None:
        r"""Read what is made of arguments; an author's own `\foo` stays, if it has none."""
        if name in _FRACTIONS:
            self._fraction()
        elif name in _BINOMIALS:
            self._put(f"({self._argument()} choose {self._argument()})")
        elif name in _ABOVE or name in _ARROWS:
            self._labelled(name)
        elif name == "pmod":
            self._out = f"{self._out.rstrip()} (mod {self._argument()})"
        elif name == "sqrt":
            self._root()
        elif name == "not":
            self._negated()
        elif name == "href":
            self._link()
        elif self._source[self._at : self._at + 1] in {"{", "["}:
            raise _Unreadable
        else:
            self._put(f"\\{name}")
            self._apart = True

    def _escape(self, mark: str) -> None:
        text = _ESCAPES.get(mark, mark[1:] if mark[1:] in "{}%$#&_" else None)
        if text is None:
            raise _Unreadable
        self._out += text

    def _prose(self, name: str) -> None:
        text = self._read_text(self._raw_argument())
        if name in _OPERATORS:
            self._symbol(text)
        else:
            self._put(text)

    def _link(self) -> None:
        start = self._at
        self._raw_argument()
        self._raw_argument()
        self._put(self._read_text(f"\\href{self._source[start : self._at]}"))

    def _symbol(self, prints: str) -> None:
        if len(prints) > 1 and prints[0].isalpha():  # an operator with a name, as log
            self._apart = True
            self._put(prints)
            self._apart = True
        elif not prints.isalnum() and _is_relation(prints):
            spaced = self._out.strip() and (self._loose or self._out.endswith(" "))
            self._put(f" {prints} " if spaced else prints)
        else:
            self._put(prints)

    def _styled(self, name: str, argument: str) -> str:
        if name in FONTS:
            return argument
        if name in _BLACKBOARD:
            return blackboard(argument)
        text = code_point(argument) if name == "unicode" else accented(name, argument)
        if text is None:
            raise _Unreadable
        return text

    def _fraction(self) -> None:
        if self._out[-1:].isalnum():
            self._out += " "  # 2 1/3 would be read as 21/3
        above, below = _grouped(self._argument()), _grouped(self._argument())
        self._put(f"{above}/{below}")
        self._apart = True

    def _labelled(self, name: str) -> None:
        """Read a sign with something above or below it, which is written as a script."""
        script = self._argument()
        sign = _ARROWS.get(name) or self._argument()
        if not script or not sign:
            raise _Unreadable
        self._symbol(sign + (lowered(script) if name == "underset" else raised(script)))

    def _negated(self) -> None:
        """Strike a relation through, where Unicode has it so."""
        struck = unicodedata.normalize("NFC", f"{self._argument()}\u0338")
        if len(struck) != 1:
            raise _Unreadable
        self._symbol(struck)

    def _root(self) -> None:
        self._put("√" + _grouped(self._argument()))
        self._apart = True

    def _argument(self) -> str:
        """Read what the next command or script applies to: a group, or one mark."""
        source = self._raw_argument()
        return _Formula(source, self._read_text).read() or ""

    def _raw_argument(self) -> str:
        while self._source[self._at : self._at + 1].isspace():
            self._at += 1
        start = self._at
        if start >= len(self._source):
            raise _Unreadable
        if self._source[start] == "{":
            if start not in self._closing:
                raise _Unreadable
            self._at = self._closing[start] + 1
            return self._source[start + 1 : self._at - 1]
        mark = self._next()
        if mark in {"^", "_", "[", "}"}:
            raise _Unreadable
        name = mark[1:].rstrip()
        if name in DECLARATIONS:
            return self._raw_argument()
        if name in TEXT_FONTS | FONTS | _BLACKBOARD and self._at in self._closing:
            self._at = self._closing[self._at] + 1
        elif name in _FRACTIONS:
            self._raw_argument()
            self._raw_argument()
        return self._source[start : self._at]


def code_point(text: str) -> str | None:
    r"""Read the argument of MathJax's `\unicode`, as in x2013; None where it is none."""
    try:
        character = chr(int(text[1:], 16) if text[:1] in {"x", "X"} else int(text))
    except (ValueError, OverflowError):
        return None
    return character if character.isprintable() else None


def _grouped(text: str) -> str:
    """Put what has parts into parentheses, so that a stroke or a root takes all of it."""
    return text if text.replace(".", "").isalnum() else f"({text})"


def _is_relation(prints: str) -> bool:
    """Whether a sign stands between two things: relations, operations, arrows."""
    return prints not in _ORDINARY and (prints == "·" or unicodedata.category(prints[0]) == "Sm")
