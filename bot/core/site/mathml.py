r"""Texts as the pages show them: Unicode where it carries a formula, and MathML where it does not.

Unicode is plain, can be selected and searched, and is what digests show; so it stays wherever it
reads well. MathML is for scripts that have no small letters, for fractions and roots of more than a
few signs, and for what Unicode cannot say. Beside it stands the Unicode reading, unseen, for
browsers that know no MathML.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from markupsafe import Markup, escape

from bot.core.latex import LONGEST
from bot.core.latex.braces import FORMULA_LIMIT, formula
from bot.core.latex.maths import read_maths
from bot.core.latex.text import read_text
from bot.core.render.wording import display
from bot.core.site.mathml_formula import read_formula
from bot.core.site.mathml_tree import SIGNED, Element, core, widths, written
from bot.core.visible import visible

WIDEST = 40
"""Characters up to which a formula may have no place for the end of a line: half a phone's."""

_GROUPS = 60
"""Groups up to which a formula is read: so deep can they be nested."""
_GROUPS_OF_TEXT = 500
"""The same of a text, in which each dollar may have to look for its end past all of them."""
_LINE = 16
"""Characters beyond which a formula gets places where a line may end."""
_HELD = re.compile(r"(?<!\S)\S{1,24}\Z")
"""What stands right before a formula, where it is short."""
_OPENING = re.compile(r"\\[A-Za-z]+|\\.|\$", re.DOTALL)
_STOOD_IN = re.compile("([\U000f0000-\U000ffffd])")
"""Characters of nobody's, which stand in for formulas while the text about them is read."""
_STAND_IN = 0xF0000
_LINEAR = re.compile(r"[_^\\√]|/\(|\)/| choose |\$")
"""What a reading holds in which something may have lost its form."""
_SCRIPT = re.compile(r"[_^]")
_ESCAPED = re.compile(r"\\[_^]")
_SHORT = re.compile(r"\([^()]{1,5}\)")
_STACKED = re.compile(r"√\(|/\(|\)/| choose ")
_STACKING = re.compile(r"\\(?:[dtc]?frac|nicefrac|sfrac|sqrt|[dt]?binom)(?![A-Za-z])")
_INFIX = re.compile(r"\\(?:over|choose|atop)(?![A-Za-z])")
_BREAKS_BEFORE = frozenset("=<>≤≥≪≫≈≡≃≅∼≲≳∝≠≔∈⊂⊆→⇒⇔↦+−±") | {":=", "<<", ">>"}
_OPENS, _CLOSES, _BARS = frozenset("([{⟨⌈⌊"), frozenset(")]}⟩⌉⌋"), frozenset("|‖")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as its author wrote it, as Unicode says it, and as MathML: HTML, and escaped.

    It is long if a line `breaks` within it.
    """

    source: str
    unicode: str
    mathml: Markup
    breaks: bool


Piece = str | Formula


def pieces(text: str, readable: Mapping[str, str] | None = None) -> tuple[Piece, ...]:
    """Divide outside text into what reads well in Unicode and the formulas that need MathML.

    With the Unicode readings of the formulas in their places it is what `display` gives, exactly.
    """
    plain = display(text, readable)
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        return (plain,)
    if not _LINEAR.search(plain):
        return (plain,)
    found = _divided(text)
    same = "".join(one if isinstance(one, str) else one.unicode for one in found) == plain
    return found if same else (plain,)


def markup(text: str, readable: Mapping[str, str] | None = None) -> Markup:
    """Give outside text as HTML, formulas included."""
    found = pieces(text, readable)
    if len(found) == 1 and isinstance(found[0], str):  # nearly every text
        return escape(found[0])
    return Markup("").join(_joined(found))


def _joined(found: Sequence[Piece]) -> Iterator[Markup]:
    """Yield pieces as HTML, each formula with what stands right before it: no line ends there."""
    before = ""
    for one in found:
        if isinstance(one, str):
            before = one
            continue
        held = None if one.breaks else _HELD.search(before)
        if held is None:
            yield escape(before) + one.mathml
        else:
            yield escape(before[: held.start()])
            yield Markup('<span class="whole">{}{}</span>').format(held[0], one.mathml)
        before = ""
    yield escape(before)


@lru_cache(maxsize=2048)  # a paper stands on several pages
def _divided(text: str) -> tuple[Piece, ...]:
    if len(text) > LONGEST or text.count("{") > _GROUPS_OF_TEXT or _STOOD_IN.search(text):
        return (display(text),)
    found: list[Formula] = []
    rest, at = "", 0
    for start, end, source in _formulas(text):
        if (read := _formula(source, text[start:end])) is not None:
            rest += text[at:start] + chr(_STAND_IN + len(found))
            found.append(read)
            at = end
    parts = _STOOD_IN.split(display(rest + text[at:]))
    return tuple(
        found[ord(part) - _STAND_IN] if number % 2 else part
        for number, part in enumerate(parts)
        if part
    )


def _formulas(text: str) -> Iterator[tuple[int, int, str]]:
    r"""Find the formulas between dollars and in `\(…\)` and `\[…\]`: from, to, and the source."""
    at = 0
    while opening := _OPENING.search(text, at):
        start, at = opening.span()
        if opening[0] == "$" and (found := formula(text, start)) is not None:
            source, at = found
            yield start, at, source
        elif opening[0] in {"\\(", "\\["}:
            close = text.find({"\\(": "\\)", "\\[": "\\]"}[opening[0]], at, at + FORMULA_LIMIT)
            if close > 0:
                yield start, close + 2, text[at:close]
                at = close + 2


@lru_cache(maxsize=2048)
def _formula(source: str, whole: str) -> Formula | None:
    """Read a formula that needs MathML; None where Unicode carries it, or MathML cannot.

    `whole` is its source with the marks about it.
    """
    if source.count("{") > _GROUPS or not _needs(source, read_maths(source, read_text)):
        return None
    items = read_formula(visible(source), _prose)
    if not items:
        return None
    lines = _lines(items)
    if _widest(lines) > WIDEST:
        return None
    said = visible(read_text(whole))
    return Formula(source, said, _html(lines, said), breaks=len(lines) > 1)


def _prose(text: str) -> str:
    """Read prose within a formula, and keep the spaces about it."""
    read = read_text(text)
    return f"{' ' * read[:1].isspace()}{visible(read)}{' ' * read[-1:].isspace()}"


def _needs(source: str, reading: str | None) -> bool:
    """Tell whether a formula's Unicode reading loses what the formula looks like."""
    if reading is None or _INFIX.search(source):
        return True
    if _SCRIPT.search(reading) and _SCRIPT.search(_ESCAPED.sub("", source)):
        return True
    return bool(_STACKING.search(source) and _STACKED.search(_SHORT.sub("x", reading)))


def _lines(items: Sequence[Element]) -> list[list[Element]]:
    """Divide a long formula where a line may end, outside of brackets if that is enough."""
    if sum(map(widths, items)) <= _LINE:
        return [list(items)]
    lines = _divided_at(items, within=False)
    return [
        part
        for line in lines
        for part in (_divided_at(line, within=True) if _widest([line]) > WIDEST else [line])
    ]


def _widest(lines: Sequence[Sequence[Element]]) -> float:
    return max(sum(map(widths, line)) for line in lines)


def _places(items: Sequence[Element], *, within: bool) -> Iterator[int]:
    """Find where a line may begin: at relations and sums, and after commas."""
    depth, open_bar = 0, False
    for place, item in enumerate(items):
        mark = core(item).content
        depth += (mark in _OPENS) - (mark in _CLOSES)
        open_bar ^= mark in _BARS
        if item.tag == "mo" and (within or not (depth or open_bar)):
            if mark in _BREAKS_BEFORE and not item.attributes:
                yield place
            elif mark == ",":
                yield place + 1


def _divided_at(items: Sequence[Element], *, within: bool) -> list[list[Element]]:
    """Divide a row at all such places; a sign that begins a line stays an operation."""
    lines: list[list[Element]] = [[]]
    places = set(_places(items, within=within))
    for place, item in enumerate(items):
        if place in places and lines[-1]:
            lines.append([])
        begins = len(lines) > 1 and not lines[-1] and item.content in SIGNED
        lines[-1].append(replace(item, attributes=(("form", "infix"),)) if begins else item)
    return lines


def _html(lines: Sequence[Sequence[Element]], said: str) -> Markup:
    """Write a formula, with what is said of it where it is not seen."""
    if len(lines) == 1:
        shown = f'<math alttext="{escape(said)}"><mrow>{written(lines[0])}</mrow></math>'
    else:
        parts = "".join(f"<math><mrow>{written(line)}</mrow></math>" for line in lines)
        shown = f'<span role="math" aria-label="{escape(said)}">{parts}</span>'
    return Markup(f'{shown}<span class="said" hidden="">{escape(said)}</span>')  # noqa: S704 - escaped
