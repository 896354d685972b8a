"""The papers of the pages as the store has them: its shelves, read as sections."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from bot.core.errors import StoreError
from bot.core.model import Paper
from bot.core.query import Query, from_authors, named
from bot.core.site.model import SPARK, Card, Fingerprint, Place, Section, Shelf, Site
from bot.core.site.places import folder_ids
from bot.core.site.survey import Survey
from bot.core.site.tally import Standing, Tally
from bot.interfaces import Shelving, Store
from bot.settings import Settings
from bot.settings.shelves import shelves

AT_ONCE = 5_000
"""Places that are read at a time."""
_DAY = timedelta(days=1)


class Papers:
    """Papers by their ids, of which the `most` that were read last are kept.

    One that changes meanwhile may be given as it was: the survey counts it as changed the next
    time. One that has gone is left out.
    """

    def __init__(self, store: Shelving, most: int = 0) -> None:
        self._store = store
        self._most = most
        self._kept: dict[str, Paper] = {}

    async def read(self, ids: Collection[str]) -> Mapping[str, Paper]:
        """Read papers, and keep them for a while."""
        wanted = [one for one in ids if one not in self._kept]
        found = {one: self._kept[one] for one in ids if one in self._kept}
        if wanted:
            read = await self._store.papers(wanted)
            found |= read
            self._kept |= read
            for one in list(self._kept)[: max(0, len(self._kept) - self._most)]:
                del self._kept[one]
        return found


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the pages show, with what `survey` counted."""

    store: Shelving
    papers: Papers
    site: Site
    survey: Survey

    async def newest(self, shelf: Shelf) -> Section:
        """Read the newest papers of a topic, as many as the pages show."""
        found = await self.store.shelf(shelf.query.hash, limit=self.site.limit)
        return Section(shelf, await self.cards(self.survey.standings(found)))

    async def month(self, shelf: Shelf, month: date) -> Section:
        """Read a topic's papers whose shown version is of a month, by its first day."""
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        found = await self.store.shelf(
            shelf.query.hash, since=_midnight(month), before=_midnight(following)
        )
        return Section(shelf, await self.cards(self.survey.standings(found)))

    async def author(self, shelf: Shelf) -> Section:
        """Read all that somebody wrote."""
        found = await self.store.shelf(shelf.query.hash)
        return Section(shelf, await self.cards(self.survey.standings(found)))

    async def day(self, day: date) -> list[Section]:
        """Read what came on a day: each paper once, in the section of the first of its topics."""
        held: dict[str, list[Card]] = {topic.slug: [] for topic in self.site.topics}
        for card in await self.cards(self.survey.standings(await self.store.on_day(day))):
            for slug in card.topics[:1]:
                held[slug].append(card)
        return [Section(one, held[one.slug]) for one in self.site.topics if held[one.slug]]

    async def standings(self, folder: str) -> list[Standing]:
        """Read which papers of a folder have a page, by the text of their ids."""
        return self.survey.standings(await places(self.store, folder))

    async def cards(self, found: Sequence[Standing]) -> list[Card]:
        """Read papers, in the order of their places."""
        known = await self.papers.read([one.place.paper for one in found])
        return [
            Card(
                paper,
                one.place.day,
                one.topics,
                self._followed(one, paper.authors),
                one.place.stamp,
            )
            for one in found
            if (paper := known.get(one.place.paper)) is not None
        ]

    def _followed(self, one: Standing, authors: Sequence[str]) -> tuple[int, ...]:
        """Tell which of a paper's authors are followed."""
        people = [shelf.name for shelf in self.site.authors if shelf.slug in one.authors]
        found = {place for name in people for place in named(_person(name), authors)}
        return tuple(sorted(found))


class Memo:
    """What is known of folders of papers from an earlier survey of the same topics: nothing yet.

    Whoever knows something overrides it.
    """

    def recalled(self, folder: str, fingerprint: Fingerprint) -> Tally | None:
        """Give the sums over a folder's papers, if they are known by this fingerprint."""
        del folder, fingerprint
        return None

    def counted(self, folder: str, fingerprint: Fingerprint, found: Sequence[Standing]) -> Tally:
        """Take the sums over the papers that a folder was found to hold."""
        del folder, fingerprint
        return Tally.over(found)


async def surveyed(
    settings: Settings,
    store: Shelving,
    until: date | None = None,
    *,
    kept: int = 0,
    memo: Memo | None = None,
) -> Catalogue:
    """Count what stands on the shelves of the configuration; with `until`, as of that day.

    Only folders of papers are read of which the `memo` does not know. Where shelves change
    meanwhile, a folder may be counted as it is under the fingerprint that it had: what was counted
    is then to be forgotten. So many papers are `kept` for the next page that shows them.
    """
    site, memo = outlined(settings), memo or Memo()
    survey = Survey(site.topics, site.authors, until=until)
    updated = await store.updated()
    for folder, fingerprint in (await store.fingerprints()).items():
        tally = memo.recalled(folder, fingerprint)
        if tally is None:
            found = survey.standings(await places(store, folder))
            tally = memo.counted(folder, fingerprint, found)
        survey.add(folder, tally)
    if until is not None and updated is not None:
        updated = min(updated, until)
    lately = await store.lately(updated - SPARK * _DAY, updated) if updated else {}
    site = replace(site, counts=survey.counts(lately), updated=updated)
    return Catalogue(store, Papers(store, kept), site, survey)


async def places(store: Shelving, folder: str) -> list[Place]:
    """Read what stands on any shelf of the papers in a folder, by the text of their ids."""
    after, before = folder_ids(folder)
    found: list[Place] = []
    while page := await store.places(after, AT_ONCE, before=before):
        found += page
        after = page[-1].paper
    return found


def outlined(settings: Settings) -> Site:
    """Give what the configuration tells of the pages."""
    topics, authors = shelves(settings)
    return Site(
        title=settings.pages.title,
        introduction=settings.pages.introduction,
        url=settings.pages.url or settings.web.public_url or "",
        limit=settings.pages.limit,
        topics=topics,
        authors=authors,
    )


def shelving(store: Store) -> Shelving:
    """See that a store has shelves."""
    if not isinstance(store, Shelving):
        raise StoreError("this store has no shelves for pages")
    return store


@cache
def _person(name: str) -> Query:
    return from_authors((name,))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
