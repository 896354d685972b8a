"""What was likely meant by a word of a query that cannot be what it seems."""

import re
from difflib import get_close_matches

from bot.core.arxiv_id import parse_id
from bot.core.query.dates import DATE_PREFIXES
from bot.core.query.errors import Misread
from bot.core.query.terms import OPERATORS, PREFIXES

_MEANT = {
    "title": "ti", "tit": "ti", "intitle": "ti", "author": "au", "authors": "au", "by": "au",
    "abstract": "abs", "abst": "abs", "ab": "abs", "summary": "abs", "comment": "co",
    "comments": "co", "category": "cat", "categories": "cat", "subject": "cat", "subj": "cat",
    "class": "cat", "journal": "jr", "report": "rn", "report_no": "rn", "any": "all",
    "text": "all", "keyword": "kw", "keywords": "kw", "prim": "primary", "arxiv": "id",
    "date": "submittedDate", "submitted": "submittedDate", "year": "submittedDate",
    "published": "submittedDate", "updated": "lastUpdatedDate",
}  # fmt: skip
_SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b`\u00b4"
_ENCODED = re.compile(r"\+(?:AND|OR|ANDNOT)\+|%(?:2[0-9A-F]|3A|5[BD])", re.IGNORECASE)
_SIGNS = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", "!": "ANDNOT", "-": "ANDNOT"}
_LEADING = re.compile(r"([+\-!])(?=[^\W_])")
_EQUALS = re.compile(r"([A-Za-z_]+)=")
_NEAR = re.compile(r"(?:NEAR|ADJ|W|N)/(\d+)", re.IGNORECASE)
_FUZZY = re.compile(r"(?<=[^\W_])~[\d.]*$")
_BOOST = re.compile(r"\^[\d.]+$")
_ADDRESS = re.compile(r"https?://[^\s()\"]*", re.IGNORECASE)
_COMMA = re.compile(r",(?=[^\W\d_])|(?<=[^\W\d_]),(?=\d)")


def meant(name: str) -> str:
    """Say which prefix was likely meant by one that there is not."""
    known = {one.lower(): one for one in (*PREFIXES, *DATE_PREFIXES)} | _MEANT
    near = get_close_matches(name[:40].lower(), list(known), n=1, cutoff=0.6)
    if near:
        return f"did you mean {known[near[0]]}:?"
    return f"there are {': '.join((*PREFIXES, *DATE_PREFIXES))}:"


def check_address(text: str) -> None:
    """Refuse a web address, which `text` may begin with; raises Misread with what was meant."""
    found = _ADDRESS.match(text)
    if found is None:
        return
    try:
        cure = f"write id:{parse_id(found[0]).base}"
    except ValueError:
        cure = "write the words to look for, an id such as id:2401.01234, or a DOI after doi:"
    raise Misread(f"this is a web address and no query: {cure}")


def check_word(word: str, prefix: str, inside: str) -> None:
    """Refuse a bare word that people mean otherwise than it would be read.

    `prefix` is the one right before it and `inside` that of the parentheses around it, "" for none.
    Raises Misread, which tells how to write it.
    """
    if word.upper() in OPERATORS and not prefix:
        raise Misread(
            f'write {word.upper()} in capitals, or "{word}" in quotes if you mean the word'
        )
    if word[0] in _SINGLE_QUOTES:
        raise Misread('a phrase stands in double quotes: "like this"')
    if encoded := _ENCODED.search(word):
        raise Misread(
            'this is written as in a web address: write spaces for + and %20, and " for %22',
            at=encoded[0],
        )
    if prefix in ("cat", "primary", "id", "doi"):
        return
    _check_signs(word, prefix)
    if ":" in word:
        raise Misread(
            "a word with a colon stands in quotes, and a prefix right before its colon", at=":"
        )
    comma = _COMMA.search(word)
    if comma and (prefix or inside) != "au":
        one, other = word[: comma.start()], word[comma.end() :]
        before = f"{prefix}:" if prefix else ""
        raise Misread(
            f"a comma joins nothing: write {before}({one} AND {other}), {before}({one} OR {other}) "
            f'or the phrase {before}"{one} {other}"'[:200],
            at=word[comma.start() :],
        )


def _check_signs(word: str, prefix: str) -> None:
    """Refuse signs that mean something elsewhere."""
    own = f"{prefix}:" if prefix else ""
    if word in _SIGNS:
        raise Misread(f"write {_SIGNS[word]} for {word}")
    if sign := _LEADING.match(word):
        bare = f"{own}{word[1:][:40]}"
        cure = f"AND {bare}" if sign[1] == "+" else f"ANDNOT {bare}"
        raise Misread(f"{sign[1]} before a word says nothing here: write {cure} after the others")
    if (named := _EQUALS.match(word)) and named[1].lower() in {*PREFIXES, *_MEANT}:
        name = named[1].lower()
        raise Misread(f"write {_MEANT.get(name, name)}: for {named[0]}", at="=")
    if _NEAR.fullmatch(word):
        raise Misread(f'words near each other are "deep learning"~{_NEAR.findall(word)[0]}')
    if fuzzy := _FUZZY.search(word):
        raise Misread(
            "words are not matched by likeness: leave ~ out, or write it after a phrase, as in "
            '"deep learning"~3',
            at=fuzzy[0],
        )
    if boost := _BOOST.search(word):
        raise Misread("a query here has no weights: leave out ^ and the number", at=boost[0])
