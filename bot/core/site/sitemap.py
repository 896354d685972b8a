"""The list of all pages for search engines (sitemaps.org): one file for each folder of papers.

So what a day brings changes few of them. One more file lists all other pages, and the sitemap
itself leads to the files.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from html import escape
from urllib.parse import quote

from bot.core.site import places
from bot.core.site.model import Site
from bot.core.site.survey import Survey
from bot.core.site.tally import Standing, count

MOST = 10_000
"""Addresses in one file. The protocol has 50,000, and 50 MiB: that is 5 KB for each of ours."""
_OPENING = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
_CLOSING = "</{}>\n"
_PLAIN = re.compile(r"[A-Za-z0-9/._-]*").fullmatch
"""Addresses of which nothing is escaped: nearly all of them."""


def of_papers(
    site: Site, folder: str, standings: Iterable[Standing]
) -> Iterator[tuple[str, bytes]]:
    """Give the files that list the papers of a folder; none where the site's address is unknown."""
    if site.url:
        found = ((places.paper(one.paper), one.updated.date()) for one, _, _ in standings)
        yield from _files(site, folder, found)


def sitemap(site: Site, lists: Sequence[str], survey: Survey) -> Iterator[tuple[str, bytes]]:
    """Give the files that list the pages of `lists`, and the one that leads to all files.

    None where the site's own address is not known.
    """
    if not site.url:
        return
    yield from _files(site, places.LISTS, ((one, None) for one in lists))
    parts: list[tuple[str, int, date | None]] = [(places.LISTS, len(lists), None)]
    parts += [(name, count(one.papers), one.latest) for name, one in survey.folders.items()]
    root = _root(site)
    lines = [
        _line("sitemap", root, place, latest)
        for name, held, latest in parts
        for place in parts_of(name, held)
    ]
    yield places.SITEMAP, _file("sitemapindex", lines)


def parts_of(name: str, held: int) -> list[str]:
    """Locate the files that list so many pages: at least one."""
    return [places.sitemap_part(name, number + 1) for number in range(-(-max(held, 1) // MOST))]


def _files(
    site: Site, name: str, addresses: Iterable[tuple[str, date | None]]
) -> Iterator[tuple[str, bytes]]:
    root = _root(site)
    lines = [_line("url", root, place, changed) for place, changed in addresses]
    for number, place in enumerate(parts_of(name, len(lines))):
        yield place, _file("urlset", lines[number * MOST : (number + 1) * MOST])


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
