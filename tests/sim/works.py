"""A paper as the simulated arXiv knows it: its versions and cross-lists, each with its evening."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.core.model import Detail, Paper

WITHDRAWAL = "This paper has been withdrawn by the authors due to an error"


@dataclass(frozen=True, slots=True)
class Version:
    """One version; feeds leave out what only changed the abstract, and all from the sixth on."""

    number: int
    submitted: datetime
    announced: datetime
    title: str
    comment: str | None = None
    abstract_only: bool = False

    @property
    def withdrawn(self) -> bool:
        return self.comment == WITHDRAWAL


@dataclass(slots=True)
class Work:
    """A paper with all that ever happens to it, in the order of time.

    `categories` maps each, the primary first, to the evening from which it counts. `touched` are
    changes of metadata that only a harvest notices. `lag` is how much later than others the query
    API shows a change, `late` how much later OAI-PMH first has it, and `keeps_stamp` whether its
    datestamp is then still that of the announcement.
    """

    id: str
    abstract: str
    categories: dict[str, datetime]
    versions: list[Version]
    lag: float = 0.0
    late: float = 0.0
    keeps_stamp: bool = False
    touched: list[datetime] = field(default_factory=list)
    harvests: list[tuple[datetime, date, datetime]] = field(default_factory=list)
    """When OAI-PMH has what, under which datestamp, worked out by whoever asks."""
    evenings: list[datetime] = field(default_factory=list)
    """All on which anything of it is announced, worked out by whoever asks."""
    old: bool = False
    behind: bool = False
    """Whether its id was given after higher ones."""

    @property
    def announced(self) -> datetime:
        return self.versions[0].announced

    @property
    def submitted(self) -> datetime:
        return self.versions[0].submitted

    @property
    def primary(self) -> str:
        return next(iter(self.categories))

    def crosses(self) -> Iterator[tuple[str, datetime]]:
        """Give each category that was added later, with its evening."""
        for category, evening in self.categories.items():
            if evening > self.announced:
                yield category, evening

    def within(self, now: datetime) -> tuple[str, ...]:
        """Tell its categories at an instant."""
        return tuple(one for one, evening in self.categories.items() if evening <= now)

    def current(self, now: datetime) -> Version:
        """Tell the version that was announced last by an instant."""
        return [one for one in self.versions if one.announced <= now][-1]

    def paper(self, now: datetime, detail: Detail = Detail.API) -> Paper:
        """Give it as the query API or a harvest shows it at an instant."""
        version = self.current(now)
        return Paper(
            id=self.id,
            version=version.number,
            title=version.title,
            abstract=self.abstract,
            authors=("Ana García", "Li Wei"),
            categories=self.within(now),
            primary_category=self.primary,
            published=self.submitted,
            updated=version.submitted,
            comment=version.comment,
            detail=detail,
        )

    def events(self) -> list[datetime]:
        """List the evenings on which anything of it was announced."""
        if not self.evenings:
            found = {one.announced for one in self.versions} | {*self.categories.values()}
            self.evenings += sorted(found)
        return self.evenings
