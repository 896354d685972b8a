"""The source that reads arXiv's announcement feeds: what was announced today, by category."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bot.core.arxiv_calendar import Calendar
from bot.core.errors import SourceError
from bot.core.feed_day import expected_day
from bot.core.feed_group import Group
from bot.core.polling import Batch, PollRequest
from bot.interfaces import Probe
from bot.settings.holidays import calendar_of
from bot.sources.feed_asker import FeedAsker
from bot.sources.feed_round import Round
from bot.sources.gate import Gate
from bot.sources.persistence import Patience
from bot.sources.transfer import Limits, make_client

if TYPE_CHECKING:
    from bot.settings import Settings

_PROBED = Group(("cs.CL",))


class ArxivRss:
    """Asks the feeds below `url`, through `gate`, with `contact` in its User-Agent.

    A `url` that ends with /atom gives Atom, any other RSS 2.0. `calendar` tells which days should
    hold an announcement. Enter it before use: it owns one connection.
    """

    name = "arxiv_rss"

    def __init__(
        self,
        url: str,
        contact: str | None,
        gate: Gate,
        *,
        limits: Limits | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        self.on_progress: Callable[[int, int], None] | None = None
        self._url = url
        self._gate = gate
        self._limits = limits or Limits()
        self._calendar = calendar or Calendar()
        self._client = make_client(contact, accept="application/rss+xml, application/atom+xml")

    @classmethod
    def from_settings(cls, settings: "Settings", gate: Gate) -> Self | None:
        """Build the source as the configuration has it; None where it is turned off.

        Raises ConfigError where the owner's holidays cannot be read.
        """
        url = settings.arxiv.rss_url
        if not url:
            return None
        calendar = calendar_of(settings.arxiv.holidays)
        return cls(url, settings.contact, gate, calendar=calendar)

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
        """Yield what today's feeds announce for the scopes: new papers, cross-lists, replacements.

        Papers come without comment, and with the feed's day in place of their dates. The marks of
        a category ride on the batch of its feed; a feed that may be stale, or too full, gives its
        papers but no mark. One that fails does not stop the others, until patience is spent. The
        last batch names as current the scopes that were read whole, and at the end SuspectAnswer,
        SourceUnavailable or plain SourceError sums up what could not be believed and why.
        """
        taking = Round(request, self._asker(Patience(request.patience)), self._calendar)
        async with aclosing(taking.batches(self._report)) as batches:
            async for batch in batches:
                yield batch

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Ask for one category's feed, once; a source has no `addresses`."""
        del addresses
        now = datetime.now(UTC)
        what = f"arXiv feeds {self._url}"
        try:
            asker = self._asker(Patience(0.0))
            fetched = await asker.try_once(_PROBED, expected_day(now, self._calendar), now)
        except SourceError as error:
            return (Probe(what, ok=False, detail=str(error)),)
        # Without conditions there is always a feed.
        rows, day = (fetched.feed.rows, fetched.feed.day) if fetched.feed else (0, None)
        return (Probe(what, ok=True, detail=f"answers; {rows:,} items in cs.CL on {day}"),)

    def _asker(self, patience: Patience) -> FeedAsker:
        """Ask in the name of one poll."""
        return FeedAsker(self._client, self._gate, self._url, self._limits, patience)

    def _report(self, done: int, of: int) -> None:
        """Show progress to whoever watches."""
        if self.on_progress is not None:
            self.on_progress(done, of)
