"""Words of a query that may hold wildcards: `*` for any letters or none, `?` for one."""

import re

from bot.core.query.errors import Misread
from bot.core.query.tex import plain
from bot.core.query.words import is_wildcard, words

MIN_LETTERS = 2
MAX_JOKERS = 4

_LETTER = r"(?:[^\W_]|[*?])"
_WORD = re.compile(rf"{_LETTER}+(?:'(?=[^\W\d_]){_LETTER}+|(?<=\d)\.(?=\d){_LETTER}+)*")
_RUN = re.compile(r"[*?]+")
# In "C*-algebras", "A* search" and "$x^*$" the star belongs to the name.
_STAR = re.compile(r"(?<![^\W_])(?<![*?])([^\W_])\*+|[\^_][*?]+")
_ASKED = re.compile(r"\?+(?![^\W_]|[*?])")


def cut(body: str, *, quoted: bool) -> list[str]:
    """Cut the body of a term into words, TeX undone; raises Misread for a wildcard without bounds.

    Between quotes a question mark that ends a word, and a star after a single letter, are signs as
    any other, because titles have them.
    """
    if not is_wildcard(body):
        return words(body)
    text = plain(body)
    if quoted:
        text = _ASKED.sub(" ", _STAR.sub(r"\1 ", text))
    return [_bounded(word, quoted=quoted) for word in _WORD.findall(text)]


def _bounded(word: str, *, quoted: bool) -> str:
    """Refuse a wildcard that would stand for too many words; write one that is kept in one way."""
    jokers = _RUN.findall(word)
    if not jokers:
        return word
    begins = word.index(jokers[0][0])
    if begins < MIN_LETTERS:
        sign = jokers[0][0]
        cure = f"write at least {MIN_LETTERS} letters before it, such as optimi{sign}"
        if not word.strip("*?"):
            cure += ', or "deep learning"~2 to let other words stand between'
        elif begins and not quoted:
            cure += ', or quotes where it is a sign, as in "C*-algebra"'
        raise Misread(f"{word[:40]} would stand for too many words: {cure}", at=word[begins:])
    if len(jokers) > MAX_JOKERS:
        raise Misread(
            f"{word[:40]} has {len(jokers)} wildcards: a word has at most {MAX_JOKERS}", at=word
        )
    return _RUN.sub(_ordered, word)


def _ordered(found: re.Match[str]) -> str:
    """Write wildcards that stand side by side in one way: `*?*` is `?*`."""
    return "?" * found[0].count("?") + "*" * ("*" in found[0])
