"""What the commands print: tables on a terminal, plain lines otherwise, JSON for scripts."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.app import Pass, Progress
from bot.core.model import Status
from bot.core.subscription import scopes_of
from bot.core.visible import visible
from bot.interfaces import Probe
from bot.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console


def _console(*, stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Print lines; outside text in them cannot command the terminal."""
    _console().print(_harmless(text))


def _harmless(text: str) -> str:
    """Make each line visible, and keep the spaces that it begins with."""
    lines = text.split("\n")
    return "\n".join(" " * (len(one) - len(one.lstrip(" "))) + visible(one) for one in lines)


def complain(text: str) -> None:
    """Print an error, in red where there is a terminal."""
    _console(stderr=True).print(_harmless(text), style="bold red")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Show rows as a table on a terminal, and as tab-separated lines elsewhere."""
    from rich.table import Table

    console = _console()
    cells = [[visible(str(cell)) for cell in row] for row in rows]
    if not console.is_terminal:
        for row in cells:
            sys.stdout.write("\t".join([title, *row]) + "\n")
        return
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in cells:
        shown.add_row(*row)
    console.print(shown)


def as_json(value: object) -> None:
    """Print a value as JSON; instants become ISO 8601."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: object) -> object:
    """Turn what JSON does not know into text."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


@contextmanager
def polling() -> Iterator[Progress | None]:
    """Show a progress bar while a poll lasts, on a terminal only."""
    console = _console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("Polling {task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def report(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name)
            bar.update(tasks[name], completed=done, total=total)

        yield report


def report_pass(done: Pass, settings: Settings) -> None:
    """Tell in a few lines what a pass did, and what the first one learned."""
    for one in done.polls:
        say(
            f"{one.source}: {one.state}, {one.received:,} papers read, "
            f"{one.announced:,} new" + (f". {one.error}" if one.error else "")
        )
    for line in baseline_lines(done, settings):
        say(line)
    if done.composed:
        say(f"{_count(done.composed, 'digest')} composed")
    if done.ended:
        states = {"sent": "sent", "retry": "to be tried again", "failed": "failed", "held": "held"}
        parts = [
            f"{done.ended[state]:,} {word}" for state, word in states.items() if done.ended[state]
        ]
        say("deliveries: " + ", ".join(parts))
    for pause in done.status.paused:
        say(f"{pause['channel']} is paused until {pause['until']}: {pause['reason']}")


def baseline_lines(done: Pass, settings: Settings) -> list[str]:
    """Say what a first run did: how much it knows now, and when the first digest comes."""
    status = done.status
    subscriptions = settings.subscriptions()
    wanted = scopes_of(topic for one in subscriptions for topic in one.topics)
    known = {one.scope: one.at for one in status.baselines if one.horizon is not None}
    if done.polls and not wanted <= known.keys():
        return ["The baseline is not complete: nothing is sent before a poll has seen it whole."]
    first = min(status.standings, key=lambda one: one.next_due, default=None)
    if first is None or not any(at == one.at for one in done.polls for at in known.values()):
        return []
    zones = {one.subscriber: one.schedule.timezone for one in subscriptions}
    when = local(first.next_due, zones.get(first.subscriber, "UTC"))
    return [f"{status.papers:,} papers known; first digest {when} for {first.subscriber}"]


def local(instant: datetime, zone: str) -> str:
    """Write an instant on a reader's own clock, such as `Tue 6 Jan 08:30 (Europe/Madrid)`."""
    there = instant.astimezone(ZoneInfo(zone))
    return f"{there:%a} {there.day} {there:%b %H:%M} ({zone})"


def _count(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def status_json(status: Status) -> dict[str, Any]:
    """Shape the status for scripts: the keys are a contract."""
    return {
        "polls": [
            {
                "source": one.source,
                "state": one.state,
                "at": one.at,
                "received": one.received,
                "announced": one.announced,
                "error": one.error,
            }
            for one in status.polls
        ],
        "due": status.due,
        "pending": status.pending,
        "sent": status.sent,
        "failed": status.failed,
        "held": status.held,
        "uncertain": status.uncertain,
        "suspended": [dict(one) for one in status.suspended],
        "paused": [dict(one) for one in status.paused],
        "quarantined": [dict(one) for one in status.quarantined],
        "papers": status.papers,
        "announced": status.announced,
        "baseline": [
            {"scope": one.scope, "horizon": one.horizon, "at": one.at, "known": one.known}
            for one in status.baselines
        ],
        "next_digests": [
            {
                "subscriber": one.subscriber,
                "channel": one.channel,
                "address": one.address,
                "at": one.next_due,
                "suspended": one.suspended,
            }
            for one in status.standings
        ],
    }


def show_status(status: Status, settings: Settings) -> None:
    """Show the ledger at a glance."""
    for one in status.polls or ():
        say(f"poll {one.source}: {one.state} at {_utc(one.at)}" + _because(one.error))
    if not status.polls:
        say("poll: none yet")
    say(f"papers: {status.papers:,} known, {status.announced:,} announced")
    say(
        f"deliveries: {status.sent:,} sent, {status.pending:,} pending, {status.failed:,} failed, "
        f"{status.held:,} held, {status.uncertain:,} uncertain; "
        f"{_count(status.due, 'digest')} due now"
    )
    zones = {one.subscriber: one.schedule.timezone for one in settings.subscriptions()}
    _rows(
        "baseline",
        ("scope", "known", "up to"),
        [(one.scope, f"{one.known:,}", one.horizon or "not complete") for one in status.baselines],
    )
    _rows(
        "next digest",
        ("subscriber", "channel", "address", "at"),
        [
            (
                one.subscriber,
                one.channel,
                one.address,
                f"suspended: {one.suspended}"
                if one.suspended
                else local(one.next_due, zones.get(one.subscriber, "UTC")),
            )
            for one in status.standings
        ],
    )
    for title, rows in (
        ("suspended", status.suspended),
        ("paused", status.paused),
        ("quarantined", status.quarantined),
    ):
        _rows(title, tuple(rows[0]) if rows else (), [tuple(one.values()) for one in rows])


def _rows(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Show a table that has rows."""
    if rows:
        table(title, columns, rows)


def _because(error: str | None) -> str:
    """Add an error where there is one."""
    return f" ({error})" if error else ""


def _utc(instant: datetime) -> str:
    """Write an instant in UTC, to the minute."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def show_deliveries(rows: Sequence[Mapping[str, Any]]) -> None:
    """Show deliveries, one a row."""
    if not rows:
        say("no deliveries")
        return
    table("delivery", tuple(rows[0]), [tuple(row.values()) for row in rows])


def show_probes(probes: Sequence[Probe]) -> None:
    """Show what `check` and `send` found."""
    table(
        "check",
        ("what", "result", "detail"),
        [(one.what, "ok" if one.ok else "FAILED", one.detail) for one in probes],
    )
