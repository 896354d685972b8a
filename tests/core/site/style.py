"""What the style sheet paints an element with: enough of CSS for our own sheet, and no more."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.core.site.assets import STYLE, asset_name, assets
from tests.core.site.dom import Element

SHEET = assets()[asset_name(STYLE)].decode()
DARK = "@media screen and (prefers-color-scheme: dark)"
_SIMPLE = re.compile(r"::?[a-z-]+(?:\([^)]*\))?|\[[^]]*\]|\.[\w-]+|^[a-z0-9]+|^\*")


class Rule(NamedTuple):
    """Declarations, for what a selector fits, within a media query or ""."""

    media: str
    selector: str
    declarations: Mapping[str, str]


def rules(sheet: str = SHEET) -> Iterator[Rule]:
    """Read all rules in their order."""
    yield from _read(sheet, "")


def _read(sheet: str, media: str) -> Iterator[Rule]:
    at = 0
    while found := re.compile(r"\s*([^{}]+?)\s*\{").match(sheet, at):
        head, start = found[1], found.end()
        if head.startswith(("@media", "@supports")):
            end = _closing(sheet, start)
            yield from _read(sheet[start:end], head)
        else:
            end = sheet.index("}", start)
            pairs = (one.split(":", 1) for one in sheet[start:end].split(";") if ":" in one)
            held = {name.strip(): value.strip() for name, value in pairs}
            for selector in head.split(","):
                yield Rule(media, " ".join(selector.split()), held)
        at = end + 1


def _closing(sheet: str, at: int) -> int:
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(sheet[at], 0)
        at += 1
    return at - 1


def colours(*, dark: bool) -> dict[str, str]:
    """Give the values of the variables that are colours."""
    found: dict[str, str] = {}
    for rule in rules():
        if rule.selector == ":root" and rule.media in {"", DARK if dark else ""}:
            found |= {name: value for name, value in rule.declarations.items() if "#" in value}
    return {name: value for name, value in found.items() if name.startswith("--")}


def fits(selector: str, path: Sequence[Element], states: frozenset[str]) -> bool:
    """Tell whether a selector fits the last of `path`, where the states named hold."""
    *above, last = selector.replace(" > ", " ").split(" ")
    if not _fits(last, path[-1], states):
        return False
    rest = list(path[:-1])
    for one in reversed(above):
        while rest and not _fits(one, rest[-1], states):
            rest.pop()
        if not rest:
            return False
        rest.pop()
    return True


def _fits(compound: str, element: Element, states: frozenset[str]) -> bool:
    parts = _SIMPLE.findall(compound)
    assert "".join(parts) == compound, compound
    for part in parts:
        if part.startswith("."):
            held = part[1:] in element.css
        elif part.startswith(("[", ":")):
            held = part in states or (part.startswith("[") and _has(part, element))
        else:
            held = part in {"*", element.tag}
        if not held:
            return False
    return True


def _has(part: str, element: Element) -> bool:
    name, _, value = part.strip("[]").partition("=")
    return name in element.attributes and value in {"", element.attributes[name]}


def weight(selector: str) -> tuple[int, int]:
    """Tell how specific a selector is."""
    parts = [
        part for one in selector.replace(" > ", " ").split(" ") for part in _SIMPLE.findall(one)
    ]
    strong = [part for part in parts if part[0] in ".[:" and not part.startswith("::")]
    return len(strong), len(parts) - len(strong)
