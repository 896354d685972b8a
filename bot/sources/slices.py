"""Reads one window of submission whole: page by page, and in smaller windows where that fails."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog

from bot.core.errors import SourceError, SuspectAnswer
from bot.core.polling import Batch, Quarantined
from bot.core.window import Window
from bot.sources.asker import Asker
from bot.sources.atom import Page
from bot.sources.markup import UnreadableText
from bot.sources.question import NothingMore, Question
from bot.sources.tally import Tally, name_of, names
from bot.sources.transfer import ServiceBusy

_log = structlog.get_logger(__name__)

OVERLAP = 10
"""Rows asked for twice, as papers of one second change places between pages."""

_HOPELESS = 3
"""After so many unreadable rows and none readable, it is not the rows."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How many rows to ask for at once, and to reach in all.

    A slice may take `pages` more than it takes to walk through it in both orders; to single out
    one unreadable paper takes about 25.
    """

    rows: int = 2_000
    reach: int = 10_000
    pages: int = 80


class SliceReader:
    """Reads one slice: `scopes` within the window that `read` is given.

    `count` and `missing` are right once it has been read.
    """

    def __init__(self, asker: Asker, scopes: tuple[str, ...], paging: Paging) -> None:
        self._asker = asker
        self._scopes = scopes
        self._paging = paging
        self._slice: Window | None = None
        self._given: set[str] = set()
        self._pages = 0
        self._total: int | None = None
        self._missing = 0
        self._charged = False
        self._failures: list[SourceError] = []

    @property
    def count(self) -> int:
        """The service's own count without what is missing, or where it gave none, what came."""
        return len(self._given) if self._total is None else self._total - self.missing

    @property
    def missing(self) -> int:
        """How many papers the service counts that do not exist, as far as can be known."""
        if self._total is None or not self._missing:
            return self._missing
        # Not the windows' sum: neighbours share a minute.
        return max(0, self._total - len(self._given))

    async def read(self, window: Window) -> AsyncIterator[Batch]:
        """Yield what the window holds, each row once.

        Yields everything that can be had before it raises a SourceError for the rest.
        """
        self._slice = window
        tally = Tally()
        async for batch in self._both_ways(window, tally):
            yield batch
        async for batch in self._smaller(window, tally):
            yield batch
        if self._failures:
            raise self._failures[0]

    async def _both_ways(self, window: Window, tally: Tally) -> AsyncIterator[Batch]:
        """Walk through a window, and if rows are missing, once more from the other end."""
        try:
            # Rows of one second that change places may be missed in one order and not in the other.
            for descending in (True, False):
                async for page in self._walk(window, tally, descending=descending):
                    yield self._fresh(page)
                if tally.whole:
                    return
                if tally.total > self._paging.reach:
                    break
        except UnreadableText as error:
            tally.doubt = error
            return
        except ServiceBusy:
            raise
        except SourceError as error:
            self._failures.append(error)
            return
        if tally.believable(self._missing, self._total or 0):
            self._missing += tally.missing
        else:
            tally.doubt = SuspectAnswer(f"{tally.unique} of {tally.total} papers came")

    async def _smaller(self, window: Window, tally: Tally) -> AsyncIterator[Batch]:
        """Where a window is in doubt, read its halves, or single rows of the shortest."""
        if tally.doubt is None:
            return
        parts = [(part, Tally()) for part in window.halves()]
        unreadable = isinstance(tally.doubt, UnreadableText)
        # More than can be paged through is no fault of anybody's, and costs no patience.
        self._charged |= tally.total <= self._paging.reach
        spent = self._charged and not self._asker.patience.left
        if spent or not (parts or unreadable):
            self._failures.append(tally.doubt)
            return
        _log.info("slice.split", window=str(window), parts=len(parts), reason=str(tally.doubt))
        for part, half in parts:
            async for batch in self._both_ways(part, half):
                yield batch
        if tally.recurs_in(half for _, half in parts):
            self._failures.append(tally.doubt)
            return
        for part, half in parts:
            async for batch in self._smaller(part, half):
                yield batch
        if not parts:
            async for batch in self._row_by_row(window):
                yield batch

    async def _walk(self, window: Window, tally: Tally, *, descending: bool) -> AsyncIterator[Page]:
        """Page through a window; stop at the first page if there is more than can be had."""
        start, seen = 0, set[str]()
        while True:
            rows = min(self._paging.rows, self._paging.reach - start)
            try:
                page = await self._page(Question(self._scopes, window, start, rows, descending))
            except NothingMore:
                break
            if page.total > self._paging.reach:
                tally.total = page.total
                return
            tally.add(page)
            yield page
            known = seen.issuperset(names(page))
            seen.update(names(page))
            # A page may be shorter than asked: go on from what came.
            reached = start + page.rows
            if reached >= page.total or tally.whole:
                break
            # Where only the overlap came again, one row at a time would lead nowhere.
            start = reached if known else max(start + 1, reached - OVERLAP)
        tally.ended(seen)

    async def _row_by_row(self, window: Window) -> AsyncIterator[Batch]:
        """Read the shortest window row by row, so that only what is unreadable is lost."""
        total: int | None = None
        unreadable: list[Quarantined] = []
        row = 0
        while total is None or row < total:
            try:
                page = await self._page(Question(self._scopes, window, row))
            except UnreadableText as error:
                if total is None and row >= _HOPELESS:
                    raise
                unreadable.append(Quarantined(f"row {row + 1} of {window}", str(error)))
            else:
                total = page.total
                yield self._fresh(page)
            row += 1
        yield self._fresh(Page(row, len(unreadable), quarantined=tuple(unreadable)))

    async def _page(self, question: Question) -> Page:
        """Ask for one page within the budget of the slice."""
        self._pages += 1
        budget = 2 * -(-(self._total or 1) // self._paging.rows) + self._paging.pages
        if self._pages > budget:
            raise SuspectAnswer(f"the slice takes more than {budget} pages")
        page = await self._asker.ask(question, charged=self._charged)
        if question.window == self._slice:
            self._total = page.total
        _log.debug(
            "page.read",
            window=str(question.window),
            start=question.start,
            rows=page.rows,
            total=page.total,
        )
        return page

    def _fresh(self, page: Page) -> Batch:
        """Keep of a page what has not been given yet, each row once."""
        papers = {name_of(paper): paper for paper in page.papers}
        quarantined = {name_of(row): row for row in page.quarantined}
        fresh = (papers.keys() | quarantined.keys()) - self._given
        self._given |= fresh
        return Batch(
            papers=tuple(paper for name, paper in papers.items() if name in fresh),
            quarantined=tuple(row for name, row in quarantined.items() if name in fresh),
        )
