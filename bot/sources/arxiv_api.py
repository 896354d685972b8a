"""The source that asks arXiv's query API, by windows of submission, for whatever is not known."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.core.backlog import backlogs, owed_by_day
from bot.core.baseline import scopes_of_categories
from bot.core.errors import SourceError
from bot.core.polling import Batch, PollRequest
from bot.core.subscription import EVERYTHING
from bot.core.window import Step, Window, plan
from bot.interfaces import Probe
from bot.sources.asker import Asker
from bot.sources.connected import Watched
from bot.sources.gate import Gate
from bot.sources.persistence import Patience
from bot.sources.question import Question
from bot.sources.reading import take
from bot.sources.slices import Paging
from bot.sources.tale import Tale
from bot.sources.transfer import Limits

_log = structlog.get_logger(__name__)

_LATELY = timedelta(days=5)
"""What arXiv announced last was mostly submitted within as many days, even after holidays."""
_NEWEST = 10


class ArxivApi(Watched):
    """Asks the query API at `url`, in pages as `paging` has it; it counts a slice as a request."""

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
        super().__init__(url, contact, gate, limits=limits)
        self._paging = paging or Paging()

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
        asker = Asker(self._line, Patience(request.patience))
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
        asker = Asker(self._line, Patience(0.0))
        what = f"arXiv API {self._line.url}"
        try:
            page = await asker.try_once(Question(step.scopes, step.window))
        except SourceError as error:
            return (Probe(what, ok=False, detail=str(error)),)
        told = f"answers; {page.total:,} papers submitted on {step.day}"
        return (Probe(what, ok=True, detail=told),)
