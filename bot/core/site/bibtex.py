"""Entries for BibTeX and biber, as arXiv itself writes them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from bot.core.arxiv_id import month_of
from bot.core.model import Paper
from bot.core.query.words import STOP_WORDS
from bot.core.render.wording import display
from bot.core.site.drawing import KEPT
from bot.core.site.model import Card
from bot.core.site.names import is_person, surname
from bot.core.site.tex import tex
from bot.core.visible import visible

MEDIA_TYPE = "application/x-bibtex"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_LONG_WORD = re.compile(r"[a-z0-9]{3,}")
_VERBATIM = {"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20"}


def bibtex(cards: Iterable[Card]) -> bytes:
    """Write one entry a paper, parted by empty lines; UTF-8."""
    return "\n".join(_entry(card.paper) for card in cards).encode()


def key_of(paper: Paper) -> str:
    """Give what a paper is cited by, in ASCII: `vaswani2017attention-1706.03762`.

    The id makes it unique; the rest follows the version shown.
    """
    name = _ascii(surname(display(paper.authors[0]))) if paper.authors else ""
    words = _LONG_WORD.finditer(_folded(display(paper.title, paper.readable)))
    word = next((one[0] for one in words if one[0] not in STOP_WORDS), "")
    return f"{name or 'arxiv'}{_year(paper)}{word}-{paper.id.replace('/', '-')}"


@lru_cache(maxsize=KEPT)  # a paper's file, its page and its day have the same
def _entry(paper: Paper) -> str:
    """Write one entry; a journal's reference is free text, which only a note can hold."""
    lines = [f"@misc{{{key_of(paper)},"]
    lines += [f"  {name} = {{{value}}}," for name, value in _fields(paper) if value]
    if not paper.partial:
        lines.append(f"  month = {_MONTHS[paper.published.month - 1]},")
    return "\n".join([*lines, "}", ""])


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    known = paper.readable
    title = tex(paper.title, known, title=True) if display(paper.title, known) else ""
    yield "title", title or f"arXiv:{paper.id}"
    yield "author", _authors(paper.authors)
    yield "year", str(_year(paper))
    yield "eprint", paper.id
    yield "archivePrefix", "arXiv"
    yield "primaryClass", _verbatim(visible(paper.primary_category))
    yield "doi", _verbatim((visible(paper.doi or "").split(" ", 1))[0])
    yield "note", tex(paper.journal_ref or "")
    yield "url", paper.url


def _authors(names: Sequence[str]) -> str:
    """Join the names; one that BibTeX would take apart in the wrong places stands in braces."""
    written = []
    for name in names:
        one = tex(name)
        if one:
            alone = is_person(name) or name.isalnum()
            written.append(one if alone and name != "others" else f"{{{one}}}")
    return " and ".join(written)


def _year(paper: Paper) -> int:
    """Tell the year of the first version; of what only a feed has told, that of its id."""
    return month_of(paper.id) // 100 if paper.partial else paper.published.year


def _verbatim(text: str) -> str:
    """Write what is not set as text: addresses and names of programs."""
    return re.sub(r"[{}\\ ]", lambda found: _VERBATIM[found[0]], text)


def _folded(text: str) -> str:
    """Give text in lower case and without accents."""
    lower = text.lower().translate(_LETTERS)
    if lower.isascii():
        return lower
    return "".join(
        one for one in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(one)
    )


def _ascii(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _folded(text))
