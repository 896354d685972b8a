"""Matching many queries at once, where one that fails stops only itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.core.model import Paper
from bot.core.query.engine import Engine
from bot.core.query.query import Query


class Isolated:
    """A set of queries, by their hashes, in an engine.

    One that raises an error is taken out of the engine, and `failed` tells its error by its hash:
    it matches nothing any more, and whoever waits for it must not take that for an answer.
    """

    def __init__(self, queries: Iterable[Query] = ()) -> None:
        self._engine = Engine()
        self._queries: dict[str, Query] = {}
        self.failed: dict[str, str] = {}
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
        if query in self:
            return
        self._queries[query.hash] = query
        try:
            self._engine.add(query)
        except Exception as failure:  # noqa: BLE001  # whatever it is, it is this query's
            self._fail(query, failure)

    def discard(self, query: Query) -> None:
        """Remove a query, if it is there."""
        if self._queries.pop(query.hash, None) and not self.failed.pop(query.hash, ""):
            self._engine.discard(query)

    def become(self, queries: Iterable[Query]) -> None:
        """Remove all but these queries, and enter those of them that are not there."""
        wanted = {query.hash: query for query in queries}
        for name, query in list(self._queries.items()):
            if name not in wanted:
                self.discard(query)
        for query in wanted.values():
            self.add(query)

    def retry(self) -> None:
        """Enter again those that failed: it may have been for one paper."""
        for query in [self._queries[name] for name in self.failed]:
            self.discard(query)
            self.add(query)

    def select(self, papers: Sequence[Paper]) -> Mapping[str, Sequence[int]]:
        """Tell, by its hash, for each query that matches any the indices of the papers, in order.

        Raises what is raised whichever queries there are: then it is the papers' fault.
        """
        try:
            return self._engine.select(papers)
        except Exception:  # noqa: BLE001  # a fault in the code, with one query or some
            Engine().select(papers)
            sound = [one for key, one in self._queries.items() if key not in self.failed]
            for query, failure in _culprits(sound, papers):
                self._fail(query, failure)
            self._engine = _engine(one for one in sound if one.hash not in self.failed)
            return self._engine.select(papers)

    def _fail(self, query: Query, failure: Exception) -> None:
        self.failed[query.hash] = f"{type(failure).__name__}: {failure}".rstrip(": ")


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
