"""How the announcement that was due last is getting on: what `status` shows and owners are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.core.arxiv_calendar import INTERVAL, PERSISTENCE, Calendar
from bot.core.polling import FOLLOWERS, PollResult
from bot.core.standing import Status

State = Literal["expected", "waiting", "quiet", "stalled", "failed"]
_DAY = timedelta(days=1)
_ASKED = PERSISTENCE - 2 * INTERVAL
"""How long after an announcement the last poll for it is made at the earliest, if none came."""
_UNASKED = timedelta(days=1)
"""How long beyond the owner's patience a bot may not have asked: then its polls never end."""


@dataclass(frozen=True, slots=True)
class Announcing:
    """The state of the announcement `due`: the first that did not come, or else the last.

    `expected`: all have come, and the `next` is less than a day ahead. `quiet`: all have come, and
    none is due for a day or more. `waiting`: one has not come yet. `stalled`: it has not come
    within the owner's patience, although polls succeed. `failed`: it has not come, and no source
    answers. `arrived` is when what is `due` was last seen to bring something; `alarming` tells that
    it is missing for longer than the owner's patience.
    """

    state: State
    due: datetime
    next: datetime
    arrived: datetime | None = None
    alarming: bool = False

    @property
    def missing(self) -> bool:
        """Whether an announcement was due and has not come."""
        return self.state in ("waiting", "stalled", "failed")


def announcing(
    now: datetime,
    calendar: Calendar,
    quiet_after: timedelta,
    status: Status,
    watched: datetime | None = None,
) -> Announcing:
    """Judge by the ledger whether arXiv's announcements come.

    One has come once the highest id known of arXiv has risen at or after its instant. What was due
    before the bot began is nothing to it: before `watched`, or else before the first baseline.
    """
    last, ahead = calendar.last_announcement(now), calendar.next_announcement(now)
    began = [one.at for one in status.baselines] + ([watched] if watched else [])
    marks = [*([min(began)] if began else []), *([status.risen] if status.risen else [])]
    first = calendar.next_announcement(max(marks)) if began else ahead
    if first > now:
        arrived = status.risen if status.risen and status.risen >= last else None
        return Announcing("expected" if ahead - now < _DAY else "quiet", last, ahead, arrived)
    asked = max((one.at for one in status.polls), default=began[0])
    late = now >= first + quiet_after and (
        # A bot that was away asks before it alarms anybody.
        asked >= first + min(quiet_after, _ASKED) or now >= first + quiet_after + _UNASKED
    )
    if status.polls and silent(status.polls):
        return Announcing("failed", first, ahead, alarming=late)
    return Announcing("stalled" if late else "waiting", first, ahead, alarming=late)


def silent(polls: Sequence[PollResult]) -> bool:
    """Whether no source answered when it was last asked, or none was asked yet.

    Of one that had nothing to ask nothing is known.
    """
    leading = [one for one in polls if one.source not in FOLLOWERS]
    asked = [one for one in leading if not one.idle]
    return all(one.state == "failed" for one in asked) and bool(asked or not leading)
