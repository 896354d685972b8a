"""What is nearest to a term that matches nothing: a spelling that occurs, or its words apart."""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from bot.core.backtest.clauses import text_of
from bot.core.backtest.wording import clause
from bot.core.model import Paper
from bot.core.query import Query, parse
from bot.core.query.engine import Engine
from bot.core.query.expression import Author, Dates, Label, Term, write
from bot.core.query.words import capitals, fold, is_wildcard, stem, words

KNOWN = 300_000
"""So many words are kept; beyond, those go that have occurred once."""
_CUTOFF = 0.8
_SOUND = 5
"""A word that occurs more seldom may be a slip itself."""
_NEAR = 2
"""By how many letters a likely spelling may be longer or shorter."""


class Nearest:
    """Reads papers for what is like the terms, none of which matches any of them."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms = tuple(terms)
        self._words: Counter[str] = Counter()
        self._names: Counter[str] = Counter()
        self._apart = {term.key: apart for term in self._terms if (apart := _apart(term))}
        self._engine = Engine()
        for query in self._apart.values():
            self._engine.add(query)
        self._matched: Counter[str] = Counter()

    def add(self, papers: Sequence[Paper]) -> None:
        """Read some papers."""
        for paper in papers:
            for text in (paper.title, paper.abstract, paper.comment or ""):
                self._words.update(words(text))
            for name in paper.authors:
                self._names.update(words(name))
        if len(self._engine):
            for one, places in self._engine.select(papers).items():
                self._matched[one] += len(places)
        self._words, self._names = _bounded(self._words), _bounded(self._names)

    def hints(self) -> dict[str, str]:
        """Say what is nearest to each term, by its key; of some there is nothing to say."""
        vocabulary, people = _Spellings(self._words), _Spellings(self._names)
        hints = {}
        for term in self._terms:
            if isinstance(term, Label | Dates):
                continue
            spellings = people if isinstance(term, Author) else vocabulary
            hint = self._parts(term) or spellings.hint(term)
            if hint:
                hints[term.key] = hint
        return hints

    def _parts(self, term: Term) -> str:
        """Say that the words of a phrase occur, where they only do not stand side by side."""
        apart = self._apart.get(term.key)
        count = self._matched[apart.hash] if apart else 0
        if apart is None or not count:
            return ""
        return f"its words stand apart in {count:,} papers: {clause(apart.text)}"


class _Spellings:
    """The words that occur, by how they may be asked for."""

    def __init__(self, found: Counter[str]) -> None:
        folded: Counter[str] = Counter()
        self._capitals = {capitals(word) for word in found}
        for word, count in found.items():
            folded[fold(word)[0]] += count
        self._folded = folded
        self._stems = set(stem(list(folded)))

    def hint(self, term: Term) -> str:
        """Say how a word that does not occur was likely meant to be spelled."""
        likely = written = write(term)
        for word in words(written.partition(":")[2]):
            near = "" if self._occurs(word, term) else self._near(fold(word)[0])
            if near:
                likely = likely.replace(word, near)
        return f"did you mean {clause(likely)}?" if likely != written else ""

    def _occurs(self, word: str, term: Term) -> bool:
        """Tell whether a word is there as it is asked for, or asks for many words."""
        text = text_of(term)
        if text is not None and any(is_wildcard(form) for one in text.pattern for form in one):
            return True
        if text is not None and text.capitals:
            return capitals(word) in self._capitals
        folded = fold(word)
        return not self._stems.isdisjoint(stem(folded))

    def _near(self, word: str) -> str:
        """Find the most frequent of the words that are spelled alike, or nothing."""
        likely = [
            one
            for one, count in self._folded.items()
            if count >= _SOUND
            and abs(len(one) - len(word)) <= _NEAR
            and (one[:1] == word[:1] or one[-2:] == word[-2:])
        ]
        found = get_close_matches(word, likely, n=3, cutoff=_CUTOFF)
        return max(found, key=lambda one: self._folded[one], default="")


def _apart(term: Term) -> Query | None:
    """Ask for the words of a phrase, wherever they stand."""
    text = text_of(term)
    if text is None or len(text.pattern) < 2:
        return None
    prefix, _, body = text.written.partition(":")
    wanted = [word for word, forms in zip(words(body), text.pattern, strict=False) if forms]
    return parse(" AND ".join(f'{prefix}:"{word}"' for word in wanted))


def _bounded(found: Counter[str]) -> Counter[str]:
    """Forget the rarest words once there are too many."""
    return found if len(found) <= KNOWN else Counter({w: n for w, n in found.items() if n > 1})
