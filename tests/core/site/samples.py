"""Sites for tests: of invented papers, and of the recorded corpus."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bot.core.model import Paper
from bot.core.query import parse
from bot.core.site.model import Card, Counts, Section, Site, authors_of, topics_of
from tests import builders

TODAY = builders.NOON.date()
WORDS = {
    "Language models": "language model",
    "Diffusion": "diffusion",
    "3D and rendering": "3D",
    "Robots": "robot",
    "Medical images": "medical",
    "Segmentation": "segmentation",
    "Video": "video",
    "Transformers": "transformer",
    "Data sets": "dataset",
    "Graphs": "graph",
}


def site(
    names: Sequence[str] = ("Language", "Vision"), authors: Sequence[str] = (), **changes: Any
) -> Site:
    """Build a site with these topics, and these people whom they follow."""
    values: dict[str, Any] = {
        "title": "Daily Papers",
        "introduction": "",
        "url": "https://papers.example.org",
        "limit": 100,
        "topics": topics_of([(name, parse("all:subject"), ()) for name in names]),
        "authors": authors_of([(name, parse(f'au:"{name}"')) for name in authors]),
        "updated": TODAY,
    }
    return Site(**(values | changes))


def card(number: int = 1, topics: Sequence[str] = ("language",), **changes: Any) -> Card:
    """Build a card of paper `2601.<number>`, which came today; `changes` are the paper's."""
    return Card(builders.paper(number, **changes), TODAY, tuple(topics))


def section(of: Site, slug: str, cards: Sequence[Card]) -> Section:
    """Put cards into a topic's section."""
    return Section(of.topic(slug), cards)


def recorded(folder: Path, each: int = 100) -> tuple[Site, list[Section]]:
    """Build a site of ten topics with papers of the recorded corpus, `each` in every one."""
    papers = list(islice(_papers(folder), 3_500))
    topics = topics_of([(name, parse(f'all:"{word}"'), ()) for name, word in WORDS.items()])
    found = {
        shelf.slug: [one for one in papers if word.casefold() in one.abstract.casefold()]
        for shelf, word in zip(topics, WORDS.values(), strict=True)
    }
    chosen = {slug: some[:each] for slug, some in found.items()}
    of_paper = {
        one.id: tuple(slug for slug, some in chosen.items() if one in some)
        for some in chosen.values()
        for one in some
    }
    counts = {slug: _counts([one.updated.date() for one in some]) for slug, some in found.items()}
    counts[""] = _counts([one.updated.date() for one in papers])
    whole = site(topics=topics, counts=counts)
    return whole, [
        Section(shelf, [Card(one, one.updated.date(), of_paper[one.id]) for one in chosen[slug]])
        for shelf in topics
        for slug in [shelf.slug]
    ]


def _papers(folder: Path) -> Iterator[Paper]:
    """Read papers as they were recorded; their dates are invented, 60 of them a day."""
    with gzip.open(folder / "corpus" / "papers-20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, lines)):
            ago = number // 40
            came = builders.NOON - timedelta(days=ago + 2 * (ago // 5))
            yield builders.paper(
                id=row["id"],
                title=" ".join(row["title"].split()),
                abstract=" ".join(row["summary"].split()),
                authors=tuple(row["authors"]),
                categories=tuple(row["categories"]),
                primary_category=row["categories"][0],
                comment=row["comment"],
                version=2 if number % 9 == 0 else 1,
                published=came,
                updated=came,
            )


def _counts(days: Sequence[date]) -> Counts:
    held: Mapping[date, int] = {day: days.count(day) for day in dict.fromkeys(days)}
    return Counts(len(days), held)
