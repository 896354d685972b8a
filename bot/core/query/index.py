"""An inverted index over one batch of papers, which answers each kind of term with a bit mask.

Bit n of a mask stands for paper n of the batch. A word is kept once, as it stands in the text;
what it is when folded, stemmed or in capitals leads to it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.core.model import Paper
from bot.core.query.expression import Author, Dates, Label, Text, TextField, Word
from bot.core.query.taxonomy import NAMES, family_of
from bot.core.query.words import capitals, fold, stem, words

_BREAK = -1
_COLUMNS: dict[TextField, tuple[str, ...]] = {
    "ti": ("title",),
    "abs": ("abstract",),
    "co": ("comment",),
    "jr": ("journal_ref",),
    "kw": ("title", "abstract"),
    # arXiv's index holds the names of categories too: `all:language` finds all of cs.CL.
    "all": ("title", "abstract", "comment", "journal_ref", "report_no", "subjects"),
    "rn": ("report_no",),
}
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_Numbers = frozenset[int]


class Index:
    """The words and labels of a batch of papers; what is asked twice is looked up once."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.everything = (1 << len(papers)) - 1
        numbers: dict[str, int] = {}
        self._columns = {
            "title": _Column(((one.title,) for one in papers), numbers),
            "abstract": _Column(((one.abstract,) for one in papers), numbers),
            "comment": _Column(((one.comment or "",) for one in papers), numbers),
            "journal_ref": _Column(((one.journal_ref or "",) for one in papers), numbers),
            "report_no": _Column(((one.report_no or "",) for one in papers), numbers),
            "subjects": _Column((_subjects(one) for one in papers), numbers),
            "authors": _Column((one.authors for one in papers), numbers),
        }
        self._words = _Vocabulary(numbers)
        self._labels = _labels(papers)
        self._published = [one.published for one in papers]

    def text(self, term: Text) -> int:
        """Find the papers that hold the words side by side."""
        known = self._words.capitals if term.capitals else self._words.stems
        pattern = [self._words.numbers(known, forms) if forms else None for forms in term.pattern]
        mask = 0
        if all(numbers is None or numbers for numbers in pattern):
            for name in _COLUMNS[term.field]:
                mask |= self._columns[name].find(pattern)
        return mask

    def author(self, term: Author) -> int:
        """Find the papers that have an author of that name."""
        wholes = [
            self._words.numbers(self._words.folded, forms)
            for forms in term.surname + term.given
            if len(forms[0]) > 1
        ]
        column, mask = self._columns["authors"], 0
        rarest = min(wholes, key=column.count)
        for paper, name in column.passages(rarest):
            if _is_author([self._words.names[number] for number in name], term):
                mask |= 1 << paper
        return mask

    def label(self, term: Label) -> int:
        """Find the papers that carry the label."""
        return self._labels.get((term.field, term.value), 0)

    def dates(self, term: Dates) -> int:
        """Find the papers whose first version was submitted then."""
        return sum(
            1 << paper
            for paper, published in enumerate(self._published)
            if term.start <= published < term.end
        )


class _Vocabulary:
    """What leads to each word: its folded forms, their stems, and its form in capitals."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.names = [fold(word) for word in numbers]
        self.folded: dict[str, list[int]] = defaultdict(list)
        self.capitals: dict[str, list[int]] = defaultdict(list)
        for number, (word, forms) in enumerate(zip(numbers, self.names, strict=True)):
            self.capitals[capitals(word)].append(number)
            for form in forms:
                self.folded[form].append(number)
        self.stems: dict[str, list[int]] = defaultdict(list)
        for form, stemmed in zip(self.folded, stem(list(self.folded)), strict=True):
            self.stems[stemmed] += self.folded[form]

    @staticmethod
    def numbers(known: Mapping[str, list[int]], forms: Word) -> _Numbers:
        """Find the words that have one of the forms."""
        return frozenset(number for form in forms for number in known.get(form, ()))


class _Column:
    """One field of all papers, as one long row of word numbers with breaks between passages."""

    def __init__(self, texts: Iterable[Iterable[str]], numbers: dict[str, int]) -> None:
        """Cut the passages of each paper into words, and number in `numbers` those not seen."""
        self._row = [_BREAK]
        self._papers = [0]
        for paper, passages in enumerate(texts):
            for passage in passages:
                found = [numbers.setdefault(word, len(numbers)) for word in words(passage)]
                self._row.extend((*found, _BREAK))
                self._papers.extend([paper] * (len(found) + 1))
        self._places: dict[int, list[int]] = defaultdict(list)
        for place, number in enumerate(self._row):
            self._places[number].append(place)

    def count(self, numbers: _Numbers) -> int:
        """Tell how often the words occur."""
        return sum(len(self._places.get(number, ())) for number in numbers)

    def find(self, pattern: Sequence[_Numbers | None]) -> int:
        """Find the papers where the words stand side by side; None is any one word."""
        start = min(
            (offset for offset, numbers in enumerate(pattern) if numbers),
            key=lambda offset: self.count(pattern[offset] or frozenset()),
        )
        # Outward from the rarest word: a break ends the search before an index leaves the row.
        offsets = [*range(start + 1, len(pattern)), *range(start - 1, -1, -1)]
        row, places = self._row, self._of(pattern[start] or frozenset())
        for offset in offsets:
            numbers, step = pattern[offset], offset - start
            if numbers is None:
                places = [place for place in places if row[place + step] != _BREAK]
            else:
                places = [place for place in places if row[place + step] in numbers]
        return sum(1 << paper for paper in {self._papers[place] for place in places})

    def _of(self, numbers: _Numbers) -> list[int]:
        """Give the places where any of the words stands."""
        return [place for number in numbers for place in self._places.get(number, ())]

    def passages(self, numbers: _Numbers) -> Iterable[tuple[int, Sequence[int]]]:
        """Give each passage that holds one of the words, with its paper."""
        for place in self._of(numbers):
            start = end = place
            while self._row[start - 1] != _BREAK:
                start -= 1
            while self._row[end] != _BREAK:
                end += 1
            yield self._papers[place], self._row[start:end]


def _subjects(paper: Paper) -> list[str]:
    """Give what arXiv calls the paper's categories."""
    return [NAMES[name] for name in paper.categories if name in NAMES]


def _is_author(name: Sequence[Word], term: Author) -> bool:
    """Tell whether the parts of one author's name are those that the term asks for."""
    left = list(name)
    if term.surname:
        while len(left) > len(term.surname) and left[-1][0] in _SUFFIXES:
            left.pop()
        tail = left[-len(term.surname) :]
        if len(tail) < len(term.surname) or not all(map(_is_part, tail, term.surname)):
            return False
        left = left[: -len(term.surname)]
    # Whole words first, so that an initial does not take a part that one of them needs.
    for forms in sorted(term.given, key=lambda forms: -len(forms[0])):
        part = next((part for part in left if _is_part(part, forms)), None)
        if part is None:
            return False
        left.remove(part)
    return True


def _is_part(part: Word, forms: Word) -> bool:
    """Tell whether a part of a name is the word asked for, or begins with the initial."""
    if len(forms[0]) == 1:
        return part[0].startswith(forms[0])
    return not set(part).isdisjoint(forms)


def _labels(papers: Sequence[Paper]) -> dict[tuple[str, str], int]:
    """Map each label to the papers that carry it."""
    labels: dict[tuple[str, str], int] = defaultdict(int)
    for number, paper in enumerate(papers):
        bit = 1 << number
        labels["id", paper.id] |= bit
        if paper.doi:
            labels["doi", paper.doi.lower()] |= bit
        for name in (paper.primary_category, family_of(paper.primary_category)):
            labels["primary", name] |= bit
        for category in paper.categories:
            labels["cat", category] |= bit
            labels["cat", family_of(category)] |= bit
    return labels
