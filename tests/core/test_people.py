"""When an address is given up, and how what suspends it is lifted."""

import shlex
from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.people import BounceKind, By, Passed, Suspension, cure, is_dead, suspension_of
from tests.builders import NOON


def sent(day: int, back: BounceKind | None = None) -> Passed:
    """A delivery that was accepted so many days after NOON."""
    return Passed(NOON + timedelta(days=day), back)


@pytest.mark.parametrize(
    ("history", "dead"),
    [
        ([], False),
        ([sent(0)], False),
        ([sent(0, "hard")], True),
        ([sent(0, "hard"), sent(1), sent(2)], True),
        ([sent(0, "soft")], False),
        ([sent(0, "soft"), sent(7, "soft")], False),
        ([sent(0, "soft"), sent(3, "soft"), sent(7, "soft")], True),
        ([sent(0, "soft"), sent(3, "soft"), sent(6, "soft")], False),
        ([sent(0, "soft"), sent(1, "soft"), sent(2), sent(3, "soft"), sent(9, "soft")], False),
        ([sent(0), sent(1, "soft"), sent(5, "soft"), sent(8, "soft"), sent(9), sent(10)], True),
        ([sent(n, "policy") for n in range(0, 30, 3)], False),
        ([sent(0, "soft"), sent(3, "policy"), sent(4, "soft"), sent(8, "soft")], True),
        ([sent(0, "soft"), sent(4, "soft"), sent(4), sent(8, "soft")], False),
    ],
    ids=str,
)
def test_one_hard_failure_or_three_soft_ones_in_a_row_over_a_week_give_an_address_up(
    history: list[Passed], *, dead: bool
) -> None:
    assert is_dead(history) is dead
    for order in permutations(history[:5]):
        assert is_dead([*order, *history[5:]]) is dead


KINDS = st.sampled_from([None, "soft", "policy", "hard"])


@given(st.lists(st.builds(sent, st.integers(0, 12), KINDS)), st.randoms())
def test_the_order_in_which_reports_come_changes_nothing(
    history: list[Passed], random: Random
) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    assert is_dead(history) == is_dead(shuffled)


@given(st.lists(st.builds(sent, st.integers(0, 12), KINDS)))
def test_what_is_sent_after_the_last_failure_says_nothing_yet(history: list[Passed]) -> None:
    assert is_dead(history) == is_dead([*history, sent(13), sent(14)])


@pytest.mark.parametrize("by", ["reader", "owner", "channel", "bounce"])
def test_a_row_of_the_status_is_read_and_told_how_to_lift(by: By) -> None:
    row = {"by": by, "reason": "said so", "at": "2026-01-05T12:00:00Z", "address": "a"}
    said = suspension_of(row)
    assert said == Suspension(by, "said so", NOON)
    command = cure(said, "#room it's").strip("`")
    words = shlex.split(command)
    assert words[:4] == ["daily-papers", "subscribers", "resume", "#room it's"]
    assert words[4:] == (["--unsubscribed"] if by == "reader" else [])
