"""A batch of papers cut into numbered words, each known once, however often it stands there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from bot.core.model import Paper
from bot.core.query.ragged import Numbers, Ragged
from bot.core.query.taxonomy import family_of, subjects
from bot.core.query.words import capitals, fold, stem, words

PAPER_BITS = 11
BATCH = 1 << PAPER_BITS
"""Papers that are matched at once at most: what is known of a clause may have a bit for each."""
COLUMN_BITS = 4
NAMES, LABELS = 7, 8
"""The columns after title, abstract, comment, journal, report number, affiliations, and what is
said of categories: the authors, and what a paper is labelled with."""
SLOT_BITS = PAPER_BITS + COLUMN_BITS
END = 0
"""The number, in `Batch.row`, of what stands between two passages."""


class Batch:
    """What is in some papers, BATCH at most.

    `row` are the numbers of all words, passage after passage, with END before, between and after
    them; `passages` tells for each place in it the passage, and `slots` for each passage its paper,
    COLUMN_BITS higher, and column.
    """

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = papers
        self.row: list[int] = [END]
        ends: list[int] = []
        slots: list[int] = []
        numbers = _Numbers({"": END})
        for number, paper in enumerate(papers):
            for column, text in _texts(paper):
                self.row += map(numbers.__getitem__, words(text))
                self.row.append(END)
                ends.append(len(self.row))
                slots.append(number << COLUMN_BITS | column)
        # An END belongs to the passage before it.
        self.passages = np.array(ends).searchsorted(np.arange(len(self.row)), "right")
        self.slots: Numbers = np.array(slots, np.int64)
        self.words = list(numbers)
        self.folded = [fold(word) if word else () for word in self.words]
        self.stems = _stemmed(self.folded)
        self.capitals = [capitals(word) for word in self.words]

    @cached_property
    def line(self) -> Numbers:
        """The row as an array."""
        return np.array(self.row, np.int64)

    @cached_property
    def holders(self) -> Ragged:
        """By a word's number, the slots that hold it."""
        places = np.flatnonzero(self.line)
        slots = self.slots[self.passages[places]]
        return Ragged.keyed(self.line[places] << SLOT_BITS | slots, len(self.words), SLOT_BITS)

    @cached_property
    def names(self) -> "Names":
        """The names of the authors."""
        return Names(self.papers)

    @cached_property
    def labels(self) -> dict[str, list[int]]:
        """The papers that carry each label, by the label's key."""
        labels: dict[str, list[int]] = defaultdict(list)
        for number, paper in enumerate(self.papers):
            primary = paper.primary_category
            keys = {f"id:{paper.id}", f"primary:{primary}", f"primary:{family_of(primary)}"}
            keys.update(f"cat:{name}" for name in paper.categories)
            keys.update(f"cat:{family_of(name)}" for name in paper.categories)
            if paper.doi:
                keys.add(f"doi:{paper.doi.lower()}")
            for key in keys:
                labels[key].append(number)
        return labels


class Names:
    """The names of authors, each once: `texts` as they stand, and `papers` that have them.

    `initials` are those of all words of each name. `folded` gives the forms of each word in any of
    them, and `holders` the names that hold it.
    """

    def __init__(self, papers: Sequence[Paper]) -> None:
        having: dict[str, list[int]] = defaultdict(list)
        for number, paper in enumerate(papers):
            for name in paper.authors:
                having[name].append(number)
        self.texts = list(having)
        self.papers = Ragged.of(list(having.values()))
        holders: dict[str, list[int]] = defaultdict(list)
        parts = [set(words(name)) for name in self.texts]
        for number, own in enumerate(parts):
            for word in own:
                holders[word].append(number)
        self.folded = [fold(word) for word in holders]
        self.holders = list(holders.values())
        first = {word: forms[0][:1] for word, forms in zip(holders, self.folded, strict=True)}
        self.initials = [set(map(first.__getitem__, own)) for own in parts]

    def papers_of(self, words: Numbers) -> tuple[Numbers, Numbers]:
        """Give the papers with some words in a name, and for each its word's place in `words`."""
        which, names = Ragged.of(self.holders).taken(words)
        place, papers = self.papers.taken(names)
        return which[place], papers


class _Numbers(dict[str, int]):
    """Numbers words as they come."""

    def __missing__(self, word: str) -> int:
        """Give a new word the next number."""
        number = self[word] = len(self)
        return number


def _texts(paper: Paper) -> Iterable[tuple[int, str]]:
    """Give each passage of a paper, with its column."""
    yield 0, paper.title
    yield 1, paper.abstract
    for column, text in ((2, paper.comment), (3, paper.journal_ref), (4, paper.report_no)):
        if text:
            yield column, text
    for text in paper.affiliations:
        yield 5, text
    for text in subjects(paper.categories):
        yield 6, text


def _stemmed(folded: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Give the stems of the forms of words, in their order."""
    stems = iter(stem([form for forms in folded for form in forms]))
    return [tuple(next(stems) for _ in forms) for forms in folded]
