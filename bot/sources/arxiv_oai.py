"""The source that harvests arXiv's OAI-PMH interface, by day of change: it misses nothing for long.

Protocol: https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import structlog

from bot.core.errors import SourceError
from bot.core.harvest import is_due, last_harvest
from bot.core.polling import Batch, PollRequest
from bot.core.subscription import EVERYTHING
from bot.interfaces import Probe
from bot.sources.connected import Watched
from bot.sources.oai_asker import PAGE, PageAsker
from bot.sources.oai_harvest import Harvest
from bot.sources.persistence import Patience

_log = structlog.get_logger(__name__)


class ArxivOai(Watched):
    """Harvests the interface at `url`; it counts a page as one request."""

    name = "arxiv_oai"
    setting = "oai_url"
    accept = "text/xml"
    limits = PAGE

    async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        """Yield all that changed since three days before the last completed harvest began.

        A scope that has never been harvested takes 30 days. Nothing is asked for, and nothing
        yielded, while arXiv has not updated its records since the last completed harvest. Papers
        outside of the scopes come as `elsewhere`. Marks, `complete` and `census` ride on the very
        last batch: a harvest that fails anywhere is begun anew by the next poll.
        """
        scopes = frozenset({EVERYTHING}) & request.scopes or request.scopes
        last = last_harvest(scopes, request.marks, request.now)
        if not is_due(last, request.now):
            _log.info("harvest.not_due", last=str(last))
            return
        asker = PageAsker(self._line, Patience(request.patience))
        harvest = Harvest(asker, request, scopes, self._report)
        _log.info("harvest.begun", since=str(harvest.first))
        async with aclosing(harvest.read()) as batches:
            async for batch in batches:
                yield batch

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Ask the interface who it is, once; a source has no `addresses`."""
        del addresses
        asker = PageAsker(self._line, Patience(0.0))
        what = f"arXiv OAI-PMH {self._line.url}"
        try:
            async with aclosing(asker.ask({"verb": "Identify"})) as page:
                async for _ in page:
                    pass
        except SourceError as error:
            return (Probe(what, ok=False, detail=str(error)),)
        frame = asker.frame
        if not frame.repository:
            return (Probe(what, ok=False, detail="answers, but not with its repository's name"),)
        # arXiv lets this answer be cached for a year, so its date tells nothing about clocks.
        told = f"answers as {frame.repository!r} (response of {frame.response_date})"
        return (Probe(what, ok=True, detail=told),)
