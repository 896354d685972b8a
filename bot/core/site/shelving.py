"""Which queries of the pages match which papers, where what fails stops only itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.model import Paper
from bot.core.query import Query
from bot.core.query.isolation import Fault, Isolated


@dataclass(frozen=True, slots=True)
class Matched:
    """The papers that each query matches, by its hash; and what failed, by its text or id.

    A query that fails as one of many is read paper by paper instead. What fails even so matches
    nothing.
    """

    papers: dict[str, list[Paper]] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)


def match(queries: Sequence[Query], papers: Sequence[Paper]) -> Matched:
    """Match all queries with all papers."""
    done = Matched()
    _match(queries, papers, done)
    return done


def _match(queries: Sequence[Query], papers: Sequence[Paper], done: Matched) -> None:
    isolated = Isolated(queries)
    try:
        found = isolated.select(papers)
    except Exception as failure:  # noqa: BLE001  # a fault in the code, with one paper or some
        if len(papers) == 1:
            done.faults[papers[0].id] = Fault.of(failure)
            return
        half = len(papers) // 2
        _match(queries, papers[:half], done)
        _match(queries, papers[half:], done)
        return
    for matched, indices in found.items():
        done.papers.setdefault(matched, []).extend(papers[index] for index in indices)
    for query in queries:
        fault = isolated.failed.get(query.hash)
        if fault is not None:
            done.faults[query.text] = fault
            done.papers.setdefault(query.hash, []).extend(
                paper for paper in papers if _matches(query, paper)
            )


def _matches(query: Query, paper: Paper) -> bool:
    """Read one paper, without the engine."""
    try:
        return query.matches(paper)
    except Exception:  # noqa: BLE001  # the engine's fault is told; this is most likely the same
        return False
