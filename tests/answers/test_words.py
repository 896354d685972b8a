from typing import Any

import pytest

from bot.answers.words import Clock, account_sentence
from bot.core.model import Cursor
from bot.core.people import Suspension
from bot.core.schedule import Schedule
from bot.core.story import Cause, Held, Passage, Reading
from bot.core.why import Account, Fate
from tests.asking import DAY, FAILED, HOUR, held, passage
from tests.builders import NOON, paper, subscription, topic

CLOCK = Clock("Europe/Madrid", NOON)


def told(fate: Fate, one: Passage | None = None, of: Held | None = None, **changes: Any) -> str:
    """Say what became of paper 3 in ana's subscription."""
    here = of or held(*([one] if one else []))
    account = Account(fate, here, subscription(), one, **changes)
    return account_sentence("ana", paper(3).id, account, CLOCK)


PENDING: dict[str, Any] = {"state": "pending", "settled_at": None}
SUSPENDED = Suspension("channel", "550 no such user", NOON)
PAUSED = Cause("bad password", NOON, NOON + HOUR)


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        (
            told("sent", passage(topics=("A", "B"))),
            (
                "got 2601.00003 by email to ana@example.org on Mon"
                " 5 Jan 13:00 (delivery 1, topics A, B)."
            ),
        ),
        (told("sent", passage(uncertain=1)), "; an earlier attempt may have arrived too."),
        (
            told("sending", passage(**PENDING)),
            "delivery 1, topic Language is being sent right now.",
        ),
        (
            told("uncertain", passage(**PENDING)),
            (
                "may have got 2601.00003 by email to ana@example.org:"
                " the bot stopped while it sent delivery 1"
            ),
        ),
        (
            told("held", passage(state="held", error="line broke")),
            (
                "is held since Mon 5 Jan 13:00 (line"
                " broke). `daily-papers deliveries retry 1` sends it again"
            ),
        ),
        (told("pending", passage(**PENDING)), "is pending and goes out now"),
        (
            told(
                "pending",
                passage(**PENDING, next_at=NOON + HOUR, attempts=2, error="busy", uncertain=1),
            ),
            "goes out on Mon 5 Jan 14:00; 2 attempts failed (busy); one of them may have arrived.",
        ),
        (
            told("pending", passage(**PENDING), held(suspended=SUSPENDED)),
            "waits: the address is suspended since Mon 5 Jan 13:00 (550 no such user)",
        ),
        (
            told("pending", passage(**PENDING), held(paused=PAUSED)),
            "waits, since email is paused until Mon 5 Jan 14:00 (bad password)",
        ),
        (
            told("pending", passage(**PENDING), held(away=NOON + HOUR, paused=PAUSED)),
            "waits, since its reader has paused until Mon 5 Jan 14:00",
        ),
        (
            told("due", None, held(away=NOON + HOUR)),
            "due on Mon 5 Jan 14:00; its reader has paused until Mon 5 Jan 14:00.",
        ),
        (
            told("due"),
            (
                "will get 2601.00003 by email to ana@example.org in the next digest, due on Mon"
                " 5 Jan 14:00."
            ),
        ),
        (told("due", waits=True), ", which may wait for its comment and dates."),
        (told("due", None, held(next_due=NOON)), "which is due since Mon 5 Jan 13:00."),
        (told("due", None, held(paused=PAUSED)), "; email is paused until"),
        (
            told("returns", passage(**FAILED, error="too large")),
            (
                "did not get 2601.00003 by email to"
                " ana@example.org: delivery 1, topic Language failed on Mon 5 Jan 13:00 (too large)"
                "; the paper returns in the next digest"
            ),
        ),
        (told("rests", passage(**FAILED)), "the paper returns after half a day's rest."),
        (told("given_up", passage(**FAILED)), "it failed so often that the paper is given up."),
        (
            told("suspended", None, held(suspended=SUSPENDED)),
            (
                "ana@example.org: the address is"
                " suspended since Mon 5 Jan 13:00 (550 no such user);"
                " `daily-papers subscribers resume ana@example.org` lifts that."
            ),
        ),
        (
            told("suspended", None, held(suspended=Suspension("owner", "on leave", NOON))),
            "the address is suspended by the owner since Mon 5 Jan 13:00 (on leave); `daily-papers",
        ),
        (
            told("suspended", None, held(suspended=Suspension("reader", "unsubscribed", NOON))),
            (
                "ana@example.org: its reader has unsubscribed on Mon 5 Jan 13:00; if they want it"
                " back, `daily-papers subscribers resume ana@example.org --unsubscribed` lifts that"
            ),
        ),
        (
            told("dropped", passage(state="dropped", error="unsubscribed")),
            "was dropped on Mon 5 Jan 13:00, as its reader had unsubscribed; the paper does not",
        ),
        (
            told("suspended", passage(**FAILED), held(suspended=SUSPENDED)),
            ("failed on Mon 5 Jan 13:00; the address is suspended"),
        ),
        (
            told("dropped", passage(state="dropped")),
            ("was dropped on Mon 5 Jan 13:00, by hand; the paper does not come again."),
        ),
        (
            told("dropped", passage(state="dropped", live=False)),
            "by hand, or when the subscription",
        ),
        (
            told("removed", passage(state="dropped")),
            (
                "is no longer subscribed by email to"
                " ana@example.org: delivery 1, topic Language was dropped on Mon 5 Jan 13:00, and"
            ),
        ),
        (told("removed"), "is no longer subscribed by email to ana@example.org."),
        (told("untaken"), "is not served by email to ana@example.org yet"),
    ],
)
def test_each_fate_has_its_sentence(sentence: str, says: str) -> None:
    assert sentence.startswith("ana ")
    assert sentence.endswith(".")
    assert says in sentence


def test_a_channel_of_somebody_else_is_named_and_an_immediate_digest_has_no_hour() -> None:
    pigeon = subscription(channel="pigeon", address="loft", schedule=Schedule("UTC", None))
    sentence = account_sentence("ana", "2601.00003", Account("due", held(), pigeon), CLOCK)
    assert sentence == (
        "ana will get 2601.00003 by pigeon to loft as soon as the bot composes again."
    )


def test_a_drop_without_a_subscription_or_its_beginning_is_told_with_care() -> None:
    old = held(passage(state="dropped"), readings={topic().key: Reading(Cursor(1))})
    assert "by hand, or when" in told("dropped", passage(state="dropped"), old)
    alone = Account("dropped", None, subscription(), passage(state="dropped"))
    assert "by hand, or when" in account_sentence("ana", "2601.00003", alone, CLOCK)
    assert "goes out now" in account_sentence(
        "ana", "2601.00003", Account("pending", None, subscription(), passage(**PENDING)), CLOCK
    )


def test_an_instant_of_another_year_tells_it() -> None:
    assert (CLOCK(NOON), CLOCK(NOON - 30 * DAY)) == ("Mon 5 Jan 13:00", "Sat 6 Dec 2025 13:00")
    assert CLOCK(None) == "a time that is not known"
