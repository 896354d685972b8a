"""The source that reads arXiv's announcement feeds: what was announced today, by category."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from bot.core.arxiv_calendar import Calendar
from bot.core.errors import SourceError
from bot.core.feed_day import expected_day
from bot.core.feed_group import Group
from bot.core.polling import Batch, PollRequest
from bot.interfaces import Probe
from bot.settings.holidays import calendar_of
from bot.sources.connected import Watched
from bot.sources.feed_asker import FeedAsker
from bot.sources.feed_round import Round
from bot.sources.gate import Gate
from bot.sources.persistence import Patience
from bot.sources.transfer import Limits

if TYPE_CHECKING:
    from bot.settings import Settings

_PROBED = Group(("cs.CL",))


class ArxivRss(Watched):
    """Asks the feeds below `url`; one that ends with /atom gives Atom, any other RSS 2.0.

    `calendar` tells which days should hold an announcement.
    """

    name = "arxiv_rss"
    setting = "rss_url"
    accept = "application/rss+xml, application/atom+xml"

    def __init__(
        self,
        url: str,
        contact: str | None,
        gate: Gate,
        *,
        limits: Limits | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        super().__init__(url, contact, gate, limits=limits)
        self.calendar = calendar or Calendar()

    @classmethod
    def from_settings(cls, settings: "Settings", gate: Gate) -> Self | None:
        """Build the source as the configuration has it; None where it is turned off.

        Raises ConfigError where the owner's holidays cannot be read.
        """
        source = super().from_settings(settings, gate)
        if source is not None:
            source.calendar = calendar_of(settings.arxiv.holidays)
        return source

    async def poll(self, request: PollRequest) -> AsyncGenerator[Batch, None]:
        """Yield what today's feeds announce for the scopes: new papers, cross-lists, replacements.

        Papers come without comment, and with the feed's day in place of their dates. The marks of
        a category ride on the batch of its feed; a feed that may be stale, or too full, gives its
        papers but no mark. One that fails does not stop the others, until patience is spent. The
        last batch names as current the scopes that were read whole, and at the end SuspectAnswer,
        SourceUnavailable or plain SourceError sums up what could not be believed and why, and names
        days between the last feed and today's that were missed.
        """
        taking = Round(request, FeedAsker(self._line, Patience(request.patience)), self.calendar)
        async with aclosing(taking.batches(self._report)) as batches:
            async for batch in batches:
                yield batch

    async def check(self, addresses: Sequence[str]) -> Sequence[Probe]:
        """Ask for one category's feed, once; a source has no `addresses`."""
        del addresses
        now = datetime.now(UTC)
        what = f"arXiv feeds {self._line.url}"
        try:
            asker = FeedAsker(self._line, Patience(0.0))
            fetched = await asker.try_once(_PROBED, expected_day(now, self.calendar), now)
        except SourceError as error:
            return (Probe(what, ok=False, detail=str(error)),)
        # Without conditions there is always a feed.
        rows, day = (fetched.feed.rows, fetched.feed.day) if fetched.feed else (0, None)
        return (Probe(what, ok=True, detail=f"answers; {rows:,} items in cs.CL on {day}"),)
