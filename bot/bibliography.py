"""Gathering what one person wrote, from arXiv or the stored papers and the ACL Anthology's data."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot.app import reading
from bot.core.bibliography import Form, Published, Work, forms, merged
from bot.core.errors import SourceError, StoreError
from bot.core.model import Paper
from bot.core.query import Query, from_authors, restrict
from bot.interfaces import Searchable, Store
from bot.logs import hidden
from bot.settings import Settings
from bot.sources.acl_data import files_at, published_by
from bot.sources.arxiv_authors import ArxivAuthors
from bot.sources.gate import Gate

ARXIV = "arXiv"
STORED = "the stored papers"
_AT_ONCE = 2_000
"""Papers that are indexed in one transaction, and read at once."""
_ANTHOLOGY = frozenset({"cs.CL", "cs.*"})
"""What a paper of the Anthology that is not on arXiv may be taken for."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose papers are asked for, by name, and in which categories; all where none are named."""

    name: str
    categories: tuple[str, ...] = ()

    @property
    def query(self) -> Query:
        """The name alone; raises QuerySyntaxError."""
        return from_authors([self.name])

    @property
    def narrowed(self) -> Query:
        """The name within the categories; raises QuerySyntaxError."""
        return restrict(self.query, categories=self.categories)


@dataclass(frozen=True, slots=True)
class Bibliography:
    """What was found, the newest works first, and in which forms the name; what failed, and why."""

    works: tuple[Work, ...]
    forms: tuple[Form, ...]
    failures: tuple[tuple[str, str], ...] = ()


async def bibliography(
    settings: Settings, person: Person, *, offline: bool = False, acl: bool = True
) -> Bibliography:
    """Gather all that can be had; with `offline` nothing is asked of arXiv or any URL."""
    failures: list[tuple[str, str]] = []
    papers: dict[str, Paper] = {}
    coming = _stored(settings, person) if offline else _from_arxiv(settings, person)
    try:
        async with aclosing(coming) as pages:
            async for page in pages:
                papers |= {one.id: one for one in page}
    except (SourceError, StoreError) as failure:
        failures.append((STORED if offline else ARXIV, str(failure)))
    published: list[Published] = []
    for place in settings.acl.data if acl else ():
        if not (offline and "://" in place):
            published += await _from_anthology(settings, person, place, failures)
    works = merged(papers.values(), published)
    if person.categories and _ANTHOLOGY.isdisjoint(person.categories):
        works = [work for work in works if work.paper]
    told = [(what, hidden(why, settings.secrets())) for what, why in failures]
    return Bibliography(tuple(works), tuple(forms(works, person.query)), tuple(told))


async def _from_arxiv(settings: Settings, person: Person) -> AsyncGenerator[Sequence[Paper], None]:
    """Ask arXiv's query API."""
    source = ArxivAuthors.from_settings(settings, Gate(settings.arxiv.min_interval))
    if source is None:
        raise SourceError("arxiv.api_url is off; --offline looks into the stored papers instead")
    categories = tuple(sorted(person.narrowed.categories or ()))
    async with source:
        wrote = source.wrote(person.query, categories, patience=settings.arxiv.patience)
        async with aclosing(wrote) as pages:
            async for page in pages:
                yield [one for one in page if person.narrowed.matches(one)]


async def _stored(settings: Settings, person: Person) -> AsyncGenerator[Sequence[Paper], None]:
    """Look into the database; the bot may be running."""
    async with reading(settings) as store:
        if store is None:
            raise StoreError(f"{settings.database} does not exist: `daily-papers poll` makes it")
        async for page in _searched(store, person.narrowed):
            yield page


async def _searched(store: Store, query: Query) -> AsyncGenerator[Sequence[Paper], None]:
    """Yield the stored papers that match, the newest first."""
    if not isinstance(store, Searchable):
        raise StoreError("this store cannot be searched")
    while await store.refresh(_AT_ONCE):
        pass
    before: str | None = None
    while page := await store.candidates(query, before=before, limit=_AT_ONCE):
        before = page[-1].id
        yield [one for one in page if query.matches(one)]


async def _from_anthology(
    settings: Settings, person: Person, place: str, failures: list[tuple[str, str]]
) -> list[Published]:
    """Read the files at a place; what fails is noted, and the others are read all the same."""
    found: list[Published] = []
    try:
        files = files_at(place)
    except SourceError as failure:
        failures.append((place, str(failure)))
        return []
    for file in files:
        try:
            found += await published_by(
                person.query, file, contact=settings.contact, patience=settings.arxiv.patience
            )
        except SourceError as failure:
            failures.append((file, str(failure)))
    return found
