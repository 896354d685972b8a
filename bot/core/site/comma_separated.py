"""Comma-separated values (RFC 4180), with a header, in UTF-8."""

import csv
import io
from collections.abc import Iterable
from functools import lru_cache

from bot.core.render.item import name_of
from bot.core.render.wording import display
from bot.core.site.drawing import KEPT
from bot.core.site.feed import authors_of, categories_of, instant
from bot.core.site.model import Card
from bot.core.visible import visible

MEDIA_TYPE = "text/csv; charset=utf-8"
COLUMNS = (
    *("id", "version", "title", "authors", "published", "updated", "day", "topics", "categories"),
    *("primary_category", "comment", "journal_ref", "doi", "url", "abstract"),
)
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # wide ones work in some spreadsheets


def comma_separated(cards: Iterable[Card]) -> bytes:
    """Write one row a paper; of what only a feed has told, not when it was submitted.

    Authors are parted by semicolons, topics (by their names in addresses) and categories by spaces.
    A text with which a spreadsheet would begin a formula has an apostrophe before it, as OWASP
    advises: nobody but the authors wrote it.
    """
    return "".join([_written(COLUMNS), *map(_line, cards)]).encode()


@lru_cache(maxsize=KEPT)  # a paper stands in the lists of several topics
def _line(card: Card) -> str:
    return _written(_row(card))


def _written(row: Iterable[str]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerow(row)
    return written.getvalue()


def _row(card: Card) -> tuple[str, ...]:
    paper = card.paper
    texts = (
        *(paper.id, str(paper.version), name_of(paper), "; ".join(authors_of(paper))),
        "" if paper.partial else instant(paper.published),
        *(instant(paper.updated), card.day.isoformat(), " ".join(card.topics)),
        *(" ".join(categories_of(paper)), visible(paper.primary_category)),
        display(paper.comment or "", paper.readable),
        *(display(paper.journal_ref or ""), visible(paper.doi or ""), paper.url),
        display(paper.abstract, paper.readable),
    )
    return tuple(f"'{text}" if text.startswith(_FORMULA) else text for text in texts)
