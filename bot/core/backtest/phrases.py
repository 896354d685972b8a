"""Phrases that go with a word: what stands beside it far more often than anywhere else."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import log

from bot.core.model import Paper
from bot.core.query.expression import Text
from bot.core.query.tex import plain
from bot.core.query.words import STOP_WORDS, capitals, fold, shown_words, stem

SUGGESTED = 3
"""How many phrases are suggested for one word."""
SELDOM = 3
"""In fewer papers than this a phrase is chance."""
_LIFT = 4.0
"""How many times more often than by chance two words must stand together."""
_MOST = 0.5
"""A phrase that more of the word's papers hold hardly narrows it."""

# What stands beside any other word in an abstract, and tells nothing with it.
_COMMON = """
about across achieve address advance after all allow also although among any apply approach
based because been before being best better between both build can combine compare consider could
current demonstrate design develop different does during each effective employ enable enhance
especially evaluate even every exist explore first find focus from further furthermore given good
had has have how however i improve include including integrate introduce investigate its key
leverage like make many may method more most multiple must new novel obtain offer often one only
other our outperform over paper perform present problem propose provide recent recently require
result same several should show significant similar single so some state still study such task than
them through toward towards traditional two three type typical under understand use using utilize
various via we well were what when where whether which while who whose why within without work
would yet you your s e g do
"""
_EMPTY = frozenset(stem([*STOP_WORDS, *_COMMON.split()]))


def phrases_with(term: Text, papers: Sequence[Paper]) -> list[str]:
    """Suggest phrases of two words that hold the one word of `term`, the likeliest first.

    `papers` are all that are known, whether they match or not: a word that stands beside it no
    more often than anywhere tells nothing. Each phrase is given as it is mostly written.
    """
    beside = _Beside(term)
    for paper in papers:
        beside.read(paper)
    return beside.best()


class _Beside:
    """What was read of the words beside one word."""

    def __init__(self, term: Text) -> None:
        self._forms = frozenset(term.pattern[0])
        self._capitals = term.capitals
        self._fields = {"ti": ("title",), "abs": ("abstract",)}.get(
            term.field, ("title", "abstract")
        )
        self._words: Counter[str] = Counter()
        self._stems: dict[str, str] = {}
        self._papers: Counter[tuple[str, str]] = Counter()
        self._places: Counter[tuple[str, str]] = Counter()
        self._written: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._met = 0
        self._holding = 0

    def read(self, paper: Paper) -> None:
        """Count a paper's words, and the pairs that hold the word."""
        pairs = set()
        met = self._met
        for field in self._fields:
            for pair, written in self._pairs(plain(getattr(paper, field))):
                self._places[pair] += 1
                self._written[pair][written] += 1
                pairs.add(pair)
        self._papers.update(pairs)
        self._holding += self._met > met

    def best(self) -> list[str]:
        """Choose the pairs that are frequent, and far more so than chance would have it."""
        total = sum(self._words.values())
        scores: dict[tuple[str, str], float] = {}
        for pair, places in self._places.items():
            other = pair[1] if pair[0] == "" else pair[0]
            lift = places * total / (self._met * self._words[other])
            papers = self._papers[pair]
            if lift > _LIFT and SELDOM <= papers <= _MOST * self._holding:
                scores[pair] = papers * log(lift)
        best = sorted(scores, key=lambda pair: (-scores[pair], pair))[:SUGGESTED]
        return [self._written[pair].most_common(1)[0][0] for pair in best]

    def _pairs(self, text: str) -> Iterator[tuple[tuple[str, str], str]]:
        """Give the word with a neighbour: its stem, before ("" after it) or after, as written."""
        before, ended = ("", False), 0
        for word, start, end in shown_words(text):
            stemmed = self._stem(word)
            self._words[stemmed] += 1
            this = self._is_it(word, stemmed)
            self._met += this
            if before[0] and text[ended:start] in (" ", "-") and this != before[1]:
                other = before[0] if this else word
                stemmed_other = self._stem(other)
                if stemmed_other not in _EMPTY and not other.isdecimal():
                    pair = (stemmed_other, "") if this else ("", stemmed_other)
                    yield pair, f"{_lower(before[0])}{text[ended:start]}{_lower(word)}"
            before, ended = (word, this), end

    def _stem(self, word: str) -> str:
        """Give a word's stem; it is asked for again and again."""
        found = self._stems.get(word)
        if found is None:
            found = self._stems[word] = stem(fold(word))[0]
        return found

    def _is_it(self, word: str, stemmed: str) -> bool:
        """Tell whether this is the word."""
        return (capitals(word) if self._capitals else stemmed) in self._forms


def _lower(word: str) -> str:
    """Write a word that only begins with a capital, as in a title, without it."""
    return word.lower() if word.istitle() else word
