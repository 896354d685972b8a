"""The source that asks arXiv's query API, by windows of submission, for whatever is not known."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from bot.core.backlog import backlogs, owed_by_day
from bot.core.baseline import scopes_of_categories
from bot.core.errors import SourceError
from bot.core.polling import Batch, PollRequest
from bot.core.subscription import EVERYTHING
from bot.core.window import Step, Window, plan
from bot.interfaces import Probe
from bot.sources.asker import Asker
from bot.sources.gate import Gate
from bot.sources.persistence import Patience
from bot.sources.question import Question
from bot.sources.reading import take
from bot.sources.slices import Paging
from bot.sources.tale import Tale
from bot.sources.transfer import Limits, make_client

if TYPE_CHECKING:
    from bot.settings import Settings

_log = structlog.get_logger(__name__)

_LATELY = timedelta(days=5)
"""What arXiv announced last was mostly submitted within as many days, even after holidays."""
_NEWEST = 10


class ArxivApi:
    """Asks the query API at `url`, through `gate`, with `contact` in its User-Agent.

    Enter it before use: it owns one connection. As Reporting it counts a slice as one request.
    """

    name = "arxiv_api"

    def __init__(
        self,
        url: str,
        contact: str | None,
        gate: Gate,
        *,
        limits: Limits | None = None,
        paging: Paging | None = None,
    ) -> None:
        self.on_progress: Callable[[int, int], None] | None = None
        self._url = url
        self._gate = gate
        self._limits = limits or Limits()
        self._paging = paging or Paging()
        self._client = make_client(contact)

    @classmethod
    def from_settings(cls, settings: "Settings", gate: Gate) -> Self | None:
        """Build the source as the configuration has it; None where it turns the query API off."""
        url = settings.arxiv.api_url
        return cls(url, settings.contact, gate) if url else None

    async def __aenter__(self) -> Self:
        """Take the connection."""
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        await self._client.__aexit__(kind, error, trace)

    async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        """Yield what 30 days of submission hold for the scopes, as far as it may be news.

        So do the days that were among the last 30 while no poll came, up to 400 days back. The
        marks of a day ride on the batch that ends it. A day that fails does not stop the others,
        until patience is spent. At the end the scopes of which no day failed are complete, and if
        any failed, SuspectAnswer or SourceUnavailable sums up which and why; plain SourceError
        names what an outage has put beyond reach.

        Where the scopes are not everything, the newest ids of all of arXiv come last: they tell
        whether it has announced anything.
        """
        scopes = frozenset({EVERYTHING}) & request.scopes or request.scopes
        owed = backlogs(request.now, scopes, request.marks)
        steps = plan(request.now, scopes, request.marks, owed_by_day(owed))
        tale = Tale(steps, owed)
        if tale.lost:
            # Said at once too: the poll may be killed before its end, and then knows no more of it.
            _log.warning("poll.beyond_reach", lost=tale.lost)
        first = tuple(backlog.mark for backlog in owed if backlog.mark)
        asker = self._asker(Patience(request.patience))
        async with aclosing(self._walk(steps, tale, asker, request.now)) as batches:
            async for batch in batches:
                yield replace(batch, marks=first + batch.marks)
                first = ()
        if complete := tale.complete:
            yield Batch(complete=complete)
        if tale.heard and (newest := await self._newest_elsewhere(asker, request, tale)):
            yield Batch(elsewhere=newest)
        tale.conclude()

    async def _walk(
        self, steps: Sequence[Step], tale: Tale, asker: Asker, now: datetime
    ) -> AsyncGenerator[Batch, None]:
        """Take each step within the asker's patience, and note in `tale` how it went."""
        for done, step in enumerate(steps):
            self._report(done, len(steps))
            if tale.last_failure and not asker.patience.left:
                tale.failed(step, tale.last_failure)
                continue
            try:
                async for batch in take(step, asker, self._paging, tale, now):
                    yield batch
            except SourceError as error:
                _log.warning("slice.failed", day=str(step.day), error=str(error))
                tale.failed(step, error)
        self._report(len(steps), len(steps))

    async def _newest_elsewhere(
        self, asker: Asker, request: PollRequest, tale: Tale
    ) -> tuple[str, ...]:
        """Ask for the newest papers of all of arXiv, and name those in none of the scopes.

        Those in the scopes have come already, with their days. To fail here fails no poll.
        """
        spent = tale.last_failure and not asker.patience.left
        if spent or EVERYTHING in request.scopes:
            return ()
        tomorrow = plan(request.now, {EVERYTHING}, ())[0].window.end
        window = Window(tomorrow - _LATELY, tomorrow)
        try:
            page = await asker.ask(Question((EVERYTHING,), window, rows=_NEWEST), charged=True)
        except SourceError as error:
            _log.warning("newest.unknown", error=str(error))
            return ()
        return tuple(
            paper.id
            for paper in page.papers
            if request.scopes.isdisjoint(scopes_of_categories(paper.categories))
        )

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Ask for one row of yesterday and today, once; a source has no `addresses`."""
        del addresses
        step = plan(datetime.now(UTC), {EVERYTHING}, ())[1]
        asker = self._asker(Patience(0.0))
        try:
            page = await asker.try_once(Question(step.scopes, step.window))
        except SourceError as error:
            return (Probe(f"arXiv API {self._url}", ok=False, detail=str(error)),)
        told = f"answers; {page.total:,} papers submitted on {step.day}"
        return (Probe(f"arXiv API {self._url}", ok=True, detail=told),)

    def _asker(self, patience: Patience) -> Asker:
        """Ask in the name of one poll."""
        return Asker(self._client, self._gate, self._url, self._limits, patience)

    def _report(self, done: int, of: int) -> None:
        """Show progress to whoever watches."""
        if self.on_progress is not None:
            self.on_progress(done, of)
