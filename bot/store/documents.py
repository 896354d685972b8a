"""Laying out what the index holds of a paper: words cut, folded and stemmed, and labels."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter

from bot.core.model import Paper
from bot.core.query.taxonomy import family_of, subjects
from bot.core.query.words import fold, stem, words

COLUMNS = ("ti", "abs", "co", "jr", "rn", "subjects", "au", "labels", "words")
"""The index's columns, in their order."""

SEVERAL = ".."
"""A word that no text has: it stands in columns where a word has more than one stem.

Each but the first then stands after all the words, and no longer beside its neighbours.
"""

BEGINNING = 6
"""How many letters of a word are kept that are not those of its stem, for wildcards."""

what_is_laid_out = attrgetter(
    *("title", "abstract", "comment", "journal_ref", "report_no", "affiliations"),
    *("authors", "categories", "primary_category", "doi"),
)
"""Gives what of a paper the index holds besides its id, to tell whether that has changed."""

_OTHER = re.compile("[^0-9a-z.\x80-\ud7ff\ue000-\U0010ffff]")


def documents(papers: Sequence[Paper]) -> list[tuple[str, ...]]:
    """Lay out what the index holds of each paper, by COLUMNS."""
    cut = [[_cut(texts) for texts in _texts(paper)] for paper in papers]
    folded = {word: fold(word) for word in {word for row in cut for of in row for word in of}}
    forms = list({form for of in folded.values() for form in of})
    stem_of = dict(zip(forms, stem(forms), strict=True))
    stems = {word: tuple(dict.fromkeys(stem_of[one] for one in of)) for word, of in folded.items()}
    lost = {
        word: {one[:BEGINNING] for one in of if one[:BEGINNING] != stem_of[one][:BEGINNING]}
        for word, of in folded.items()
    }
    return [
        (
            *(_column(column, stems) for column in row[:-1]),
            " ".join(chain.from_iterable(folded[word] for word in row[-1])),
            " ".join(_labels(paper)),
            " ".join(sorted({one for of in row[:-1] for word in of for one in lost[word]})),
        )
        for paper, row in zip(papers, cut, strict=True)
    ]


def label(kind: str, value: str) -> str:
    """Write a category, an id or a DOI as one word; that two have the same does no harm."""
    return f"{kind}.{_OTHER.sub('.', value.lower())}"


def _texts(paper: Paper) -> tuple[Sequence[str], ...]:
    """Give the texts of each column of words, the authors' last."""
    return (
        (paper.title,),
        (paper.abstract,),
        (paper.comment or "",),
        (paper.journal_ref or "",),
        (paper.report_no or "",),
        # Like the names of categories, these are asked for with everything else alone.
        (*subjects(paper.categories), *paper.affiliations),
        paper.authors,
    )


def _cut(texts: Iterable[str]) -> list[str]:
    """Cut texts into words."""
    return [word for text in texts for word in words(text)]


def _column(found: Sequence[str], stems: Mapping[str, tuple[str, ...]]) -> str:
    """Write the stems of words in their order; where one has several, mark that."""
    first = [stems[word][0] for word in found]
    others = [other for word in found for other in stems[word][1:]]
    return " ".join((*first, SEVERAL, *others) if others else first)


def _labels(paper: Paper) -> list[str]:
    """Give the labels by which a paper can be asked for."""
    categories = {*paper.categories, *map(family_of, paper.categories)}
    found = [label("cat", name) for name in sorted(categories)]
    primary = paper.primary_category
    found += [label("primary", name) for name in (primary, family_of(primary))]
    found.append(label("id", paper.id))
    return [*found, label("doi", paper.doi)] if paper.doi else found
