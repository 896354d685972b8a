"""Asks an OAI-PMH interface for a page, and gives its records while they arrive.

A page that fails is asked for again within the poll's patience; its records come again then.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

import httpx
import structlog

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.line import Line
from bot.sources.oai_page import PageReader
from bot.sources.oai_reading import Frame, Record
from bot.sources.persistence import (
    ATTEMPTS,
    LONGEST_PAUSE,
    SHORTEST_PAUSE,
    Patience,
    await_hold,
)
from bot.sources.transfer import Limits, opened

_log = structlog.get_logger(__name__)

PAGE = Limits(size=256 * 1024 * 1024, seconds=300.0)
"""Bounds of one page: 2,500 records, which take arXiv a minute and about 6 MB."""
NOTHING = "noRecordsMatch"


class TokenRefused(SourceError):
    """The service does not know the resumption token, or does not know it any more."""


class PageAsker:
    """Asks a service in the name of one poll; `frame` is of the last whole page."""

    def __init__(self, line: Line, patience: Patience) -> None:
        self.frame = Frame()
        self._line = line
        self._patience = patience

    async def ask(self, parameters: Mapping[str, str]) -> AsyncGenerator[Sequence[Record], None]:
        """Yield a page's records as they come, again from its beginning where it had to be.

        A page without any is refused, unless it says that there are none. The time that a good
        page takes costs no patience. Raises TokenRefused, plain SourceError with the service's
        words where it refuses the request, and otherwise the last SourceError when asking again is
        no use or patience has ended.
        """
        failures: Counter[type[SourceError]] = Counter()
        told: SourceError | None = None
        while True:
            await_hold(self._patience, self._line)
            limits = self._line.limits
            if failures:
                limits = replace(limits, seconds=min(limits.seconds, self._patience.left))
            began = time.monotonic()
            try:
                async with aclosing(self._try_once(parameters, limits)) as arriving:
                    async for records in arriving:
                        yield records
            except SourceError as error:
                self._patience.spend(time.monotonic() - began)
                # Cut off by the end of patience, a try tells nothing; the one before it does.
                told = told if told and not self._patience.left else error
                await self._pause(told, failures)
            else:
                return

    async def _try_once(
        self, parameters: Mapping[str, str], limits: Limits
    ) -> AsyncGenerator[Sequence[Record], None]:
        """Ask once; raises a SourceError for whatever is wrong with the answer."""
        url = httpx.URL(self._line.url).copy_merge_params(dict(parameters))
        reader = PageReader()
        async with opened(self._line.client, self._line.gate, url, limits) as answer:
            async for piece in answer.pieces:
                yield reader.feed(piece)
                if reader.failure:
                    raise reader.failure
            yield reader.close()
            if reader.failure:
                raise reader.failure
        self.frame = reader.frame
        _judge(reader.frame, parameters["verb"])
        if answer.status != 200:
            raise SourceUnavailable(f"HTTP {answer.status}")

    async def _pause(self, error: SourceError, failures: Counter[type[SourceError]]) -> None:
        """Wait until the page may be asked for again, or raise the error if that is no use."""
        kind = next(kind for kind in ATTEMPTS if isinstance(error, kind))
        failures[kind] += 1
        wait = error.retry_after if isinstance(error, SourceUnavailable) else None
        left = self._patience.left
        if failures[kind] >= ATTEMPTS[kind] or left <= (wait or 0.0):
            raise error
        first = max(self._line.gate.min_interval, SHORTEST_PAUSE)
        if wait is None:
            wait = min(first * 2 ** min(failures.total() - 1, 20), LONGEST_PAUSE)
        # Jitter, so that many installations do not come back in the same second.
        pause = min(wait + random.uniform(0.0, first), left)  # noqa: S311  # not for secrecy
        _log.info("page.again", reason=str(error), seconds=round(pause, 1))
        await asyncio.sleep(pause)
        self._patience.spend(pause)
        if not self._patience.left:
            raise error


def _judge(frame: Frame, verb: str) -> None:
    """Raise what the service answers instead of records; that there are none is an answer."""
    for code, words in frame.errors:
        if code == "badResumptionToken":
            raise TokenRefused(f"arXiv refuses its own resumption token: {words or code}")
        if code != NOTHING:
            raise SourceError(
                f"arXiv refuses the request: {code}" + (f": {words}" if words else "")
            )
    if verb == "ListRecords" and not frame.records and not frame.errors:
        raise SuspectAnswer("a page without records, and without a word why")
