"""What the commands under `subscribers` print: who there is, and why nothing is sent to whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.console import say, table
from bot.core.people import SAID_BY, Person, Suspension, cure
from bot.core.schedule import Schedule
from bot.settings import Settings
from bot.welcome import local, schedules_of

COLUMNS = ("name", "channel", "address", "next digest", "sent", "failed", "back")
NOBODY = (
    "nobody is in the ledger yet; `daily-papers run` makes it, and enters those of the "
    "configuration"
)


def people_json(people: Sequence[Person], now: datetime) -> list[dict[str, Any]]:
    """Shape people for scripts: the keys are a contract."""
    same = ("subscriber", "channel", "address", "timezone", "active", "sent", "failed", "bounced")
    return [
        {
            **{name: getattr(one, name) for name in same},
            "next_digest": _due(one, now),
            "paused_until": one.paused if _is_paused(one, now) else None,
            "topics_off": one.off,
            "suspended": [
                {"by": said.by, "reason": said.reason, "at": said.at} for said in one.suspensions
            ],
        }
        for one in people
    ]


def show_people(people: Sequence[Person], settings: Settings, now: datetime) -> None:
    """Show people, one subscription a row."""
    if not people:
        say(NOBODY)
        return
    schedules = schedules_of(settings)
    rows = [
        (
            *(one.subscriber, one.channel, one.address, _next(one, schedules, now)),
            *(f"{one.sent:,}", f"{one.failed:,}", f"{one.bounced:,}"),
        )
        for one in people
    ]
    table("subscriber", COLUMNS, rows)


def show_standing(people: Sequence[Person]) -> None:
    """Tell in a line each whether anything is sent to these subscriptions, or why not."""
    for one in people:
        where = f"{one.subscriber}, {one.channel} {one.address}"
        if not one.suspensions:
            say(f"{where}: digests go there")
        for said in one.suspensions:
            lifts = f"; {cure(said, one.address)} lifts that"
            say(f"{where}: suspended {_said(said)}{lifts}")


def show_erased(people: Sequence[Person], *, done: bool) -> None:
    """Tell whose rows are deleted, or would be."""
    for one in people:
        counts = f"{one.sent:,} sent and {one.failed:,} failed deliveries"
        verb = "erased" if done else "to be erased"
        say(f"{verb}: {one.subscriber}, {one.channel} {one.address}, with {counts}")
    if done:
        say("Earlier backups, logs and mail servers still have what they had.")


def _next(one: Person, schedules: Mapping[str, Schedule], now: datetime) -> str:
    """Tell when the next digest comes, or why none does, and what is turned off."""
    if one.suspensions or not one.active:
        removed = [] if one.active else ["removed"]
        return "; ".join([*removed, *(f"suspended {_said(said)}" for said in one.suspensions)])
    off = f"; off: {', '.join(one.off)}" if one.off else ""
    if one.paused is not None and _is_paused(one, now):
        return f"paused by its reader until {local(one.paused, one.timezone)}{off}"
    schedule = schedules.get(one.subscriber)
    if schedule is not None and schedule.at is None:
        return f"immediately{off}"
    return f"{local(one.next_due, one.timezone)}{off}"


def _due(one: Person, now: datetime) -> datetime | None:
    """Tell when the next digest comes; None where none does."""
    if one.suspensions or not one.active:
        return None
    return one.paused if _is_paused(one, now) else one.next_due


def _is_paused(one: Person, now: datetime) -> bool:
    """Tell whether digests wait as their reader wishes."""
    return one.paused is not None and one.paused > now


def _said(said: Suspension) -> str:
    """Tell who suspended an address, since when and why."""
    return f"by {SAID_BY[said.by]} since {said.at:%Y-%m-%d}: {said.reason}"
