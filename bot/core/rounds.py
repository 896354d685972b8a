"""The rounds of polling in a bot that stays: when arXiv is asked, and what waits for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.arxiv_calendar import Calendar, Polls
from bot.core.polling import PollResult
from bot.core.standing import Status

GRACE = timedelta(minutes=15)
"""How long a digest that is due waits for a poll that is under way."""
HUNG = timedelta(hours=6)
"""A poll that is under way for so long hangs."""


@dataclass
class Rounds:
    """When arXiv was asked, and since when a poll is under way."""

    calendar: Calendar
    polls: Polls
    since: datetime | None = None

    @classmethod
    def resumed(cls, calendar: Calendar, status: Status) -> "Rounds":
        """Go on from what the ledger knows of earlier polls."""
        last = max((one.at for one in status.polls), default=None)
        return cls(calendar, Polls(last, _whole(status.polls), status.risen))

    def due(self, now: datetime) -> bool:
        """Whether arXiv should be asked."""
        return self.calendar.next_poll(now, self.polls) <= now

    def note(self, now: datetime, results: Sequence[PollResult], risen: datetime | None) -> None:
        """Remember that the poll begun at `now` has ended.

        `risen` is when arXiv was last seen to announce anything: nobody here may want it, and
        still it has come.
        """
        news = any(one.announced for one in results) or risen == now
        self.polls = Polls(now, _whole(results), now if news else self.polls.news)
        self.since = None

    def comes_first(self, now: datetime, within: timedelta = GRACE) -> bool:
        """Whether to wait for a poll, as what has just been announced is not known before it ends.

        One that is under way for longer than `within` is not waited for.
        """
        return self.due(now) if self.since is None else now < self.since + within


def _whole(results: Sequence[PollResult]) -> bool:
    """Whether every source gave all that it was asked for."""
    return all(one.state == "ok" for one in results)
