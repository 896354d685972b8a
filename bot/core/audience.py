"""All subscriptions, and their queries as one set that is kept from pass to pass."""

from collections.abc import Iterable, Iterator, Sequence

from bot.core.query import Query
from bot.core.query.isolation import Isolated
from bot.core.subscription import Subscription, Topic

Identity = tuple[str, str, str]
"""A subscriber's name, a channel, and an address there."""


class Audience:
    """Who is written to, by identity, and what they ask for."""

    def __init__(self, subscriptions: Iterable[Subscription]) -> None:
        self._queries: Isolated | None = None
        self._offered: Sequence[Topic] = ()
        self.subscriptions: dict[Identity, Subscription] = {}
        self.become(subscriptions)

    def become(self, subscriptions: Iterable[Subscription], offered: Sequence[Topic] = ()) -> None:
        """Change to other subscriptions; queries that stay are not put together again.

        Of the topics `offered` those may be subscribed to who join.
        """
        self._offered = offered
        self.subscriptions = {}
        self.join(subscriptions)
        if self._queries is not None:
            self._queries.become(self._asked())

    def join(self, subscriptions: Iterable[Subscription]) -> None:
        """Add subscriptions, all of whose topics are offered."""
        for one in subscriptions:
            self.subscriptions[one.subscriber, one.channel, one.address] = one

    def queries(self) -> Isolated:
        """Give all queries, put together once they are asked for; those that failed, once more."""
        if self._queries is None:
            self._queries = Isolated()
            self._queries.become(self._asked())
        self._queries.retry()
        return self._queries

    def _asked(self) -> Iterator[Query]:
        """Give the queries of all topics."""
        for topic in self._offered:
            yield topic.query
        for one in self.subscriptions.values():
            for topic in one.topics:
                yield topic.query
