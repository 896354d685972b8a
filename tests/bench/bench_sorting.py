"""What it costs to put the best match first, and to mark what matched: 300 papers, 10,000 readers.

Run: python -m tests.bench.bench_sorting [--papers 300] [--readers 10000]
Times are the processor's, for one pass that remembers nothing before. `newest` is the choice
without a look at any text. Readers share 40 topics, three each, or have three of their own; they
are words and phrases of the papers.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from bot.core.choice import Choice, Matches, choose
from bot.core.model import Announcement, Cursor, Due, Paper, SubscriptionId
from bot.core.query import Query, from_keywords
from bot.core.query.engine import Engine
from bot.core.readers import Readers
from bot.core.standing import Head
from bot.core.subscription import Subscription, Topic
from tests.bench.subscriptions import Subscribers, all_papers
from tests.builders import NOON, subscription

TOPICS = 3
"""What each reader has."""


def drawn(papers: Sequence[Paper]) -> Iterator[Query]:
    """Draw queries of five keywords."""
    subscribers = Subscribers(papers, seed=4)
    while True:
        words = dict.fromkeys(subscribers.keyword() for _ in range(5))
        try:
            yield from_keywords(list(words))
        except ValueError:  # a word that cannot be looked for
            continue


def readers_of(queries: Sequence[Query], count: int) -> list[Subscription]:
    """Give each reader three of the queries."""
    chance = Random(2)
    found = []
    for number in range(count):
        own = chance.sample(range(len(queries)), TOPICS)
        topics = tuple(Topic(f"T{place}", queries[place]) for place in own)
        found.append(subscription(f"reader{number}", topics=topics))
    return found


def matched(readers: Sequence[Subscription], papers: Sequence[Paper]) -> Matches:
    """Match all papers against all queries."""
    engine = Engine()
    for reader in readers:
        for topic in reader.topics:
            engine.add(topic.query)
    rows = [Announcement(number, one, NOON) for number, one in enumerate(papers, 1)]
    found = engine.select(papers)
    news = {name: [rows[place] for place in places] for name, places in found.items()}
    return Matches(Head(len(rows), frozenset({"*"})), news, {})


def chosen(readers: Sequence[Subscription], matches: Matches) -> list[Choice]:
    """Choose for all."""
    return [
        choose(
            one,
            Due(
                SubscriptionId(number),
                one.subscriber,
                one.channel,
                one.address,
                NOON,
                {topic.key: Cursor(0) for topic in one.topics},
            ),
            matches,
        )
        for number, one in enumerate(readers)
    ]


def timed(name: str, readers: int, work: Callable[[], object]) -> None:
    """Print what something takes, in all and for each reader."""
    began = time.process_time()
    work()
    spent = time.process_time() - began
    print(f"  {name:<22}{spent:7.2f} s  {spent / readers * 1e6:8.0f} microseconds a reader")


def measured(title: str, queries: Sequence[Query], papers: Sequence[Paper], count: int) -> None:
    """Print what choosing and marking take."""
    readers = readers_of(queries, count)
    matches = matched(readers, papers)
    choices = chosen(readers, matches)
    entries = sum(len(one.entries) for one in choices)
    print(f"{title}: {count:,} readers, {entries / count:.1f} papers each")
    for sort in ("newest", "best"):
        sorting = [replace(one, sort=sort) for one in readers]
        fresh = replace(matches, ranking=type(matches.ranking)())
        timed(f"chosen, {sort} first", count, lambda: chosen(sorting, fresh))  # noqa: B023  # at once
    told = Readers(readers)

    def mark() -> None:
        for one, choice in zip(readers, choices, strict=True):
            told.marked((one.subscriber, one.channel, one.address), choice.entries)

    timed("marked", count, mark)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--papers", type=int, default=300)
    arguments.add_argument("--readers", type=int, default=10_000)
    asked = arguments.parse_args()
    papers = all_papers()[: asked.papers]
    queries = drawn(papers)
    shared = [next(queries) for _ in range(40)]
    measured("Shared topics", shared, papers, asked.readers)
    own = [next(queries) for _ in range(TOPICS * asked.readers)]
    measured("Topics of their own", own, papers, asked.readers)


if __name__ == "__main__":
    main()
