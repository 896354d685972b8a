"""Atom 1.0 (RFC 4287), with what arXiv's own feed has besides, under arXiv's names."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape

from bot.core.render.item import name_of
from bot.core.render.wording import display
from bot.core.site import places
from bot.core.site.feed import (
    Feed,
    absolute,
    authors_of,
    categories_of,
    each_once,
    feed_of,
    instant,
    topics_of,
)
from bot.core.site.model import Card, Shelf, Site
from bot.core.visible import visible

ENDING = "atom"
MEDIA_TYPE = "application/atom+xml"
_ARXIV = "http://arxiv.org/schemas/atom"
_OPENING = f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="{_ARXIV}" xml:lang="en">'


def atom(site: Site, shelf: Shelf | None, cards: Iterable[Card]) -> bytes:
    """Write the feed of the newest papers of a topic, or of all (None).

    An entry is known by its paper's address, whatever its version: a revision changes `updated`.
    """
    feed = feed_of(site, shelf, cards)
    lines = ['<?xml version="1.0" encoding="utf-8"?>', _OPENING, *_head(feed)]
    lines += map(each_once(site, ENDING, _whole_entry), feed.cards)
    return "\n".join([*lines, "</feed>", ""]).encode()


def _head(feed: Feed) -> Iterator[str]:
    """Say what the feed is; the site is its author, so that a paper may have none."""
    yield _element("title", feed.title)
    yield _element("subtitle", feed.about)
    yield _element("id", feed.identity)
    yield _element("updated", instant(feed.updated))
    yield f"<author>{_element('name', visible(feed.site.title))}</author>"
    yield _element("generator", "Daily Papers")
    if feed.page:
        yield _link("alternate", feed.page, "text/html")
        yield _link("self", feed.address(ENDING), MEDIA_TYPE)


def _whole_entry(site: Site, card: Card) -> str:
    return "\n".join(["<entry>", *_entry(site, card), "</entry>"])


def _entry(site: Site, card: Card) -> Iterator[str]:
    """Tell of one paper; of what only a feed has told, not when it was submitted."""
    paper = card.paper
    yield _element("title", name_of(paper))
    yield _element("id", paper.url)
    yield _element("updated", instant(paper.updated))
    if not paper.partial:
        yield _element("published", instant(paper.published))
    yield _link("alternate", paper.url, "text/html")
    page = absolute(site, places.paper(paper.id))
    if page:
        yield _link("related", page, "text/html")
    for name in authors_of(paper):
        yield f"<author>{_element('name', name)}</author>"
    for name in categories_of(paper):
        yield f'<category term="{escape(name)}" scheme="{_ARXIV}"/>'
    scheme = Feed(site, None, ()).identity
    for shelf in topics_of(site, card):
        yield _topic(scheme, shelf.slug, shelf.name)
    yield _element("summary", display(paper.abstract, paper.readable))
    yield from _besides(card)


@lru_cache(maxsize=256)  # a topic has a hundred papers
def _topic(scheme: str, slug: str, name: str) -> str:
    """Name a topic that the paper matches; a scheme of our own keeps it apart from categories."""
    label, known_by = escape(visible(name)), escape(scheme)
    return f'<category term="{escape(slug)}" label="{label}" scheme="{known_by}"/>'


def _besides(card: Card) -> Iterator[str]:
    """Tell what Atom has no element for."""
    paper = card.paper
    told = {
        "comment": display(paper.comment or "", paper.readable),
        "journal_ref": display(paper.journal_ref or ""),
        "doi": visible(paper.doi or ""),
    }
    for name, text in told.items():
        if text:
            yield _element(f"arxiv:{name}", text)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>"


def _link(relation: str, url: str, media_type: str) -> str:
    return f'<link rel="{relation}" type="{media_type}" href="{escape(url)}"/>'
