"""Writing the pages into a folder: only those that have changed since they were last written.

Papers come first and what leads to them afterwards, so that no page that is read meanwhile leads
nowhere; what nothing leads to any more goes last.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from pathlib import Path

from bot import __version__
from bot.catalogue import Catalogue, places, shelving, surveyed
from bot.core.errors import DatabaseUnusable
from bot.core.site import files
from bot.core.site.files import File
from bot.core.site.markdown import markdown
from bot.core.site.model import Site
from bot.core.site.places import paper_file, paper_folder
from bot.core.site.sitemap import sitemap
from bot.core.site.survey import Standing
from bot.interfaces import Searchable, Shelving
from bot.settings import Settings
from bot.settings.shelves import shelved_queries
from bot.site_folder import Note, SiteFolder, put
from bot.stored import existing
from bot.upkeep import IndexProgress, catch_up_shelves

ENDINGS = ("bib", "ris", "html")
"""The files of each paper."""
AT_ONCE = 200
"""Papers that are read, and written, at a time."""


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
    async with _shelved(settings, progress) as (store, unseen, because):
        stamp = await store.shelved()
        catalogue = await surveyed(settings, store, wanted.until)
        with SiteFolder.open(out) as folder:
            # What could not be looked at may change the topics of papers that stay as they are.
            made_by = "" if because else _maker(catalogue.site, wanted)
            build = _Build(catalogue, folder, made_by, whole=wanted.whole)
            await build.papers()
            await build.lists()
            build.finish(stamp)
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

    def __init__(
        self, catalogue: Catalogue, folder: SiteFolder, made_by: str, *, whole: bool
    ) -> None:
        self._catalogue = catalogue
        self._site = catalogue.site
        self._folder = folder
        self._made_by = made_by
        self._known = made_by == folder.note.made_by != "" and not whole
        self._pages: dict[str, tuple[str, ...]] = {}
        self._homes: set[str] = set()
        self._papers: list[tuple[str, date]] = []

    async def papers(self) -> None:
        """Write the pages of papers, and take away those of papers that are no longer there."""
        home, names, waiting = "", set[str](), list[Standing]()
        async for page in places(self._catalogue.store):
            for one in self._catalogue.survey.standings(page):
                paper = one.place.paper
                if paper_folder(paper) != home:
                    self._sweep(home, names)
                    home, names = paper_folder(paper), set()
                addresses = [paper_file(paper, ending) for ending in ENDINGS]
                names.update(address.rpartition("/")[2] for address in addresses)
                if self._site.url:
                    self._papers.append((addresses[-1], one.place.updated.date()))
                if not self._is_known(one, addresses):
                    waiting.append(one)
                if len(waiting) == AT_ONCE:
                    await self._write_papers(waiting)
                    waiting = []
        await self._write_papers(waiting)
        self._sweep(home, names)
        for former in self._folder.folders("papers"):
            if f"papers/{former}" not in self._homes:
                self._sweep(f"papers/{former}", set())

    def _is_known(self, one: Standing, addresses: list[str]) -> bool:
        """Tell whether a paper's files are there as they should be."""
        old = self._known and one.place.stamp <= self._folder.note.stamp
        return old and self._folder.holds(*addresses)

    async def _write_papers(self, found: list[Standing]) -> None:
        for card in await self._catalogue.cards(found):
            for address, content in files.paper(self._site, card):
                self._folder.write(address, content)

    def _sweep(self, home: str, names: set[str]) -> None:
        """Take from a folder of papers what is no paper's any more."""
        if home:
            self._homes.add(home)
            for name in sorted(self._folder.names(home) - names):
                if name.endswith(ENDINGS):
                    self._folder.remove(f"{home}/{name}")
            self._folder.forget(home)

    async def lists(self) -> None:
        """Write the pages that list papers, then those that lead to them."""
        catalogue, survey = self._catalogue, self._catalogue.survey
        for when, around, key in survey.day_keys():
            if not self._stands(name := f"day {when}", key):
                sections = await catalogue.day(when)
                self._write(name, key, files.day(self._site, sections, when, around))
        for shelf in self._site.topics:
            for month, key in survey.month_keys(shelf.slug):
                if not self._stands(name := f"month {month:%Y-%m} {shelf.slug}", key):
                    section = await catalogue.month(shelf, month)
                    self._write(name, key, files.month(self._site, section, month))
        for shelf in self._site.authors:
            key = survey.author_key(shelf.slug)
            if not self._stands(name := f"author {shelf.slug}", key):
                section = await catalogue.author(shelf)
                self._write(name, key, files.author(self._site, section))
        await self._topics()

    async def _topics(self) -> None:
        """Write the page of each topic, and the first page, which shows all of them."""
        catalogue, survey = self._catalogue, self._catalogue.survey
        whole = " ".join([str(self._site.updated), *map(survey.topic_key, self._slugs())])
        if self._stands("index", whole) and all(
            self._stands(f"topic {slug}", survey.topic_key(slug)) for slug in self._slugs()
        ):
            return
        sections = [await catalogue.newest(one) for one in self._site.topics]
        for section in sections:
            slug = section.shelf.slug
            if not self._stands(f"topic {slug}", survey.topic_key(slug)):
                made = files.topic(self._site, section, survey.months(slug))
                self._write(f"topic {slug}", survey.topic_key(slug), made)
        self._write("index", whole, files.index(self._site, sections))

    def finish(self, stamp: int) -> None:
        """Write what hangs on no paper, take away what is led to no longer, and note all of it."""
        if not self._stands("common", ""):
            self._write("common", "", files.common(self._site))
        if not self._stands("sitemap", key := self._catalogue.survey.key()):
            self._write("sitemap", key, sitemap(self._site, self._addresses()))
        kept = {address for _, *addresses in self._pages.values() for address in addresses}
        for _, *addresses in self._folder.note.pages.values():
            for address in addresses:
                if address not in kept:
                    self._folder.remove(address)
        self._folder.finish(Note(self._made_by, stamp, self._pages))

    def _addresses(self) -> Iterator[tuple[str, date | None]]:
        """List every page, with the day on which it last changed where that is known."""
        yield from ((one, None) for one in files.pages(self._site, self._catalogue.survey))
        yield from self._papers

    def _slugs(self) -> list[str]:
        return [one.slug for one in self._site.topics]

    def _stands(self, name: str, key: str) -> bool:
        """Tell whether a page is there as it should be; if so it is kept."""
        known = self._folder.note.pages.get(name, ())
        if self._known and known[:1] == (key,) and self._folder.holds(*known[1:]):
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


def _maker(site: Site, wanted: Wanted) -> str:
    """Stand for all that the pages are made of besides papers: our own words, and the topics."""
    told = [_source(), site.title, site.introduction, site.url, site.limit, wanted.until]
    told += [
        (one.kind, one.name, one.slug, one.query.hash) for one in (*site.topics, *site.authors)
    ]
    return _short(repr(told))


@cache
def _source() -> str:
    """Stand for the code and the templates that make pages."""
    found = hashlib.sha256(__version__.encode())
    for one in _files_of(resources("bot.core")):
        found.update(one.read_bytes())
    return found.hexdigest()


def _files_of(folder: Traversable) -> Iterator[Traversable]:
    """Walk through a package's files in the order of their names."""
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir() and one.name != "__pycache__":
            yield from _files_of(one)
        elif one.is_file():
            yield one


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
