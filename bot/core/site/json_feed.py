"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.render.item import name_of
from bot.core.render.wording import display
from bot.core.site import places
from bot.core.site.feed import (
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

ENDING = "feed.json"
MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"
_encoder = json.JSONEncoder(ensure_ascii=False)


def json_feed(site: Site, shelf: Shelf | None, cards: Iterable[Card]) -> bytes:
    """Write the feed of the newest papers of a topic, or of all (None), with Atom's ids."""
    feed = feed_of(site, shelf, cards)
    whole = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.address(ENDING),
        "description": feed.about,
        "language": "en",
        "authors": [{"name": visible(feed.site.title)}],
    }
    kept = {key: value for key, value in whole.items() if value or key == "title"}
    items = ", ".join(map(each_once(site, ENDING, _whole_item), feed.cards))
    return f'{_written(kept)[:-1]}, "items": [{items}]}}\n'.encode()


def _whole_item(site: Site, card: Card) -> str:
    return _written(_item(site, card))


def _written(told: Mapping[str, Any]) -> str:
    return _encoder.encode(told)


def _item(site: Site, card: Card) -> dict[str, Any]:
    """Tell of one paper; of what only a feed has told, not when it was submitted."""
    paper = card.paper
    topics = [visible(shelf.name) for shelf in topics_of(site, card)]
    item = {
        "id": paper.url,
        "url": paper.url,
        "title": name_of(paper),
        "content_text": display(paper.abstract, paper.readable),
        "date_published": "" if paper.partial else instant(paper.published),
        "date_modified": instant(paper.updated),
        "authors": [{"name": name} for name in authors_of(paper)],
        "tags": list(dict.fromkeys(filter(None, [*categories_of(paper), *topics]))),
        "_daily_papers": _besides(site, card),
    }
    return {key: value for key, value in item.items() if value or key == "content_text"}


def _besides(site: Site, card: Card) -> dict[str, str]:
    """Tell what the format has no name for; names that begin with a line are free for that."""
    paper = card.paper
    besides = {
        "page": absolute(site, places.paper(paper.id)),
        "pdf": paper.pdf_url,
        "comment": display(paper.comment or "", paper.readable),
        "journal_ref": display(paper.journal_ref or ""),
        "doi": visible(paper.doi or ""),
    }
    return {key: value for key, value in besides.items() if value}
