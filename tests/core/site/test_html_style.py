"""The style sheet: contrast in both modes, sizes, and what it leaves to the reader's system."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from bot.core.site.calendar import LEVELS
from tests.core.render.test_render_accessible import luminance
from tests.core.site import whole
from tests.core.site.dom import Element, dom
from tests.core.site.style import SHEET, colours, fits, rules, weight

STATES = {
    "at rest": frozenset[str](),
    "pointed at": frozenset({":hover"}),
    "chosen": frozenset({"[aria-current]", ":focus"}),
    "open": frozenset({"[open]"}),
}
PAINT = ("color", "background")
READ = "read"


class Paint(NamedTuple):
    """What an element is painted with, its own or an ancestor's."""

    color: str
    background: str


@cache
def pages() -> list[Element]:
    """Read all pages but those of papers like others."""
    found = whole.html(whole.site(searchable=True))
    plain = re.compile(r"papers/2601/2601\.000")
    return [dom(page).one("html") for name, page in found.items() if not plain.match(name)]


def painted(page: Element, states: frozenset[str], *, read: bool, dark: bool) -> set[Paint]:
    """Collect which colour of text stands on which ground, where there is text."""
    held = sorted(
        (one for one in rules() if not one.media and {*PAINT, "--ink"} & one.declarations.keys()),
        key=lambda one: weight(one.selector),
    )
    found = set()

    def walk(path: list[Element], known: dict[str, str], paint: Paint) -> None:
        element = path[-1]
        if read and "row" in element.css:
            element = Element(element.tag, {"class": f"row {READ}"}, element.inner)
            path = [*path[:-1], element]
        mine = [one for one in held if one.selector != ":root" and fits(one.selector, path, states)]
        for rule in mine:
            variables = {n: v for n, v in rule.declarations.items() if n.startswith("--")}
            known = known | {name: value_of(value, known) for name, value in variables.items()}
        for rule in mine:
            given = {n: v for n, v in rule.declarations.items() if n in PAINT}
            paint = paint._replace(
                **{n: value_of(v, known) for n, v in given.items() if v.startswith("var(")}
            )
        for inner in element.inner:
            if isinstance(inner, Element):
                walk([*path, inner], known, paint)
            elif inner.strip() and "sr" not in element.css:
                found.add(paint)

    walk([page.one("body")], colours(dark=dark), Paint("#000000", "#ffffff"))
    return found


def value_of(value: str, known: dict[str, str]) -> str:
    (name,) = re.findall(r"^var\((--[\w-]+)\)$", value)
    return known[name]


def contrast(one: str, other: str) -> float:
    light = sorted([luminance(one), luminance(other)])
    return (light[1] + 0.05) / (light[0] + 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("read", [False, True], ids=["unread", "read"])
def test_every_text_stands_out_from_its_ground_as_wcag_aa_asks(
    state: str, *, read: bool, dark: bool
) -> None:
    found = set[Paint]().union(
        *(painted(page, STATES[state], read=read, dark=dark) for page in pages())
    )
    assert len(found) >= 10
    assert not {paint for paint in found if contrast(*paint) < 4.5}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("drawn", "ground"),
    [
        ("--spark", "--ground"),
        ("--spark", "--lit"),
        ("--soft", "--ground"),  # the borders of fields and buttons
        ("--soft", "--sheet"),
        ("--link", "--ground"),  # the outline of what has the focus
        ("--link", "--sheet"),
        ("--rule", "--sheet"),
    ],
)
def test_what_is_drawn_stands_out_too(drawn: str, ground: str, *, dark: bool) -> None:
    known = colours(dark=dark)
    assert contrast(known[drawn], known[ground]) >= 3


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("level", range(1, LEVELS + 1))
def test_every_shade_of_the_calendar_can_be_read(level: int, *, dark: bool) -> None:
    (rule,) = [one for one in rules() if one.selector == f".l{level}"]
    text, ground = (value_of(rule.declarations[name], colours(dark=dark)) for name in PAINT)
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["--ink", "--link", "--soft"])
def test_words_that_were_found_can_be_read(text: str, *, dark: bool) -> None:
    known = colours(dark=dark)
    assert contrast(known[text], known["--hit"]) >= 4.5


def test_a_weak_colour_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = colours(dark=False) | {"--soft": "#9aa0a6"}
    monkeypatch.setattr(f"{__name__}.colours", lambda *, dark: weak)
    found = painted(pages()[0], STATES["at rest"], read=False, dark=False)
    assert {paint for paint in found if contrast(*paint) < 4.5}


def test_every_colour_has_a_name_so_that_each_mode_has_its_own() -> None:
    for rule in rules():
        if rule.selector == ":root":
            continue
        for name, value in rule.declarations.items():
            free = rule.selector == ".help::backdrop" or not re.search(r"#[0-9a-f]{3}", value)
            assert free, (rule.selector, name, value)


def test_dark_mode_names_only_what_light_mode_does() -> None:
    assert colours(dark=True).keys() == colours(dark=False).keys()
    changed = colours(dark=True).items() - colours(dark=False).items()
    assert len(changed) >= len(colours(dark=True)) - 2


def sizes() -> Iterator[float]:
    for rule in rules():
        if rule.media == "@media print":
            continue
        for name, value in rule.declarations.items():
            if name in {"font", "font-size"}:
                yield from map(float, re.findall(r"(?:^|\s)([\d.]+)rem\b", value))


def test_no_text_is_smaller_than_14_px() -> None:
    assert min(sizes()) >= 0.875


def test_on_a_phone_all_that_is_touched_is_44_px_high() -> None:
    phone = [one for one in rules() if one.media == "@media (max-width: 48rem)"]
    high = {one.selector for one in phone if one.declarations.get("min-height") == "2.75rem"}
    assert {".fold", ".aside", ".field", ".button", ".pick", ".action"} <= high


def test_whoever_wants_no_motion_gets_none() -> None:
    moving = {name for rule in rules() for name in rule.declarations if not rule.media}
    assert not {"animation", "scroll-behavior"} & moving
    (still,) = {
        one.declarations["transition"]
        for one in rules()
        if one.media == "@media (prefers-reduced-motion: reduce)"
    }
    assert still == "none !important"


def test_on_paper_there_are_addresses_and_nothing_to_press() -> None:
    paper = {one.selector: one for one in rules() if one.media == "@media print"}
    assert "attr(href)" in paper[".title::after"].declarations["content"]
    for selector in (".tools", ".topics", ".button", ".dot", ".links", "details:not([open])"):
        assert paper[selector].declarations["display"] == "none !important"


def test_every_class_of_a_page_is_styled_or_asked_for() -> None:
    used = {name for page in pages() for one in page.walk() for name in one.css}
    styled = set(re.findall(r"\.([a-z][\w-]*)", SHEET))
    assert used - styled <= {"bib", "abstract", "comment", "note", "main", "paper"}
    assert styled - used <= {
        *("dot", "read", "current", "hide-read", "alone", "brief", "l2", "l3"),
        *("said", "whole"),  # beside formulas in MathML
        *("ask", "queries"),  # on the page of searches
    }
