"""One query that fails among many stops only itself."""

from collections.abc import Sequence

import pytest

from bot.core.model import Paper
from bot.core.query import Query, parse
from bot.core.query.clauses import Clauses
from bot.core.query.engine import Engine
from bot.core.query.isolation import Fault, Isolated
from tests.builders import paper

PAPERS = [paper(1, title="Graphene"), paper(2, title="Quartz")]
QUERIES = [parse(f"ti:{word}") for word in ("graphene", "quartz", "zebra", "study", "subject")]
GRAPHENE, QUARTZ = QUERIES[:2]


def poison(patch: pytest.MonkeyPatch, *queries: Query) -> list[int]:
    """Let every engine fail that holds one of these; give how many queries each had that did."""
    real, failures = Engine.select, list[int]()

    def select(self: Engine, papers: Sequence[Paper]) -> object:
        if any(one in self for one in queries):
            failures.append(len(self))
            raise ZeroDivisionError("in a clause")
        return real(self, papers)

    patch.setattr(Engine, "select", select)
    return failures


def entering(patch: pytest.MonkeyPatch, *unfit: Query) -> list[Query]:
    """Collect what engines are given, of which they cannot take some."""
    real, entered = Engine.add, list[Query]()

    def add(self: Engine, query: Query) -> None:
        entered.append(query)
        if query in unfit:
            raise RecursionError
        real(self, query)

    patch.setattr(Engine, "add", add)
    return entered


def test_without_a_failure_it_finds_what_an_engine_finds() -> None:
    found = Isolated(QUERIES).select(PAPERS)
    assert {key: list(places) for key, places in found.items()} == {
        GRAPHENE.hash: [0],
        QUARTZ.hash: [1],
    }


@pytest.mark.parametrize("bad", [[0], [4], [1, 2], [0, 1, 2, 3, 4]])
def test_those_that_fail_are_named_and_the_others_matched(
    bad: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, *(QUERIES[place] for place in bad))
    queries = Isolated(QUERIES)
    found = queries.select(PAPERS)
    assert queries.failed == {
        QUERIES[place].hash: Fault("ZeroDivisionError", "ZeroDivisionError: in a clause")
        for place in bad
    }
    sound = {GRAPHENE.hash, QUARTZ.hash} - queries.failed.keys()
    assert found.keys() == sound
    assert len(queries) == 5


def test_what_failed_is_not_tried_again_until_it_is_entered_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        failures = poison(patched, GRAPHENE)
        queries = Isolated(QUERIES)
        queries.select(PAPERS)
        first = len(failures)
        assert queries.select(PAPERS).keys() == {QUARTZ.hash}
        assert len(failures) == first
    assert queries.select(PAPERS).keys() == {QUARTZ.hash}, "not even once it would not fail"
    queries.add(GRAPHENE)
    assert GRAPHENE.hash in queries.failed, "it is there already"
    queries.discard(GRAPHENE)
    assert (queries.failed, GRAPHENE in queries) == ({}, False)
    queries.add(GRAPHENE)
    assert queries.select(PAPERS).keys() == {GRAPHENE.hash, QUARTZ.hash}


def test_one_among_very_many_is_found_by_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [parse(f"ti:w{number}") for number in range(1000)]
    failures = poison(monkeypatch, many[617])
    queries = Isolated(many)
    queries.select(PAPERS)
    assert queries.failed.keys() == {many[617].hash}
    assert len(failures) <= 12


def test_one_that_cannot_be_entered_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    entering(monkeypatch, GRAPHENE)
    queries = Isolated(QUERIES)
    assert queries.failed == {GRAPHENE.hash: Fault("RecursionError", "RecursionError")}
    queries.retry()
    assert queries.failed.keys() == {GRAPHENE.hash}
    assert queries.select(PAPERS).keys() == {QUARTZ.hash}


def test_what_fails_again_is_entered_alone_and_tried_once_until_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failures = poison(monkeypatch, GRAPHENE)
    queries = Isolated(QUERIES)
    queries.select(PAPERS)
    entered = entering(monkeypatch)
    failures.clear()
    for _ in range(3):
        queries.retry()
        assert queries.failed == {}
        for _ in range(2):
            assert queries.select(PAPERS).keys() == {QUARTZ.hash}
            assert queries.failed.keys() == {GRAPHENE.hash}
    assert entered == [GRAPHENE] * 3
    assert failures == [1] * 3, "each in an engine of its own"


def test_what_passes_is_with_the_others_from_the_next_time_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        poison(patched, GRAPHENE)
        queries = Isolated(QUERIES)
        queries.select(PAPERS)
    entered = entering(monkeypatch)
    for _ in range(3):
        queries.retry()
        assert queries.select(PAPERS).keys() == {GRAPHENE.hash, QUARTZ.hash}
    assert entered == [GRAPHENE] * 2
    queries.discard(GRAPHENE)
    assert queries.select(PAPERS).keys() == {QUARTZ.hash}


def test_what_passes_at_first_and_then_fails_was_not_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = Isolated(QUERIES)
    with monkeypatch.context() as patched:
        poison(patched, GRAPHENE)
        queries.select(PAPERS)
    queries.retry()
    assert queries.select(PAPERS[:1]).keys() == {GRAPHENE.hash}
    entered = entering(monkeypatch)
    with monkeypatch.context() as patched:
        poison(patched, GRAPHENE)
        assert queries.select(PAPERS).keys() == {QUARTZ.hash}
        assert queries.failed.keys() == {GRAPHENE.hash}
        queries.retry()
    assert entered == [GRAPHENE]


def test_what_had_nothing_to_match_has_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = Isolated(QUERIES)
    with monkeypatch.context() as patched:
        poison(patched, GRAPHENE)
        queries.select(PAPERS)
    queries.retry()
    queries.select([])
    entered = entering(monkeypatch)
    queries.retry()
    assert entered == [], "it is still on trial"
    queries.discard(GRAPHENE)
    assert queries.select(PAPERS).keys() == {QUARTZ.hash}


def test_others_that_fail_meanwhile_leave_a_trial_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = Isolated(QUERIES)
    with monkeypatch.context() as patched:
        poison(patched, GRAPHENE)
        queries.select(PAPERS)
    queries.retry()
    poison(monkeypatch, QUARTZ)
    assert queries.select(PAPERS).keys() == {GRAPHENE.hash}
    assert queries.failed.keys() == {QUARTZ.hash}


def test_one_that_can_be_entered_again_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    def anchors(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(Clauses, "anchors", anchors)
        queries = Isolated([GRAPHENE])
        assert queries.failed.keys() == {GRAPHENE.hash}
    for _ in range(2):
        queries.retry()
        assert queries.select(PAPERS).keys() == {GRAPHENE.hash}
        assert queries.failed == {}


def test_what_fails_without_any_query_is_no_querys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def select(self: Engine, papers: Sequence[Paper]) -> object:
        raise ValueError("a paper like no other")

    monkeypatch.setattr(Engine, "select", select)
    queries = Isolated(QUERIES)
    with pytest.raises(ValueError, match="like no other"):
        queries.select(PAPERS)
    assert queries.failed == {}


def test_discarding_what_is_not_there_changes_nothing() -> None:
    queries = Isolated(QUERIES[:1])
    queries.discard(QUARTZ)
    queries.discard(GRAPHENE)
    queries.discard(GRAPHENE)
    assert len(queries) == len(queries.select(PAPERS)) == 0
