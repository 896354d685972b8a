"""Where in a batch those clauses are that have to be looked at: names, dates, words near others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from operator import and_

import numpy as np

from bot.core.query.batch import COLUMN_BITS, LABELS, NAMES, Batch
from bot.core.query.clauses import Definition, Span, Together, author_of, words_of
from bot.core.query.passage import Token, tokens
from bot.core.query.proximity import Near, Spots
from bot.core.query.ragged import Numbers, numbers_of
from bot.core.query.reading import is_author

Occurring = Mapping[int, Sequence[int]]
"""By the number of a clause's word that occurs, which of the batch's words it is."""


class Defined:
    """Finds clauses by their definitions."""

    def __init__(
        self, batch: Batch, words: Occurring, names: Occurring, name: Callable[[str], int]
    ) -> None:
        """`names` are the words of names; `name` gives the number of one, or UNKNOWN."""
        self._batch = batch
        self._words, self._names = words, names
        self._name = name
        self._holders: dict[int, frozenset[int]] = {}
        self._tokens: dict[int, tuple[Token, ...]] = {}

    @cached_property
    def _spots(self) -> Spots:
        """Where all words stand, once somebody asks for words that are near others."""
        return Spots(self._batch, self._words)

    def find(self, definitions: Mapping[int, Definition]) -> Iterator[tuple[Numbers, Numbers]]:
        """Give numbers of clauses, and for each of them a slot where it is found."""
        nears = {}
        names: list[tuple[int, int]] = []
        for number, definition in definitions.items():
            match definition:
                case Near():
                    nears[number] = definition
                case str():
                    names += [(number, name) for name in self._named(definition)]
                case Together(words):
                    slots = self._together(words)
                    yield np.full(len(slots), number), slots
                case _:
                    slots = self._within(definition)
                    yield np.full(len(slots), number), slots
        which, papers = self._batch.names.papers.taken(numbers_of(name for _, name in names))
        yield numbers_of(one for one, _ in names)[which], papers << COLUMN_BITS | NAMES
        numbers = numbers_of(nears)
        for which, passages in self._spots.find(list(nears.values())) if nears else ():
            yield numbers[which], self._batch.slots[passages]

    def _together(self, words: Sequence[int]) -> Numbers:
        """Give the slots that hold all of some words."""
        if not all(number in self._words for number in words):
            return np.empty(0, np.int64)
        taken = (self._batch.holders.taken(numbers_of(self._words[number])) for number in words)
        return reduce(np.intersect1d, (slots for _, slots in taken))

    def _within(self, span: Span) -> Numbers:
        """Give the slots of papers that were submitted in a span of time."""
        papers = enumerate(self._batch.papers)
        within = (one for one, paper in papers if span.start <= paper.published < span.end)
        return numbers_of(within) << COLUMN_BITS | LABELS

    def _named(self, key: str) -> Iterator[int]:
        """Give the names that are an author's; mostly there are none, which is seen first."""
        numbers = list(map(self._name, words_of(key)))
        if not all(number in self._names for number in numbers):
            return
        likely = reduce(and_, map(self._holding, numbers))
        if not likely:
            return
        wanted = author_of(key)
        names = self._batch.names
        initials = {forms[0] for forms in wanted.surname + wanted.given if len(forms[0]) == 1}
        for name in likely:
            if initials <= names.initials[name] and is_author(self._read(name), wanted):
                yield name

    def _holding(self, number: int) -> frozenset[int]:
        """Give the names that hold a word."""
        found = self._holders.get(number)
        if found is None:
            holders = self._batch.names.holders
            found = frozenset(name for word in self._names[number] for name in holders[word])
            self._holders[number] = found
        return found

    def _read(self, name: int) -> tuple[Token, ...]:
        """Give the words of a name."""
        found = self._tokens.get(name)
        if found is None:
            found = self._tokens[name] = tokens(self._batch.names.texts[name])
        return found
