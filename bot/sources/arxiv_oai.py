"""The source that harvests arXiv's OAI-PMH interface, by day of change: it misses nothing for long.

Protocol: https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from bot.core.errors import SourceError
from bot.core.harvest import is_due, last_harvest
from bot.core.polling import Batch, PollRequest
from bot.core.subscription import EVERYTHING
from bot.interfaces import Probe
from bot.sources.gate import Gate
from bot.sources.oai_asker import PAGE, PageAsker
from bot.sources.oai_harvest import Harvest
from bot.sources.persistence import Patience
from bot.sources.transfer import Limits, make_client

if TYPE_CHECKING:
    from bot.settings import Settings

_log = structlog.get_logger(__name__)


class ArxivOai:
    """Harvests the interface at `url`, through `gate`, with `contact` in its User-Agent.

    Enter it before use: it owns one connection. As Reporting it counts a page as one request.
    """

    name = "arxiv_oai"

    def __init__(self, url: str, contact: str | None, gate: Gate, *, limits: Limits = PAGE) -> None:
        self.on_progress: Callable[[int, int], None] | None = None
        self._url = url
        self._gate = gate
        self._limits = limits
        self._client = make_client(contact, accept="text/xml")

    @classmethod
    def from_settings(cls, settings: "Settings", gate: Gate) -> Self | None:
        """Build the source as the configuration has it; None where that turns it off."""
        url = settings.arxiv.oai_url
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
        harvest = Harvest(self._asker(Patience(request.patience)), request, scopes, self._report)
        _log.info("harvest.begun", since=str(harvest.first))
        async with aclosing(harvest.read()) as batches:
            async for batch in batches:
                yield batch

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Ask the interface who it is, once; a source has no `addresses`."""
        del addresses
        asker = self._asker(Patience(0.0))
        what = f"arXiv OAI-PMH {self._url}"
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

    def _asker(self, patience: Patience) -> PageAsker:
        """Ask in the name of one poll."""
        return PageAsker(self._client, self._gate, self._url, self._limits, patience)

    def _report(self, done: int, of: int) -> None:
        """Show progress to whoever watches."""
        if self.on_progress is not None:
            self.on_progress(done, of)
