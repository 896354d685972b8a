"""From a term as it is written (`ti:"deep learning"`) to what it means; errors are ValueError."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, product

from bot.core.arxiv_id import parse_id
from bot.core.query.errors import Misread
from bot.core.query.expression import (
    ANY_DISTANCE,
    Anywhere,
    Author,
    Label,
    LabelField,
    Node,
    Pattern,
    Text,
    TextField,
    Word,
    any_of,
)
from bot.core.query.taxonomy import matching
from bot.core.query.wildcards import cut
from bot.core.query.words import STOP_WORDS, capitals, fold, is_wildcard, stem

OPERATORS = frozenset({"AND", "OR", "ANDNOT", "NOT"})
PREFIXES = (
    "ti", "abs", "au", "co", "jr", "cat", "rn", "id", "doi", "all", "kw", "primary"
)  # fmt: skip
"""arXiv's, without dates, and two of ours: `kw`, a keyword in title or abstract, where one in
capitals is an acronym, and `primary`, the primary category."""
ALIASES = {"title": "ti"}
"""What arXiv takes for some of them too."""
MAX_SLOP = 50
MAX_SLOPPY = 20
"""Words of a phrase that may be moved."""

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_TILDE = re.compile(r"~(\d{1,4})")
_INITIALS = re.compile(r"[^\W\d_]{2,3}")
_SUFFIXES = frozenset({"JR", "SR", "II", "III", "IV"})
_BARE = re.compile(r"[^\W_][\w.\-]*")
_UNBROKEN = re.compile(r'[^\s()"]+')
# What holds together in arXiv's index, though it is several words here: "cs.CL", "a_b", "1,000".
_JOINED = re.compile(r"[^\W_](?:[\w.]|(?<=\d),(?=\d))*")
_DOI = re.compile(r"10\.\d{4,}/\S+")
# What phones and word processors make of quotes.
_TYPED = str.maketrans(
    "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u301d\u301e\uff02\uff08\uff09\uff1a\uff3b\uff3d\uff5e\u200b\ufeff",
    '""""""""""():[]~  ',
)
_TEXT_FIELDS: dict[str, TextField] = {
    "ti": "ti", "abs": "abs", "co": "co", "jr": "jr", "rn": "rn", "kw": "kw", "all": "all"
}  # fmt: skip


class StopWord(Misread):
    """A term of which arXiv's index has no word, so that it finds nothing."""


def typed(text: str) -> str:
    """Put plain quotes, parentheses and colons for typographic ones; no position changes."""
    return text.translate(_TYPED)


@lru_cache(maxsize=1 << 16)
def term(prefix: str, body: str, *, quoted: bool = True, tail: str = "") -> Node:
    """Read the body of a term, without its quotes, under one of PREFIXES.

    `tail` is what follows the closing quotation mark: `~` and a number. Quotes and backslashes that
    could not stand between quotes are ignored. What is asked for again is the same object, so that
    many queries share it. It is a Term, or an OR of Labels where a category has wildcards. Raises
    StopWord, another Misread, or another ValueError.
    """
    body = " ".join(body.split())
    if _QUOTED.fullmatch(f'"{body}"') is None:
        body = " ".join(body.replace('"', " ").replace("\\", " ").split())
    if prefix not in _TEXT_FIELDS and tail:
        raise Misread("~ moves the words of a phrase, and here are none: leave it out", at=tail)
    written = f"{prefix}:{body if is_wildcard(body) and not quoted else literal(body)}"
    match prefix:
        case "cat" | "primary":
            field: LabelField = "cat" if prefix == "cat" else "primary"
            return any_of(Label(field, name, f"{field}:{name}") for name in matching(body))
        case "id":
            return Label("id", parse_id(body).base, written)
        case "doi":
            return _doi(body, written)
        case "au":
            return _author(body, written)
        case _:
            text = _text(_TEXT_FIELDS[prefix], body, written, quoted=quoted)
            if tail:
                text = _sloppy(text, tail, f'{prefix}:"{body}"')
            return _anywhere(text, body) if prefix == "all" else text


def keyword(body: str) -> Node:
    """Read a keyword of the simple form; quotes in it are ignored."""
    return term("kw", typed(body))


def in_any_case(text: Text) -> Text:
    """Ask for words in capitals in any letters; it may be that ~ could not be written of them."""
    pattern = tuple(
        _stemmed(tuple(one for form in forms for one in fold(form))) for forms in text.pattern
    )
    return replace(text, pattern=pattern, written=text.written.lower(), capitals=False)


def literal(body: str) -> str:
    """Write a term's body so that it reads back: bare where nothing in it can be mistaken."""
    bare = _BARE.fullmatch(body) is not None and body.upper() not in OPERATORS
    return body if bare else f'"{body}"'


def _text(field: TextField, body: str, written: str, *, quoted: bool) -> Text:
    """Read words to be found side by side or, where they are one without quotes, anywhere."""
    found = _some(body, quoted=quoted)
    several = field != "kw" and len(found) > 1 and _JOINED.fullmatch(body) is None
    if several and not quoted:
        return _scattered(field, body, found)
    if several:
        written = f'{field}:"{body}"'
    if field == "kw" and body.isupper() and not any(map(is_wildcard, found)):
        return Text(field, tuple((capitals(word),) for word in found), written, capitals=True)
    folded = [fold(word) for word in found]
    if field != "kw":
        folded = _without_stop_words(folded, body)
    return Text(field, tuple(map(_stemmed, folded)), written)


def _scattered(field: TextField, body: str, found: Sequence[str]) -> Text:
    """Read what stands together without quotes: all its words, as if each stood by itself."""
    # Something that divides words without being a sign in anything else.
    written = f"{field}:{body if _UNBROKEN.fullmatch(body) else ';'.join(found)}"
    folded = filter(None, _without_stop_words([fold(word) for word in found], body))
    pattern = tuple(sorted({_stemmed(forms) for forms in folded}))
    return Text(field, pattern, written, slop=ANY_DISTANCE if len(pattern) > 1 else 0)


def _stemmed(forms: Word) -> Word:
    """Give the stems of a word's forms; a wildcard has none."""
    return tuple(dict.fromkeys(form if is_wildcard(form) else stem([form])[0] for form in forms))


def _sloppy(text: Text, tail: str, written: str) -> Text:
    """Let the words of a phrase be moved."""
    found = _TILDE.fullmatch(tail)
    if found is None or int(found[1]) > MAX_SLOP:
        raise Misread(
            f"expected ~ and a number up to {MAX_SLOP} after the phrase, such as "
            '"deep learning"~3, or a space before what follows',
            at=tail,
        )
    if len(text.pattern) > MAX_SLOPPY:
        raise Misread(f"a phrase with ~ has at most {MAX_SLOPPY} words", at=tail)
    if any(_are_alike(*pair) for pair in combinations(filter(None, text.pattern), 2)):
        raise Misread(
            "a phrase with ~ cannot ask twice for one word: say each word once, or leave ~ out",
            at=tail,
        )
    slop = int(found[1]) if len(text.pattern) > 1 else 0
    return replace(text, slop=slop, written=f"{written}~{slop}") if slop else text


def _are_alike(one: Word, other: Word) -> bool:
    """Tell whether one word of a text could be both, as far as their beginnings tell."""
    for pair in product(one, other):
        short, long = sorted(map(_beginning, pair), key=len)
        if short == long or (any(map(is_wildcard, pair)) and long.startswith(short)):
            return True
    return False


def _beginning(form: str) -> str:
    """Give what stands before the first wildcard."""
    return re.split("[*?]", form, maxsplit=1)[0]


def _some(body: str, *, quoted: bool = True) -> list[str]:
    """Cut a body into words, of which there must be one."""
    found = cut(body, quoted=quoted)
    if not found:
        raise ValueError(
            f"there is no letter or digit in {body[:40]!r}" if body else "there is nothing to find"
        )
    return found


def _without_stop_words(folded: list[tuple[str, ...]], body: str) -> list[tuple[str, ...]]:
    """Turn stop words into gaps, as arXiv's index does, and drop them at both ends."""
    gapped = [() if forms[0] in STOP_WORDS else forms for forms in folded]
    places = [place for place, forms in enumerate(gapped) if forms]
    if not places:
        cure = (
            "quote the phrase that it belongs to"
            if len(folded) == 1
            else "add a word that tells more"
        )
        raise StopWord(
            f"{body[:40]!r} alone finds nothing, because arXiv's index leaves out words that every "
            f"paper has: {cure}"
        )
    return gapped[places[0] : places[-1] + 1]


def _author(body: str, written: str) -> Author:
    """Read `del_maestro`, `Del Maestro`, `Del Maestro, A` or `A. Del Maestro`."""
    before, comma, after = body.partition(",")
    surname = _names(before) if comma else ()
    given = _names(_initials(after, before) if comma else body)
    while len(surname) > 1 and surname[-1][0].upper() in _SUFFIXES:
        surname, given = surname[:-1], (*given, surname[-1])
    if not any(len(forms[0]) > 1 for forms in surname + given):
        _some(body)
        raise ValueError(f"{body[:40]!r} is only an initial: an author needs a surname")
    return Author(tuple(sorted(given)), written, surname)


def _initials(given: str, surname: str) -> str:
    """Part initials that are written as one: `Serre, JP` is `Serre, J P`."""
    if surname.isupper():
        return given
    return " ".join(
        " ".join(word)
        if word.isupper() and _INITIALS.fullmatch(word) and word not in _SUFFIXES
        else word
        for word in given.replace(".", ". ").split()
    )


def _names(text: str) -> Pattern:
    """Cut a name into its parts, folded and not stemmed."""
    return tuple(fold(word) for word in cut(text, quoted=True))


def _doi(body: str, written: str) -> Label:
    """Read a DOI, bare or as a link."""
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", body, flags=re.IGNORECASE)
    if _DOI.fullmatch(bare) is None:
        raise ValueError(f"{body[:40]!r} is no DOI: write one such as 10.1038/418838a")
    return Label("doi", bare.lower(), written)


def _anywhere(text: Text, body: str) -> Anywhere:
    """Read `all:`, which looks for the words in every text, in a name, and as a label."""
    parts: list[Text | Author | Label] = [text]
    names = _names(body)
    if names and all(len(forms[0]) > 1 for forms in names):
        parts.append(Author(tuple(sorted(names)), text.written))
    for prefix, readable in (("cat", re.search(r"[.-]", body)), ("id", body), ("doi", body)):
        try:
            label = term(prefix, body) if readable else None
        except ValueError:
            continue
        if isinstance(label, Label):
            parts.append(label)
    return Anywhere(tuple(parts), text.written)
