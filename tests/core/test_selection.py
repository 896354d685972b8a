from datetime import timedelta

from bot.core.model import Announcement, Cursor, Due, Entry, Paper, SubscriptionId
from bot.core.query import select
from bot.core.selection import Matches, compose_one, earliest, kind_for
from bot.core.standing import Head
from bot.core.subscription import Subscription
from tests.builders import NOON, paper, subscription, topic

MORNING = NOON + timedelta(hours=20, minutes=30)
CL = frozenset({"cs.CL"})


def due(one: Subscription, *returned: Entry, **cursors: Cursor) -> Due:
    keys = {t.key: cursors[t.name] for t in one.topics if t.name in cursors}
    return Due(SubscriptionId(1), one.subscriber, "email", one.address, NOON, keys, returned)


def matched(one: Subscription, *papers: Paper, seq: int = 1) -> Matches:
    rows = [Announcement(seq + place, each, NOON) for place, each in enumerate(papers)]
    found = {
        t.query.hash: [rows[place] for place in select([t.query], papers)[t.query.hash]]
        for t in one.topics
    }
    return Matches(Head(seq + len(papers) - 1, CL), found, {})


def test_a_topic_without_a_cursor_yet_waits_for_its_own() -> None:
    one = subscription(topics=(topic("A"), topic("B", "ti:study")))
    made = compose_one(one, due(one, B=Cursor(0)), matched(one, paper(3)), MORNING)
    assert [entry.topics for entry in made.deliveries[0].entries] == [("B",)]
    assert made.cursors[one.topics[0].key] == Cursor(1)


def test_a_returned_paper_that_matches_again_stands_once() -> None:
    one = subscription(topics=(topic("A"), topic("B", "ti:study")))
    again = Entry(paper(3), ("A",), "new")
    gone = Entry(paper(2), ("no longer a topic",), "cross")
    made = compose_one(
        one, due(one, again, gone, A=Cursor(0), B=Cursor(0)), matched(one, paper(3)), MORNING
    )
    assert [(e.paper.id, e.topics, e.kind) for e in made.deliveries[0].entries] == [
        (paper(3).id, ("A", "B"), "new"),
        (paper(2).id, ("no longer a topic",), "cross"),
    ]


def test_the_same_decision_has_the_same_key_and_another_another() -> None:
    one = subscription()
    keys = {
        name: compose_one(who, due(who, Language=Cursor(0)), matched(who, *papers), now)
        .deliveries[0]
        .key
        for name, who, papers, now in (
            ("first", one, (paper(3),), MORNING),
            ("again", one, (paper(3),), MORNING),
            ("another paper", one, (paper(4),), MORNING),
            ("another day", one, (paper(3),), MORNING + timedelta(days=1)),
            ("another reader", subscription("ben"), (paper(3),), MORNING),
        )
    }
    assert keys["first"] == keys["again"]
    assert len(set(keys.values())) == 4


def test_the_order_of_arrival_changes_nothing() -> None:
    one = subscription(topics=(topic("A"), topic("B", "ti:study")))
    papers = [paper(number) for number in range(3, 9)]
    forward, backward = (
        compose_one(one, due(one, A=Cursor(0), B=Cursor(0)), matched(one, *order), MORNING)
        for order in (papers, papers[::-1])
    )
    assert forward.deliveries == backward.deliveries


def test_what_is_new_depends_on_the_topics_own_categories() -> None:
    theirs = paper(3, categories=("cs.LG", "cs.CL"), primary_category="cs.LG")
    assert kind_for(topic(), theirs) == "cross"
    assert kind_for(topic(query="cat:cs.*"), theirs) == "new"
    assert kind_for(topic(query="ti:study"), theirs) == "new"


def test_the_log_is_read_from_the_earliest_cursor_and_reach() -> None:
    one = subscription(topics=(topic("A"), topic("B", "ti:study")))
    head = Head(9, CL)
    assert earliest([], head, ()) == (9, None)
    both = [due(one, A=Cursor(4), B=Cursor(7, NOON))]
    assert earliest(both, head, {t.query.hash for t in one.topics}) == (4, NOON)
    assert earliest(both, head, ()) == (4, None), "a reach that must wait reads nothing"
