"""The source that asks arXiv's query API by id for what the others left open."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Literal

from bot.core.errors import SourceError
from bot.core.polling import Batch, PollRequest
from bot.interfaces import Probe
from bot.sources.asker import Asker
from bot.sources.connected import Connected
from bot.sources.id_question import WITNESS, IdQuestion
from bot.sources.id_reading import IdReader
from bot.sources.persistence import Patience


class ArxivIds(Connected):
    """Asks the query API by id: completes papers that only a feed has told of, and fills gaps.

    As Following it is polled after the others.
    """

    name = "arxiv_ids"
    follows: Literal[True] = True

    async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        """Yield what comes of the memory's partial papers and gaps; without any, ask nothing.

        A gap is absent only by a sound answer that leaves it out, or where it alone cannot be read
        or is refused. Papers that arXiv omits, all of them, are not missed once another has come.
        Raises a SourceError at the end if some could not be had.
        """
        reader = IdReader(Asker(self._line, Patience(request.patience)), request)
        async with aclosing(reader.read()) as batches:
            async for batch in batches:
                yield batch

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Ask for one paper by id, once; a source has no `addresses`."""
        del addresses
        what = f"arXiv API {self._line.url}, by id"
        try:
            await Asker(self._line, Patience(0.0)).try_once(IdQuestion((WITNESS,)))
        except SourceError as error:
            return (Probe(what, ok=False, detail=str(error)),)
        return (Probe(what, ok=True, detail="answers"),)
