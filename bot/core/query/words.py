"""Words: how text is cut into them, and the forms under which two of them are the same.

One word has up to three forms. *Folded*: without case, accents, apostrophes and possessive.
*Stemmed*: folded, then Porter's stemmer, which arXiv's index uses. *Capitals*: with its case, but
without accents, possessive and plural, so that `LLMs` is `LLM` and `rag` is not `RAG`.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from fnmatch import translate
from functools import lru_cache

import Stemmer

from bot.core.query.tex import plain

# The stop words of Lucene's English analysis, which arXiv's index leaves out.
STOP_WORDS = frozenset(
    ("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it",
     "no", "not", "of", "on", "or", "such", "that", "the", "their", "then", "there", "these",
     "they", "this", "to", "was", "will", "with")
)  # fmt: skip

# Hyphens and underscores divide; an apostrophe between letters and a point between digits do not.
_WORD = re.compile(r"[^\W_]+(?:'(?=[^\W\d_])[^\W_]+|(?<=\d)\.(?=\d)[^\W_]+)*")
# The same in text that is shown, where marks and invisible signs may follow a letter.
_UNSEEN = "\u0300-\u036f\u00ad\u200b-\u200d\ufeff"
_LETTER = rf"(?:[^\W_][{_UNSEEN}]*)"
_SHOWN = re.compile(
    rf"{_LETTER}+(?:['\u2018\u2019\u02bc\uff07][{_UNSEEN}]*(?=[^\W\d_]){_LETTER}+"
    rf"|(?<=[\d{_UNSEEN}])\.[{_UNSEEN}]*(?=\d){_LETTER}+)*"
)
SHORTEST = 3
"""Letters of a word that has a stem; what is shorter stays as it is."""
_ENDINGS = ("logi", "bli")
# A vowel and a consonant after it, as Porter has them: without one a beginning is too short.
_MEASURED = re.compile(r"[aeiou][^aeiou]|(?<=[^aeiou])y[^aeiouy]")
_SHED = re.compile(r"(?:ing|ed)s?$")
_POSSESSIVE = re.compile(r"'[sS]$")
_MARKS = re.compile("[\u0300-\u036f]")
_PLAIN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ȷ": "j",
     "ħ": "h", "ŋ": "n", "ŧ": "t", "ß": "ss", "Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D",
     "Ð": "D", "Þ": "TH", "Ħ": "H", "Ŋ": "N", "Ŧ": "T"}
)  # fmt: skip
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


def words(text: str) -> list[str]:
    """Cut text into words, with their case and accents, TeX undone."""
    return _WORD.findall(plain(text))


def shown_words(text: str) -> Iterator[tuple[str, int, int]]:
    """Give the words of text that is shown, each with its half-open range of characters."""
    for found in _SHOWN.finditer(text):
        whole = found[0]
        # Most are plain, and to find that out takes a fifth of the time.
        for word in (whole,) if whole.isascii() and whole.isalnum() else words(whole):
            yield word, found.start(), found.end()


def fold(word: str) -> tuple[str, ...]:
    """Give a word's folded form, and the other one that people write for an umlaut.

    `Schrödinger` is `schrodinger` and `schroedinger`.
    """
    lower = _POSSESSIVE.sub("", word).replace("'", "").lower()
    if lower.isascii():
        return (lower,)
    return tuple(dict.fromkeys((_unmarked(lower), _unmarked(lower.translate(_SPELLED)))))


def capitals(word: str) -> str:
    """Give the form under which an acronym is the same: `LLMs` and `LLM's` are `LLM`."""
    bare = _unmarked(_POSSESSIVE.sub("", word).replace("'", ""))
    single = bare[:-1]
    # Two letters at least: "As" is no plural of "A".
    return single if bare.endswith("s") and len(single) > 1 and single.isupper() else bare


def stem(folded: Sequence[str]) -> list[str]:
    """Give the stems of folded words, in their order, as Lucene's Porter stemmer has them."""
    # A stemmer must not be shared by threads, and to make one costs less than a lock.
    porter = Stemmer.Stemmer("porter", 0)
    return [
        _as_in_lucene(word, found, porter)
        if len(word) < SHORTEST or found[-1:] == found[-2:-1] or found.endswith(_ENDINGS)
        else found
        for word, found in zip(folded, porter.stemWords(folded), strict=True)
    ]


def _as_in_lucene(word: str, found: str, porter: Stemmer.Stemmer) -> str:
    """Correct a stem where Lucene follows Porter's own program, and Snowball his article.

    `topology` is `topological`, `possibly` is `possible`, `grokking` is `grok`.
    """
    if len(word) < SHORTEST:
        return word
    if found.endswith("logi") and _MEASURED.search(found[:-4]):
        return found[:-1]
    if found.endswith("bli") and _MEASURED.search(found[:-3]):
        whole: str = porter.stemWord(f"{found[:-1]}e")
        return whole
    doubled = found[-1] == found[-2] and found[-1] in "chjkqvwx" and _SHED.search(word)
    return found[:-1] if doubled else found


def _unmarked(word: str) -> str:
    """Take the accents off, and write letters that have no accent to lose in ASCII."""
    if word.isascii():
        return word
    return _MARKS.sub("", unicodedata.normalize("NFKD", word.translate(_PLAIN)))


def is_wildcard(form: str) -> bool:
    """Tell whether a form stands for many words."""
    return "*" in form or "?" in form


@lru_cache(maxsize=4096)
def wildcard(form: str) -> re.Pattern[str]:
    """Give the pattern of a wildcard, for whole folded words; `*` is any letters, `?` one.

    Its time is bounded by the lengths of word and wildcard multiplied.
    """
    return re.compile(translate(form))
