"""What the commands under `subscribers` print: who there is, and why nothing is sent to whom."""

from collections.abc import Mapping, Sequence
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


def people_json(people: Sequence[Person]) -> list[dict[str, Any]]:
    """Shape people for scripts: the keys are a contract."""
    same = ("subscriber", "channel", "address", "timezone", "active", "sent", "failed", "bounced")
    return [
        {
            **{name: getattr(one, name) for name in same},
            "next_digest": one.next_due if one.active and not one.suspensions else None,
            "suspended": [
                {"by": said.by, "reason": said.reason, "at": said.at} for said in one.suspensions
            ],
        }
        for one in people
    ]


def show_people(people: Sequence[Person], settings: Settings) -> None:
    """Show people, one subscription a row."""
    if not people:
        say(NOBODY)
        return
    schedules = schedules_of(settings)
    rows = [
        (
            *(one.subscriber, one.channel, one.address, _next(one, schedules)),
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


def _next(one: Person, schedules: Mapping[str, Schedule]) -> str:
    """Tell when the next digest comes, or why none does."""
    if one.suspensions or not one.active:
        removed = [] if one.active else ["removed"]
        return "; ".join([*removed, *(f"suspended {_said(said)}" for said in one.suspensions)])
    schedule = schedules.get(one.subscriber)
    if schedule is not None and schedule.at is None:
        return "immediately"
    return local(one.next_due, one.timezone)


def _said(said: Suspension) -> str:
    """Tell who suspended an address, since when and why."""
    return f"by {SAID_BY[said.by]} since {said.at:%Y-%m-%d}: {said.reason}"
