"""Reads one of arXiv's announcement feeds, RSS 2.0 or Atom, with feedparser.

What arXiv says of an item: title, authors, abstract, version, categories and how it is announced,
but neither comment nor dates of submission.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser

from bot.core.arxiv_id import ArxivId, month_of, parse_id
from bot.core.errors import SourceUnavailable, SuspectAnswer
from bot.core.feed_day import day_of, midnight
from bot.core.feed_reading import Item
from bot.core.model import Detail, Paper
from bot.core.polling import Quarantined
from bot.sources.atom import Refusal
from bot.sources.markup import ATOM_ROOT, SNIPPET, inspect
from bot.sources.naming import categories_among, unreadable
from bot.sources.white_space import folded

_RSS_ROOT = "rss"
_RSS_VERSION = "2.0"
_DESCRIPTION = re.compile(r"(arXiv:\S+) Announce Type: (\S+) Abstract: ?(.*)")
_MOST_AUTHORS = 500_000
"""Characters; the longest lists of collaborations take a fifth of it."""
_HELD = timedelta(days=31)
"""How long arXiv may hold a paper back before it gets an id."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed of one `day`; `rows` counts all its items, those that are quarantined too."""

    day: date
    rows: int
    papers: tuple[Paper, ...] = ()
    items: tuple[Item, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()


def parse_feed(body: bytes, *, atom: bool) -> Feed:
    """Read a feed; a malformed item is quarantined, and anything worse refuses the feed.

    Takes about half a millisecond an item: call it off the event loop. Raises SourceUnavailable
    for what is no such feed at all, SuspectAnswer for one cut short or without its day,
    UnreadableText where the XML breaks inside, and Refusal where arXiv refuses the question.
    """
    if atom:
        inspect(body, ATOM_ROOT, "Atom")
    elif (version := inspect(body, _RSS_ROOT, "RSS 2.0").get("version")) != _RSS_VERSION:
        raise SourceUnavailable(f"the answer is RSS {version}, not {_RSS_VERSION}")
    # A bare string or bytes could be taken for a file's name or an address.
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if parsed.bozo:
        raise SuspectAnswer(f"the feed cannot be read: {parsed.bozo_exception}")
    if _text(parsed.feed, "title").startswith("Feed error"):
        raise Refusal(f"arXiv refuses the question: {_text(parsed.feed, 'subtitle')[:200]}")
    return _feed(parsed.entries, _day(parsed.feed, "updated" if atom else "published"))


def _feed(entries: Sequence[dict[str, Any]], day: date | None) -> Feed:
    """Tell papers from malformed items, which go by whatever name they have."""
    if day is None:
        raise SuspectAnswer("the feed does not say of what day it is")
    papers, items, quarantined = [], [], []
    for row, entry in enumerate(entries, 1):
        try:
            paper = _paper(entry, day)
        except ValueError as error:
            name = _text(entry, "id") or _text(entry, "title") or f"row {row}, without id or title"
            quarantined.append(unreadable(name, error))
            continue
        papers.append(paper)
        kind = _text(entry, "arxiv_announce_type")
        name = f"{paper.id}v{paper.version} {kind}"
        items.append(Item(name, day_of(paper.updated), paper.categories))
    return Feed(day, len(entries), tuple(papers), tuple(items), tuple(quarantined))


def _paper(entry: dict[str, Any], day: date) -> Paper:
    """Make a paper of an item; raises ValueError for what no paper can lack."""
    described = _DESCRIPTION.fullmatch(_text(entry, "summary"))
    base, version = _id(entry, described)
    title = _text(entry, "title")
    if not title:
        raise ValueError("the item has no title")
    terms = (str(tag.get("term") or "").strip() for tag in dict.get(entry, "tags", ()))
    categories = categories_among(terms)
    if not categories:
        raise ValueError("the item has no category")
    announced = midnight(_item_day(entry, day))
    kind = _text(entry, "arxiv_announce_type") or (described[2] if described else "")
    return Paper(
        id=base,
        version=version or 1,
        title=title,
        abstract=described[3] if described else _text(entry, "summary"),
        authors=_authors(entry),
        categories=categories,
        # No element names it, but it comes first in every one of 1,400 recorded items.
        primary_category=categories[0],
        published=announced if kind == "new" else min(announced, _earliest(base)),
        updated=announced,
        journal_ref=_text(entry, "arxiv_journal_reference") or None,
        doi=_text(entry, "arxiv_doi") or None,
        detail=Detail.FEED,
    )


def _earliest(base: str) -> datetime:
    """Tell an instant before which a paper was hardly submitted: a month before that of its id.

    A feed of a category also lists papers of any age, because they are cross-listed or replaced.
    """
    month = month_of(base)
    return datetime(month // 100, month % 100, 1, tzinfo=UTC) - _HELD


def _id(entry: dict[str, Any], described: re.Match[str] | None) -> ArxivId:
    """Read id and version from the guid, or else the version from the description."""
    named = parse_id(_text(entry, "id") or _text(entry, "link"))
    if named.version is None and described:
        told = parse_id(described[1])
        return told if told.base == named.base else named
    return named


def _item_day(entry: dict[str, Any], day: date) -> date:
    """Tell the day that an item bears; until 2024 items bore none."""
    if not _text(entry, "published"):
        return day
    own = _day(entry, "published")
    if own is None:
        raise ValueError(f"no date in the item: {_text(entry, 'published')[:SNIPPET]!r}")
    return own


def _day(entry: dict[str, Any], key: str) -> date | None:
    """Read a date as RSS or Atom writes it, and tell arXiv's day; None if it makes no sense."""
    text = _text(entry, key)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            instant = read(text)
            return day_of(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            continue
    return None


def _authors(entry: dict[str, Any]) -> tuple[str, ...]:
    """Give the authors' names in their order; arXiv writes an empty one here and there.

    A comma within parentheses parts a person's affiliations, not two people. Raises ValueError for
    more than any paper's authors.
    """
    text = _text(entry, "author")
    if len(text) > _MOST_AUTHORS:
        raise ValueError(f"the item's authors take more than {_MOST_AUTHORS} characters")
    cuts: list[int] = []
    opened: list[int] = []
    for place, char in enumerate(text):
        if char == ",":
            cuts.append(place)
        elif char == "(":
            opened.append(len(cuts))
        elif char == ")" and opened:
            del cuts[opened.pop() :]
    starts = [0, *(cut + 1 for cut in cuts)]
    names = (text[start:end].strip() for start, end in zip(starts, [*cuts, None], strict=True))
    return tuple(name for name in names if name)


def _text(entry: dict[str, Any], key: str) -> str:
    """Give an element's text with white space folded; empty if it is missing or has attributes."""
    # Plain dict.get: FeedParserDict's own answers `updated` with `published`, and warns.
    value = dict.get(entry, key)
    return folded(value) if isinstance(value, str) else ""
