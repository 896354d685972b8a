"""arXiv's query syntax: the grammar, and errors that point at the place and say what to write.

As on arXiv, a missing operator means OR, a term without a prefix is `all:`, a prefix before
parentheses is that of every bare term inside, NOT is ANDNOT, and a stop word alone finds nothing.
AND and ANDNOT bind more tightly than OR, as arXiv's notes on its API have it; its present parser
groups chains from the right instead. Where arXiv guesses, this refuses and tells: lower-case
operators, operators in a row, open quotes and parentheses, unknown prefixes, wildcards that begin a
word, and a query that a stop word leaves without a sense.

    either: both ([OR] both)*
    both: unary (AND unary | (ANDNOT | NOT) unary)*
    unary: (ANDNOT | NOT) unary | dates | [prefix] (word | phrase | "(" either ")")
"""

from collections.abc import Sequence

from bot.core.query.dates import dates
from bot.core.query.errors import QuerySyntaxError
from bot.core.query.expression import Node, all_of, any_of, none_of
from bot.core.query.size import count_wildcards
from bot.core.query.terms import ALIASES, OPERATORS, StopWord, term
from bot.core.query.tokens import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TERMS,
    NEGATIONS,
    Token,
    misread,
    tokens_of,
)

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "MAX_TERMS", "MAX_WILDCARDS", "parse_expression"]

MAX_WILDCARDS = 50

Sense = Node | bool
"""What is read; True where it is any paper, and False where it is none."""


def parse_expression(text: str) -> Node:
    """Read a query; raises QuerySyntaxError."""
    return _Reader(text).read()


class _Reader:
    """Reads one query, and knows its text when something is wrong."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._end = Token("END", "the end of the query", len(text.rstrip()))
        self._next = 0
        self._wildcards = 0
        self._stopped: list[QuerySyntaxError] = []

    def read(self) -> Node:
        """Read all of it; what a stop word leaves without a sense is refused."""
        node = self._either("all")
        if self._token.type != "END":
            raise self._unexpected()
        if isinstance(node, bool):
            raise self._senseless(any_paper=node)
        return node

    @property
    def _token(self) -> Token:
        """The token that is to be read next."""
        return self._tokens[self._next] if self._next < len(self._tokens) else self._end

    def _take(self, *types: str) -> Token | None:
        """Go past the next token, if it is of one of the types."""
        token = self._token
        if token.type not in types:
            return None
        self._next += 1
        return token

    def _either(self, prefix: str) -> Sense:
        """Read alternatives; `prefix` is that of the parentheses around, for its bare terms."""
        nodes = [self._both(prefix)]
        while self._take("OR") or self._token.type not in ("RPAR", "END"):
            nodes.append(self._both(prefix))
        return _any(nodes)

    def _both(self, prefix: str) -> Sense:
        """Read what must hold together."""
        nodes = [self._unary(prefix)]
        while joined := self._take("AND", *NEGATIONS):
            node = self._unary(prefix)
            nodes.append(node if joined.type == "AND" else _none(node))
        return _all(nodes)

    def _unary(self, prefix: str) -> Sense:
        """Read a term or a group, or what one of them does not match."""
        if self._take(*NEGATIONS):
            return _none(self._unary(prefix))
        own = self._take("PREFIX")
        if own:
            prefix = ALIASES.get(own.text[:-1], own.text[:-1])
        if self._take("LPAR"):
            node = self._either(prefix)
            if self._take("RPAR") is None:
                raise self._unexpected()
            return node
        body = self._take("WORD", "PHRASE") or (None if own else self._take("DATES"))
        if body is None:
            raise self._unexpected()
        return self._term(prefix, body)

    def _term(self, prefix: str, body: Token) -> Sense:
        """Read a term under a prefix, or a range of dates, which has its own."""
        try:
            if body.type == "DATES":
                return dates(body.text)
            if body.type == "WORD":
                node = term(prefix, body.text, quoted=False)
            else:
                phrase, _, tail = body.text[1:].rpartition('"')
                node = term(prefix, phrase, tail=tail)
        except StopWord as error:
            self._stopped.append(misread(self._text, error, body))
            return False
        except ValueError as error:
            raise misread(self._text, error, body) from None
        self._wildcards += count_wildcards(node)
        if self._wildcards > MAX_WILDCARDS:
            message = f"more than {MAX_WILDCARDS} words with wildcards: write some of them out"
            raise QuerySyntaxError(message, text=self._text, position=body.place)
        return node

    def _senseless(self, *, any_paper: bool) -> QuerySyntaxError:
        """Say what becomes of the query by its first stop word."""
        found = self._stopped[0]
        what = "every paper" if any_paper else "nothing"
        message = f"{found.message}; as it stands the query finds {what}"
        return QuerySyntaxError(message, text=self._text, position=found.position)

    def _unexpected(self) -> QuerySyntaxError:
        """Say what is missing or too much where the grammar does not go on."""
        found = self._token
        before = self._tokens[self._next - 1] if self._next else None
        place = found.place
        if before is None:
            message = f"expected a word or a phrase, not {found.text}"
            if found is self._end:
                message = "the query is empty: write what to look for, such as ti:graphene"
        elif before.type == "PREFIX":
            message = (
                f"expected a word or a phrase in quotes after {before.text} and not {found.text}"
            )
            if found.type in OPERATORS:
                message += f'; to search for the word, write {before.text}"{found.text}"'
        elif before.type in (*OPERATORS, "LPAR"):
            message = (
                f"expected a word, a phrase or a parenthesis after {before.text}, not {found.text}"
            )
            if found.type in OPERATORS and before.type in OPERATORS:
                message += ": leave one of them out"
        elif found.type == "RPAR":
            message = "this parenthesis closes nothing: leave it out, or open one before"
        else:
            place = self._open_parenthesis()
            message = "this parenthesis is never closed: write ) where it ends"
        return QuerySyntaxError(message, text=self._text, position=place)

    def _open_parenthesis(self) -> int:
        """Find the innermost parenthesis that is still open at the end."""
        opened = [0]
        for token in self._tokens:
            if token.type == "LPAR":
                opened.append(token.place)
            elif token.type == "RPAR":
                opened.pop()
        return opened[-1]


def _all(read: Sequence[Sense]) -> Sense:
    """Join with AND."""
    if any(one is False for one in read):
        return False
    nodes = [one for one in read if not isinstance(one, bool)]
    return all_of(nodes) if nodes else True


def _any(read: Sequence[Sense]) -> Sense:
    """Join with OR."""
    if any(one is True for one in read):
        return True
    nodes = [one for one in read if not isinstance(one, bool)]
    return any_of(nodes) if nodes else False


def _none(read: Sense) -> Sense:
    """Negate."""
    return not read if isinstance(read, bool) else none_of(read)
