"""arXiv's query syntax: the grammar, and errors that point at the place and say what to write.

As on arXiv, a missing operator means OR, a term without a prefix is `all:`, a prefix before
parentheses is that of every bare term inside, and NOT is ANDNOT. AND and ANDNOT bind more tightly
than OR, as arXiv's notes on its API have it; its present parser groups chains from the right
instead. Where arXiv guesses, this refuses and tells: lower-case operators, operators in a row,
open quotes and parentheses, unknown prefixes. `*` is understood in `cat:cs.*`, nowhere else.
"""

import re
from difflib import get_close_matches
from functools import cache

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from bot.core.query.errors import QuerySyntaxError
from bot.core.query.expression import Node, all_of, any_of, none_of
from bot.core.query.terms import OPERATORS, PREFIXES, term, typed

MAX_LENGTH = 16_384
MAX_TERMS = 1_000
MAX_DEPTH = 40

_GRAMMAR = r"""
?either: both (OR both | implied)*
?both: unary (AND unary | minus)*
?implied: primary (AND unary | minus)*   -> both
minus: (ANDNOT | NOT) unary
?unary: primary | negated
negated: (ANDNOT | NOT) unary
?primary: term | group
group: [PREFIX] LPAR either RPAR
term: [PREFIX] (WORD | PHRASE)

AND.3: /AND(?![^\s()"])/
OR.3: /OR(?![^\s()"])/
ANDNOT.3: /ANDNOT(?![^\s()"])/
NOT.3: /NOT(?![^\s()"])/
PREFIX.2: /[A-Za-z_]+:/
PHRASE: /"(\\.|[^"\\])*"/s
WORD: /[^\s()"]+/
LPAR: "("
RPAR: ")"
%ignore /\s+/
"""

_SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
_ENCODED = re.compile(r"\+(?:AND|OR|ANDNOT)\+|%2[0-9]")
_MEANT = {"title": "ti", "author": "au", "authors": "au", "abstract": "abs", "comment": "co",
          "comments": "co", "category": "cat", "categories": "cat", "journal": "jr", "any": "all",
          "keyword": "kw", "keywords": "kw", "subject": "cat", "summary": "abs"}  # fmt: skip
_NEGATIONS = ("NOT", "ANDNOT")
_DATES = ("submitteddate", "lastupdateddate")


@cache
def _lark() -> Lark:
    """Build the parser, which takes milliseconds, when the first query comes."""
    return Lark(_GRAMMAR, start="either", parser="lalr", lexer="basic")


def parse_expression(text: str) -> Node:
    """Read a query; raises QuerySyntaxError."""
    if len(text) > MAX_LENGTH:
        raise QuerySyntaxError(
            f"the query is too long: {len(text)} characters, of {MAX_LENGTH} at most",
            text=text,
            position=MAX_LENGTH,
        )
    return _Reader(text).read()


class _Reader:
    """Reads one query, and knows its text when something is wrong."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._typed = typed(text)
        self._tokens: list[Token] = []

    def read(self) -> Node:
        try:
            self._tokens = list(_lark().lex(self._typed))
            self._check()
            tree = _lark().parse(self._typed)
        except UnexpectedCharacters as error:
            # Whatever is not a quotation mark is part of a word.
            raise self._error(
                'this quotation mark is never closed: write " at the end of the phrase',
                error.pos_in_stream or 0,
            ) from None
        except UnexpectedToken as error:
            raise self._unexpected(error.token) from None
        return self._node(tree, None)

    def _error(self, message: str, position: int) -> QuerySyntaxError:
        return QuerySyntaxError(message, text=self._text, position=position)

    def _check(self) -> None:
        """Refuse what the grammar would take, but not as it was meant, and what has no bounds."""
        depth = terms = 0
        before = ""
        for token in self._tokens:
            place = _place(token)
            depth += {"LPAR": 1, "RPAR": -1}.get(token.type, 0)
            terms += token.type in ("WORD", "PHRASE")
            if depth > MAX_DEPTH:
                raise self._error(f"parentheses go more than {MAX_DEPTH} deep", place)
            if terms > MAX_TERMS:
                raise self._error(f"more than {MAX_TERMS} words and phrases", place)
            if token.type in _NEGATIONS and before in _NEGATIONS:
                raise self._error(f"{token} after {before}: leave one of them out", place)
            if token.type == "PREFIX":
                self._check_prefix(token)
            elif token.type == "WORD" and not before.startswith("cat:"):
                self._check_word(token, before)
            before = str(token)

    def _check_prefix(self, token: Token) -> None:
        """Refuse a prefix that there is not, and say which one was likely meant."""
        name, place = token[:-1], _place(token)
        if name in PREFIXES:
            return
        if name.lower() in _DATES:
            raise self._error(
                f"{name}: is not understood, because topics are about new papers: leave it out, "
                "and let `since` say how far back the first digest reaches",
                place,
            )
        near = get_close_matches(name.lower(), [*PREFIXES, *_MEANT], n=1, cutoff=0.6)
        meant = _MEANT.get(near[0], near[0]) if near else None
        likely = f"did you mean {meant}:?" if meant else f"there are {': '.join(PREFIXES)}:"
        raise self._error(
            f"unknown prefix {name[:20]}: {likely} (quote words that hold a colon)", place
        )

    def _check_word(self, token: Token, before: str) -> None:
        """Refuse a bare word that is no word, and say how to write it."""
        word, place = str(token), _place(token)
        if word.upper() in OPERATORS and not before.endswith(":"):
            raise self._error(
                f'write {word.upper()} in capitals, or "{word}" in quotes if you mean the word',
                place,
            )
        if word[0] in _SINGLE_QUOTES:
            raise self._error('a phrase stands in double quotes: "like this"', place)
        if encoded := _ENCODED.search(word):
            raise self._error(
                'this is written as in a web address: write spaces for + and %20, and " for %22',
                place + encoded.start(),
            )
        if wild := re.search(r"[*?]", word):
            raise self._error(
                f"{wild[0]} is understood only in categories such as cat:cs.* (words match in all "
                "their inflections anyway)",
                place + wild.start(),
            )
        if ":" in word:
            raise self._error("a word with a colon stands in quotes", place + word.index(":"))

    def _unexpected(self, found: Token) -> QuerySyntaxError:
        """Say what is missing or too much where the grammar did not go on."""
        ended = found.type == "$END"
        earlier = [one for one in self._tokens if ended or _place(one) < _place(found)]
        before = earlier[-1] if earlier else None
        place = len(self._typed.rstrip()) if ended else _place(found)
        shown = "the end of the query" if ended else str(found)
        if before is None:
            message = f"expected a word or a phrase, not {shown}"
            if ended:
                message = "the query is empty: write what to look for, such as ti:graphene"
        elif before.type == "PREFIX":
            message = f"expected a word or a phrase in quotes after {before} and not {shown}"
            if found.type in OPERATORS:
                message += f'; to search for the word, write {before}"{found}"'
        elif before.type in (*OPERATORS, "LPAR"):
            message = f"expected a word, a phrase or a parenthesis after {before}, not {shown}"
        elif found.type == "RPAR":
            message = "this parenthesis closes nothing: leave it out, or open one before"
        else:
            place = self._open_parenthesis()
            message = "this parenthesis is never closed: write ) where it ends"
        return self._error(message, place)

    def _open_parenthesis(self) -> int:
        """Find the innermost parenthesis that is still open at the end."""
        opened = [0]
        for token in self._tokens:
            if token.type == "LPAR":
                opened.append(_place(token))
            elif token.type == "RPAR":
                opened.pop()
        return opened[-1]

    def _node(self, tree: Tree[Token], prefix: str | None) -> Node:
        """Read a subtree; `prefix` is that of the parentheses around it, for its bare terms."""
        inner = [child for child in tree.children if isinstance(child, Tree)]
        match tree.data:
            case "either":
                return any_of(self._node(child, prefix) for child in inner)
            case "both":
                return all_of(self._node(child, prefix) for child in inner)
            case "minus" | "negated":
                return none_of(self._node(inner[0], prefix))
            case "group":
                own = tree.children[0]
                return self._node(inner[0], str(own)[:-1] if own is not None else prefix)
            case _:
                return self._term(tree, prefix)

    def _term(self, tree: Tree[Token], prefix: str | None) -> Node:
        """Read a term."""
        own, body = tree.children
        assert isinstance(body, Token)  # noqa: S101  # the grammar says so; mypy cannot know
        name = str(own)[:-1] if own is not None else prefix or "all"
        try:
            return term(name, body[1:-1] if body.type == "PHRASE" else str(body))
        except ValueError as error:
            raise self._error(str(error), _place(body)) from None


def _place(token: Token) -> int:
    """Tell where a token begins."""
    return token.start_pos or 0
