"""Time of matching many queries against a batch of papers, as a ratio to cutting its text in words.

Run it as a program: `python -m tests.bench.bench_match [PAPERS [QUERIES]]`.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from bot.core.model import Paper
from bot.core.query import Query, from_keywords, parse, select
from bot.core.query.words import words
from tests import builders

_SYLLABLES = ("gra", "phen", "lat", "ti", "ces", "neu", "ral", "mo", "del", "quan", "tum", "ing")


def _vocabulary(chance: random.Random) -> list[str]:
    """Invent words; the first are common and the last are rare, as in a language."""
    return ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(30_000)]


def _sentence(chance: random.Random, vocabulary: Sequence[str], length: int) -> str:
    ranks = (int(len(vocabulary) ** chance.random()) - 1 for _ in range(length))
    return " ".join(vocabulary[rank] for rank in ranks)


def _papers(chance: random.Random, vocabulary: Sequence[str], count: int) -> list[Paper]:
    return [
        builders.paper(
            number,
            title=_sentence(chance, vocabulary, 12).title(),
            abstract=_sentence(chance, vocabulary, 190),
            authors=tuple(_sentence(chance, vocabulary, 2).title() for _ in range(5)),
            categories=tuple(chance.sample(["cs.CL", "cs.LG", "cs.CV", "stat.ML"], 2)),
        )
        for number in range(1, count + 1)
    ]


def _queries(chance: random.Random, vocabulary: Sequence[str], count: int) -> list[Query]:
    def phrase() -> str:
        return f"xa {_sentence(chance, vocabulary, chance.randint(1, 2))}"[3:]

    simple = [
        from_keywords([phrase() for _ in range(3)], categories=["cs.CL"], exclude=[phrase()])
        for _ in range(count // 2)
    ]
    written = [
        parse(f'ti:"{phrase()}" OR abs:"{phrase()}" AND all:"{phrase()}" ANDNOT au:"x{phrase()}"')
        for _ in range(count - len(simple))
    ]
    return simple + written


def _cut(papers: Sequence[Paper]) -> None:
    for paper in papers:
        for text in (paper.title, paper.abstract, *paper.authors):
            words(text)


def _seconds(work: Callable[[], object]) -> float:
    def once() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return min(once() for _ in range(3))


def main(papers: int = 2000, queries: int = 3000) -> None:
    """Measure both in this run, and print the ratio."""
    chance = random.Random(7)
    vocabulary = _vocabulary(chance)
    batch = _papers(chance, vocabulary, papers)
    wanted = _queries(chance, vocabulary, queries)
    baseline = _seconds(partial(_cut, batch))
    print(f"{papers} papers cut into words: {baseline:.3f} s")
    for share in (1, queries // 10, queries):
        taken = _seconds(partial(select, wanted[:share], batch))
        print(f"select of {share} queries: {taken:.3f} s, ratio {taken / baseline:.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
