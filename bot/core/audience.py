"""All subscriptions, and their queries as one set that is kept from pass to pass."""

from collections.abc import Iterator, Mapping, Sequence

from bot.core.query import Query
from bot.core.query.isolation import Isolated
from bot.core.subscription import Subscription

Identity = tuple[str, str, str]
"""A subscriber's name, a channel, and an address there."""


class Audience:
    """Who is written to, by identity, and what they ask for."""

    def __init__(self, subscriptions: Sequence[Subscription]) -> None:
        self._queries: Isolated | None = None
        self.subscriptions: Mapping[Identity, Subscription] = {}
        self.become(subscriptions)

    def become(self, subscriptions: Sequence[Subscription]) -> None:
        """Change to other subscriptions; queries that stay are not put together again."""
        self.subscriptions = {
            (one.subscriber, one.channel, one.address): one for one in subscriptions
        }
        if self._queries is not None:
            self._queries.become(self._asked())

    def queries(self) -> Isolated:
        """Give all queries, put together once they are asked for; those that failed, once more."""
        if self._queries is None:
            self._queries = Isolated()
            self._queries.become(self._asked())
        self._queries.retry()
        return self._queries

    def _asked(self) -> Iterator[Query]:
        """Give the queries of all topics."""
        for one in self.subscriptions.values():
            for topic in one.topics:
                yield topic.query
