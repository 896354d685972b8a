"""How a poll's end names what failed and what came too late."""

from datetime import date

import pytest

from bot.core.backlog import REACH, Backlog
from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.core.window import Step
from bot.sources.tale import Tale

DAY = date(2026, 1, 5)
STEP = Step(DAY, ("cs.AI", "cs.CL"), "read")
LOST = (date(2024, 1, 1), date(2024, 12, 1))


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (None, SourceError),
        (SuspectAnswer("cut"), SourceError),
        (SourceUnavailable("away", retry_after=9.0), SourceUnavailable),
    ],
)
def test_what_lies_beyond_reach_is_named_beside_what_failed(
    failure: SourceError | None, kind: type[SourceError]
) -> None:
    tale = Tale([STEP], [Backlog(scope, (), None, LOST) for scope in STEP.scopes])
    tale.found(STEP, 3)
    if failure:
        tale.failed(STEP, failure)
    with pytest.raises(SourceError) as told:
        tale.conclude()
    assert type(told.value) is kind
    assert str(told.value).endswith(
        "from 2024-01-01 to 2024-12-01 in cs.AI, cs.CL is not asked for any more: "
        f"a poll looks back {REACH} days"
    )
    assert ("1 of 1 days could not be read: 2026-01-05" in str(told.value)) == bool(failure)


def test_scopes_that_lost_different_days_are_named_apart() -> None:
    other = (LOST[0], date(2024, 12, 9))
    tale = Tale([STEP], [Backlog("cs.AI", (), None, LOST), Backlog("cs.CL", (), None, other)])
    assert ["cs.AI" in line for line in tale.lost] == [True, False]
    assert ["cs.CL" in line for line in tale.lost] == [False, True]


def test_a_backlog_within_reach_is_no_failure() -> None:
    tale = Tale([STEP], [Backlog("cs.CL", (date(2025, 11, 1),))])
    tale.found(STEP, 3)
    tale.conclude()
    assert tale.complete == {"cs.AI", "cs.CL"}
