"""What the pages' HTML costs, against the same template with nothing in it, and bare escaping.

Run: python -m tests.bench.bench_pages_html [--papers 2000]
Times are the processor's, the best of three, for one paper; nothing of its text is remembered from
one round to the next. `known` has the reading of each text at hand, as the store gives it.
"""

import argparse
import html as escaping
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.core.latex import _converted
from bot.core.model import Paper
from bot.core.render.wording import display
from bot.core.site import html
from bot.core.site.model import Card, Section
from bot.core.site.single_html import paper_page
from tests.bench.subscriptions import all_papers
from tests.core.site import samples

ROUNDS = 3
TOPICS = ("language", "vision")


def each(cards: Sequence[Card], work: Callable[[Card], object]) -> float:
    """Give the microseconds of the best round for one card."""
    best = float("inf")
    for _ in range(ROUNDS):
        _converted.cache_clear()
        began = time.process_time()
        for card in cards:
            work(card)
        best = min(best, time.process_time() - began)
    return best / max(1, len(cards)) * 1e6


def texts(paper: Paper) -> tuple[str, ...]:
    """Give all that stands on a paper's page."""
    return (paper.title, paper.abstract, paper.comment or "", *paper.authors, *paper.categories)


def known(paper: Paper) -> Paper:
    """Give the paper with what people read of its texts."""
    three = (paper.title, paper.abstract, paper.comment or "")
    return replace(paper, readable={text: display(text) for text in three})


def folded(paper: Paper) -> Paper:
    """Fold white space, as sources do before a paper is recorded."""
    title, abstract, comment = (
        " ".join(text.split()) for text in (paper.title, paper.abstract, paper.comment or "")
    )
    return replace(paper, title=title, abstract=abstract, comment=comment or None)


def empty(number: int) -> Card:
    """Give a card with nothing on it."""
    return samples.card(
        number, (), title="", abstract="", authors=(), categories=(), primary_category=""
    )


def rows(cards: Sequence[Card], page: Callable[[Section], object]) -> float:
    """Give the microseconds of one row of a page that lists a hundred cards."""
    shelf = samples.site().topics[0]
    sections = [Section(shelf, cards[at : at + 100]) for at in range(0, len(cards), 100)]
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for section in sections:
            page(section)
        best = min(best, time.process_time() - began)
    return best / max(1, len(cards)) * 1e6


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--papers", type=int, default=2_000)
    papers = [folded(one) for one in all_papers()[: arguments.parse_args().papers]]
    site = samples.site()
    plain = [Card(one, samples.TODAY, TOPICS) for one in papers]
    ready = [Card(known(one), samples.TODAY, TOPICS) for one in papers]
    bare = each([empty(1 + number % 9_999) for number in range(len(papers))],
                lambda card: paper_page(site, card))  # fmt: skip
    escaped = each(plain, lambda card: [escaping.escape(one) for one in texts(card.paper)])
    print(f"{len(papers):,} papers; microseconds each:")
    print(f"  escaping its text alone      {escaped:8.1f}")
    print(f"  the page with nothing in it  {bare:8.1f}")
    for name, cards in (("known", ready), ("converted anew", plain)):
        took = each(cards, lambda card: paper_page(site, card))
        print(f"  the page, {name:<19}{took:8.1f}  {took / bare:5.2f} x  {1e6 / took:7,.0f}/s")
    month = samples.TODAY.replace(day=1)
    index = rows(ready, lambda section: html.index_page(site, [section]))
    listed = rows(ready, lambda section: html.month_page(site, section, month))
    print(f"  a row of the index, ranked   {index:8.1f}")
    print(f"  a row of a month             {listed:8.1f}")


if __name__ == "__main__":
    main()
