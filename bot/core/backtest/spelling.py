"""What is nearest to a term that matches nothing: a spelling that occurs, or its words apart."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher, get_close_matches

from bot.core.backtest.clauses import text_of
from bot.core.backtest.wording import clause
from bot.core.model import Paper
from bot.core.query import Query, QuerySyntaxError, parse
from bot.core.query.engine import Engine
from bot.core.query.expression import (
    Anywhere,
    Author,
    Dates,
    Label,
    Node,
    Term,
    Text,
    Word,
    all_of,
    write,
)
from bot.core.query.terms import literal
from bot.core.query.words import capitals, fold, is_wildcard, shown_words, stem, words

KNOWN = 300_000
"""So many words are kept; beyond, those go that have occurred once."""
_CUTOFF = 0.8
_SOUND = 5
"""A word that occurs more seldom may be a slip itself."""
_NEAR = 2
"""By how many letters a likely spelling may be longer or shorter."""
_LIKELY = 10
"""Of so many spellings that are alike the likeliest is chosen."""


class Nearest:
    """Reads papers for what is like the terms, none of which matches any of them.

    All papers are added, and then all are counted, if `likely` has anything to count.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms = tuple(terms)
        self._words: Counter[str] = Counter()
        self._names: Counter[str] = Counter()
        self._apart = {term.key: apart for term in self._terms if (apart := _apart(term))}
        self._engine = _engine(self._apart)
        self._matched: Counter[str] = Counter()
        self._counting: tuple[dict[str, Query], Engine] | None = None

    def add(self, papers: Sequence[Paper]) -> None:
        """Read some papers."""
        for paper in papers:
            for text in (paper.title, paper.abstract, paper.comment or ""):
                self._words.update(words(text))
            for name in paper.authors:
                self._names.update(words(name))
        self._match(self._engine, papers)
        self._words, self._names = _bounded(self._words), _bounded(self._names)

    @property
    def likely(self) -> Mapping[str, Query]:
        """How the terms were likely meant to be spelled, by their keys, once papers were added."""
        return self._spelled()[0]

    def count(self, papers: Sequence[Paper]) -> None:
        """Count what the likely spellings match of some papers."""
        self._match(self._spelled()[1], papers)

    def hints(self) -> dict[str, str]:
        """Say what is nearest to each term, by its key; only what matches something is said."""
        likely, hints = self.likely, {}
        for term in self._terms:
            apart, meant = self._apart.get(term.key), likely.get(term.key)
            if apart and (count := self._matched[apart.hash]):
                papers = "1 paper" if count == 1 else f"{count:,} papers"
                hints[term.key] = f"its words stand apart in {papers}: {clause(apart.text)}"
            elif meant and (count := self._matched[meant.hash]):
                hints[term.key] = f"did you mean {clause(meant.text)} ({count:,})?"
        return hints

    def _spelled(self) -> tuple[dict[str, Query], Engine]:
        """Find the likely spellings, when they are asked for first."""
        if self._counting is None:
            vocabulary, people = _Spellings(self._words), _Spellings(self._names)
            found = {}
            for term in self._terms:
                spellings = people if isinstance(term, Author) else vocabulary
                meant = spellings.likely(term)
                if meant is not None:
                    found[term.key] = meant
            self._counting = found, _engine(found)
        return self._counting

    def _match(self, engine: Engine, papers: Sequence[Paper]) -> None:
        """Count what an engine's queries match."""
        if len(engine):
            for one, places in engine.select(papers).items():
                self._matched[one] += len(places)


class _Spellings:
    """The words that occur, by how they may be asked for."""

    def __init__(self, found: Counter[str]) -> None:
        self._folded: Counter[str] = Counter()
        self._capitals: Counter[str] = Counter()
        self._written: dict[str, str] = {}
        for word, count in found.most_common():
            folded = fold(word)[0]
            self._folded[folded] += count
            self._capitals[capitals(word)] += count
            self._written.setdefault(folded, word)
        self._stems: Counter[str] = Counter()
        for stemmed, count in zip(stem(list(self._folded)), self._folded.values(), strict=True):
            self._stems[stemmed] += count

    def likely(self, term: Term) -> Query | None:
        """Tell how a term was likely meant to be spelled, if a word of it hardly occurs."""
        text = text_of(term)
        asked = text.pattern if text else ()
        if isinstance(term, Label | Dates) or any(
            is_wildcard(form) for one in asked for form in one
        ):
            return None
        written = write(term)
        prefix, _, body = written.partition(":")
        pieces, ended = [f"{prefix}:"], 0
        for word, start, end in shown_words(body):
            near = "" if self._occurs(word, text) else self._near(fold(word)[0])
            if near and start >= ended:
                shown = self._written[near] if isinstance(term, Author) else near
                pieces += [body[ended:start], shown]
                ended = end
        likely = "".join((*pieces, body[ended:]))
        try:
            return parse(likely) if likely != written else None
        except QuerySyntaxError:  # a phrase with ~ may ask twice for a word now
            return None

    def _occurs(self, word: str, text: Text | None) -> bool:
        """Tell whether a word is there as it is asked for, and often enough to be no slip."""
        if text is not None and text.capitals:
            return self._capitals[capitals(word)] >= _SOUND
        return any(self._stems[one] >= _SOUND for one in stem(fold(word)))

    def _near(self, word: str) -> str:
        """Find the word that is spelled most alike, of several the most frequent, or nothing."""
        likely = [
            one
            for one, count in self._folded.items()
            if count >= _SOUND
            and abs(len(one) - len(word)) <= _NEAR
            and (one[:1] == word[:1] or one[-2:] == word[-2:])
        ]
        found = get_close_matches(word, likely, n=_LIKELY, cutoff=_CUTOFF)
        return max(found, key=lambda one: (_likeness(word, one), self._folded[one]), default="")


def _likeness(word: str, other: str) -> tuple[bool, float]:
    """Rank a spelling; letters that only traded places are the commonest slip."""
    return sorted(word) == sorted(other), SequenceMatcher(None, other, word).ratio()


def _engine(queries: Mapping[str, Query]) -> Engine:
    """Make an engine of queries."""
    engine = Engine()
    for query in queries.values():
        engine.add(query)
    return engine


def _apart(term: Term) -> Query | None:
    """Ask for the words of a phrase, wherever they stand."""
    text = text_of(term)
    asked = [forms for forms in text.pattern if forms] if text else []
    if text is None or len(asked) < 2:
        return None
    return Query.of(all_of(_one_word(term, text, forms) for forms in asked))


def _one_word(term: Term, text: Text, forms: Word) -> Node:
    """Ask for one word of a term, written as it is there; a wildcard is written as it is kept."""
    prefix, _, body = text.written.partition(":")
    written = {
        one: word
        for word in words(body[1 : body.rindex('"')] if body.startswith('"') else body)
        for one in ((capitals(word),) if text.capitals else stem(fold(word)))
    }
    word = written.get(forms[0], forms[0])
    bare = word if is_wildcard(word) else literal(word)
    node = replace(text, pattern=(forms,), slop=0, written=f"{prefix}:{bare}")
    if not isinstance(term, Anywhere):
        return node
    name = (Author((fold(word),), node.written),) if len(word) > 1 else ()
    return Anywhere((node, *name), node.written)


def _bounded(found: Counter[str]) -> Counter[str]:
    """Forget the rarest words once there are too many."""
    return found if len(found) <= KNOWN else Counter({w: n for w, n in found.items() if n > 1})
