"""A small site with every kind of page, as the builder would write it."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.core.model import Detail
from bot.core.site import files
from bot.core.site.model import Card, Counts, Section, Site
from tests import builders
from tests.core.site import samples

YESTERDAY = samples.TODAY - timedelta(days=1)
MEASURED = "2601.00899"
ABSTRACT = "We study how <models> cite & what they read."


def cards() -> list[Card]:
    """Build cards that show one of everything, and enough plain ones to fill the index."""
    both = ("language", "vision")
    special = [
        samples.card(900, both, comment="12 pages, accepted at the ACL 2026", version=3),
        samples.card(901, both, comment="Withdrawn", journal_ref="Phys. Rev. D", doi="10.1/x 10/y"),
        samples.card(902, ("language",), detail=Detail.FEED, abstract=""),
        samples.card(899, ("language",), title="A Mesure of Words", abstract="We measuré."),
        samples.card(903, authors=tuple(f"Author {n}" for n in range(50)), report_no="MIT-1"),
        Card(builders.paper(904), samples.TODAY, ("language",), followed=(0, 1)),
        Card(builders.paper(905, id="math/0601001", affiliations=("CERN",)), YESTERDAY, both),
        Card(builders.paper(906, comment="ACL 2026"), YESTERDAY, (), followed=(0,)),
    ]
    return [*special, *(samples.card(number, abstract=ABSTRACT) for number in range(1, 41))]


def site(**changes: Any) -> Site:
    """Build the site around them."""
    days = Counter(one.day for one in cards() if one.topics)
    counts = Counts(days.total(), days)
    names = ("Ana García", "Li Wei", "li wei")
    made = samples.site(
        ("Language", "Vision", "Nothing"),
        authors=names,
        counts={"": counts, "language": Counts(counts.total + 100, days), "vision": counts},
    )
    return replace(made, **changes)


def sections(of: Site) -> list[Section]:
    """Put the cards into the sections of their topics."""
    return [
        Section(shelf, [one for one in cards() if shelf.slug in one.topics]) for shelf in of.topics
    ]


def pages(of: Site) -> dict[str, bytes]:
    """Write every file of the site but the site map, by its address."""
    held = sections(of)
    found = dict(files.common(of)) | dict(files.index(of, held))
    for one in held:
        months = Counter(card.date.replace(day=1) for card in one.cards)
        found |= dict(files.topic(of, one, months))
        for month in months:
            found |= dict(files.month(of, one, month))
    for day, around in ((YESTERDAY, (None, samples.TODAY)), (samples.TODAY, (YESTERDAY, None))):
        found |= dict(files.day(of, _on(held, day), day, around))
    for shelf in of.authors:
        wrote = [one for one in cards() if one.followed]
        found |= dict(files.author(of, Section(shelf, wrote)))
    for card in cards():
        found |= dict(files.paper(of, card))
    return found


def html(of: Site) -> dict[str, bytes]:
    """Write the pages alone."""
    return {name: content for name, content in pages(of).items() if name.endswith(".html")}


def _on(held: list[Section], day: date) -> list[Section]:
    return [Section(one.shelf, [card for card in one.cards if card.day == day]) for one in held]
