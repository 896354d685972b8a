"""Papers, and queries as many subscribers would write them, drawn from the papers' own words."""

import gzip
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from bot.core.model import Paper
from bot.core.query.expression import Label, Node, all_of, any_of, none_of
from bot.core.query.query import Query
from bot.core.query.terms import term
from bot.core.query.words import STOP_WORDS, fold, words
from tests import builders

T = TypeVar("T")
SHARED = 0.5
"""The share of clauses, and REPEATED that of queries, that others have too, in the usual draw."""
REPEATED = 0.2
_SYLLABLES = ("gra", "phen", "lat", "ti", "ces", "neu", "ral", "mo", "del", "quan", "tum", "ing")
_CATEGORIES = ("cs.CL", "cs.LG", "cs.CV", "stat.ML", "math.CO", "hep-th", "quant-ph")


def all_papers() -> list[Paper]:
    """Read the recorded corpus, or invent as many papers where there is none."""
    folder = os.environ.get("DAILY_PAPERS_RECORDINGS")
    return _recorded(Path(folder)) if folder else _invented(random.Random(7), 20_000)


def _recorded(folder: Path) -> list[Paper]:
    path = folder / "corpus" / "papers-20k.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        builders.paper(
            id=row["id"],
            title=row["title"],
            abstract=row["summary"],
            authors=tuple(row["authors"]),
            categories=tuple(row["categories"]),
            primary_category=row["categories"][0],
            comment=row["comment"],
            published=builders.NOON - timedelta(minutes=number),
        )
        for number, row in enumerate(rows)
    ]


def _invented(chance: random.Random, count: int) -> list[Paper]:
    """Write papers of invented words, of which the first are common and the last are rare."""
    vocabulary = [
        "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 5))) for _ in range(60_000)
    ]

    def text(length: int) -> str:
        return " ".join(_popular(chance, vocabulary) for _ in range(length))

    return [
        builders.paper(
            number,
            title=text(10).title(),
            abstract=text(180),
            authors=tuple(text(2).title() for _ in range(5)),
            categories=tuple(chance.sample(_CATEGORIES, 2)),
        )
        for number in range(1, count + 1)
    ]


def _popular(chance: random.Random, ranked: Sequence[T]) -> T:
    return ranked[int(len(ranked) ** chance.random()) - 1]


class Subscribers:
    """Draws queries of 1-5 clauses.

    They are words and phrases of 1-3 words in all fields, acronyms, authors, categories,
    exclusions, wildcards, and words near each other.

    A word that more than 2 % of the papers hold is nobody's clause by itself, and categories only
    narrow. Of the usual draw, half of the clauses are among those that many have, the first more
    often than the last, and a fifth of the queries are somebody else's; of the `distinct` one, no
    query is.
    """

    def __init__(self, papers: Sequence[Paper], seed: int = 1, *, distinct: bool = False) -> None:
        self._chance = random.Random(seed)
        self._papers = papers
        self._distinct = distinct
        self._texts = [words(f"{paper.title} {paper.abstract}") for paper in papers]
        # Kept, so that no memory is free before queries are entered.
        self._held = Counter(fold(word)[0] for text in self._texts for word in set(text))
        self._common = {one for one, count in self._held.items() if count > len(papers) / 50}
        self._common |= STOP_WORDS
        self._clauses: list[Node] = []
        self._queries: list[Query] = []

    def queries(self, count: int) -> Iterator[Query]:
        """Give so many; they are not kept, but for some that are given again."""
        seen: set[str] = set()
        for _ in range(count):
            if self._queries and not self._distinct and self._chance.random() < REPEATED:
                yield _popular(self._chance, self._queries)
                continue
            query = self._query()
            while self._distinct and query.hash in seen:
                query = self._query()
            if self._distinct:
                seen.add(query.hash)
            elif len(self._queries) < 10_000:
                self._queries.append(query)
            yield query

    def keyword(self) -> str:
        """Draw a word or phrase."""
        while True:
            length = self._chance.choice((1, 1, 2, 2, 3))
            text = self._chance.choice(self._texts)
            start = self._chance.randrange(max(1, len(text) - length))
            drawn = text[start : start + length]
            first, *_, last = [fold(word)[0] for word in (*drawn, "", *drawn)] or [""]
            ends = STOP_WORDS if length > 1 else self._common
            if drawn and len(drawn[0]) > 1 and first not in ends and last not in ends:
                return " ".join(drawn)

    def words_of_text(self) -> str:
        """Draw one to three words of a text, common ones too."""
        text = self._chance.choice(self._texts)
        length = self._chance.choice((1, 1, 2, 2, 3))
        start = self._chance.randrange(max(1, len(text) - length))
        return " ".join(text[start : start + length])

    def _query(self) -> Query:
        clauses = [self._clause() for _ in range(self._chance.randint(1, 5))]
        first, *rest = clauses
        draw = self._chance.random()
        node: Node = any_of(clauses)
        if rest and draw < 0.2:
            node = all_of([any_of(rest), self._category()])
        elif rest and draw < 0.35:
            node = all_of([any_of(rest), none_of(first)])
        elif rest and draw < 0.5:
            node = all_of([first, any_of(rest)])
        return Query("", node.key, node)

    def _clause(self) -> Node:
        if self._clauses and not self._distinct and self._chance.random() < SHARED:
            return _popular(self._chance, self._clauses)
        clause = self._fresh()
        if len(self._clauses) < 100_000:
            self._clauses.append(clause)
        return clause

    def _fresh(self) -> Node:
        kinds: list[Callable[[], Node]] = [self._author, self._acronym, self._wildcard, self._near]
        while True:
            try:
                kind = self._chance.choices([*kinds, self._text], (12, 5, 3, 3, 77))[0]
                return kind()
            except ValueError:  # what cannot be asked for, such as a word of one sign
                continue

    def _text(self) -> Node:
        return term(self._chance.choice(("ti", "abs", "all", "kw")), self.keyword())

    def _author(self) -> Node:
        name = self._chance.choice(self._chance.choice(self._papers).authors)
        first, *_, last = name.split() * 2
        return term("au", self._chance.choice((name, f"{last}, {first[0]}")))

    def _acronym(self) -> Node:
        return term("kw", self.keyword().upper())

    def _wildcard(self) -> Node:
        return term("abs", f"{self.keyword().split()[0][:7]}*", quoted=False)

    def _near(self) -> Node:
        slop = self._chance.choice((2, 5, 10))
        return term("all", self.keyword(), tail=f"~{slop}")

    def _category(self) -> Label:
        name = self._chance.choice(self._chance.choice(self._papers).categories)
        return Label("cat", name, f"cat:{name}")


def unrelated(count: int) -> Iterator[Query]:
    """Give queries of several clauses that match nothing."""
    for number in range(count):
        node = any_of(
            [
                term("ti", f"xq{number}"),
                term("abs", f"xq{number % 977} model"),
                all_of([term("au", f"Xq{number % 9973}, M"), term("cat", "cs.CL")]),
            ]
        )
        yield Query("", node.key, node)
