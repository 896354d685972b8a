"""What the owner is told: each matter once when it begins, and once when it is over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.alerts import ANNOUNCEMENT, LEFT_OVER, TOPICS, Alert, Look, alerts
from bot.core.arxiv_calendar import Calendar
from bot.core.polling import Mark, PollResult
from bot.core.refusal import Refusal
from bot.core.standing import Baseline, Status

DUE = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
"""Tuesday's announcement, of 20:00 in New York."""
HOUR = timedelta(hours=1)
PATIENCE = 36 * HOUR


def look(now: datetime, **changes: Any) -> Look:
    """Look at a ledger that had Monday's announcement, and one source that answers."""
    values: dict[str, Any] = {
        "polls": (poll(now),),
        "baselines": (Baseline("cs.CL", "2601.00001", DUE - 1000 * HOUR),),
        "risen": DUE - 23 * HOUR,
    }
    return Look(now, Status(**(values | changes)), Calendar(), PATIENCE)


def poll(at: datetime, state: Any = "ok", source: str = "arxiv_api", **changes: Any) -> PollResult:
    return PollResult(source, state, at, whole_at=at if state == "ok" else None, **changes)


def told(alert: Alert, at: datetime) -> dict[str, Mark]:
    """Remember an alert as it is once it was accepted."""
    return {alert.key: Mark("ops@example.org", alert.key, alert.value, at)}


def the_only(found: tuple[Alert, ...]) -> tuple[Alert, str]:
    """Give the only alert, and all of its words."""
    (alert,) = found
    assert alert.notice is not None
    return alert, "\n".join((alert.notice.subject, *alert.notice.lines))


def nothing(look: Look, told: Mapping[str, Mark] = {}) -> bool:  # only read
    return alerts(look, told) == ()


def test_told_once_after_quiet_after() -> None:
    assert nothing(look(DUE + PATIENCE - HOUR))
    alert, words = the_only(alerts(look(DUE + PATIENCE), {}))
    assert (alert.key, alert.value) == (ANNOUNCEMENT, DUE.isoformat())
    assert "Tue 17 Nov 20:00 EST" in words
    assert "36 hours ago" in words
    assert "Mon 16 Nov 21:00 EST" in words
    assert "arxiv.holidays" in words
    for hours in range(1, 24 * 5):
        assert nothing(look(DUE + PATIENCE + hours * HOUR), told(alert, DUE + PATIENCE))


def test_all_sources_failing_is_told_with_what_each_said() -> None:
    now = DUE + PATIENCE
    polls = (
        poll(now, "failed", error="no route to host"),
        poll(now, "failed", "arxiv_rss", error="status 503"),
    )
    alert, words = the_only(alerts(look(now, polls=polls, risen=None), {}))
    assert alert.key == ANNOUNCEMENT
    assert "arxiv_api: failed at 2026-11-19 13:00 UTC: no route to host" in words
    assert "status 503" in words
    assert "No source answers" in words


def test_once_it_has_come_after_all_that_is_told_once() -> None:
    before, _ = the_only(alerts(look(DUE + PATIENCE), {}))
    now = DUE + PATIENCE + 3 * HOUR
    came = look(now, risen=now)
    over, words = the_only(alerts(came, told(before, DUE + PATIENCE)))
    assert (over.key, over.value) == (ANNOUNCEMENT, "")
    assert "Tue 17 Nov 20:00 EST" in words
    assert over.case != before.case
    assert nothing(came, told(over, now))


def test_a_bot_that_was_away_asks_before_it_says_that_nothing_came() -> None:
    back = look(DUE + 10 * PATIENCE, polls=(poll(DUE - HOUR),))
    assert nothing(replace(back, asking=True))
    assert replace(back, asking=True).good
    assert not back.good
    alert, _ = the_only(alerts(back, {}))
    assert alert.key == ANNOUNCEMENT
    early = look(DUE + HOUR)
    assert replace(early, asking=True).announcing == early.announcing


def test_a_source_that_had_nothing_to_ask_does_not_hide_that_no_other_answers() -> None:
    idle = PollResult("arxiv_oai", "ok", DUE + HOUR, whole_at=DUE - 20 * HOUR)
    failed = poll(DUE + HOUR, "failed")
    assert not look(DUE + HOUR, polls=(failed, idle)).good
    assert look(DUE + HOUR, polls=(poll(DUE + HOUR), idle)).good


def test_the_next_one_that_is_missing_is_told_anew() -> None:
    before, _ = the_only(alerts(look(DUE + PATIENCE), {}))
    later = look(DUE + 7 * 24 * HOUR + PATIENCE, risen=DUE + 7 * 24 * HOUR - HOUR)
    alert, _ = the_only(alerts(later, told(before, DUE + PATIENCE)))
    assert alert.value == (DUE + 7 * 24 * HOUR).isoformat()
    assert alert.case != before.case


def test_nothing_is_told_on_a_day_without_an_announcement() -> None:
    thanksgiving = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
    for hours in range(96):
        assert nothing(look(thanksgiving + hours * HOUR, risen=thanksgiving))


def failing(now: datetime, whole: datetime | None, state: str = "failed") -> Look:
    """Look where one source fails since `whole` and another works."""
    feeds = PollResult("arxiv_rss", state, now, error="status 503", whole_at=whole)  # type: ignore[arg-type]  # drawn
    return replace(look(now, polls=(poll(now), feeds), risen=now), watched=DUE - 100 * HOUR)


@pytest.mark.parametrize("state", ["failed", "partial"])
def test_a_source_that_fails_for_long_while_others_work_is_told_once(state: str) -> None:
    whole = DUE - HOUR
    assert nothing(failing(DUE + PATIENCE - HOUR, whole, state))
    alert, words = the_only(alerts(failing(DUE + PATIENCE, whole, state), {}))
    assert alert.key == "source arxiv_rss"
    assert "arxiv_rss cannot be read" in words
    assert "2026-11-18 00:00 UTC" in words
    assert "status 503" in words
    assert nothing(failing(DUE + 2 * PATIENCE, whole, state), told(alert, DUE + PATIENCE))


def test_while_the_bot_was_away_no_source_has_failed() -> None:
    now = DUE + 3 * PATIENCE
    away = failing(now, DUE - HOUR)
    *others, feeds = away.status.polls
    for since, quiet in ((now, True), (DUE - HOUR, False)):
        polls = (*others, replace(feeds, failing=since))
        found = replace(away, status=replace(away.status, polls=polls))
        assert nothing(found) == quiet


def test_a_source_that_never_worked_is_told_of_too() -> None:
    _, words = the_only(alerts(failing(DUE + PATIENCE, None), {}))
    assert "never read whole since" in words
    unwatched = replace(failing(DUE + PATIENCE, None), watched=None)
    assert nothing(unwatched), "nobody knows for how long"


def test_a_weekend_without_polls_makes_no_source_late() -> None:
    friday, monday = datetime(2026, 11, 20, 6, tzinfo=UTC), datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert nothing(failing(monday, friday))


def test_a_source_that_works_again_is_told_once() -> None:
    before, _ = the_only(alerts(failing(DUE + PATIENCE, DUE - HOUR), {}))
    now = DUE + PATIENCE + HOUR
    well = look(now, polls=(poll(now), poll(now, source="arxiv_rss")), risen=now)
    over, words = the_only(alerts(well, told(before, DUE + PATIENCE)))
    assert over.value == ""
    assert "arxiv_rss works again" in words
    assert nothing(well, told(over, now))


def test_where_no_source_answers_one_notice_is_enough() -> None:
    now = DUE + PATIENCE
    polls = tuple(
        replace(poll(now, "failed", source), whole_at=DUE - HOUR)
        for source in ("arxiv_api", "arxiv_rss")
    )
    alert, _ = the_only(alerts(look(now, polls=polls), {}))
    assert alert.key == ANNOUNCEMENT


PAUSE = {
    "channel": "slack",
    "reason": "invalid_auth",
    "at": "2026-11-18T02:00:00+00:00",
    "until": "2026-11-18T03:00:00+00:00",
}


def test_fault_27_a_paused_channel_is_told_once_until_nothing_waits_for_it() -> None:
    now = DUE + HOUR
    paused = look(now, risen=now, paused=(PAUSE,), pending=7)
    alert, words = the_only(alerts(paused, {}))
    assert alert.key == "channel slack"
    assert "slack is paused" in words
    assert "invalid_auth" in words
    assert "Deliveries that wait: 7" in words
    known = told(alert, now)
    assert nothing(paused, known)
    again = {**PAUSE, "at": "2026-11-18T03:00:00+00:00"}
    assert nothing(look(now, risen=now, paused=(again,), pending=7), known), "the same matter"
    assert nothing(look(now, risen=now, pending=7), known), "between two tries"
    over, words = the_only(alerts(look(now, risen=now), known))
    assert "slack works again" in words
    assert nothing(look(now, risen=now), told(over, now))


def given_up(count: int, source: str = "email ana@example.org") -> tuple[dict[str, str], ...]:
    return tuple(
        {"id": f"2601.{number:05d}", "error": "no such user", "source": source, "at": "2026-01-01"}
        for number in range(count)
    )


def test_what_a_source_could_not_read_is_in_status_and_nobodys_task() -> None:
    assert nothing(look(DUE, risen=DUE, quarantined=given_up(3, "arxiv_api")))


def test_what_waits_for_a_person_is_told_at_most_once_a_day() -> None:
    now = DUE + HOUR
    one = look(now, risen=now, held=1, quarantined=given_up(12))
    alert, words = the_only(alerts(one, {}))
    assert (alert.key, alert.value) == (LEFT_OVER, "1 12 0 0")
    assert "nobody knows whether they were accepted: 1." in words
    assert words.count("no such user") == 10
    known = told(alert, now)
    assert nothing(one, known)
    more = look(now + 23 * HOUR, risen=now, held=2, quarantined=given_up(12))
    assert nothing(more, known), "not twice a day"
    later, _ = the_only(alerts(replace(more, now=now + 24 * HOUR), known))
    assert later.value == "2 12 0 0"
    assert later.case != alert.case


def test_what_was_mended_is_forgotten_without_a_word() -> None:
    now = DUE + HOUR
    alert, _ = the_only(alerts(look(now, risen=now, held=2), {}))
    (less,) = alerts(look(now, risen=now, held=1), told(alert, now))
    assert (less.value, less.notice) == ("1 0 0 0", None)
    (none,) = alerts(look(now, risen=now), told(less, now))
    assert (none.value, none.notice) == ("", None)
    refused, words = the_only(alerts(look(now, risen=now, quarantined=given_up(1)), {}))
    assert "Deliveries held" not in words
    assert refused.value == "0 1 0 0"


def test_servers_that_want_no_mail_of_ours_are_told_with_what_they_said() -> None:
    now = DUE + HOUR
    rows = tuple(
        {"address": f"reader{n}@example.org", "status": "5.7.1", "detail": "looks like spam"}
        for n in range(12)
    )
    alert, words = the_only(alerts(look(now, risen=now, bounced={"policy": 12}, policy=rows), {}))
    assert alert.value == "0 0 12 0"
    assert "want no mail of ours: 12 in 30 days" in words
    assert "reader0@example.org: 5.7.1 looks like spam" in words
    assert words.count("looks like spam") == 10
    assert nothing(look(now, risen=now, bounced={"hard": 3, "soft": 2}))


def test_fault_38_digests_that_could_not_be_written_as_they_should_look_are_told() -> None:
    now = DUE + HOUR
    why = "sent as titles and links alone: KeyError while it was written"
    rows = tuple(
        {"channel": "email", "address": f"reader{n}@example.org", "error": why} for n in range(12)
    )
    alert, words = the_only(alerts(look(now, risen=now, plain=rows), {}))
    assert alert.value == "0 0 0 12"
    assert "titles and links alone in 30 days: 12." in words
    assert words.count(why) == 10
    known = told(alert, now)
    assert nothing(look(now, risen=now, plain=rows), known)
    (mended,) = alerts(look(now + 31 * 24 * HOUR, risen=now + 31 * 24 * HOUR), known)
    assert (mended.value, mended.notice) == ("", None)


def test_what_an_earlier_version_told_is_not_told_again() -> None:
    now = DUE + HOUR
    known = {LEFT_OVER: Mark("ops@example.org", LEFT_OVER, "1 12", now)}
    (same,) = alerts(look(now, risen=now, held=1, quarantined=given_up(12)), known)
    assert (same.value, same.notice) == ("1 12 0 0", None)


@pytest.mark.parametrize(
    ("case", "changes", "good"),
    [
        ("all is well", {"risen": DUE}, True),
        ("an announcement is awaited", {}, True),
        ("no poll yet", {"risen": DUE, "polls": ()}, False),
        ("no source answers", {"risen": DUE, "polls": (poll(DUE, "failed"),)}, False),
        (
            "one of two sources answers",
            {"risen": DUE, "polls": (poll(DUE), poll(DUE, "failed", "arxiv_rss"))},
            True,
        ),
        ("a channel is paused and something waits", {"paused": (PAUSE,), "pending": 1}, False),
        ("a channel is paused and nothing waits", {"paused": (PAUSE,)}, True),
        ("the announcement is stalled", {"risen": DUE - 100 * HOUR}, False),
    ],
)
def test_when_all_is_well(case: str, changes: Mapping[str, Any], good: bool) -> None:  # noqa: FBT001
    assert look(DUE + HOUR, **changes).good is good, case


class TestRefusedTopics:
    """Topics whose query cannot be read or fails are told together, each case once."""

    RAG = Refusal("RAG", 'x.toml:3: topic "RAG": query: open\n    ti:(\n        ^', "aaa")
    SFT = Refusal("SFT", "x.toml:9: nothing", "bbb", stays=True)

    def test_it_is_told_once_with_its_line_its_caret_and_what_happens_meanwhile(self) -> None:
        seen = look(DUE, refused=(self.RAG, self.SFT))
        alert, words = the_only(alerts(seen, {}))
        assert words.startswith("2 topics cannot be read\n")
        assert self.RAG.error in words
        assert "RAG: its papers wait until it is mended." in words
        assert "SFT: the previous query stays until it is mended or the bot starts again." in words
        for hours in range(100):
            later = replace(seen, now=DUE + hours * HOUR)
            assert not [one for one in alerts(later, told(alert, DUE)) if one.key == TOPICS]

    def test_it_is_over_once_it_is_mended(self) -> None:
        first, _ = the_only(alerts(look(DUE, refused=(self.RAG,)), {}))
        over, words = the_only(alerts(look(DUE), told(first, DUE)))
        assert over.value == ""
        assert words.splitlines()[0] == "The topic RAG can be read again"
        assert nothing(look(DUE), told(over, DUE))

    def test_one_of_two_that_is_mended_is_told_and_the_other_is_counted(self) -> None:
        first, _ = the_only(alerts(look(DUE, refused=(self.RAG, self.SFT)), {}))
        second, words = the_only(alerts(look(DUE, refused=(self.SFT,)), told(first, DUE)))
        assert "The topic RAG can be read again\nNo longer refused: RAG." in words
        assert "Topics that are still refused: 1." in words
        assert nothing(look(DUE, refused=(self.SFT,)), told(second, DUE))

    def test_another_fault_of_the_same_topic_is_another_case(self) -> None:
        first, _ = the_only(alerts(look(DUE, refused=(self.RAG, self.SFT)), {}))
        other = replace(self.RAG, case="ccc", error="worse")
        _, words = the_only(alerts(look(DUE, refused=(other,)), told(first, DUE)))
        assert words.startswith("The topic RAG cannot be read\n")
        assert "worse" in words
        assert "No longer refused: SFT." in words
        assert "still refused" not in words

    def test_the_same_fault_on_another_line_is_not(self) -> None:
        first, _ = the_only(alerts(look(DUE, refused=(self.RAG,)), {}))
        moved = replace(self.RAG, error="x.toml:4: the same")
        assert nothing(look(DUE, refused=(moved,)), told(first, DUE))

    def test_what_comes_and_goes_again_another_day_is_told_under_another_name(self) -> None:
        cases, marks = [], dict[str, Mark]()
        for days in range(3):
            for refused in ((self.RAG,), ()):
                now = DUE + timedelta(days=days)
                found = alerts(look(now, refused=refused), marks)
                (alert,) = [one for one in found if one.key == TOPICS]
                marks |= told(alert, now)
                cases.append(alert.case)
        assert len(set(cases)) == 6

    def test_of_very_many_ten_are_listed(self) -> None:
        many = tuple(replace(self.RAG, topic=f"T{number}") for number in range(400))
        first, words = the_only(alerts(look(DUE, refused=many), {}))
        assert words.count("T") < 30
        assert "And 390 more" in words
        _, words = the_only(alerts(look(DUE), told(first, DUE)))
        assert words.startswith("400 topics can be read again\n")
        assert " and others." in words
