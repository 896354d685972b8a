"""The state of arXiv's announcement: what is normal, and what is alarming."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.announcing import Announcing, announcing, silent
from bot.core.arxiv_calendar import Calendar
from bot.core.polling import PollResult
from bot.core.standing import Baseline, Status
from bot.settings.holidays import calendar_of

PUBLISHED = calendar_of(None)
PATIENCE = timedelta(hours=36)
LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def answered(source: str, state: Any, when: datetime) -> PollResult:
    """Build the end of a poll that had something to ask."""
    return PollResult(source, state, when, whole_at=when if state == "ok" else None)


def ledger(risen: str | None, asked: str, *states: str, began: datetime = LONG_AGO) -> Status:
    """Build a ledger whose ids last rose then, and whose sources were asked last then."""
    polls: list[Any] = [
        answered(f"source{number}", state, at(asked))
        for number, state in enumerate(states or ("ok",))
    ]
    return Status(
        polls=tuple(polls),
        baselines=(Baseline("cs.CL", "2601.00001", began),),
        risen=at(risen) if risen else None,
    )


@pytest.mark.parametrize(
    ("case", "seen", "expected"),
    [
        # In November New York is at UTC-5: an announcement of 20:00 is at 01:00 of the next day.
        (
            "Monday's has come, Tuesday's is ahead",
            ("2026-11-17 18:00", "2026-11-17 01:35", "2026-11-17 06:05", ("ok",)),
            ("expected", "2026-11-17 01:00", "2026-11-18 01:00", False),
        ),
        (
            "Tuesday's hour has passed, and it is not in the index yet",
            ("2026-11-18 01:10", "2026-11-17 01:35", "2026-11-18 01:05", ("ok",)),
            ("waiting", "2026-11-18 01:00", "2026-11-19 01:00", False),
        ),
        (
            "it came",
            ("2026-11-18 02:10", "2026-11-18 02:05", "2026-11-18 02:05", ("ok",)),
            ("expected", "2026-11-18 01:00", "2026-11-19 01:00", False),
        ),
        (
            "it did not come, and the next is due too, but the owner is patient",
            ("2026-11-19 12:00", "2026-11-17 01:35", "2026-11-19 11:05", ("ok",)),
            ("waiting", "2026-11-18 01:00", "2026-11-20 01:00", False),
        ),
        (
            "it did not come for longer than the owner is patient",
            ("2026-11-19 13:00", "2026-11-17 01:35", "2026-11-19 12:05", ("ok",)),
            ("stalled", "2026-11-18 01:00", "2026-11-20 01:00", True),
        ),
        (
            "no source answers, but not for long yet",
            ("2026-11-18 09:00", "2026-11-17 01:35", "2026-11-18 08:05", ("failed", "failed")),
            ("failed", "2026-11-18 01:00", "2026-11-19 01:00", False),
        ),
        (
            "no source answers, for longer than the owner is patient",
            ("2026-11-19 13:00", "2026-11-17 01:35", "2026-11-19 12:05", ("failed", "failed")),
            ("failed", "2026-11-18 01:00", "2026-11-20 01:00", True),
        ),
        (
            "one source answers, and brings nothing",
            ("2026-11-19 13:00", "2026-11-17 01:35", "2026-11-19 12:05", ("failed", "partial")),
            ("stalled", "2026-11-18 01:00", "2026-11-20 01:00", True),
        ),
        (
            "no source answers, but what was due has come",
            ("2026-11-17 18:00", "2026-11-17 01:35", "2026-11-17 06:05", ("failed",)),
            ("expected", "2026-11-17 01:00", "2026-11-18 01:00", False),
        ),
        (
            "the weekend",
            ("2026-11-21 12:00", "2026-11-20 02:05", "2026-11-20 07:05", ("ok",)),
            ("quiet", "2026-11-20 01:00", "2026-11-23 01:00", False),
        ),
        (
            "Sunday, some hours before the evening",
            ("2026-11-22 12:00", "2026-11-20 02:05", "2026-11-20 07:05", ("ok",)),
            ("expected", "2026-11-20 01:00", "2026-11-23 01:00", False),
        ),
        (
            "Thursday's did not come, and it is the weekend: it was due all the same",
            ("2026-11-21 13:00", "2026-11-19 02:05", "2026-11-21 01:00", ("ok",)),
            ("stalled", "2026-11-20 01:00", "2026-11-23 01:00", True),
        ),
        (
            "Thanksgiving's evening, and the weekend after it",
            ("2026-11-28 12:00", "2026-11-26 02:05", "2026-11-28 12:00", ("ok",)),
            ("quiet", "2026-11-26 01:00", "2026-11-30 01:00", False),
        ),
        (
            "Christmas, as published",
            ("2026-12-27 12:00", "2026-12-25 02:05", "2026-12-27 12:00", ("ok",)),
            ("quiet", "2026-12-25 01:00", "2026-12-29 01:00", False),
        ),
        (
            "clocks go forward: 20:00 is at 00:00 from then on",
            ("2026-03-09 00:30", "2026-03-06 02:05", "2026-03-09 00:05", ("ok",)),
            ("waiting", "2026-03-09 00:00", "2026-03-10 00:00", False),
        ),
        (
            "clocks go back: 20:00 is at 01:00 from then on",
            ("2026-11-02 00:30", "2026-10-30 01:05", "2026-11-01 00:05", ("ok",)),
            ("expected", "2026-10-30 00:00", "2026-11-02 01:00", False),
        ),
        (
            "the bot was away for days and has not asked yet",
            ("2026-11-19 18:00", "2026-11-17 01:35", "2026-11-18 01:05", ("ok",)),
            ("waiting", "2026-11-18 01:00", "2026-11-20 01:00", False),
        ),
    ],
)
def test_the_state_of_an_announcement(
    case: str,
    seen: tuple[str, str, str, tuple[str, ...]],
    expected: tuple[str, str, str, bool],
) -> None:
    now, risen, asked, states = seen
    found = announcing(at(now), PUBLISHED, PATIENCE, ledger(risen, asked, *states))
    state, due, following, alarming = expected
    assert (found.state, found.alarming) == (state, alarming), case
    assert (found.due, found.next) == (at(due), at(following)), case
    assert found.arrived == (None if found.missing else at(risen)), case


def states_over(days: int, since: datetime, status: Status) -> list[Announcing]:
    """Look every hour, with sources that answered just before."""
    found = []
    for hour in range(24 * days):
        now = since + timedelta(hours=hour)
        polls = tuple(answered(one.source, one.state, now) for one in status.polls)
        asked = Status(polls=polls, baselines=status.baselines, risen=status.risen)
        found.append(announcing(now, PUBLISHED, PATIENCE, asked))
    return found


def test_on_a_day_without_an_announcement_nobody_is_alarmed() -> None:
    came = ledger("2026-11-26 02:05", "2026-11-26 02:05")
    until_sunday = states_over(3, at("2026-11-27 01:00"), came)
    assert {one.state for one in until_sunday[:48]} == {"quiet"}
    assert {one.state for one in until_sunday[49:]} == {"expected"}, "Sunday's is ahead"
    assert not any(one.alarming for one in until_sunday)


def test_a_holiday_that_is_not_known_alarms_only_where_nothing_comes_for_long() -> None:
    came = ledger("2026-11-10 02:05", "2026-11-10 02:05")
    one_day = states_over(1, at("2026-11-11 01:00"), came)
    assert {one.state for one in one_day} == {"waiting"}
    assert not any(one.alarming for one in one_day)


def test_before_the_first_baseline_nothing_is_alarming() -> None:
    nothing = Status(polls=(PollResult("arxiv_api", "failed", at("2026-11-19 12:00")),))
    found = announcing(at("2026-11-19 13:00"), PUBLISHED, PATIENCE, nothing)
    assert (found.state, found.alarming, found.arrived) == ("expected", False, None)
    just_begun = ledger(None, "2026-11-19 12:00", began=at("2026-11-19 12:00"))
    assert announcing(at("2026-11-19 13:00"), PUBLISHED, PATIENCE, just_begun).state == "expected"


def test_a_bot_that_never_got_its_baseline_is_alarming_after_a_while() -> None:
    failed = Status(polls=(PollResult("arxiv_api", "failed", at("2026-11-21 12:00")),))
    watched = at("2026-11-19 12:00")
    early = announcing(at("2026-11-20 09:00"), PUBLISHED, PATIENCE, failed, watched)
    assert (early.state, early.alarming) == ("failed", False)
    late = announcing(at("2026-11-21 13:00"), PUBLISHED, PATIENCE, failed, watched)
    assert (late.state, late.alarming) == ("failed", True)


def test_without_any_poll_it_is_waited_for() -> None:
    unasked = Status(baselines=(Baseline("*", "2601.00001", LONG_AGO),))
    assert announcing(at("2026-01-06 18:00"), PUBLISHED, PATIENCE, unasked).state == "waiting"
    assert announcing(at("2026-01-08 18:00"), PUBLISHED, PATIENCE, unasked).alarming


def test_a_follower_that_had_nothing_to_ask_is_no_source_that_answers() -> None:
    now = at("2026-11-19 12:00")
    polls = [PollResult("arxiv_api", "failed", now), PollResult("arxiv_ids", "ok", now)]
    assert silent(polls)
    assert not silent([*polls, PollResult("arxiv_rss", "partial", now)])
    assert silent(())


def test_a_source_that_had_nothing_to_ask_is_none_that_answers() -> None:
    now = at("2026-11-19 13:00")
    idle = PollResult("arxiv_oai", "ok", now, whole_at=at("2026-11-19 05:00"))
    failed = PollResult("arxiv_api", "failed", now)
    assert silent([failed, idle])
    assert not silent([idle]), "nothing is known against it"
    assert not silent([failed, answered("arxiv_oai", "ok", now)])
    status = replace(ledger("2026-11-17 01:35", "2026-11-19 12:05"), polls=(failed, idle))
    assert announcing(now, PUBLISHED, PATIENCE, status).state == "failed"


def test_a_poll_that_never_ends_alarms_all_the_same_a_day_later() -> None:
    status = ledger("2026-11-17 01:35", "2026-11-18 01:05")
    due = at("2026-11-18 01:00")
    for hours, alarming in ((36, False), (59, False), (60, True), (240, True)):
        now = due + timedelta(hours=hours)
        found = announcing(now, PUBLISHED, PATIENCE, status)
        assert (found.alarming, found.state == "stalled") == (alarming, alarming), hours


instants = st.integers(0, 3 * 365 * 24 * 60).map(lambda n: at("2025-01-01") + timedelta(minutes=n))
patiences = st.integers(1, 24 * 14).map(lambda n: timedelta(hours=n))


@given(now=instants, patience=patiences, lag=st.integers(0, 299))
def test_while_announcements_come_nobody_is_alarmed(
    now: datetime, patience: timedelta, lag: int
) -> None:
    risen = PUBLISHED.last_announcement(now - timedelta(minutes=lag)) + timedelta(minutes=lag)
    status = ledger(None, "2025-01-01")
    polls = (answered("arxiv_api", "ok", now),)
    found = announcing(
        now, PUBLISHED, patience, Status(polls=polls, baselines=status.baselines, risen=risen)
    )
    if patience > timedelta(hours=5):
        assert found.state in ("expected", "quiet", "waiting")
        assert not found.alarming
    if not PUBLISHED.announcements_between(risen, now):
        assert found.state == ("expected" if found.next - now < timedelta(days=1) else "quiet")


@given(now=instants, away=st.integers(0, 24 * 40), patience=patiences)
def test_what_is_due_and_does_not_come_alarms_once_patience_ends_and_not_before(
    now: datetime, away: int, patience: timedelta
) -> None:
    risen = now - timedelta(hours=away)
    status = Status(
        polls=(answered("arxiv_api", "ok", now),),
        baselines=(Baseline("*", "2501.00001", at("2024-01-01")),),
        risen=risen,
    )
    found = announcing(now, PUBLISHED, patience, status)
    missed = PUBLISHED.announcements_between(risen, now)
    assert found.missing == bool(missed)
    assert found.alarming == bool(missed and now >= missed[0] + patience)
    assert (found.state == "stalled") == found.alarming
    if missed:
        assert found.due == missed[0], "the first of a row that did not come"


def test_a_calendar_without_lists_judges_by_the_rule() -> None:
    came = ledger("2031-12-24 02:05", "2031-12-24 02:05")
    now = at("2031-12-30 12:00")
    assert announcing(now, Calendar(), PATIENCE, came).state == "quiet"
