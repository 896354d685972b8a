"""From a term as it is written (`ti:"deep learning"`) to what it means; errors are ValueError."""

import re

from bot.core.arxiv_id import parse_id
from bot.core.query.expression import Anywhere, Author, Label, Pattern, Term, Text, TextField
from bot.core.query.taxonomy import category
from bot.core.query.words import STOP_WORDS, capitals, fold, stem, words

OPERATORS = frozenset({"AND", "OR", "ANDNOT", "NOT"})
PREFIXES = ("ti", "abs", "au", "co", "jr", "cat", "id", "doi", "all", "kw")
"""arXiv's, and `kw`: a keyword, in title or abstract, where one in capitals is an acronym."""

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_BARE = re.compile(r"[^\W_][\w.\-]*")
_DOI = re.compile(r"10\.\d{4,}/\S+")
# What phones and word processors make of quotes.
_TYPED = str.maketrans(
    "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u301d\u301e\uff02\uff08\uff09\uff1a\u200b\ufeff",
    '""""""""""():  ',
)
_TEXT_FIELDS: dict[str, TextField] = {
    "ti": "ti", "abs": "abs", "co": "co", "jr": "jr", "kw": "kw", "all": "all"
}  # fmt: skip


def typed(text: str) -> str:
    """Put plain quotes, parentheses and colons for typographic ones; no position changes."""
    return text.translate(_TYPED)


def term(prefix: str, body: str) -> Term:
    """Read the body of a term, without its quotes, under one of PREFIXES.

    Quotes and backslashes that could not stand between quotes are ignored.
    """
    body = " ".join(body.split())
    if _QUOTED.fullmatch(f'"{body}"') is None:
        body = " ".join(body.replace('"', " ").replace("\\", " ").split())
    written = f"{prefix}:{_literal(body)}"
    match prefix:
        case "cat":
            name = category(body)
            return Label("cat", name, f"cat:{name}")
        case "id":
            return Label("id", parse_id(body).base, written)
        case "doi":
            return _doi(body, written)
        case "au":
            return _author(body, written)
        case "all":
            return _anywhere(body, written)
        case _:
            return _text(_TEXT_FIELDS[prefix], body, written)


def keyword(body: str) -> Term:
    """Read a keyword of the simple form; quotes in it are ignored."""
    return term("kw", typed(body))


def _literal(body: str) -> str:
    """Write a term's body so that it reads back: bare where nothing in it can be mistaken."""
    bare = _BARE.fullmatch(body) is not None and body.upper() not in OPERATORS
    return body if bare else f'"{body}"'


def _text(field: TextField, body: str, written: str) -> Text:
    """Read words to be found side by side."""
    if field == "kw" and body.isupper():
        return Text(field, tuple((capitals(word),) for word in _some(body)), written, capitals=True)
    folded = [fold(word) for word in _some(body)]
    if field != "kw":
        folded = _without_stop_words(folded, body)
    return Text(field, tuple(tuple(dict.fromkeys(stem(forms))) for forms in folded), written)


def _some(body: str) -> list[str]:
    """Cut a body into words, of which there must be one."""
    found = words(body)
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
        raise ValueError(
            f"{body[:40]!r} alone finds nothing, because arXiv's index leaves out words that every "
            "paper has: quote the phrase that it belongs to"
        )
    return gapped[places[0] : places[-1] + 1]


def _author(body: str, written: str) -> Author:
    """Read `del_maestro`, `Del Maestro`, `Del Maestro, A` or `A. Del Maestro`."""
    before, comma, after = body.partition(",")
    surname = _names(before) if comma else ()
    given = _names(after if comma else body)
    if not any(len(forms[0]) > 1 for forms in surname + given):
        _some(body)
        raise ValueError(f"{body[:40]!r} is only an initial: an author needs a surname")
    return Author(tuple(sorted(given)), written, surname)


def _names(text: str) -> Pattern:
    """Cut a name into its parts, folded and not stemmed."""
    return tuple(fold(word) for word in words(text))


def _doi(body: str, written: str) -> Label:
    """Read a DOI, bare or as a link."""
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", body, flags=re.IGNORECASE)
    if _DOI.fullmatch(bare) is None:
        raise ValueError(f"{body[:40]!r} is no DOI: write one such as 10.1038/418838a")
    return Label("doi", bare.lower(), written)


def _anywhere(body: str, written: str) -> Anywhere:
    """Read `all:`, which looks for the words in every text, in a name, and as a label."""
    parts: list[Text | Author | Label] = [_text("all", body, written)]
    names = _names(body)
    if all(len(forms[0]) > 1 for forms in names):
        parts.append(Author(tuple(sorted(names)), written))
    for prefix, readable in (("cat", re.search(r"[.-]", body)), ("id", body), ("doi", body)):
        try:
            label = term(prefix, body) if readable else None
        except ValueError:
            continue
        if isinstance(label, Label):
            parts.append(label)
    return Anywhere(tuple(parts), written)
