"""Reading a formula's source as a tree of MathML: the commands that are made of arguments.

It reads what abstracts hold, takes the symbols from the tables that Unicode readings take, and
knows no definitions, links, styles or files. What it does not know for certain it does not read.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

from bot.core.latex.symbols import DECLARATIONS, TEXT_FONTS, symbols_of_formulas
from bot.core.site import mathml_signs as signs
from bot.core.site.mathml_letters import FONTS
from bot.core.site.mathml_marks import Unreadable
from bot.core.site.mathml_reading import Build, Reader, divided, enclosed
from bot.core.site.mathml_tree import Element, leaf, node, row, set_apart, space

# A program wrote a backslash twice: without a table a formula has no lines, but has `\\alpha`.
_DOUBLED = re.compile(r"\\\\(?=[A-Za-z{}])")
_TABLE = re.compile(r"\\(?:begin|substack)(?![A-Za-z])")
_GAP = space(".25em")


def read_formula(source: str, prose: Callable[[str], str]) -> tuple[Element, ...] | None:
    r"""Give a formula as the parts of one row, or None where it cannot be read with certainty.

    `prose` reads what stands in `\text{…}` and its kin, as plain text. An author's own `\foo` is
    shown as it is, unless it takes arguments.
    """
    if _TABLE.search(source) is None:
        source = _DOUBLED.sub(r"\\", source)
    try:
        return Reader(source, prose, _BUILT).row("")
    except Unreadable:
        return None


def _delimiter(reader: Reader) -> str:
    """Take the sign that encloses something."""
    mark = reader.marks.take()
    name = mark[1:]
    text = signs.ESCAPED.get(name) or symbols_of_formulas().get(name, "") if name else mark
    text = {"<": "⟨", ">": "⟩"}.get(text, text)
    if not signs.is_delimiter(text):
        raise Unreadable
    return text


def _fenced(reader: Reader, _: str) -> list[Element]:
    """Read what stands between delimiters that grow with it."""
    before = _delimiter(reader)
    inside = reader.closed("\\right")
    return [enclosed(before, inside, _delimiter(reader))]


def _big(reader: Reader, name: str) -> list[Element]:
    """Read a delimiter of a certain size."""
    size = signs.SIZES[name.rstrip("lr")]
    return [signs.fence(_delimiter(reader), minsize=size, maxsize=size)]


def _styled(reader: Reader, name: str) -> list[Element]:
    """Read an argument in a font."""
    kept, reader.font = reader.font, FONTS.get(name, reader.font)
    read = reader.argument()
    reader.font = kept
    return [read]


def _text(reader: Reader, _: str) -> list[Element]:
    """Read prose, with the spaces about it, which MathML would not keep."""
    text = reader.prose(reader.marks.take_source())
    if not text.strip():
        return [_GAP]
    before, after = text[0].isspace(), text[-1].isspace()
    return [*[_GAP] * before, leaf("mtext", " ".join(text.split())), *[_GAP] * after]


def _operator(reader: Reader, _: str) -> list[Element]:
    """Read the name of a function, or a sign that is to be one."""
    if reader.marks.ahead() == "*":
        reader.marks.next()
    text = " ".join(reader.prose(reader.marks.take_source()).split())
    if not text:
        raise Unreadable
    return [Element("mi", text, names=True) if len(text) > 1 else signs.sign(text)]


def _accented(reader: Reader, name: str) -> list[Element]:
    """Read something with an accent, which is wide only where it is to be."""
    accent = signs.ACCENTS.get(name) or signs.WIDE_ACCENTS[name]
    wide = "true" if name in signs.WIDE_ACCENTS else "false"
    return [node("mover", reader.argument(), leaf("mo", accent, stretchy=wide))]


def _underlined(reader: Reader, _: str) -> list[Element]:
    return [node("munder", reader.argument(), leaf("mo", "_", stretchy="true"))]


def _fraction(reader: Reader, name: str) -> list[Element]:
    above = reader.argument()
    return [divided(name, above, reader.argument())]


def _root(reader: Reader, _: str) -> list[Element]:
    """Read a root, with its degree if it has one."""
    if reader.marks.skip() != "[":
        return [node("msqrt", reader.argument())]
    reader.marks.next()
    degree = row(reader.closed("]"))
    return [node("mroot", reader.argument(), degree)]


def _labelled(reader: Reader, name: str) -> list[Element]:
    """Read a sign with something above or below it."""
    label = reader.argument()
    return [node("munder" if name == "underset" else "mover", reader.argument(), label)]


def _arrow(reader: Reader, name: str) -> list[Element]:
    """Read an arrow with something above it."""
    if reader.marks.skip() == "[":
        raise Unreadable
    return [node("mover", leaf("mo", signs.ARROWS[name], stretchy="true"), reader.argument())]


def _bracketed(reader: Reader, name: str) -> list[Element]:
    """Read a state of quantum mechanics."""
    before, after = signs.BRACKETS[name]
    return [enclosed(before, [reader.argument()], after)]


def _modulus(reader: Reader, _: str) -> list[Element]:
    """Read what a congruence is modulo."""
    inside = set_apart([Element("mi", "mod", names=True), reader.argument()])
    return [_GAP, enclosed("(", inside, ")")]


def _negated(reader: Reader, _: str) -> list[Element]:
    """Read a relation that is struck through, where Unicode has it so."""
    found = reader.argument()
    struck = unicodedata.normalize("NFC", f"{found.content}\u0338")
    if len(struck) != 1:
        raise Unreadable
    return [signs.sign(struck)]


def _coloured(reader: Reader, name: str) -> list[Element]:
    """Read what has a colour, without it."""
    reader.marks.take_source()
    return [reader.argument()] if name == "textcolor" else []


def _spaced(reader: Reader, _: str) -> list[Element]:
    """Read a space of some length."""
    reader.marks.take_source()
    return [_GAP]


def _environment(reader: Reader, _: str) -> list[Element]:
    """Read a table, whose columns stand as MathML puts them."""
    name = reader.marks.take_source()
    if name.rstrip("*") not in signs.ENVIRONMENTS:
        raise Unreadable
    if name == "array":
        reader.marks.take_source()
    table = _table(reader, "\\end")
    if reader.marks.take_source() != name:
        raise Unreadable
    before, after = signs.ENVIRONMENTS[name.rstrip("*")]
    return [enclosed(before, [table], after)]


def _stacked(reader: Reader, _: str) -> list[Element]:
    """Read lines that stand below each other."""
    if reader.marks.take() != "{":
        raise Unreadable
    return [_table(reader, "}")]


def _table(reader: Reader, end: str) -> Element:
    """Read lines of cells up to `end`, and take it."""
    rows: list[list[Element]] = [[]]
    mark = ""
    while mark != end:
        rows[-1].append(node("mtd", *reader.row("&", "\\\\", end)))
        mark = reader.marks.next()
        if mark == "\\\\":
            rows.append([])
            _pass_over_height(reader)
    return node("mtable", *(node("mtr", *cells) for cells in rows if _is_filled(cells)))


def _pass_over_height(reader: Reader) -> None:
    if reader.marks.ahead() == "[":
        while reader.marks.next() not in {"]", ""}:
            pass


def _is_filled(cells: Sequence[Element]) -> bool:
    return any(cell.content for cell in cells)


_BUILT: dict[str, Build] = {
    **dict.fromkeys(signs.FRACTIONS | signs.BINOMIALS, _fraction),
    **dict.fromkeys([*signs.ACCENTS, *signs.WIDE_ACCENTS], _accented),
    **dict.fromkeys([size + side for size in signs.SIZES for side in ("", "l", "r")], _big),
    **dict.fromkeys(signs.BRACKETS, _bracketed),
    **dict.fromkeys(signs.ARROWS, _arrow),
    **dict.fromkeys(signs.LABELLED, _labelled),
    **dict.fromkeys(signs.OPERATORS, _operator),
    **dict.fromkeys(TEXT_FONTS, _text),
    **dict.fromkeys((FONTS.keys() | {"ensuremath"}) - DECLARATIONS, _styled),
    **dict.fromkeys(("underline", "uline"), _underlined),
    **dict.fromkeys(("hspace", "vspace"), _spaced),
    **dict.fromkeys(("color", "textcolor"), _coloured),
    "left": _fenced,
    "sqrt": _root,
    "pmod": _modulus,
    "not": _negated,
    "begin": _environment,
    "substack": _stacked,
}
