"""What it costs to write papers for other tools, against joining the same fields.

Run: python -m tests.bench.bench_pages_out [--papers 20000]
Times are the processor's, the best of three, for one paper. Papers are as the store gives them:
white space folded, and what people read of them known. BibTeX and RIS are written paper by paper,
as for the pages of papers; the rest a hundred papers at a time, as for those of topics.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.core.model import Paper
from bot.core.render.wording import display
from bot.core.site.atom import atom
from bot.core.site.bibtex import bibtex
from bot.core.site.comma_separated import comma_separated
from bot.core.site.json_feed import json_feed
from bot.core.site.markdown import markdown
from bot.core.site.model import Card, Section
from bot.core.site.ris import ris
from tests.bench.subscriptions import all_papers
from tests.core.site.samples import TODAY, site

SITE = site()
TOPIC = SITE.topics[0]
Write = Callable[[Sequence[Card]], object]

ALONE: dict[str, Write] = {"BibTeX": bibtex, "RIS": ris}
TOGETHER: dict[str, Write] = {
    "Atom": lambda cards: atom(SITE, TOPIC, cards),
    "JSON Feed": lambda cards: json_feed(SITE, TOPIC, cards),
    "Markdown": lambda cards: markdown(SITE, [Section(TOPIC, cards)]),
    "CSV": comma_separated,
}


def stored(paper: Paper) -> Paper:
    """Give a paper as the store does."""
    title, abstract, comment = (
        " ".join(text.split()) for text in (paper.title, paper.abstract, paper.comment or "")
    )
    readable = {text: display(text) for text in (title, abstract, comment)}
    return replace(
        paper, title=title, abstract=abstract, comment=comment or None, readable=readable
    )


def joined(cards: Sequence[Card]) -> bytes:
    """Join the fields that all formats have."""
    return b"".join(
        "\n".join(
            [
                *(one.paper.id, one.paper.title, *one.paper.authors, *one.paper.categories),
                *(one.paper.comment or "", one.paper.url, one.paper.abstract),
            ]
        ).encode()
        for one in cards
    )


def each(parts: Sequence[Sequence[Card]], write: Write) -> float:
    """Give the microseconds of the best of three rounds for one paper."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        for part in parts:
            write(part)
        best = min(best, time.process_time() - began)
    return best / max(1, sum(map(len, parts))) * 1e6


def rows(cards: Sequence[Card]) -> Iterator[tuple[str, float, float]]:
    """Measure each format, and joining in the same portions."""
    for size, formats in ((1, ALONE), (100, TOGETHER)):
        parts = [cards[start : start + size] for start in range(0, len(cards), size)]
        least = each(parts, joined)
        for name, write in formats.items():
            yield name, each(parts, write), least


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--papers", type=int, default=20_000)
    papers = all_papers()[: arguments.parse_args().papers]
    cards = [Card(stored(one), TODAY, (TOPIC.slug,)) for one in papers]
    print(f"{len(cards):,} papers; microseconds a paper, and how many times str.join:")
    for name, took, least in rows(cards):
        print(f"  {name:<10}{took:8.1f}{took / least:8.1f} x")


if __name__ == "__main__":
    main()
