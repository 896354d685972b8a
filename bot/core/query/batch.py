"""A batch of papers cut into numbered words, each known once, however often it stands there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from bot.core.model import Paper
from bot.core.query.taxonomy import family_of, subjects
from bot.core.query.words import capitals, fold, stem, words

COLUMNS = 7
"""Title, abstract, comment, journal, report number, affiliations, what is said of categories."""
END = 0
"""The number, in `Batch.row`, of what stands between two passages."""


class Batch:
    """What is in some papers; bit n of a mask stands for paper n.

    `row` are the numbers of all words, passage after passage, with END before, between and after
    them; `passages` tells for each place in it the passage, and `slots` for each passage its paper
    and column, as paper * COLUMNS + column. `columns` maps, column by column, a word's number to
    the papers that hold it, in order.
    """

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = papers
        self.everything = (1 << len(papers)) - 1
        self.bits = [1 << number for number in range(len(papers))]
        self.row: list[int] = [END]
        self.passages: list[int] = [0]
        self.slots: list[int] = []
        self.columns: list[dict[int, list[int]]] = [defaultdict(list) for _ in range(COLUMNS)]
        numbers = _Numbers({"": END})
        for number, paper in enumerate(papers):
            for column, text in _texts(paper):
                self._read(number, column, list(map(numbers.__getitem__, words(text))))
        self.words = list(numbers)
        self.folded = [fold(word) if word else () for word in self.words]
        self.stems = _stemmed(self.folded)
        self.capitals = [capitals(word) for word in self.words]

    def _read(self, paper: int, column: int, found: list[int]) -> None:
        """Add one passage."""
        self.row += found
        self.row.append(END)
        self.passages += [len(self.slots)] * (len(found) + 1)
        self.slots.append(paper * COLUMNS + column)
        for number in set(found):
            self.columns[column][number].append(paper)

    @cached_property
    def names(self) -> "Names":
        """The names of the authors."""
        return Names(self.papers, self.bits)

    @cached_property
    def labels(self) -> dict[str, int]:
        """The mask of the papers that carry each label, by the label's key."""
        labels: dict[str, int] = defaultdict(int)
        for paper, bit in zip(self.papers, self.bits, strict=True):
            primary = paper.primary_category
            keys = {f"id:{paper.id}", f"primary:{primary}", f"primary:{family_of(primary)}"}
            keys.update(f"cat:{name}" for name in paper.categories)
            keys.update(f"cat:{family_of(name)}" for name in paper.categories)
            if paper.doi:
                keys.add(f"doi:{paper.doi.lower()}")
            for key in keys:
                labels[key] |= bit
        return labels


class Names:
    """The names of authors, each once: `texts` as they stand, and `masks` of their papers.

    `initials` are those of all words of each name. `folded` gives the forms of each word in any of
    them, and `holders` the names that hold it.
    """

    def __init__(self, papers: Sequence[Paper], bits: Sequence[int]) -> None:
        masks: dict[str, int] = defaultdict(int)
        for paper, bit in zip(papers, bits, strict=True):
            for name in paper.authors:
                masks[name] |= bit
        self.texts = list(masks)
        self.masks = list(masks.values())
        holders: dict[str, list[int]] = defaultdict(list)
        parts = [set(words(name)) for name in self.texts]
        for number, own in enumerate(parts):
            for word in own:
                holders[word].append(number)
        self.folded = [fold(word) for word in holders]
        self.holders = list(holders.values())
        first = {word: forms[0][:1] for word, forms in zip(holders, self.folded, strict=True)}
        self.initials = [set(map(first.__getitem__, own)) for own in parts]


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
