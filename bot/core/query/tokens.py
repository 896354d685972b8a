"""A query cut into tokens, each looked at by itself: what is no word, prefix or operator here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.query.advice import check_address, check_word, meant
from bot.core.query.errors import Misread, QuerySyntaxError
from bot.core.query.terms import ALIASES, PREFIXES, typed

MAX_LENGTH = 16_384
MAX_TERMS = 1_000
MAX_DEPTH = 40

NEGATIONS = ("NOT", "ANDNOT")
_TOKEN = re.compile(
    r"""(?P<AND>AND(?![^\s()"]))|(?P<OR>OR(?![^\s()"]))|(?P<ANDNOT>ANDNOT(?![^\s()"]))
    |(?P<NOT>NOT(?![^\s()"]))
    |(?P<DATES>(?:submittedDate|lastUpdatedDate):\s*(?:\[[^\]()"]*\]?|"[^"]*"|[^\s()"]*))
    |(?P<PREFIX>[A-Za-z_]+:)|(?P<PHRASE>"(?:\\.|[^"\\])*"(?:~[^\s()"]*)?)|(?P<LPAR>\()|(?P<RPAR>\))
    |(?P<WORD>[^\s()"]+)|(?P<OPEN>")""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query, and the place where it begins."""

    type: str
    text: str
    place: int


def tokens_of(text: str) -> list[Token]:
    """Cut a query into tokens; raises QuerySyntaxError for one that cannot be as it was meant."""
    if len(text) > MAX_LENGTH:
        raise QuerySyntaxError(
            f"the query is too long: {len(text)} characters, of {MAX_LENGTH} at most",
            text=text,
            position=MAX_LENGTH,
        )
    found = [
        Token(one.lastgroup or "", one[0], one.start()) for one in _TOKEN.finditer(typed(text))
    ]
    _check_bounds(text, found)
    inside = [""]
    before = Token("", "", 0)
    for token in found:
        prefix = before.text[:-1] if before.type == "PREFIX" else ""
        if token.type == "LPAR":
            inside.append(prefix or inside[-1])
        elif token.type == "RPAR":
            inside = inside[:-1] or [""]
        try:
            _check(token, before, (prefix, inside[-1]), text[token.place :])
        except Misread as error:
            raise misread(text, error, token) from None
        before = token
    return found


def misread(text: str, error: ValueError, token: Token) -> QuerySyntaxError:
    """Point at the part of a token that is wrong."""
    part = error.at if isinstance(error, Misread) else ""
    return QuerySyntaxError(
        str(error), text=text, position=token.place + max(0, token.text.find(part))
    )


def _check_bounds(text: str, tokens: Sequence[Token]) -> None:
    """Refuse what is too large, and a quotation mark that has no other."""
    depth = terms = 0
    for token in tokens:
        depth += {"LPAR": 1, "RPAR": -1}.get(token.type, 0)
        terms += token.type in ("WORD", "PHRASE", "DATES")
        message = ""
        if token.type == "OPEN":
            message = 'this quotation mark is never closed: write " at the end of the phrase'
        elif depth > MAX_DEPTH:
            message = f"parentheses go more than {MAX_DEPTH} deep: take some of them out"
        elif terms > MAX_TERMS:
            message = f"more than {MAX_TERMS} words and phrases: make several topics of them"
        if message:
            raise QuerySyntaxError(message, text=text, position=token.place)


def _check(token: Token, before: Token, prefixes: tuple[str, str], rest: str) -> None:
    """Refuse what the grammar would take, but not as it was meant; raises Misread.

    `prefixes` are the one right before the token and that of the parentheses around it, and `rest`
    is the query from the token on.
    """
    if token.type in NEGATIONS and before.type in NEGATIONS:
        raise Misread(f"{token.text} after {before.text}: leave one of them out")
    if token.type == "PREFIX" and token.text[:-1] not in (*PREFIXES, *ALIASES):
        check_address(rest)
        name = token.text[:-1]
        raise Misread(f"unknown prefix {name[:20]}: {meant(name)} (quote words that hold a colon)")
    if token.type == "WORD":
        check_word(token.text, *prefixes)
