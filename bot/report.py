"""What a command tells of a pass, of the ledger and of endpoints, in a few lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from textwrap import indent
from typing import Any

from bot.app import Pass
from bot.console import say, table
from bot.core.arxiv_calendar import eastern
from bot.core.polling import FOLLOWERS
from bot.core.render.completeness import ids_missing
from bot.core.schedule import Schedule
from bot.core.standing import Standing, Status
from bot.interfaces import Probe
from bot.settings import Settings
from bot.situation import Situation
from bot.welcome import baseline_lines, local, schedules_of, wanted_scopes


def report_pass(done: Pass, settings: Settings) -> None:
    """Tell in a few lines what a pass did, and what the first one learned."""
    for one in done.polls:
        if one.source in FOLLOWERS and one.state == "ok" and not one.received:
            continue  # nothing was left open
        say(
            f"{one.source}: {one.state}, {one.received:,} papers read, "
            f"{one.announced:,} new" + (f". {one.error}" if one.error else "")
        )
    for line in baseline_lines(done.polls, done.status, settings):
        say(line)
    if done.composed:
        say(f"{_count(done.composed, 'digest')} composed")
    if done.ended:
        words = {"sent": "sent", "plain": "sent without their layout", "retry": "to be tried again"}
        words |= {"failed": "failed", "held": "held"}
        counts = {state: done.ended[state] for state in words if done.ended[state]}
        told = ", ".join(f"{count:,} {words[state]}" for state, count in counts.items())
        say(f"deliveries: {told}")
    if done.interrupted:
        say("interrupted: what is left is done by the next run")
    for pause in done.status.paused:
        say(f"{pause['channel']} is paused until {pause['until']}: {pause['reason']}")
    if done.status.refused:
        topics = ", ".join(one.topic for one in done.status.refused)
        say(f"left out: {topics}; `daily-papers status` tells why")


def _count(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def status_json(found: Situation) -> dict[str, Any]:
    """Shape the status for scripts: the keys are a contract."""
    status = found.status
    counts = (
        *("due", "pending", "sent", "failed", "held", "uncertain", "papers", "announced"),
        *("highest", "partial", "gaps", "void", "oldest_pending", "signed_up", "signups"),
    )
    return {
        "announcement": _announcement_json(found),
        "polls": [asdict(one) for one in status.polls],
        "sources": [asdict(one) for one in status.finds],
        **{name: getattr(status, name) for name in counts},
        **{name: [dict(row) for row in getattr(status, name)] for name in _TABLES},
        "bounced": dict(status.bounced),
        "refused": [
            {"topic": one.topic, "error": one.error, "meanwhile": one.meanwhile}
            for one in status.refused
        ],
        "baseline": [asdict(one) for one in status.baselines],
        "next_digests": [_standing_json(one) for one in status.standings],
    }


def _announcement_json(found: Situation) -> dict[str, Any]:
    """Shape how arXiv's announcement is getting on, and what came of it."""
    state, coverage = found.announcing, found.coverage
    counts = ("announced", "received", "matched", "missing", "sources")
    return {
        **{name: getattr(state, name) for name in ("state", "due", "arrived", "next")},
        **{name: getattr(coverage, name) for name in counts},
    }


def _standing_json(standing: Standing) -> dict[str, Any]:
    """Shape when a subscription's next digest comes."""
    names = ("subscriber", "channel", "address", "suspended", "paused")
    return {**{name: getattr(standing, name) for name in names}, "at": standing.next_due}


def show_status(found: Situation, settings: Settings) -> None:
    """Show the ledger at a glance."""
    status = found.status
    for line in (*_announcement(found), *_polls(status)):
        say(line)
    say(f"papers: {status.papers:,} known, {status.announced:,} announced")
    say(
        f"incomplete: {status.partial:,} without comment and dates, {status.gaps:,} ids to come, "
        f"{status.void:,} given up; highest id {status.highest or 'not known'}"
    )
    say(
        f"deliveries: {status.sent:,} sent, {status.pending:,} pending, {status.failed:,} failed, "
        f"{status.held:,} held, {status.uncertain:,} uncertain; "
        f"{_count(status.due, 'digest')} due now"
        + (f"; the oldest waits since {_utc(status.oldest_pending)}" if status.pending else "")
    )
    if status.signed_up or status.signups:
        say(f"sign-ups: {status.signed_up:,} subscribed, {status.signups:,} not confirmed yet")
    _rows("source", ("source", "first", "found", "missing", "the newest of them"), _finds(status))
    baselines = [(one.scope, f"{one.known:,}", one.horizon) for one in status.baselines]
    missing = wanted_scopes(settings).difference(one.scope for one in status.baselines)
    baselines += [(scope, "", "not complete") for scope in sorted(missing)]
    _rows("baseline", ("scope", "known", "up to"), baselines)
    _rows("next digest", ("subscriber", "channel", "address", "at"), _standings(status, settings))
    for one in status.refused:
        say(f"refused topic {one.topic}: {one.meanwhile}\n{indent(one.error, '  ')}")
    if status.bounced:
        counts = ", ".join(f"{count:,} {kind}" for kind, count in status.bounced.items())
        say(f"came back within 30 days: {counts}")
    for name in _TABLES:
        rows = getattr(status, name)
        _rows(
            _TITLES.get(name, name),
            tuple(rows[0]) if rows else (),
            [tuple(row.values()) for row in rows],
        )


_TABLES = ("suspended", "policy", "paused", "reader_pauses", "topics_off", "plain", "quarantined")
_TITLES = {
    "reader_pauses": "paused by reader",
    "topics_off": "turned off by reader",
    "plain": "sent without layout",
}


def _announcement(found: Situation) -> Iterator[str]:
    """Tell whether arXiv's last announcement has come, what came of it, and when the next is."""
    state, coverage = found.announcing, found.coverage
    here = f"here by {eastern(state.arrived)}" if state.arrived else "before our time"
    news = {
        "waiting": "it has not come yet",
        "stalled": "it has not come, although sources answer",
        "failed": "it has not come, and no source answers",
    }.get(state.state, here)
    brought = f"; from {', '.join(coverage.sources)}" if coverage.sources else ""
    missing = ids_missing(coverage.missing)
    brought += f"; {missing}" if missing else ""
    yield (
        f"announcement of {eastern(state.due)}: {news}; {coverage.announced:,} announced, "
        f"{coverage.received:,} received, {coverage.matched:,} matched{brought}"
    )
    yield f"next announcement: {eastern(state.next)} ({state.state})"


def _polls(status: Status) -> Iterator[str]:
    """Tell how each source's last poll ended, and when one was last whole."""
    for one in status.polls:
        because = f" ({one.error})" if one.error else ""
        whole = f"; last whole at {_utc(one.whole_at)}" if one.whole_at and because else ""
        yield f"poll {one.source}: {one.state} at {_utc(one.at)}{because}{whole}"
    if not status.polls:
        yield "poll: none yet"


def _utc(instant: datetime | None) -> str:
    """Write an instant in UTC."""
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "?"


def _finds(status: Status) -> list[tuple[str, str, str, str, str]]:
    """Tell what each source found of the papers announced lately, and what it should have found."""
    return [
        (one.source, f"{one.first:,}", f"{one.found:,}", f"{one.missing:,}", ", ".join(one.missed))
        for one in status.finds
    ]


def _standings(status: Status, settings: Settings) -> list[tuple[str, str, str, str]]:
    """Tell for each subscription when its next digest comes, or why none does."""
    schedules = schedules_of(settings)
    return [
        (one.subscriber, one.channel, one.address, _next(one, schedules.get(one.subscriber)))
        for one in status.standings
    ]


def _next(standing: Standing, schedule: Schedule | None) -> str:
    """Tell when a subscription's next digest comes, on its reader's clock."""
    if standing.suspended:
        return f"suspended: {standing.suspended}"
    if standing.paused:
        return f"paused by its reader until {local(standing.paused, standing.timezone)}"
    if schedule is not None and schedule.at is None:
        return "immediately"
    return local(standing.next_due, standing.timezone)


def _rows(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Show a table that has rows."""
    if rows:
        table(title, columns, rows)


def show_deliveries(rows: Sequence[Mapping[str, Any]]) -> None:
    """Show deliveries, one a row."""
    if not rows:
        say("no deliveries")
        return
    # The key is long, and who needs it takes --json.
    shown = [{name: cell for name, cell in row.items() if name != "key"} for row in rows]
    table("delivery", tuple(shown[0]), [tuple(row.values()) for row in shown])


def show_probes(probes: Sequence[Probe]) -> None:
    """Show what `check` and `send` found."""
    table(
        "check",
        ("what", "result", "detail"),
        [(one.what, "ok" if one.ok else "FAILED", one.detail) for one in probes],
    )
