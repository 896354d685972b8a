"""Making the pages of the site one by one, as `pages` writes all of them into a folder."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from bot.aside import aside
from bot.catalogue import Catalogue, Papers
from bot.core.site import files
from bot.core.site.address import Asked
from bot.core.site.files import File
from bot.core.site.model import Shelf
from bot.web.current import View
from bot.web.kept import Content
from bot.web.offer import Browsable

UTF_8 = "; charset=utf-8"
HTML = f"text/html{UTF_8}"
_TYPES = {
    "html": HTML,
    "atom": f"application/atom+xml{UTF_8}",
    "feed.json": "application/feed+json",
    "json": "application/json",
    "bib": f"application/x-bibtex{UTF_8}",
    "ris": f"application/x-research-info-systems{UTF_8}",
    "csv": f"text/csv{UTF_8}",
    "xml": f"application/xml{UTF_8}",
    "css": f"text/css{UTF_8}",
    "js": f"text/javascript{UTF_8}",
    "svg": f"image/svg+xml{UTF_8}",
}


def media_type(address: str) -> str:
    """Tell what a file is by its ending."""
    if address.endswith(".feed.json"):
        return _TYPES["feed.json"]
    return _TYPES[address.rpartition(".")[2]]


async def made(view: View, store: Browsable, asked: Asked) -> dict[str, Content]:
    """Make what is asked for, with all that goes with it, by address; it has a key in the view.

    Papers are read from the ledger as it is now, which may be newer than the view. What takes long
    is done aside.
    """
    catalogue = replace(view.catalogue, store=store, papers=Papers(store))
    work = await _prepared(view, catalogue, asked)
    return await aside(
        lambda: {address: Content.of(octets, media_type(address)) for address, octets in work()}
    )


async def _prepared(view: View, catalogue: Catalogue, asked: Asked) -> Callable[[], Iterable[File]]:
    """Read the papers of a page, and give what makes it of them."""
    site = catalogue.site
    match asked.kind:
        case "index":
            sections = [await catalogue.newest(one) for one in site.topics]
            return lambda: files.index(site, sections)
        case "common":
            return lambda: files.common(site)
        case "sitemap" if asked.name:
            found = await catalogue.standings(asked.name)
            return lambda: files.listed(site, asked.name, found)
        case "sitemap":
            return lambda: files.sitemap(site, catalogue.survey)
        case "paper":
            return await _paper(catalogue, asked.name)
        case _:
            return await _list(view, catalogue, asked)


async def _list(view: View, catalogue: Catalogue, asked: Asked) -> Callable[[], Iterable[File]]:
    """Prepare a page that lists papers."""
    site, slug, when = catalogue.site, asked.name, asked.day
    if when is None and asked.kind == "author":
        section = await catalogue.author(_named(site.authors, slug))
        return lambda: files.author(site, section)
    if when is None:
        section = await catalogue.newest(_named(site.topics, slug))
        return lambda: files.topic(site, section, catalogue.survey.months(slug))
    if asked.kind == "month":
        section = await catalogue.month(_named(site.topics, slug), when)
        return lambda: files.month(site, section, when)
    sections = await catalogue.day(when)
    return lambda: files.day(site, sections, when, view.around(when))


async def _paper(catalogue: Catalogue, identifier: str) -> Callable[[], Iterable[File]]:
    """Prepare the page of a paper, or nothing where it stands on no shelf."""
    found = await catalogue.store.places_of([identifier])
    cards = await catalogue.cards(catalogue.survey.standings(found.values()))
    return lambda: (file for card in cards for file in files.paper(catalogue.site, card))


def _named(shelves: Iterable[Shelf], slug: str) -> Shelf:
    return next(one for one in shelves if one.slug == slug)
