"""Reads one window of submission whole: page by page, and in smaller windows where that fails."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import structlog

from bot.core.errors import SourceError, SuspectAnswer
from bot.core.model import Batch, Paper, Quarantined
from bot.core.window import Window
from bot.sources.atom import Page, UnreadableText
from bot.sources.question import Question
from bot.sources.transfer import ServiceBusy

_log = structlog.get_logger(__name__)

OVERLAP = 10
"""Rows asked for twice, as papers of one second change places between pages."""

_HOPELESS = 3
"""After so many unreadable rows and none readable, it is not the rows."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How many rows to ask for at once, to reach in all, and how many pages a slice may take."""

    rows: int = 2_000
    reach: int = 10_000
    pages: int = 200


class SliceReader:
    """Reads one slice: `scopes` within the window that `read` is given.

    `count` is what the service says the slice holds, once it has been read.
    """

    def __init__(
        self,
        ask: Callable[[Question], Awaitable[Page]],
        scopes: tuple[str, ...],
        paging: Paging,
    ) -> None:
        self._ask = ask
        self._scopes = scopes
        self._paging = paging
        self._slice: Window | None = None
        self._given: set[str] = set()
        self._pages = 0
        self._total: int | None = None

    @property
    def count(self) -> int:
        """The service's own count, or where that could not be read, how many rows came."""
        return len(self._given) if self._total is None else self._total

    async def read(self, window: Window) -> AsyncIterator[Batch]:
        """Yield what the window holds, each row once.

        Yields everything that can be had before it raises a SourceError for the rest.
        """
        self._slice = window
        failures: list[SourceError] = []
        async for batch in self._window(window, failures):
            yield batch
        if failures:
            raise failures[0]

    async def _window(self, window: Window, failures: list[SourceError]) -> AsyncIterator[Batch]:
        """Read a window, or where rows are missing its halves; note what could not be had."""
        tally = _Tally()
        try:
            # Rows of one second that change places may be missed in one order and not in the other.
            for descending in (True, False):
                async for page in self._walk(window, tally, descending=descending):
                    yield self._fresh(page)
                if tally.whole:
                    return
                if tally.total > self._paging.reach:
                    break
            doubt = SuspectAnswer(f"{len(tally.rows)} of {tally.total} papers came")
        except UnreadableText as error:
            doubt = error
        except ServiceBusy:
            raise
        except SourceError as error:
            failures.append(error)
            return
        async for batch in self._smaller(window, doubt, failures):
            yield batch

    async def _smaller(
        self, window: Window, doubt: SuspectAnswer, failures: list[SourceError]
    ) -> AsyncIterator[Batch]:
        """Read the halves of a window, or single rows of the shortest."""
        parts = window.halves()
        _log.info("slice.split", window=str(window), parts=len(parts), reason=str(doubt))
        for part in parts:
            async for batch in self._window(part, failures):
                yield batch
        if parts:
            return
        if not isinstance(doubt, UnreadableText):
            failures.append(doubt)
            return
        async for batch in self._row_by_row(window):
            yield batch

    async def _walk(
        self, window: Window, tally: "_Tally", *, descending: bool
    ) -> AsyncIterator[Page]:
        """Page through a window; stop before the first page if there is more than can be had."""
        start = 0
        while True:
            rows = min(self._paging.rows, self._paging.reach - start)
            page = await self._page(Question(self._scopes, window, start, rows, descending))
            tally.total = page.total
            if page.total > self._paging.reach:
                return
            tally.rows.update(_names(page))
            yield page
            # A page may be shorter than asked: go on from what came.
            reached = start + page.rows
            if reached >= page.total or tally.whole:
                return
            start = max(start + 1, reached - OVERLAP)

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
        if self._pages > self._paging.pages:
            raise SuspectAnswer(f"the slice takes more than {self._paging.pages} pages")
        page = await self._ask(question)
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
        """Keep of a page what has not been given yet."""
        papers = tuple(paper for paper in page.papers if _version(paper) not in self._given)
        quarantined = tuple(row for row in page.quarantined if _name(row) not in self._given)
        self._given.update(_names(page))
        return Batch(papers=papers, quarantined=quarantined)


class _Tally:
    """The rows that came of one window, against how many there should be."""

    def __init__(self) -> None:
        self.rows: set[str] = set()
        self.total = 0

    @property
    def whole(self) -> bool:
        """Whether everything came; rows may have been added or taken away meanwhile."""
        return self.total <= len(self.rows)


def _names(page: Page) -> Iterator[str]:
    """Name every row of a page, malformed ones too."""
    yield from map(_version, page.papers)
    yield from map(_name, page.quarantined)


def _version(paper: Paper) -> str:
    """Name one version of a paper: two may stand in one answer, and are two of its rows."""
    return f"{paper.id}v{paper.version}"


def _name(row: Quarantined) -> str:
    """Tell malformed rows apart: two may lack an id."""
    return f"{row.id}: {row.error}"
