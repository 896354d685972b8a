"""What tests of the engine share: what should be found, what is, and at what effort."""

import gzip
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from bot.core.model import Paper
from bot.core.query import Query, explain
from bot.core.query.engine import Engine
from bot.core.query.finding import Finding
from bot.core.query.logic import Steps
from bot.core.query.logic import read as decoded
from bot.core.query.places import Found, Spans
from tests import builders


def recorded(recordings: Path, count: int) -> list[Paper]:
    """Read the first `count` papers of the recorded corpus."""
    path = recordings / "corpus" / "papers-20k.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, count)]
    return [
        builders.paper(
            id=row["id"],
            title=row["title"],
            abstract=row["summary"],
            authors=tuple(row["authors"]),
            categories=tuple(row["categories"]),
            primary_category=row["categories"][0],
            comment=row["comment"],
        )
        for row in rows
    ]


def read(queries: Sequence[Query], papers: Sequence[Paper]) -> dict[str, list[int]]:
    """Find by reading every paper for every query; only what matches."""
    found = {
        one.hash: [place for place, paper in enumerate(papers) if explain(one, paper).matched]
        for one in queries
    }
    return {name: places for name, places in found.items() if places}


def found(engine: Engine, papers: Sequence[Paper]) -> dict[str, list[int]]:
    return {name: list(places) for name, places in engine.select(papers).items()}


def found_of(places: Mapping[str, Sequence[int]]) -> Found:
    """Give what an engine gives that finds these places."""
    ends = np.cumsum([0, *map(len, places.values())])
    flat = np.array([place for own in places.values() for place in own], np.uint16)
    spans = Spans(np.arange(len(places)), ends[:-1], ends[1:], flat)
    one = Found()
    one.add(0, list(places), spans)
    return one


def engine_of(*queries: Query) -> Engine:
    engine = Engine()
    for query in queries:
        engine.add(query)
    return engine


def numbers(engine: Engine) -> tuple[int, ...]:
    """Tell how much an engine holds, in all its tables."""
    clauses, anchored = engine._clauses, engine._anchored
    phrases, needing = clauses.phrases, clauses.needing
    return (
        len(clauses.words), len(clauses.names), len(phrases._edges), len(clauses.keys),
        sum(phrases._words) + sum(phrases._gaps), len(clauses.definitions),
        sum(len(numbers) for _, numbers in needing.under(list(needing))),
        len(clauses.words._shared), len(clauses.words._wild),
        len(anchored) + sum(fields.bit_count() for fields in anchored._fields),
    )  # fmt: skip


def clauses_evaluated(engine: Engine, papers: Sequence[Paper], patch: pytest.MonkeyPatch) -> int:
    """Count the queries that a batch makes it evaluate."""
    count = 0

    def counted(programs: Sequence[bytes], finding: Finding) -> Steps:
        nonlocal count
        count += len(programs)
        return decoded(programs, finding)

    with patch.context() as patched:
        patched.setattr("bot.core.query.engine.read", counted)
        engine.select(papers)
    return count


def steps(engine: Engine, papers: Sequence[Paper]) -> int:
    """Count the lines that a match executes."""
    count = 0

    def executed(_: FrameType, event: str, __: object) -> Callable[[FrameType, str, Any], Any]:
        nonlocal count
        count += event == "line"
        return executed

    before = sys.gettrace()
    sys.settrace(executed)
    try:
        engine.select(papers)
    finally:
        sys.settrace(before)
    return count
