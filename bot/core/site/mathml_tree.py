"""Formulas as trees of MathML Core, and the one place that writes them as markup."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import escape

SIGNED = frozenset("+−±∓")
"""Operations that are signs of what follows, where nothing stands before them."""

_NARROWED = 0.7
"""How wide a script or a part of a fraction is, against the same in the line."""
_CLOSING = frozenset(")]}|‖!′⟩⌉⌋")


@dataclass(frozen=True, slots=True)
class Element:
    """An element with its text, or with its children; `names` those that name a function."""

    tag: str
    content: "str | tuple[Element, ...]" = ()
    attributes: tuple[tuple[str, str], ...] = ()
    names: bool = False


def leaf(tag: str, text: str, /, **attributes: str) -> Element:
    """Make an element with a text."""
    return Element(tag, text, tuple(attributes.items()))


def node(tag: str, *children: Element, **attributes: str) -> Element:
    """Make an element with children."""
    return Element(tag, children, tuple(attributes.items()))


def space(width: str) -> Element:
    """Make a space, by its width in em."""
    return Element("mspace", (), (("width", width),))


def row(items: Sequence[Element]) -> Element:
    """Make one element of several; a single one stays what it is."""
    return items[0] if len(items) == 1 else Element("mrow", tuple(items))


def scripted(base: Element, below: Element | None, above: Element | None) -> Element:
    """Put scripts on a base; with none it stays what it is."""
    if below is not None and above is not None:
        return node("msubsup", base, below, above)
    if below is not None:
        return node("msub", base, below)
    return node("msup", base, above) if above is not None else base


def set_apart(items: Sequence[Element]) -> tuple[Element, ...]:
    """Space the parts of a row as TeX does where MathML would not.

    The name of a function stands apart from what it would run into, and a sign is no operation
    where nothing comes before it that it could join.
    """
    found: list[Element] = []
    for item in items:
        before = found[-1] if found else None
        if before is not None and _runs_together(before, item):
            found.append(space(".167em"))
        signs = item.tag == "mo" and item.content in SIGNED and not item.attributes
        opens = before is None or (before.tag == "mo" and before.content not in _CLOSING)
        found.append(replace(item, attributes=(("form", "prefix"),)) if signs and opens else item)
    return tuple(found)


def widths(one: Element) -> float:
    """Tell how wide a part of a formula is, about, in characters."""
    if isinstance(one.content, str):
        return len(one.content)
    parts = [widths(child) for child in one.content]
    match one.tag:
        case "mfrac" | "mover" | "munder" | "mtable":
            return max(parts, default=0) * (_NARROWED if one.tag == "mfrac" else 1)
        case "msub" | "msup" | "msubsup":
            return parts[0] + _NARROWED * max(parts[1:])
        case _:
            return sum(parts)


def core(one: Element) -> Element:
    """Give what carries the scripts."""
    while one.tag in {"msub", "msup", "msubsup"} and isinstance(one.content, tuple):
        one = one.content[0]
    return one


def written(items: Iterable[Element]) -> str:
    """Write elements as MathML: well-formed XML without a namespace, every text escaped."""
    return "".join(map(_written, items))


def _written(one: Element) -> str:
    said = "".join(f' {name}="{escape(value)}"' for name, value in one.attributes)
    inside = escape(one.content) if isinstance(one.content, str) else written(one.content)
    return f"<{one.tag}{said}>{inside}</{one.tag}>"


def _runs_together(before: Element, after: Element) -> bool:
    """Whether a function's name stands beside something that is neither sign nor space."""
    if not (core(before).names or core(after).names):
        return False
    return not {core(before).tag, core(after).tag} & {"mo", "mspace"}
