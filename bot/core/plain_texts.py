"""A digest as bare texts of titles and links, for when what writes it for a chat system fails."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bot.core.digest import Digest
from bot.core.model import Entry
from bot.core.render import subject
from bot.core.render.email import titled

LIMIT = 1_900
"""UTF-16 units of a text: what the smallest of the chat systems takes, and some of it to spare."""


class PlainText(NamedTuple):
    """One text, and how many of the digest's papers it and those before it hold."""

    text: str
    through: int


def plain_texts(
    digest: Digest, said: Callable[[str], str], *, most: int = LIMIT, done: int = 0
) -> list[PlainText]:
    """List titles and links in texts of at most `most` UTF-16 units; no paper is left out.

    Only what is left after the first `done` papers is given. `said` makes outside text harmless.
    """
    entries = [entry for section in digest.sections for entry in section.entries]
    texts, body = [], said(subject(digest))
    for through, entry in enumerate(entries[done:], start=done):
        line = _line(entry, said, most)
        if _units(body) + 1 + _units(line) > most:
            texts.append(PlainText(body, through))
            body = line
        else:
            body = f"{body}\n{line}"
    return [*texts, PlainText(body, len(entries))]


def _line(entry: Entry, said: Callable[[str], str], most: int) -> str:
    """Name a paper with its address, which stays whole."""
    title, url = titled(entry), entry.paper.url
    return next(_shorter(title, url, said, most), url)


def _shorter(title: str, url: str, said: Callable[[str], str], most: int) -> Iterator[str]:
    """Give the line with less and less of the title, as far as it fits."""
    for share in (1, 2, 4, 8):
        line = f"{said(title[: len(title) // share])}\n{url}"
        if _units(line) <= most:
            yield line


def _units(text: str) -> int:
    """Count as the strictest of the systems does, in UTF-16."""
    return len(text.encode("utf-16-le")) // 2
