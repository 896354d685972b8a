"""Who is written to may change from pass to pass; what stays is not put together again."""

from collections.abc import Sequence

import pytest

from bot.core.audience import Audience
from bot.core.model import Paper
from bot.core.query import Query
from bot.core.query.engine import Engine
from bot.core.query.isolation import Isolated
from bot.core.subscription import Subscription
from tests.builders import paper, subscription, topic

PAPERS = [paper(1, title="Graphene"), paper(2, title="Quartz")]
GRAPHENE, QUARTZ = topic("G", "ti:graphene"), topic("Q", "ti:quartz")


def readers(*names: str) -> list[Subscription]:
    topics = {"ana": (GRAPHENE, QUARTZ), "bo": (QUARTZ,), "cy": (GRAPHENE,)}
    return [subscription(name, topics=topics[name]) for name in names]


def matched(queries: Isolated) -> dict[str, list[int]]:
    return {name: list(places) for name, places in queries.select(PAPERS).items()}


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """Collect what engines are given."""
    real, entered = Engine.add, list[Query]()

    def add(self: Engine, query: Query) -> None:
        entered.append(query)
        real(self, query)

    monkeypatch.setattr(Engine, "add", add)
    return entered


def test_nothing_is_put_together_before_it_is_asked_for(entered: list[Query]) -> None:
    audience = Audience(readers("bo"))
    audience.become(readers("ana", "cy"))
    assert entered == []
    assert matched(audience.queries()) == {GRAPHENE.query.hash: [0], QUARTZ.query.hash: [1]}
    assert len(entered) == 2


def test_a_change_enters_and_removes_only_the_difference(entered: list[Query]) -> None:
    audience = Audience(readers("bo"))
    assert matched(audience.queries()) == {QUARTZ.query.hash: [1]}
    audience.become(readers("ana", "bo"))
    assert entered == [QUARTZ.query, GRAPHENE.query]
    audience.become(readers("cy"))
    assert matched(audience.queries()) == {GRAPHENE.query.hash: [0]}
    assert entered == [QUARTZ.query, GRAPHENE.query]
    assert [one.subscriber for one in audience.subscriptions.values()] == ["cy"]


def test_what_failed_is_tried_again_in_the_next_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Engine.select

    def select(self: Engine, papers: Sequence[Paper]) -> object:
        if GRAPHENE.query in self:
            raise ZeroDivisionError
        return real(self, papers)

    audience = Audience(readers("ana"))
    with monkeypatch.context() as patched:
        patched.setattr(Engine, "select", select)
        queries = audience.queries()
        assert matched(queries) == {QUARTZ.query.hash: [1]}
        assert queries.failed.keys() == {GRAPHENE.query.hash}
    assert matched(audience.queries()) == {GRAPHENE.query.hash: [0], QUARTZ.query.hash: [1]}
    assert audience.queries().failed == {}
