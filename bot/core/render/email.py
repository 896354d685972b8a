"""Rendering a digest to the subject, the HTML part and the text part of an email."""

import quopri
import textwrap
from collections.abc import Iterator, Sequence

from bot.core.digest import Digest
from bot.core.model import Entry
from bot.core.render.blocks import blocks_of
from bot.core.render.encoded import Parts, encoded
from bot.core.render.form import BARE, FULL, HTML_BUDGET, Form, forms_of
from bot.core.render.revised import versions
from bot.core.render.wording import display, headings_of, headline, shorten, weekday_date
from bot.core.render.written import Written

_SUBJECT = 150
_TOPICS_IN_SUBJECT = 3


def subject(digest: Digest) -> str:
    """Write `[Test] 3 new papers, 2 revised · RAG, SFT · Tue 6 Jan 2026 (2/3)`, safe for a header.

    It is one line without controls and without `=?`, which mail readers would decode.
    """
    count = headline(digest)
    topics = [display(topic) for topic in headings_of(digest)]
    shown = ", ".join(topics[:_TOPICS_IN_SUBJECT])
    more = f" + {len(topics) - _TOPICS_IN_SUBJECT}" if len(topics) > _TOPICS_IN_SUBJECT else ""
    words = [
        count[:1].upper() + count[1:],
        f"{shorten(shown, _SUBJECT - 60)}{more}",
        weekday_date(digest.date),
    ]
    mark = "[Test] " if digest.test else ""
    part = f" ({digest.part}/{digest.parts})" if digest.parts > 1 else ""
    return header_safe(f"{mark}{' · '.join(filter(None, words))}{part}")


def header_safe(words: str) -> str:
    """Give words that may stand in a header: no controls, no line break, no encoded word."""
    words = display(words)
    while "=?" in words:
        words = words.replace("=?", "?")
    return words


def html(digest: Digest, form: Form = FULL, unsubscribe: str = "", manage: str = "") -> str:
    """Render the HTML part: one whole document, styles inlined, nothing fetched from anywhere."""
    return "".join(one.html for one in _written(digest, form, unsubscribe, manage))


def text(digest: Digest, form: Form = FULL, unsubscribe: str = "", manage: str = "") -> str:
    """Render the text part: wrapped at 72 columns, each URL whole and on a line of its own."""
    return "".join(one.text for one in _written(digest, form, unsubscribe, manage))


def encoded_forms(
    digest: Digest, title: str, unsubscribe: str = "", manage: str = ""
) -> Iterator[Parts]:
    """Give both parts as they are sent under the subject `title`, then again and again smaller.

    The first is the richest whose HTML Gmail shows whole; the last has bare titles, and is never
    larger than that either. Every paper is linked in each.
    """
    for form in forms_of(digest.style.layout):
        parts = encoded(blocks_of(digest, form, title, unsubscribe, manage))
        if form == BARE or parts.size <= HTML_BUDGET:
            yield parts


def forms(digest: Digest, unsubscribe: str = "", manage: str = "") -> Iterator[tuple[str, str]]:
    """Give the text and HTML parts that are sent, then smaller ones, as a mail reader sees them."""
    for parts in encoded_forms(digest, subject(digest), unsubscribe, manage):
        yield _decoded(parts.text), _decoded(parts.html)


def plain(digest: Digest) -> str:
    """List titles and links without any template: for when a template fails or nothing else fits.

    Every paper is in it, and every revision.
    """
    lines = [subject(digest), ""]
    for section in digest.sections:
        for entry in section.entries:
            lines += [titled(entry), entry.paper.url]
    return "\n".join(display(line) for line in lines) + "\n"


def titled(entry: Entry) -> str:
    """Give a paper's title as arXiv writes it, cut where it is very long, and of what versions."""
    title = textwrap.shorten(entry.paper.title, 200) or entry.paper.id
    return f"{title} ({versions(entry)})" if entry.kind == "replace" else title


def _decoded(pieces: Sequence[bytes]) -> str:
    return quopri.decodestring(b"".join(pieces)).decode().replace("\r\n", "\n")


def _written(digest: Digest, form: Form, unsubscribe: str, manage: str) -> Iterator[Written]:
    """Write every block anew, as one reader's."""
    for block in blocks_of(digest, form, subject(digest), unsubscribe, manage):
        yield block.written()
