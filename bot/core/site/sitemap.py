"""The list of all pages for search engines (sitemaps.org)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from html import escape
from urllib.parse import quote

from bot.core.site import places
from bot.core.site.model import Site

MOST = 50_000
"""Addresses in one file, and LARGEST its octets, as the protocol has it."""
LARGEST = 50 * 1024 * 1024
_OPENING = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
_CLOSING = "</{}>\n"
_PLAIN = re.compile(r"[A-Za-z0-9/._-]*").fullmatch
"""Addresses of which nothing is escaped: nearly all of them."""
_ROOM = 200
"""Octets kept for what stands around the addresses."""

Address = tuple[str, date | None]
"""A page of the site, and the day on which it last changed."""


def sitemap(site: Site, addresses: Iterable[Address]) -> Iterator[tuple[str, bytes]]:
    """Give the files, each as soon as it is full; none where the site's own address is not known.

    One file is the sitemap itself; several have numbers, and the last one given leads to them.
    """
    if not site.url:
        return
    parts: list[Address] = []
    held: tuple[bytes, date | None] | None = None
    for full, changed in _filled(site, addresses):
        if held:
            yield _part(parts, *held)
        held = full, changed
    content, changed = held or (_file("urlset", ()), None)
    if not parts:
        yield places.SITEMAP, content
        return
    yield _part(parts, content, changed)
    yield (
        places.SITEMAP,
        _file("sitemapindex", [_line("sitemap", _root(site), *one) for one in parts]),
    )


def _part(parts: list[Address], content: bytes, changed: date | None) -> tuple[str, bytes]:
    """Give a file its number, and note that it is there."""
    place = places.sitemap_part(len(parts) + 1)
    parts.append((place, changed))
    return place, content


def _filled(site: Site, addresses: Iterable[Address]) -> Iterator[tuple[bytes, date | None]]:
    """Fill files with as many addresses as may be in one, each with its latest day."""
    root, lines = _root(site), list[str]()
    room, latest = LARGEST - _ROOM, None
    for place, changed in addresses:
        line = _line("url", root, place, changed)
        room -= len(line)
        if len(lines) == MOST or room < 0:
            yield _file("urlset", lines), latest
            lines, room, latest = [], LARGEST - _ROOM - len(line), None
        lines.append(line)
        if changed and (latest is None or latest < changed):
            latest = changed
    if lines:
        yield _file("urlset", lines), latest


def _line(kind: str, root: str, place: str, changed: date | None) -> str:
    """Write one address below the site's own, in ASCII."""
    where = place if _PLAIN(place) else _quoted(place)
    return f"<{kind}><loc>{root}{where}</loc>{_day(changed)}</{kind}>\n"


def _root(site: Site) -> str:
    """Write the site's own address."""
    return _quoted(f"{site.url}/")


@lru_cache(maxsize=4096)  # those of eleven years
def _day(changed: date | None) -> str:
    return f"<lastmod>{changed.isoformat()}</lastmod>" if changed else ""


def _quoted(address: str) -> str:
    return escape(quote(address, safe=":/?#[]@!$&'()*+,;=%-._~"))


def _file(kind: str, lines: Sequence[str]) -> bytes:
    return "".join([_OPENING.format(kind), *lines, _CLOSING.format(kind)]).encode()
