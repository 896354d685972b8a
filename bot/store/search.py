"""Finding stored papers that a query may match: its expression as a question to the index.

What is found holds all that matches, and more: the query itself decides. So whatever the index
cannot tell is left out of the question, such as what a query excludes.
"""

import re
from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Literal

from sqlite_utils import Database

from bot.core.model import Paper
from bot.core.query import Query
from bot.core.query.expression import (
    ANY_DISTANCE,
    And,
    Anywhere,
    Author,
    Dates,
    Label,
    Node,
    Not,
    Or,
    Text,
    TextField,
    Word,
)
from bot.core.query.words import fold, is_wildcard, stem
from bot.store import edition
from bot.store.documents import BEGINNING, SEVERAL, label
from bot.store.indexing import least_number
from bot.store.rows import SHOWN_COLUMNS, WITH_READABLE, shown_paper_of, to_micros

Span = tuple[int, int]
"""From an instant to before another, as they are stored."""

ALWAYS: Span = (-(2**62), 2**62)
NEWEST = 2**62
DEEPEST = 20
"""How deep a question may be nested: SQLite's own parser has room for about thirty."""
MOST_SPELLINGS = 8
"""How many spellings of one phrase are asked for, each whole; of one with more only the words."""
MOST_TOGETHER = 4
"""How many words are asked for column by column, which is the question so many times; more may
stand in several columns."""

_COLUMNS: dict[TextField, tuple[str, ...]] = {
    "ti": ("ti",),
    "abs": ("abs",),
    "co": ("co",),
    "jr": ("jr",),
    "rn": ("rn",),
    "kw": ("ti", "abs"),
    "all": ("ti", "abs", "co", "jr", "rn", "subjects"),
}

# Row by row from the newest on: neither is anything sorted, nor read that is not given. For that
# the order has to be that of the table that is read first.
READ_ALL = f"""
SELECT {SHOWN_COLUMNS} FROM indexed
    CROSS JOIN papers ON papers.id = indexed.paper {WITH_READABLE}
WHERE number < :before AND published >= :start AND published < :end
ORDER BY number DESC LIMIT :limit
"""  # noqa: S608  # constants of the package

READ_MATCHING = f"""
SELECT {SHOWN_COLUMNS} FROM search
    CROSS JOIN indexed ON indexed.number = search.rowid
    CROSS JOIN papers ON papers.id = indexed.paper {WITH_READABLE}
WHERE search MATCH :match AND search.rowid < :before
    AND published >= :start AND published < :end
ORDER BY search.rowid DESC LIMIT :limit
"""  # noqa: S608  # constants of the package

READ_NUMBER = "SELECT number FROM indexed WHERE paper = ?"


def candidates(db: Database, query: Query, *, before: str | None, limit: int) -> list[Paper]:
    """Read the newest `limit` papers, by their ids, that come before one and may match."""
    question = question_of(query.expression)
    start, end = _span(query.expression)
    number = NEWEST if before is None else _number(db, before)
    values = {"before": number, "start": start, "end": end, "limit": limit}
    values["reader"] = edition.reader()
    if question is None:
        rows = db.execute(READ_ALL, values)
    else:
        rows = db.execute(READ_MATCHING, {**values, "match": question})
    return [shown_paper_of(row) for row in rows]


def question_of(node: Node, depth: int = 0) -> str | None:
    """Ask in FTS5's language for all papers that can match; None where that can be any."""
    if depth > DEEPEST:
        return None
    match node:
        case And(nodes):
            return _joined("AND", [question_of(inner, depth + 1) for inner in nodes])
        case Or(nodes) | Anywhere(nodes):
            asked = [question_of(inner, depth + 1) for inner in nodes]
            return None if None in asked else _joined("OR", asked)
        case Not() | Dates():
            return None
        case _:
            return _term(node)


def _term(term: Text | Author | Label) -> str | None:
    """Ask for a term."""
    match term:
        case Text():
            return _text(term)
        case Author(given, _, surname):
            wholes = [forms for forms in surname + given if len(forms[0]) > 1]
            return _joined("AND", [_word(_spelled(forms), ("au",)) for forms in wholes])
        case Label(field, value):
            return _word([_quoted(label(field, value))], ("labels",))


def _number(db: Database, paper: str) -> int:
    """Find the number of a paper in the index, or where it would stand."""
    row = db.execute(READ_NUMBER, (paper,)).fetchone()
    return int(row[0]) if row else least_number(paper)


def _span(node: Node) -> Span:
    """Tell when all that matches was submitted."""
    match node:
        case Dates(start, end):
            return to_micros(start), to_micros(end)
        case And(nodes):
            spans = [_span(inner) for inner in nodes]
            return max(one[0] for one in spans), min(one[1] for one in spans)
        case Or(nodes):
            spans = [_span(inner) for inner in nodes]
            return min(one[0] for one in spans), max(one[1] for one in spans)
        case _:
            return ALWAYS


def _text(term: Text) -> str | None:
    """Ask for words, side by side where the index can tell."""
    columns = _COLUMNS[term.field]
    wanted = [forms for forms in term.pattern if forms]
    if any(is_wildcard(form) for forms in wanted for form in forms):
        # What a wildcard stands for is folded, and its stem may begin otherwise.
        every = (*columns, "words")
        return _joined("AND", [_word(_spelled(forms, term), every) for forms in wanted])
    spellings = [_spelled(forms, term) for forms in wanted]
    each = _in_one("AND", [_in_one("OR", atoms) for atoms in spellings])
    together = term.slop == ANY_DISTANCE
    if together and len(spellings) <= MOST_TOGETHER:
        return _joined("OR", [_within((column,), each) for column in columns])
    if together or len(spellings) == 1 or prod(map(len, spellings)) > MOST_SPELLINGS:
        return _within(columns, each)
    wholes = [_phrase(term, atoms) for atoms in product(*spellings)]
    return _within(columns, " OR ".join((*wholes, f"({_quoted(SEVERAL)} AND {each})")))


def _phrase(term: Text, atoms: Sequence[str]) -> str:
    """Ask for words as near to each other as the term has them, in its order if it has no gaps."""
    if not term.slop and len(atoms) == len(term.pattern):
        return f'"{" ".join(atom[1:-1] for atom in atoms)}"'
    return f"NEAR({' '.join(atoms)}, {len(term.pattern) + term.slop})"


def _spelled(forms: Word, term: Text | None = None) -> list[str]:
    """Give the words of the index that stand for one of a query; none where it can be any."""
    found: list[str] = []
    for form in forms:
        if is_wildcard(form):
            begin = re.split("[*?]", form.lower(), maxsplit=1)[0][:BEGINNING]
            if not begin:
                return []
            found.append(f"{_quoted(begin)} *")
        elif term is not None and term.capitals:
            # Stems have no capitals, and know whether it was a plural.
            plain = [one for word in (form, f"{form}s") for one in fold(word)]
            found += map(_quoted, stem(plain))
        else:
            found.append(_quoted(form))
    return list(dict.fromkeys(found))


def _word(atoms: Sequence[str], columns: Sequence[str]) -> str | None:
    """Ask for any of these words in any of the columns."""
    asked = _joined("OR", atoms)
    return None if asked is None else _within(columns, asked)


def _within(columns: Sequence[str], asked: str) -> str:
    """Ask in these columns alone."""
    return f"{{{' '.join(columns)}}} : ({asked})"


def _joined(operator: Literal["AND", "OR"], asked: Sequence[str | None]) -> str | None:
    """Join questions, but for those that ask for nothing."""
    parts = [one for one in asked if one is not None]
    return _in_one(operator, parts) if parts else None


def _in_one(operator: Literal["AND", "OR"], parts: Sequence[str]) -> str:
    """Join one or more questions."""
    return f"({f' {operator} '.join(parts)})" if len(parts) > 1 else parts[0]


def _quoted(word: str) -> str:
    """Write a word so that nothing in it can be taken for an operator."""
    return '"' + word.replace('"', '""') + '"'
