"""What the feeds say of themselves and of each paper, whichever their format."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TypeVar

from bot.core.model import Paper
from bot.core.render.wording import display
from bot.core.site import places
from bot.core.site.drawing import KEPT
from bot.core.site.model import Card, Shelf, Site
from bot.core.site.newest import newest
from bot.core.site.words import INTRODUCTION
from bot.core.visible import visible

Text = TypeVar("Text")
_NOBODY = "tag:daily-papers.invalid,2026"
"""Before the ids of feeds whose address is not known (RFC 4151): a name that nobody can own."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Feed:
    """The newest papers of one topic, or of all: `shelf` is then None.

    `cards` are at most `site.limit`, the newest first. Where the site's address is not known there
    is no `page`, and the id is made of the topic's part of it alone: the same on every machine.
    """

    site: Site
    shelf: Shelf | None
    cards: tuple[Card, ...]

    @property
    def title(self) -> str:
        """The site's title, and the topic's name."""
        site = visible(self.site.title)
        return f"{site}: {visible(self.shelf.name)}" if self.shelf else site

    @property
    def about(self) -> str:
        """The introduction of the pages."""
        return visible(self.site.introduction or INTRODUCTION)

    @property
    def page(self) -> str:
        """The address of the page that shows the same; "" where it is not known."""
        there = places.topic(self.shelf.slug) if self.shelf else places.INDEX
        return absolute(self.site, there)

    @property
    def identity(self) -> str:
        """What names the feed for ever."""
        return self.page or f"{_NOBODY}:{f'topics/{self.shelf.slug}' if self.shelf else 'all'}"

    @property
    def updated(self) -> datetime:
        """The instant of the newest version in it; without any, the day of the last update.

        A topic's feed has none then: its page hangs on its papers alone.
        """
        if self.cards:
            return self.cards[0].paper.updated
        day = None if self.shelf else self.site.updated
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else _NEVER

    def address(self, ending: str) -> str:
        """Give the address of the feed in one of its formats; "" where it is not known."""
        slug = self.shelf.slug if self.shelf else None
        there = places.topic_file(slug, ending) if slug else places.everything(ending)
        return absolute(self.site, there)


def feed_of(site: Site, shelf: Shelf | None, cards: Iterable[Card]) -> Feed:
    """Make the feed of a topic, or of all, from cards in any order, of which some may repeat."""
    return Feed(site, shelf, tuple(newest(cards, site.limit)))


def absolute(site: Site, place: str) -> str:
    """Give the address of a page or file of the site; "" where the site's is not known."""
    return f"{site.url}/{place}" if site.url else ""


def instant(moment: datetime) -> str:
    """Write an instant as RFC 3339 has it, in UTC and whole seconds."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def each_once(site: Site, name: str, told: Callable[[Site, Card], Text]) -> Callable[[Card], Text]:
    """Keep what is told of a paper under a name: it stands in the feeds of several topics."""
    if name not in site.drawn:
        # A copy: what is kept by a site must not keep that site.
        site.drawn[name] = lru_cache(maxsize=KEPT)(partial(told, replace(site)))
    kept: Callable[[Card], Text] = site.drawn[name]
    return kept


@lru_cache(maxsize=KEPT)  # every format names them
def authors_of(paper: Paper) -> Sequence[str]:
    """Give the authors' names as people read them."""
    return [name for name in map(display, paper.authors) if name]


@lru_cache(maxsize=KEPT)  # as above
def categories_of(paper: Paper) -> Sequence[str]:
    """Give the categories, the primary one first."""
    names = map(visible, (paper.primary_category, *paper.categories))
    return [name for name in dict.fromkeys(names) if name]


def topics_of(site: Site, card: Card) -> list[Shelf]:
    """Give the topics that the paper matches, in the order of the pages."""
    return [shelf for shelf in site.topics if shelf.slug in card.topics]
