"""What a query that leaves operators out may have meant, which arXiv reads as OR."""

from collections.abc import Iterator, Sequence

from bot.core.query.errors import QuerySyntaxError
from bot.core.query.query import Query, parse, restrict
from bot.core.query.tokens import Token, tokens_of

_OF_TEXT = frozenset({"ti:", "title:", "abs:", "co:", "jr:", "rn:", "kw:", "all:"})


def implied(text: str, *, categories: Sequence[str] = ()) -> tuple[Query, ...]:
    """Give the query with AND where its first operators are missing, and then with the phrase.

    Both are narrowed to `categories`. There is no phrase where other terms than words stand side by
    side, and nothing at all where no operator is missing. `text` must be a query.
    """
    run = next(_runs(tokens_of(text)), None)
    if run is None:
        return ()
    before = text[: run[0][0].place].rstrip()
    last = run[-1][-1]
    after = text[last.place + len(last.text) :].lstrip()
    whole = (not before or before.endswith("(")) and (not after or after.startswith(")"))
    both = " AND ".join("".join(token.text for token in term) for term in run)
    found = []
    for instead in (both if whole else f"({both})", _phrase(run)):
        try:
            query = restrict(parse(f"{before} {instead} {after}"), categories=categories)
        except QuerySyntaxError:  # of a stop word AND makes nothing; a phrase of one word is none
            continue
        if instead and query != restrict(parse(text), categories=categories):
            found.append(query)
    return tuple(found)


def _runs(tokens: Sequence[Token]) -> Iterator[list[list[Token]]]:
    """Give what stands side by side without operators: terms, each with its prefix."""
    run: list[list[Token]] = []
    prefix: list[Token] = []
    for token in tokens:
        if token.type == "PREFIX":
            prefix = [token]
        elif token.type in ("WORD", "PHRASE", "DATES"):
            run.append([*prefix, token])
            prefix = []
        else:
            if len(run) > 1:
                yield run
            run, prefix = [], []
    if len(run) > 1:
        yield run


def _phrase(run: Sequence[Sequence[Token]]) -> str:
    """Write words as the phrase that they may have been meant to be, or nothing."""
    *prefix, _ = run[0]
    words = [term[-1] for term in run]
    bare = all(len(term) == 1 for term in run[1:]) and all(one.type == "WORD" for one in words)
    if not bare or any(one.text not in _OF_TEXT for one in prefix):
        return ""
    return f'{"".join(one.text for one in prefix)}"{" ".join(one.text for one in words)}"'
