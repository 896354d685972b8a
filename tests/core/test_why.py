"""The fate of a paper in one subscription, decided from facts alone."""

from datetime import time
from typing import Any

import pytest

from bot.core.absence import Absent, absence
from bot.core.arxiv_id import ArxivId
from bot.core.model import Announcement, Cursor
from bot.core.people import Suspension
from bot.core.schedule import Schedule
from bot.core.story import Flaw, Gap, Held, Passage, Reading, Story
from bot.core.why import FATES, Account, Fate, Question, answer
from bot.core.why_topic import TopicWhy
from tests.asking import FAILED, HOUR, held, passage, story
from tests.builders import NOON, paper, subscription, topic


def account(told: Story, *wanted: Any) -> Account:
    asked = Question("ana", ArxivId(told.id, None), wanted, ("cs.CL",), NOON)
    (one,) = answer(asked, told).accounts
    return one


READ = {"readings": {topic().key: Reading(Cursor(1), 0, None, NOON)}}
SUSPENDED = {"suspended": Suspension("channel", "550", NOON)}
BUSY: dict[str, Any] = {"state": "sending", "live": True}


@pytest.mark.parametrize(
    ("subscription_held", "fate"),
    [
        (held(passage()), "sent"),
        (held(passage(state="held")), "held"),
        (held(passage(state="pending")), "pending"),
        (held(passage(state="dropped")), "dropped"),
        (held(passage(state="failed")), "rests"),
        (held(passage(**BUSY, lease_until=NOON + HOUR)), "sending"),
        (held(passage(**BUSY, lease_until=NOON)), "uncertain"),
        (held(passage(**BUSY)), "sending"),
        (held(passage(1, **FAILED), passage(2)), "sent"),
        (held(), "due"),
        (held(**SUSPENDED), "suspended"),
        (held(**READ), "not_given"),
        (held(**READ, **SUSPENDED), "not_given"),
        (held(passage(**FAILED)), "returns"),
        (held(passage(**FAILED), **READ), "rests"),
        (held(passage(**FAILED), **READ, **SUSPENDED), "suspended"),
        (held(passage(**FAILED), **READ, given_up=frozenset({0})), "given_up"),
        (held(passage(state="dropped", live=False), **READ), "dropped"),
        (held(passage(revision=1), **READ), "not_given"),
        (held(active=False), "untaken"),
    ],
)
def test_the_fate_of_a_paper_in_a_subscription(subscription_held: Held, fate: Fate) -> None:
    assert account(story(subscription_held), subscription()).fate == fate


def test_a_subscription_that_only_one_side_knows() -> None:
    assert account(story(), subscription()).fate == "untaken"
    assert account(story(held())).fate == "removed"
    assert account(story(held(active=False))).fate == "removed"


def test_a_removed_subscription_that_had_nothing_is_left_out_beside_others() -> None:
    old = held(active=False, address="old@example.org")
    assert account(story(held(), old), subscription()).identity == ("email", "ana@example.org")


def test_an_account_tells_whose_it_is() -> None:
    madrid = account(story(held()))
    assert (madrid.identity, madrid.timezone) == (("email", "ana@example.org"), "Europe/Madrid")
    assert madrid.next_due == NOON + HOUR
    at_once = subscription(schedule=Schedule("Asia/Tokyo", None))
    tokyo = account(story(held()), at_once)
    assert (tokyo.timezone, tokyo.next_due) == ("Asia/Tokyo", None)
    assert account(story(), subscription(schedule=Schedule("UTC", time(8)))).next_due is None


def test_the_best_account_is_told_first_and_there_may_be_none() -> None:
    assert FATES[0] == "sent"
    nobody = answer(Question("ana", ArxivId(paper(3).id, None), (), (), NOON), story())
    assert (nobody.best, nobody.accounts) == (None, ())


def test_a_subscription_that_nobody_has_is_told_first_only_if_it_gave_the_paper() -> None:
    def best(*passages: Passage) -> Account | None:
        told = story(held(*passages, address="old@example.org"))
        asked = Question("ana", ArxivId(told.id, None), (subscription(),), ("cs.CL",), NOON)
        return answer(asked, told).best

    untaken, gave = best(), best(passage())
    assert untaken is not None
    assert (untaken.fate, untaken.wanted) == ("untaken", subscription())
    assert gave is not None
    assert (gave.fate, gave.identity) == ("sent", ("email", "old@example.org"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rows": (Announcement(1, paper(3), NOON, silent=True),)}, "baseline"),
        ({"rows": (Announcement(1, paper(3), NOON, silent=True),), "undated": True}, "undated"),
        ({"rows": ()}, "baseline"),
        ({"rows": (Announcement(1, paper(3), NOON, completed=("comment",)),)}, "baseline"),
    ],
)
def test_what_was_recorded_silently_is_news_to_no_topic(
    changes: dict[str, Any], why: TopicWhy
) -> None:
    (fate,) = account(story(held(), **changes), subscription()).topics
    assert fate.why == why


def test_a_cursor_of_which_the_beginning_is_not_known_may_have_read_all() -> None:
    old = held(readings={topic().key: Reading(Cursor(1))})
    (fate,) = account(story(old), subscription()).topics
    assert fate.why == "changed"


def test_of_a_topic_that_is_off_it_is_told_where_it_would_have_given_the_paper() -> None:
    one = held(off={topic().name: NOON}, readings={topic().key: Reading(Cursor(0), 0)})
    (fate,) = account(story(one), subscription()).topics
    assert (fate.why, fate.off) == ("off", NOON)
    unmatched = subscription(topics=(topic(query="ti:zebra"),))
    key = unmatched.topics[0].key
    other = held(off={topic().name: NOON}, readings={key: Reading(Cursor(0), 0)})
    (fate,) = account(story(other), unmatched).topics
    assert fate.why == "unmatched"


GAP = Gap(NOON, None, void=False)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"seen": True}, "forgotten"),
        ({"elsewhere": NOON}, "elsewhere"),
        ({"flaws": (Flaw("arxiv_api", "no title", NOON),), "gap": GAP}, "unreadable"),
        ({"gap": GAP}, "awaited"),
        ({"gap": Gap(NOON, NOON, void=True)}, "void"),
        ({"id": "2612.00001"}, "future"),
        ({}, "unpolled"),
        ({"polled": NOON}, "above"),
        ({"polled": NOON, "highest": paper(2).id}, "above"),
        ({"polled": NOON, "highest": paper(3).id}, "unmet"),
    ],
)
def test_why_the_ledger_does_not_hold_a_paper(facts: dict[str, Any], why: Absent) -> None:
    told = Story(**({"id": paper(3).id} | facts))
    absent = absence(told, {"cs.LG", "cs.CL"}, NOON)
    assert absent is not None
    assert (absent.why, absent.scopes) == (why, ("cs.CL", "cs.LG"))


def test_what_the_ledger_holds_is_not_absent() -> None:
    assert absence(story(), (), NOON) is None
