"""Makes papers of OAI-PMH records in arXiv's raw format, which alone has every version's date."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from bot.core.arxiv_id import order_of, parse_id
from bot.core.baseline import scopes_of_categories
from bot.core.errors import SourceError
from bot.core.model import Detail, Paper
from bot.core.polling import Batch, Quarantined
from bot.sources.naming import categories_among
from bot.sources.oai_authors import authors_of
from bot.sources.oai_reading import Record
from bot.sources.white_space import folded

FORMAT = "arXivRaw"

_VERSION = re.compile(r"v([1-9][0-9]{0,3})")
_DATE = re.compile(
    r"[A-Z][a-z]{2}, ([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) GMT"
)
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: f"{number:02d}" for number, name in enumerate(_NAMES, 1)}
_NAME = 80


class Version(NamedTuple):
    """One version, and when it was submitted."""

    number: int
    at: datetime


class Roll:
    """Counts ids, each once, in little memory: all of arXiv takes two megabytes."""

    def __init__(self) -> None:
        self.count = 0
        self._called: dict[str, int] = {}

    def call(self, base: str) -> None:
        """Count an id, unless it was counted before."""
        block, bit = base[:-3], 1 << int(base[-3:])
        called = self._called.get(block, 0)
        if not called & bit:
            self._called[block] = called | bit
            self.count += 1


class Sorter:
    """Sorts records into what is wanted, what is elsewhere and what is malformed.

    `count` is how many different ones came, deleted ones too. `census` is the highest new-style id
    among those first submitted since the UTC day `first`, and given by the month of `last`.
    """

    def __init__(self, scopes: frozenset[str], first: date, last: date) -> None:
        self.census = ""
        self._first = first
        self._last = _month(last)
        self._highest = (0, 0)
        self._roll = Roll()
        self._unnamed = 0
        self._wanted: Callable[[str], bool] = lru_cache(4096)(
            lambda categories: not scopes.isdisjoint(scopes_of_categories(categories.split()))
        )
        self._papers: list[Paper] = []
        self._elsewhere: list[str] = []
        self._quarantined: list[Quarantined] = []

    @property
    def count(self) -> int:
        """How many different records came."""
        return self._roll.count + self._unnamed

    def __len__(self) -> int:
        """How many records wait to be taken."""
        return len(self._papers) + len(self._elsewhere) + len(self._quarantined)

    def add(self, record: Record) -> None:
        """Sort one record in; raises SourceError for records in another format than was asked."""
        if record.form and record.form != FORMAT:
            told = f"records come in the format {record.form[:_NAME]!r} instead of {FORMAT}"
            raise SourceError(f"this is not arXiv's OAI-PMH interface: {told}")
        name = record.identifier or record.fields.get("id", "")
        try:
            base = parse_id(name).base
        except ValueError as error:
            self._unnamed += 1
            self._quarantine(name or "a record without identifier", error)
            return
        self._roll.call(base)
        if record.deleted:
            return
        try:
            self._sort(base, record)
        except ValueError as error:
            self._quarantine(base, error)

    def take(self) -> Batch:
        """Give all that has been sorted, and begin anew."""
        batch = Batch(
            papers=tuple(self._papers),
            elsewhere=tuple(self._elsewhere),
            quarantined=tuple(self._quarantined),
        )
        for rows in (self._papers, self._elsewhere, self._quarantined):
            rows.clear()
        return batch

    def _quarantine(self, name: str, error: ValueError) -> None:
        self._quarantined.append(Quarantined(folded(name)[:_NAME], str(error)))

    def _sort(self, base: str, record: Record) -> None:
        """Sort one record of the right format; raises ValueError where it is malformed."""
        if record.fault:
            raise ValueError(record.fault)
        categories = record.fields.get("categories", "")
        published: datetime | None = None
        if self._wanted(categories):
            one = paper_of(base, record)
            published = one.published
            self._papers.append(one)
        elif categories.strip():
            self._elsewhere.append(base)
        else:
            raise ValueError("the record has no category")
        order = order_of(base)
        # An id of a month that has not come yet is no id.
        if order > self._highest and order[0] <= self._last and "/" not in base:
            self._consider(base, published or _first_submitted(record))

    def _consider(self, base: str, submitted: datetime | None) -> None:
        """Take an id for the census if it was given since the first day, as far as can be known.

        arXiv gives an id after the submission, and so never in an earlier month.
        """
        if submitted is None or submitted.date() < self._first:
            return
        order = order_of(base)
        if _month(submitted) <= order[0]:
            self._highest, self.census = order, base


def _first_submitted(record: Record) -> datetime | None:
    """Read when the first version was submitted, if that is legible."""
    try:
        return min(version.at for version in versions_of(record))
    except ValueError:
        return None


def _month(day: date) -> int:
    """Write a day's month as order_of does."""
    return day.year * 100 + day.month


def paper_of(base: str, record: Record) -> Paper:
    """Make a paper of a record, in its newest version; raises ValueError where that cannot be."""
    fields = record.fields
    title = folded(fields.get("title", ""))
    if not title:
        raise ValueError("the record has no title")
    categories = _categories_of(fields.get("categories", ""))
    if not categories:
        raise ValueError("the record has no category")
    versions = versions_of(record)
    newest = max(versions, key=lambda version: version.number)
    return Paper(
        id=base,
        version=newest.number,
        title=title,
        abstract=folded(fields.get("abstract", "")),
        authors=authors_of(fields.get("authors", "")),
        categories=categories,
        primary_category=categories[0],
        published=min(version.at for version in versions),
        updated=newest.at,
        comment=folded(fields.get("comments", "")) or None,
        journal_ref=folded(fields.get("journal-ref", "")) or None,
        doi=folded(fields.get("doi", "")) or None,
        report_no=folded(fields.get("report-no", "")) or None,
        detail=Detail.HARVEST,
    )


@lru_cache(maxsize=4096)  # few combinations make up most papers
def _categories_of(text: str) -> tuple[str, ...]:
    """Read the categories that are such, each once, the primary one first."""
    return categories_among(text.split())


def versions_of(record: Record) -> list[Version]:
    """Read the history of versions; raises ValueError where there is none, or one is illegible."""
    versions = []
    for name, text in record.versions:
        number = _VERSION.fullmatch(name.strip())
        if number is None:
            raise ValueError(f"no version number: {name[:_NAME]!r}")
        versions.append(Version(int(number[1]), instant_of(text)))
    if not versions:
        raise ValueError("the record has no version")
    return versions


def instant_of(text: str) -> datetime:
    """Read `Mon, 22 Oct 2018 22:41:50 GMT`, other dates of mail, or ISO 8601; in UTC.

    Raises ValueError for anything else. What has no zone is in UTC.
    """
    found = _DATE.fullmatch(text)
    if found is not None and found[2] in _MONTHS:
        day, month, year, clock = found.groups()
        return datetime.fromisoformat(f"{year}-{_MONTHS[month]}-{day:0>2}T{clock}+00:00")
    text = folded(text)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            instant = read(text)
            aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
            return aware.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    raise ValueError(f"no date: {text[:_NAME]!r}")
