"""The rounds of polling: when arXiv is asked, and what waits for it."""

from datetime import UTC, datetime, timedelta

from bot.core.arxiv_calendar import Calendar, Polls
from bot.core.polling import PollResult
from bot.core.rounds import GRACE, HUNG, Rounds
from bot.core.standing import Status

MONDAY = datetime(2026, 1, 6, 1, 5, tzinfo=UTC)
"""Monday's announcement, when the index has begun to fill."""
HOUR = timedelta(hours=1)


def ended(state: str = "ok", announced: int = 0, at: datetime = MONDAY) -> PollResult:
    return PollResult("arxiv_api", state, at, announced=announced)  # type: ignore[arg-type]  # shorter


def rounds() -> Rounds:
    return Rounds(Calendar(), Polls(MONDAY - 5 * HOUR, news=MONDAY - 20 * HOUR))


def test_it_is_time_to_poll_once_the_announcement_is_due() -> None:
    waiting = rounds()
    assert not waiting.due(MONDAY - timedelta(seconds=1))
    assert waiting.due(MONDAY)


def test_a_digest_waits_for_a_poll_that_is_due_or_under_way_but_not_for_long() -> None:
    waiting = rounds()
    assert not waiting.comes_first(MONDAY - HOUR)
    assert waiting.comes_first(MONDAY)
    waiting.since = MONDAY
    assert waiting.comes_first(MONDAY + GRACE - timedelta(seconds=1))
    assert not waiting.comes_first(MONDAY + GRACE)
    assert waiting.comes_first(MONDAY + GRACE, within=HUNG)
    assert not waiting.comes_first(MONDAY + HUNG, within=HUNG), "it hangs"


def test_a_poll_with_news_is_remembered_as_such() -> None:
    waiting = rounds()
    waiting.since = MONDAY
    waiting.note(MONDAY, [ended(announced=3)], None)
    assert waiting.polls == Polls(MONDAY, whole=True, news=MONDAY)
    assert not waiting.comes_first(MONDAY + HOUR / 2), "no poll is under way"


def test_what_arxiv_announced_has_come_though_nobody_here_wants_it() -> None:
    waiting = rounds()
    waiting.note(MONDAY, [ended()], MONDAY)
    assert waiting.polls.news == MONDAY


def test_a_poll_without_news_keeps_the_last_that_had_some() -> None:
    waiting = rounds()
    waiting.note(MONDAY, [ended("partial")], MONDAY - 20 * HOUR)
    assert waiting.polls == Polls(MONDAY, whole=False, news=MONDAY - 20 * HOUR)


def test_a_bot_that_starts_again_goes_on_from_the_ledger() -> None:
    status = Status(polls=(ended(), ended(at=MONDAY - HOUR)), risen=MONDAY)
    assert Rounds.resumed(Calendar(), status).polls == Polls(MONDAY, whole=True, news=MONDAY)
    assert Rounds.resumed(Calendar(), Status()).polls == Polls()
    failing = Status(polls=(ended("failed"),))
    assert not Rounds.resumed(Calendar(), failing).polls.whole
