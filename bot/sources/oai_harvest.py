"""Walks through one harvest, page by page, to the end of the list."""

import math
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.core.harvest import (
    BELIEVED,
    completed,
    first_day,
    is_first,
    reaches_too_far,
    short,
    times_short,
)
from bot.core.polling import Batch, PollRequest
from bot.sources.oai_asker import PageAsker, TokenRefused
from bot.sources.oai_reading import Frame
from bot.sources.oai_records import FORMAT, Sorter, instant_of

_log = structlog.get_logger(__name__)

BATCH = 500
"""Records that are committed together, while their page may still arrive."""
_RESTARTS = 2
_MOST_PAGES = 2_000
"""More than all of arXiv in pages of 2,500 records."""
_LONGEST = 10 * 3600.0
"""Seconds that one poll may harvest: a year's changes take about seven hours."""


class _ListMovedError(SuspectAnswer):
    """A record came twice: it changed, moved to the end, and another one was passed over."""


@dataclass(slots=True)
class _Way:
    """How far a harvest has come: pages and records read, since when by the service's clock.

    `size` is how many records the list has, if it says so.
    """

    sorter: Sorter
    pages: int = 0
    records: int = 0
    began: datetime | None = None
    size: int | None = None
    page_size: int = 0


class Harvest:
    """One poll's harvest of everything that changed since `first`, for the request's scopes."""

    def __init__(
        self,
        asker: PageAsker,
        request: PollRequest,
        scopes: frozenset[str],
        report: Callable[[int, int], None],
    ) -> None:
        self.first: date = first_day(scopes, request.marks, request.now)
        self._asker = asker
        self._request = request
        self._scopes = scopes
        self._report = report
        self._until = math.inf

    async def read(self) -> AsyncGenerator[Batch, None]:
        """Yield what the list holds; the last batch alone has marks, baseline and census.

        The list is begun anew, twice at most, where its resumption token is refused, or where it
        has moved and there is no harvest before whose overlap would make up for that. Raises a
        SourceError, after all that could be had, where its end was not reached or is doubtful.
        """
        failure: SourceError | None = None
        self._until = time.monotonic() + _LONGEST
        for restarts in range(_RESTARTS + 1):
            way = _Way(Sorter(self._scopes, self.first, self._request.now.astimezone(UTC).date()))
            try:
                async with aclosing(self._walk(way)) as batches:
                    async for batch in batches:
                        yield batch
                if restarts < _RESTARTS:
                    self._refuse_moved(way)
                last, failure = self._conclusion(way)
            except SourceError as error:
                last, failure = Batch(), error
            if len(way.sorter):
                yield way.sorter.take()
            if not isinstance(failure, TokenRefused | _ListMovedError):
                break
            _log.warning("harvest.begun_anew", pages=way.pages, error=str(failure), again=restarts)
        if last != Batch():
            yield last
        if failure is not None:
            raise failure

    async def _walk(self, way: _Way) -> AsyncGenerator[Batch, None]:
        """Yield the list's records, page after page; a few are left to be taken at the end."""
        tokens: set[str] = set()
        parameters = {"metadataPrefix": FORMAT, "from": self.first.isoformat()}
        while parameters:
            known = way.sorter.count
            async with aclosing(self._asker.ask({"verb": "ListRecords", **parameters})) as page:
                async for records in page:
                    for record in records:
                        way.sorter.add(record)
                    if len(way.sorter) >= BATCH:
                        yield way.sorter.take()
            frame = self._asker.frame
            self._note(way, frame)
            idle = frame.token and way.sorter.count == known
            if idle or frame.token in tokens or way.pages > _MOST_PAGES:
                raise SuspectAnswer(f"the list of records runs in circles after {way.pages} pages")
            if frame.token and time.monotonic() > self._until:
                raise SourceUnavailable(f"the list had no end after {_LONGEST / 3600:g} hours")
            tokens.add(frame.token)
            parameters = {"resumptionToken": frame.token} if frame.token else {}

    def _refuse_moved(self, way: _Way) -> None:
        """Raise if the first harvest of a scope passed a record over: it would be news one day."""
        twice = way.records - way.sorter.count
        if twice > 0 and is_first(self._scopes, self._request.marks):
            raise _ListMovedError(f"{twice} records moved while the list was read")

    def _note(self, way: _Way, frame: Frame) -> None:
        """Note what a page says of the list; raises SuspectAnswer where it cannot be."""
        way.pages += 1
        way.records += frame.records
        if frame.errors:
            # Not even a holiday makes three days without a change likely, and to believe it once
            # too often would lose papers.
            raise SuspectAnswer(f"no records since {self.first} on page {way.pages} of the list")
        if way.began is None:
            way.began = self._began(frame)
            way.page_size = frame.records
        if frame.size is not None:
            # The list grows while it is read, and on a later page its rest may be meant.
            way.size = frame.size if way.size is None else min(way.size, frame.size)
        pages = way.pages + bool(frame.token)
        if frame.token and frame.size is not None:
            pages = max(pages, -(-frame.size // max(1, way.page_size)))
        self._report(way.pages, pages)
        _log.debug("page.read", page=way.pages, records=frame.records, size=frame.size)

    def _began(self, frame: Frame) -> datetime:
        """Read when the first page was made."""
        try:
            began = instant_of(frame.response_date)
        except ValueError as error:
            raise SuspectAnswer(f"the page does not say when it was made: {error}") from None
        if began.date() < self.first:
            raise SuspectAnswer(f"the page was made on {began.date()}, before {self.first}")
        if reaches_too_far(self.first, began, self._request.now):
            here = f"the clock here says {self._request.now.date()}"
            raise SuspectAnswer(f"the page was made on {began.date()}, and {here}")
        return began

    def _conclusion(self, way: _Way) -> tuple[Batch, SourceError | None]:
        """Judge a list that was read to its end: the marks, and why it is not believed."""
        now, marks = self._request.now, self._request.marks
        missing = (way.size or 0) - way.sorter.count
        times = times_short(marks) + 1 if missing > 0 else 0
        counted = (short(times, now),) if times or times_short(marks) else ()
        told = f"{way.sorter.count} records where arXiv counts {way.size}"
        if 0 < times < BELIEVED:
            return Batch(marks=counted), SuspectAnswer(told)
        if times:
            _log.warning("harvest.short", told=told, times=times)
        began = way.began or now
        last = Batch(
            marks=completed(self._scopes, began, now, marks) + counted,
            complete=self._scopes,
            census=way.sorter.census,
        )
        return last, None
