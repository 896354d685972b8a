"""The source that asks arXiv's query API by id for what the others left open."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from bot.core.errors import SourceError
from bot.core.polling import Batch, PollRequest
from bot.interfaces import Probe
from bot.sources.asker import Asker
from bot.sources.gate import Gate
from bot.sources.id_question import IdQuestion
from bot.sources.id_reading import IdReader
from bot.sources.persistence import Patience
from bot.sources.transfer import Limits, make_client

if TYPE_CHECKING:
    from bot.settings import Settings

_ANY_PAPER = "0704.0001"
"""The first id of the present kind."""


class ArxivIds:
    """Asks the query API at `url`, through `gate`, with `contact` in its User-Agent.

    It completes papers that only a feed has told of, and asks for ids that a census misses. As
    Following it is polled after the others. Enter it before use: it owns one connection.
    """

    name = "arxiv_ids"
    follows: Literal[True] = True

    def __init__(
        self, url: str, contact: str | None, gate: Gate, *, limits: Limits | None = None
    ) -> None:
        self._url = url
        self._gate = gate
        self._limits = limits or Limits()
        self._client = make_client(contact)

    @classmethod
    def from_settings(cls, settings: "Settings", gate: Gate) -> Self | None:
        """Build the source as the configuration has it; None where the query API is off."""
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
        """Yield what comes of the memory's partial papers and gaps; without any, ask nothing.

        A gap is absent only by a sound answer that leaves it out, or where arXiv refuses it alone.
        Raises a SourceError at the end if some could not be had.
        """
        reader = IdReader(self._asker(Patience(request.patience)), request)
        async with aclosing(reader.read()) as batches:
            async for batch in batches:
                yield batch

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Ask for one paper by id, once; a source has no `addresses`."""
        del addresses
        what = f"arXiv API {self._url}, by id"
        try:
            await self._asker(Patience(0.0)).try_once(IdQuestion((_ANY_PAPER,)))
        except SourceError as error:
            return (Probe(what, ok=False, detail=str(error)),)
        return (Probe(what, ok=True, detail="answers"),)

    def _asker(self, patience: Patience) -> Asker:
        """Ask in the name of one poll."""
        return Asker(self._client, self._gate, self._url, self._limits, patience)
