"""Gathering what one person wrote, from arXiv or the stored papers and the ACL Anthology's data."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.core.bibliography import Form, Published, Work, forms, merged
from bot.core.errors import SourceError, StoreError
from bot.core.model import Paper
from bot.core.query import Query, from_authors, restrict
from bot.logs import hidden
from bot.settings import Settings
from bot.sources.acl_data import files_at, published_by
from bot.sources.arxiv_authors import ArxivAuthors
from bot.sources.gate import Gate
from bot.stored import matching, stored, unseen

ARXIV = "arXiv"
STORED = "the stored papers"
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
    """What was found, the newest works first, and in which forms the name; what failed, and why.

    `looked` tells whether anything at all could be looked at.
    """

    works: tuple[Work, ...]
    forms: tuple[Form, ...]
    failures: tuple[tuple[str, str], ...] = ()
    looked: bool = True


@dataclass(slots=True)
class _Outcome:
    """How many sources could be read to their end, and which failed, each with its error."""

    read: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)


async def bibliography(
    settings: Settings, person: Person, *, offline: bool = False, acl: bool = True
) -> Bibliography:
    """Gather all that can be had; with `offline` nothing is asked of arXiv or any URL."""
    outcome = _Outcome()
    papers: dict[str, Paper] = {}
    coming = _stored(settings, person, outcome) if offline else _from_arxiv(settings, person)
    try:
        async with aclosing(coming) as pages:
            async for page in pages:
                papers |= {one.id: one for one in page}
        outcome.read += 1
    except (SourceError, StoreError) as failure:
        outcome.failures.append((STORED if offline else ARXIV, str(failure)))
    published: list[Published] = []
    for place in settings.acl.data if acl else ():
        if not (offline and "://" in place):
            published += await _from_anthology(settings, person, place, outcome)
    works = merged(papers.values(), published)
    if person.categories and _ANTHOLOGY.isdisjoint(person.categories):
        works = [work for work in works if work.paper]
    told = tuple((what, hidden(why, settings.secrets())) for what, why in outcome.failures)
    found = tuple(forms(works, person.query))
    return Bibliography(tuple(works), found, told, bool(papers or outcome.read))


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


async def _stored(
    settings: Settings, person: Person, outcome: _Outcome
) -> AsyncGenerator[Sequence[Paper], None]:
    """Look into the database, the newest papers first; the bot may be running.

    That some papers could not be looked at is noted.
    """
    async with (
        stored(settings) as known,
        aclosing(matching(known.papers, person.narrowed)) as pages,
    ):
        async for _, found in pages:
            yield found
    if known.unindexed:
        outcome.failures.append((STORED, unseen(known.unindexed, known.because)))


async def _from_anthology(
    settings: Settings, person: Person, place: str, outcome: _Outcome
) -> list[Published]:
    """Read the files at a place; what fails is noted, and the others are read all the same."""
    found: list[Published] = []
    try:
        files = files_at(place)
    except SourceError as failure:
        outcome.failures.append((place, str(failure)))
        return []
    for file in files:
        try:
            found += await published_by(
                person.query, file, contact=settings.contact, patience=settings.arxiv.patience
            )
            outcome.read += 1
        except SourceError as failure:
            outcome.failures.append((file, str(failure)))
    return found
