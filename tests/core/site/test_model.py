"""The values of the pages."""

from datetime import date

from bot.core.query import parse
from bot.core.site.model import SPARK, Card, Counts, Site, topics_of
from tests.builders import NOON, paper


def test_the_last_days_are_counted_up_to_the_last_update() -> None:
    counts = Counts(4, {date(2026, 1, 5): 3, date(2025, 12, 7): 1, date(2025, 12, 6): 9})
    lately = counts.lately(date(2026, 1, 5))
    assert len(lately) == SPARK
    assert (lately[0], lately[-1], sum(lately)) == (1, 3, 4)


def test_a_card_is_dated_by_the_version_that_is_shown() -> None:
    assert Card(paper(updated=NOON), date(2026, 1, 2)).date == date(2026, 1, 5)


def test_a_site_finds_topics_by_slug_and_counts_none_where_nothing_is() -> None:
    (topic,) = topics_of([("RAG", parse("ti:RAG"), ())])
    site = Site("T", "", "", 100, (topic,), counts={"rag": Counts(2, {})})
    assert site.topic("rag") is topic
    assert (site.count("rag").total, site.count().total) == (2, 0)
