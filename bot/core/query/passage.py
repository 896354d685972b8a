"""A passage of text as its words, and where in it a pattern stands: read word by word, no index."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from bot.core.query.expression import ANY_DISTANCE, Text, Word
from bot.core.query.words import capitals, fold, is_wildcard, shown_words, stem, wildcard, words


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text, in all the forms under which a query may ask for it."""

    folded: Word
    stems: Word
    capitals: str


@lru_cache(maxsize=256)
def tokens(text: str) -> tuple[Token, ...]:
    """Give the words of a text as arXiv has it; kept, since many terms are held against one."""
    return tuple(map(_token, words(text)))


@lru_cache(maxsize=256)
def shown_tokens(text: str) -> tuple[tuple[Token, int, int], ...]:
    """Give the words of a text as readers see it, each with its half-open range of characters."""
    return tuple((_token(word), start, end) for word, start, end in shown_words(text))


@lru_cache(maxsize=16_384)
def _token(word: str) -> Token:
    folded = fold(word)
    return Token(folded, tuple(stem(folded)), capitals(word))


def occurrences(term: Text, passage: Sequence[Token]) -> list[tuple[int, ...]]:
    """Find each place where the words of `term` stand: the positions of its words, in its order.

    A word may stand up to `slop` places later than it would if none were moved; no two words of
    the term are found in one of the passage, and stop words only keep their place. If they may
    stand anywhere, each place where one of them stands is found by itself, once all are there.
    """
    if term.slop == ANY_DISTANCE:
        return _anywhere(term, passage)
    wanted = [(offset, forms) for offset, forms in enumerate(term.pattern) if forms]
    found = []
    for begin in range(-len(term.pattern) + 1, len(passage)):
        choices = [
            [
                place
                for place in range(max(0, begin + offset), begin + offset + term.slop + 1)
                if place < len(passage)
                and is_same(passage[place], forms, in_capitals=term.capitals)
            ]
            for offset, forms in wanted
        ]
        places = paired(choices)
        if places is not None:
            found.append(places)
    return found


def _anywhere(term: Text, passage: Sequence[Token]) -> list[tuple[int, ...]]:
    """Find the places of words that may stand anywhere; none where one of them is missing."""
    places = [
        [place for place, token in enumerate(passage) if is_same(token, forms)]
        for forms in term.pattern
    ]
    return [(place,) for place in sorted({*chain(*places)})] if all(places) else []


def is_same(token: Token, forms: Word, *, in_capitals: bool = False) -> bool:
    """Tell whether a word has one of the forms that a text term asks for."""
    known = (token.capitals,) if in_capitals else token.stems
    return any(
        any(map(wildcard(form).fullmatch, token.folded)) if is_wildcard(form) else form in known
        for form in forms
    )


def is_part(token: Token, forms: Word) -> bool:
    """Tell whether a word of a name is one that is asked for, or begins with that initial."""
    if len(forms[0]) == 1:
        return token.folded[0].startswith(forms[0])
    return any(
        any(map(wildcard(form).fullmatch, token.folded))
        if is_wildcard(form)
        else form in token.folded
        for form in forms
    )


def paired(choices: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
    """Choose one number from each sequence, no number twice; None where that cannot be.

    The first of each are chosen where they differ, as they mostly do.
    """
    if not all(choices):
        return None
    first = tuple(numbers[0] for numbers in choices)
    return first if len(set(first)) == len(first) else _settled(choices)


def _settled(choices: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
    """Choose where numbers are claimed twice, taker by taker."""
    takers: dict[int, int] = {}

    def settle(taker: int, refused: set[int]) -> bool:
        """Find a number for a taker, moving others on to another of theirs where they can."""
        free = [number for number in choices[taker] if number not in refused]
        for number in sorted(free, key=takers.__contains__):
            if number in refused:
                continue
            refused.add(number)
            if number not in takers or settle(takers[number], refused):
                takers[number] = taker
                return True
        return False

    if not all(settle(taker, set()) for taker in range(len(choices))):
        return None
    numbers = {taker: number for number, taker in takers.items()}
    return tuple(numbers[taker] for taker in range(len(choices)))
