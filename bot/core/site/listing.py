"""Pages that list papers in parts: of a topic, of one of its months, of a day, of a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from bot.core.render.wording import display, month, names, short_date
from bot.core.site import places
from bot.core.site.frame import Frame, Leading
from bot.core.site.model import Section, Shelf
from bot.core.site.rows import Table
from bot.core.site.words import long_month, number, papers

_ASIDE = 12
"""Months that stand beside a topic's papers; all of them stand below."""
_PEOPLE = 12


class Content(NamedTuple):
    """A line of the list beside the papers, or of that of the months."""

    name: str
    tally: str
    href: str


class Part(NamedTuple):
    """A table with its heading, which leads to `href` if that is not empty; its rows are HTML."""

    name: str
    anchor: str
    tally: str
    rows: Sequence[bytes]
    href: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a page says: `kicker` stands above its heading, and leads to `above`.

    `lists` are its papers for other tools.
    """

    lead: str
    parts: Sequence[Part]
    kicker: str
    above: str = ""
    around: Sequence[Leading] = ()
    contents: Sequence[Content] = ()
    contents_name: str = ""
    months: Sequence[tuple[int, Sequence[Content]]] = ()
    lists: Sequence[Leading] = ()
    sorting: bool = False


def of_topic(frame: Frame, section: Section, months: Mapping[date, int]) -> Listing:
    """Choose the words of a topic's page; `months` are counts by the first days of months."""
    shelf, shown, total = section.shelf, len(section.cards), sum(months.values())
    ways = [_way(frame, shelf, first, months[first]) for first in sorted(months, reverse=True)]
    by_year = groupby(ways, key=lambda way: way.name.rpartition(" ")[2])
    count = papers(shown) if shown >= total else f"the newest {number(shown)} of {papers(total)}"
    return Listing(
        lead=f"{_sentence(count + _following(shelf))}.",
        parts=_parts(Table(frame, ranked=True), [section], "Newest papers"),
        kicker="Topic",
        lists=[*frame.feeds, *frame.tables],
        sorting=True,
        contents=ways[:_ASIDE],
        contents_name="Newest months",
        months=[(int(year), list(group)) for year, group in by_year],
    )


def of_month(frame: Frame, section: Section, first: date) -> Listing:
    """Choose the words of a month's page."""
    shelf = section.shelf
    return Listing(
        lead=f"{_sentence(papers(len(section.cards)))}, by the date of the version that is shown.",
        parts=_parts(Table(frame), [section], long_month(first)),
        kicker=f"All of {display(shelf.name)}",
        above=frame.to(places.topic(shelf.slug)),
    )


def of_day(
    frame: Frame, sections: Sequence[Section], day: date, around: tuple[date | None, date | None]
) -> Listing:
    """Choose the words of a day's page."""
    count = len({card.paper.id for one in sections for card in one.cards})
    parts = _parts(Table(frame, within=True), sections)
    arrows = zip(("← {}", "{} →"), around, strict=True)
    lists = {"BibTeX": "bib", "RIS": "ris"}
    return Listing(
        lead=f"{_sentence(papers(count))} on our topics.",
        parts=parts,
        kicker="Archive",
        above=frame.to(places.ARCHIVE),
        around=[
            Leading(words.format(short_date(one)), frame.to(places.day(one)))
            for words, one in arrows
            if one
        ],
        contents=[Content(one.name, number(len(one.rows)), f"#{one.anchor}") for one in parts],
        contents_name="Topics",
        lists=[Leading(name, frame.to(places.day_file(day, end))) for name, end in lists.items()],
    )


def of_author(frame: Frame, section: Section) -> Listing:
    """Choose the words of a person's page: by the years of the versions shown."""
    years = [
        Section(section.shelf, list(cards))
        for _, cards in groupby(section.cards, key=lambda card: card.date.year)
    ]
    table = Table(frame)
    parts = [
        Part(str(year), f"y{year}", papers(len(one.cards)), lines)
        for one in years
        for year, lines in [(one.cards[0].date.year, table.lines(one, is_open=True))]
    ]
    return Listing(
        lead=f"{_sentence(papers(len(section.cards)))}, the newest first.",
        parts=parts,
        kicker="Authors",
        above=frame.to(places.AUTHORS),
        contents=[Content(one.name, number(len(one.rows)), f"#{one.anchor}") for one in parts],
        contents_name="Years",
    )


def _parts(table: Table, sections: Iterable[Section], name: str = "") -> list[Part]:
    """Make a part of each section that holds anything, under its topic's name or another."""
    return [
        Part(
            name or display(one.shelf.name),
            one.shelf.slug,
            papers(len(one.cards)),
            table.lines(one),
            "" if name else table.frame.to(places.topic(one.shelf.slug)),
        )
        for one in sections
        if one.cards
    ]


def _way(frame: Frame, shelf: Shelf, first: date, count: int) -> Content:
    there = frame.to(places.topic_month(shelf.slug, first))
    return Content(f"{month(first)} {first.year}", number(count), there)


def _following(shelf: Shelf) -> str:
    people = names([display(one) for one in shelf.following], _PEOPLE)
    return f", following {people}" if people else ""


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
