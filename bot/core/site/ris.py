"""RIS, which reference managers read: a tag, two spaces, a hyphen and a space, then the value."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.core.model import Paper
from bot.core.render.item import name_of
from bot.core.render.wording import display
from bot.core.site.drawing import KEPT
from bot.core.site.feed import authors_of, categories_of
from bot.core.site.model import Card
from bot.core.site.names import surname_first
from bot.core.visible import visible

MEDIA_TYPE = "application/x-research-info-systems"


def ris(cards: Iterable[Card]) -> bytes:
    """Write one record a paper, as of a work that is unpublished: the format knows no preprint.

    Lines end as in the format's description, with a carriage return too.
    """
    return "".join(_record(card.paper) for card in cards).encode()


@lru_cache(maxsize=KEPT)  # a paper's file and its day have the same
def _record(paper: Paper) -> str:
    """Write one record, and an empty line after it."""
    lines = [f"{tag}  - {value}" for tag, value in _fields(paper) if value]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    known = paper.readable
    yield "TY", "UNPB"
    yield "ID", f"arXiv:{paper.id}"
    yield "TI", name_of(paper)
    for name in authors_of(paper):
        yield "AU", surname_first(name)
    if not paper.partial:
        day = paper.published.date().isoformat()
        yield "PY", day[:4]
        yield "DA", day.replace("-", "/")
    yield "AB", display(paper.abstract, known)
    for name in categories_of(paper):
        yield "KW", name
    yield "N1", display(paper.comment or "", known)
    yield "N1", display(paper.journal_ref or "")
    yield "DO", visible(paper.doi or "")
    yield "PB", "arXiv"
    yield "AN", f"arXiv:{paper.id}"
    yield "UR", paper.url
    yield "L1", paper.pdf_url
