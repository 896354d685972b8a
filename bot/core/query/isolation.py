"""Matching many queries at once, where one that fails stops only itself."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.core.model import Paper
from bot.core.query.engine import Engine
from bot.core.query.places import Found
from bot.core.query.query import Query


class Fault(NamedTuple):
    """What was raised: the exception's type, and all that is said of it, in words that may vary."""

    kind: str
    said: str

    @classmethod
    def of(cls, failure: Exception) -> "Fault":
        """Describe an exception."""
        kind = type(failure).__name__
        return cls(kind, f"{kind}: {failure}".rstrip(": "))


class Isolated:
    """A set of queries, by their hashes, in an engine.

    One that raises an error is taken out of the engine, and `failed` tells its fault by its hash:
    it matches nothing any more, and whoever waits for it must not take that for an answer. Tried
    again, it is on trial in an engine of its own, so that it costs the others nothing if it fails.
    """

    def __init__(self, queries: Iterable[Query] = ()) -> None:
        self._engine = Engine()
        self._queries: dict[str, Query] = {}
        self._trials: dict[str, Engine] = {}
        self._passed: set[str] = set()
        self.failed: dict[str, Fault] = {}
        for query in queries:
            self.add(query)

    def __len__(self) -> int:
        """Tell how many different queries there are, those that failed too."""
        return len(self._queries)

    def __contains__(self, query: Query) -> bool:
        """Tell whether a query is there."""
        return query.hash in self._queries

    def add(self, query: Query) -> None:
        """Enter a query, if it is not there."""
        if query not in self:
            self._queries[query.hash] = query
            self._enter(query, self._engine)

    def discard(self, query: Query) -> None:
        """Remove a query, if it is there."""
        name = query.hash
        if self._queries.pop(name, None) is None:
            return
        if self.failed.pop(name, None) is None and self._trials.pop(name, None) is None:
            self._engine.discard(query)
        self._passed.discard(name)

    def become(self, queries: Iterable[Query]) -> None:
        """Remove all but these queries, and enter those of them that are not there."""
        wanted = {query.hash: query for query in queries}
        for name, query in list(self._queries.items()):
            if name not in wanted:
                self.discard(query)
        for query in wanted.values():
            self.add(query)

    def retry(self) -> None:
        """Put on trial those that failed, as it may have been for one paper; admit who passed."""
        for name in self._passed:
            del self._trials[name]
            self._enter(self._queries[name], self._engine)
        self._passed.clear()
        for name in list(self.failed):
            del self.failed[name]
            own = Engine()
            if self._enter(self._queries[name], own):
                self._trials[name] = own

    def select(self, papers: Sequence[Paper]) -> Found:
        """Tell, by its hash, for each query that matches any the indices of the papers, in order.

        Raises what is raised whichever queries there are: then it is the papers' fault.
        """
        found = self._select(papers)
        return found | self._try(papers) if self._trials and papers else found

    def _select(self, papers: Sequence[Paper]) -> Found:
        """Match all that are not on trial, without those that fail."""
        try:
            return self._engine.select(papers)
        except Exception:  # noqa: BLE001  # a fault in the code, with one query or some
            Engine().select(papers)
            apart = self.failed.keys() | self._trials.keys()
            sound = [one for name, one in self._queries.items() if name not in apart]
            for query, failure in _culprits(sound, papers):
                self.failed[query.hash] = Fault.of(failure)
            self._engine = _engine(one for one in sound if one.hash not in self.failed)
            return self._engine.select(papers)

    def _try(self, papers: Sequence[Paper]) -> Found:
        """Match those on trial, each in its engine, without those that fail."""
        found = Found()
        for name, own in list(self._trials.items()):
            try:
                found |= own.select(papers)
                self._passed.add(name)
            except Exception as failure:  # noqa: BLE001  # as above
                del self._trials[name]
                self._passed.discard(name)
                self.failed[name] = Fault.of(failure)
        return found

    def _enter(self, query: Query, engine: Engine) -> bool:
        """Enter a query into an engine, and tell whether it could be."""
        try:
            engine.add(query)
        except Exception as failure:  # noqa: BLE001  # whatever it is, it is this query's
            self.failed[query.hash] = Fault.of(failure)
            return False
        return True


def _culprits(
    queries: Sequence[Query], papers: Sequence[Paper]
) -> Iterator[tuple[Query, Exception]]:
    """Find the queries that fail on these papers, by halves: mostly there is but one."""
    try:
        _engine(queries).select(papers)
    except Exception as failure:  # noqa: BLE001  # as above
        if len(queries) == 1:
            yield queries[0], failure
            return
        half = len(queries) // 2
        yield from _culprits(queries[:half], papers)
        yield from _culprits(queries[half:], papers)


def _engine(queries: Iterable[Query]) -> Engine:
    engine = Engine()
    for query in queries:
        engine.add(query)
    return engine
