"""How what a source has is cut into pages, and in which order they come."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.core.polling import Batch

T = TypeVar("T")


def cut(
    items: Sequence[T], rng: random.Random, sizes: Sequence[int] = (5, 40, 200)
) -> list[Sequence[T]]:
    """Cut items into a few pages of drawn sizes."""
    pages: list[Sequence[T]] = []
    start = 0
    while start < len(items):
        size = rng.choice(sizes)
        pages.append(items[start : start + size])
        start += size
    return pages


def ordered(batches: Iterable[Batch], order: random.Random | None) -> Iterable[Batch]:
    """Bring the pages, and the papers on each, in another order where one is drawn.

    What rests on all of them, a mark or a baseline, still comes last.
    """
    if order is None:
        return batches
    pages: list[Batch] = []
    last: list[Batch] = []
    for batch in batches:
        rests = batch.marks or batch.complete or batch.current
        papers = order.sample(batch.papers, len(batch.papers))
        (last if rests else pages).append(replace(batch, papers=tuple(papers)))
    order.shuffle(pages)
    return [*pages, *last]
