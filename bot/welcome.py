"""What a first run has to say: how much is known now, and when the first digest comes."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.polling import PollResult
from bot.core.schedule import Schedule
from bot.core.standing import Status
from bot.core.subscription import polled_for
from bot.settings import Settings


def baseline_lines(polls: Sequence[PollResult], status: Status, settings: Settings) -> list[str]:
    """Say what a first run did: how much it knows now, and when the first digest comes.

    Nothing where these polls completed no baseline, and none is wanting.
    """
    known = {one.scope: one.at for one in status.baselines}
    if polls and not wanted_scopes(settings) <= known.keys():
        return ["The baseline is not complete: nothing is sent before a poll has seen it whole."]
    if not any(at == one.at for one in polls for at in known.values()):
        return []
    if not status.standings:
        return [f"{status.papers:,} papers known; `daily-papers pages --out DIR` shows them"]
    schedules = schedules_of(settings)
    at_once = {name for name, one in schedules.items() if one.at is None}
    timed = [one for one in status.standings if one.subscriber not in at_once]
    first = min(timed, key=lambda one: one.next_due, default=None)
    when = "as soon as something is announced"
    if first is not None:
        when = f"{local(first.next_due, first.timezone)} for {first.subscriber}"
    return [f"{status.papers:,} papers known; first digest {when}"]


def local(instant: datetime, zone: str) -> str:
    """Write an instant on a reader's own clock, such as `Tue 6 Jan 08:30 (Europe/Madrid)`."""
    there = instant.astimezone(ZoneInfo(zone))
    return f"{there:%a} {there.day} {there:%b %H:%M} ({zone})"


def schedules_of(settings: Settings) -> dict[str, Schedule]:
    """Give each subscriber's schedule."""
    return {one.subscriber: one.schedule for one in settings.subscriptions()}


def wanted_scopes(settings: Settings) -> frozenset[str]:
    """Give the scopes that the configuration needs."""
    return polled_for(settings.subscriptions(), (), settings.watched())
