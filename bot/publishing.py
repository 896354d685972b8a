"""Writing the pages into a folder: only those that have changed since they were last written.

Papers come first and what leads to them afterwards, so that no page that is read meanwhile leads
nowhere; what nothing leads to any more goes last.
"""

import gc
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.catalogue import Catalogue, outlined, shelving, surveyed
from bot.core.arxiv_id import month_of
from bot.core.errors import DatabaseUnusable
from bot.core.site import files, places
from bot.core.site.address import read
from bot.core.site.files import File
from bot.core.site.markdown import markdown
from bot.core.site.matches import Matches
from bot.core.site.note import Note
from bot.core.site.tally import Standing
from bot.interfaces import Searchable, Shelving
from bot.settings import Settings
from bot.settings.shelves import shelved_queries
from bot.site_folder import SiteFolder, put
from bot.site_maker import made_by
from bot.site_papers import Look, due_in, home_of
from bot.stored import existing
from bot.upkeep import IndexProgress, catch_up_shelves

AT_ONCE = 200
"""Papers that are read, and written, at a time."""
SELDOM = 100_000
"""Objects, more than there were, after which cycles of garbage are looked for."""
_UNSURE = "?"
"""The key of a page that may show what was there for a moment only; it is nobody's."""
KEPT = 4_096
"""Papers that are kept for the lists that they are in."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the pages are wanted: as they were at the end of a day, and whether all are made anew."""

    until: date | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What the pages hold, how many files were written and removed, and what is missing.

    `unseen` papers are new or have changed, and could not be looked at `because` of something.
    """

    topics: int
    papers: int
    written: int
    removed: int = 0
    unseen: int = 0
    because: str = ""


async def publish(
    settings: Settings, out: Path, wanted: Wanted, progress: IndexProgress | None = None
) -> Published:
    """Bring the pages in a folder up to date with the store; a bot may be running.

    Raises StoreError where there is no database, PublishError where the folder cannot be written.
    """
    async with _shelved(settings, progress) as (store, unseen, because), _seldom_collected():
        stamp, ledger = await store.tip()
        with SiteFolder.open(out) as folder:
            # What could not be looked at may change the topics of papers that stay as they are.
            maker = "" if because else made_by(outlined(settings), wanted.until)
            note = Note(maker, stamp, ledger)
            known = folder.note
            is_known = maker == known.made_by != "" and not wanted.whole and not folder.doubted
            if not is_known or not await store.goes_on(known.stamp, known.ledger):
                known = Note()
            look = Look(folder, known.folders)
            catalogue = await surveyed(settings, store, wanted.until, kept=KEPT, memo=look)
            site = replace(catalogue.site, matches=Matches(known.matches))
            build = _Build(replace(catalogue, site=site), folder, known)
            await build.papers(look)
            await build.lists()
            await build.topics()
            await build.sitemap()
            # What came meanwhile may be gone again by the next build, and nothing tell of it.
            build.finish(note, look, moved=await store.shelved() > stamp)
        held = len(catalogue.site.topics), catalogue.survey.papers
        return Published(*held, folder.written, folder.removed, unseen, because)


async def publish_markdown(
    settings: Settings, out: Path, wanted: Wanted, progress: IndexProgress | None = None
) -> Published:
    """Write the one page into a folder as README.md, if it is not there as it should be."""
    async with _shelved(settings, progress) as (store, unseen, because):
        catalogue = await surveyed(settings, store, wanted.until)
        sections = [await catalogue.newest(one) for one in catalogue.site.topics]
        written = put(out / "README.md", markdown(catalogue.site, sections))
        held = len(sections), catalogue.survey.papers
        return Published(*held, int(written), unseen=unseen, because=because)


class _Build:
    """One pass over all pages: those are made whose key, or stamp, is not as it was."""

    def __init__(self, catalogue: Catalogue, folder: SiteFolder, known: Note) -> None:
        self._catalogue = catalogue
        self._site = catalogue.site
        self._slugs = [one.slug for one in self._site.topics]
        self._folder = folder
        self._known = known
        self._pages: dict[str, tuple[str, ...]] = {}
        self._made: set[str] = set()
        self._days = deque(catalogue.survey.day_keys())
        self._months = deque(_months(catalogue))

    async def papers(self, look: Look) -> None:
        """Write the pages of papers, folder by folder, and after each the lists of months before.

        So what is read and drawn for a paper's own page is at hand for the lists that it is in.
        """
        # Old archives first: their papers are in the lists of days before any month's.
        for name in sorted(look.due, key=lambda one: one[:1].isdigit()):
            held = look.due.pop(name)
            if held is None:
                held = await self._catalogue.standings(name)
            await self._folder_of(name, held)
            if held and "/" not in held[0].place.paper:
                await self.lists(before=_first_of(held[0].place.paper))
        for name, files_there in look.former():
            self._remove(name, files_there)

    async def _folder_of(self, name: str, held: Sequence[Standing]) -> None:
        """Bring a folder of papers, and what lists it for the sitemap, up to date."""
        due = due_in(self._folder, name, held, self._known.stamp)
        if due.waiting:
            with self._folder.whole(home_of(name)):
                for start in range(0, len(due.waiting), AT_ONCE):
                    for card in await self._catalogue.cards(due.waiting[start : start + AT_ONCE]):
                        for address, content in files.paper(self._site, card):
                            self._folder.write(address, content)
        self._remove(name, due.former)
        if name in self._catalogue.survey.folders:
            self._list(name, held)

    def _list(self, name: str, held: Sequence[Standing]) -> None:
        """Write the part of the sitemap with a folder of papers."""
        key = self._catalogue.survey.folder_key(name)
        self._write(f"sitemap {name}", key, files.listed(self._site, name, held))

    def _remove(self, name: str, names: Iterable[str]) -> None:
        """Take from a folder of papers what is no paper's any more."""
        for one in names:
            self._folder.remove(f"{home_of(name)}/{one}")
        self._folder.forget(home_of(name))

    async def lists(self, before: date = date.max) -> None:
        """Write the pages that list the papers of a day, or of a topic's month, before a day."""
        catalogue = self._catalogue
        while self._days and self._days[0][0] < before:
            when, around, key = self._days.popleft()
            if not self._stands(name := f"day {when}", key):
                sections = await catalogue.day(when)
                self._write(name, key, files.day(self._site, sections, when, around))
        while self._months and self._months[0][0] < before:
            month, slug, key = self._months.popleft()
            if not self._stands(name := f"month {month:%Y-%m} {slug}", key):
                section = await catalogue.month(self._site.topic(slug), month)
                self._write(name, key, files.month(self._site, section, month))

    async def topics(self) -> None:
        """Write the pages of people and topics, and the first page, which shows all topics."""
        catalogue, survey = self._catalogue, self._catalogue.survey
        for shelf in self._site.authors:
            key = survey.author_key(shelf.slug)
            if not self._stands(name := f"author {shelf.slug}", key):
                section = await catalogue.author(shelf)
                self._write(name, key, files.author(self._site, section))
        whole = " ".join([str(self._site.updated), *map(survey.topic_key, self._slugs)])
        if self._stands("index", whole) and all(
            self._stands(f"topic {slug}", survey.topic_key(slug)) for slug in self._slugs
        ):
            return
        sections = [await catalogue.newest(one) for one in self._site.topics]
        for section in sections:
            slug = section.shelf.slug
            if not self._stands(f"topic {slug}", survey.topic_key(slug)):
                made = files.topic(self._site, section, survey.months(slug))
                self._write(f"topic {slug}", survey.topic_key(slug), made)
        self._write("index", whole, files.index(self._site, sections))

    async def sitemap(self) -> None:
        """Write the sitemap, and those parts of it that are missing."""
        survey = self._catalogue.survey
        for name in survey.folders:
            page = f"sitemap {name}"
            if page not in self._pages and not self._stands(page, survey.folder_key(name)):
                self._list(name, await self._catalogue.standings(name))
        if not self._stands("sitemap", key := survey.key()):
            self._write("sitemap", key, files.sitemap(self._site, survey))

    def finish(self, note: Note, look: Look, *, moved: bool) -> None:
        """Write what hangs on no paper, take away what is led to no longer, and note all of it.

        Where shelves have `moved` meanwhile, what was made is noted as what has to be made again.
        """
        if not self._stands("common", ""):
            self._write("common", "", files.common(self._site))
        kept = {address for _, *addresses in self._pages.values() for address in addresses}
        for _, *addresses in self._folder.note.pages.values():
            for address in addresses:
                if address not in kept:
                    self._folder.remove(address)
        if self._folder.doubted:
            self._sweep(kept)
        pages, folders = self._pages, look.noted(moved=moved)
        if moved:
            pages |= {name: (_UNSURE, *pages[name][1:]) for name in self._made}
        # Either the newest papers of all topics were looked at, or of none.
        found = self._site.matches.found
        matches = found if found and not moved else self._known.matches
        self._folder.finish(replace(note, pages=pages, folders=folders, matches=matches))

    def _sweep(self, kept: AbstractSet[str]) -> None:
        """Take away pages that a build which died has left, and noted nowhere."""
        for address in set(self._folder.files(besides=places.PAPERS)) - kept:
            if (asked := read(address)) is not None and asked.kind != "common":
                self._folder.remove(address)

    def _stands(self, name: str, key: str) -> bool:
        """Tell whether a page is there as it should be; if so it is kept."""
        known = self._known.pages.get(name, ())
        if known[:1] == (key,) and self._folder.holds(*known[1:]):
            self._pages[name] = known
            return True
        return False

    def _write(self, name: str, key: str, made: Iterable[File]) -> None:
        """Write the files of a page."""
        written = []
        for address, content in made:
            self._folder.write(address, content)
            written.append(address)
        self._pages[name] = (key, *written)
        self._made.add(name)


@asynccontextmanager
async def _shelved(
    settings: Settings, progress: IndexProgress | None
) -> AsyncIterator[tuple[Shelving, int, str]]:
    """Open the store, its shelves brought up to date as far as that can be.

    One on a full disk, or that cannot be written, is shown as it is.
    """
    wanted, unseen = shelved_queries(settings), 0
    try:
        async with existing(settings) as store:
            _, because = await catch_up_shelves(shelving(store), wanted, progress=progress)
    except DatabaseUnusable as failure:
        because = str(failure)
    async with existing(settings) as store:
        shelves = shelving(store)
        if because and isinstance(store, Searchable):
            unseen = await store.refresh(0) + await shelves.shelve(wanted, 0)
        yield shelves, unseen, because


@asynccontextmanager
async def _seldom_collected() -> AsyncIterator[None]:
    """Look for cycles of garbage less often: what is read and drawn makes none.

    By its own measure Python would look through all that is kept some thousand times.
    """
    before = gc.get_threshold()
    gc.set_threshold(SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _months(catalogue: Catalogue) -> list[tuple[date, str, str]]:
    """List the months of all topics, the first one first: its first day, the topic and its key."""
    keys = ((one.slug, catalogue.survey.month_keys(one.slug)) for one in catalogue.site.topics)
    return sorted((month, slug, key) for slug, found in keys for month, key in found)


def _first_of(paper: str) -> date:
    """Tell the first day of the month in which arXiv gave an id."""
    month = month_of(paper)
    return date(month // 100, month % 100, 1)
