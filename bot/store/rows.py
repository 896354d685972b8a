"""How values stand in the database: instants as integers, papers and entries as rows.

An instant is an integer: microseconds since 1970 in UTC, which sorts as it should and loses
nothing. Lists are JSON.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from sqlite_utils import Database

from bot.core.model import Coverage, Detail, Entry, Former, Paper
from bot.store import edition

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

PAPER_COLUMNS = (
    "id, version, title, abstract, authors, categories, primary_category, published, updated,"
    " comment, journal_ref, doi, detail, report_no, affiliations"
)
WIDTH = 15
"""How many columns those are: what a query reads besides stands after them."""

SHOWN_COLUMNS = f"{PAPER_COLUMNS}, read_by, shown_title, shown_abstract, shown_comment"
SHOWN_WIDTH = 19
WITH_READABLE = "LEFT JOIN readable ON readable.paper = papers.id AND read_by = :reader"
"""What papers to be shown are read with, and from: `reader` is that of the edition."""

_NONE = "[]"

PAPERS_OF_IDS = f"""
SELECT {SHOWN_COLUMNS} FROM papers {WITH_READABLE}
WHERE id IN (SELECT value FROM json_each(:ids))
"""  # noqa: S608  # a constant of this module


def to_micros(instant: datetime) -> int:
    """Turn an aware instant into the integer that stands for it."""
    return (instant - EPOCH) // _MICROSECOND


def to_instant(micros: int) -> datetime:
    """Turn the integer back into the instant, in UTC."""
    return EPOCH + timedelta(0, 0, micros)  # by their names it takes half as long again


def to_instant_or_none(micros: int | None) -> datetime | None:
    """Turn the integer back into the instant, where there is one."""
    return None if micros is None else to_instant(micros)


def to_iso(micros: int | None) -> str | None:
    """Write an instant for people and JSON, to the second."""
    if micros is None:
        return None
    return to_instant(micros).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_json(values: Iterable[object]) -> str:
    """Write a list compactly."""
    return _COMPACT.encode(list(values))


@lru_cache(maxsize=4096)  # few combinations make up most papers
def categories_row(categories: tuple[str, ...]) -> str:
    """Write categories as a list."""
    return to_json(categories)


def texts_row(texts: Iterable[str]) -> str:
    """Write texts as `to_json` does, in half the time."""
    return f"[{','.join(map(encode_basestring, texts))}]"


def to_texts(text: str) -> tuple[str, ...]:
    """Read back a list of texts."""
    return tuple(json.loads(text))


def paper_row(paper: Paper) -> tuple[Any, ...]:
    """Lay a paper out in the order of PAPER_COLUMNS."""
    return (
        paper.id,
        paper.version,
        paper.title,
        paper.abstract,
        texts_row(paper.authors),
        categories_row(paper.categories),
        paper.primary_category,
        to_micros(paper.published),
        to_micros(paper.updated),
        paper.comment,
        paper.journal_ref,
        paper.doi,
        int(paper.detail),
        paper.report_no,
        texts_row(paper.affiliations),
    )


def shown_paper_of(row: Sequence[Any]) -> Paper:
    """Read a paper from a row that begins with SHOWN_COLUMNS."""
    if row[15] is None:
        return paper_of(row)
    texts = ((row[2], row[16]), (row[3], row[17]), (row[9] or "", row[18]))
    return paper_of(row, {text: text if shown is None else shown for text, shown in texts})


def paper_of(row: Sequence[Any], readable: Mapping[str, str] | None = None) -> Paper:
    """Read a paper from a row that begins with PAPER_COLUMNS."""
    return Paper(
        id=row[0],
        version=row[1],
        title=row[2],
        abstract=row[3],
        authors=to_texts(row[4]),
        categories=to_texts(row[5]),
        primary_category=row[6],
        published=to_instant(row[7]),
        updated=to_instant(row[8]),
        comment=row[9],
        journal_ref=row[10],
        doi=row[11],
        detail=Detail(row[12]),
        report_no=row[13],
        affiliations=() if row[14] == _NONE else to_texts(row[14]),
        readable=readable,
    )


def read_papers(db: Database, ids: Iterable[str]) -> dict[str, Paper]:
    """Read the papers of those ids, each once however many ask for it."""
    values = {"ids": to_json(set(ids)), "reader": edition.reader()}
    return {row[0]: shown_paper_of(row) for row in db.execute(PAPERS_OF_IDS, values)}


def read_entries(db: Database, query: str, values: dict[str, Any]) -> dict[int, list[Entry]]:
    """Read entries by what holds them, each paper once however many hold it.

    `query` gives rows that begin with holder, paper, topics, kind, revision and former.
    """
    rows = db.execute(query, values).fetchall()
    papers = read_papers(db, (row[1] for row in rows))
    found: dict[int, list[Entry]] = {}
    for row in rows:
        entry = Entry(papers[row[1]], to_texts(row[2]), row[3], former_of(row[5]), row[4])
        found.setdefault(row[0], []).append(entry)
    return found


def former_row(former: Former | None) -> str | None:
    """Write what a revision replaced."""
    return None if former is None else to_json((former.version, former.title, former.comment))


def former_of(text: str | None) -> Former | None:
    """Read back what a revision replaced."""
    return None if text is None else Former(*json.loads(text))


def coverage_row(coverage: Coverage | None) -> str | None:
    """Write what a digest rests on."""
    if coverage is None:
        return None
    facts = asdict(coverage)
    for name in ("since", "until"):
        facts[name] = None if facts[name] is None else to_micros(facts[name])
    return _COMPACT.encode(facts)


def coverage_of(text: str | None) -> Coverage | None:
    """Read back what a digest rests on."""
    if text is None:
        return None
    facts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(text).items()
    }
    for name in ("since", "until"):
        facts[name] = to_instant_or_none(facts[name])
    return Coverage(**facts)
