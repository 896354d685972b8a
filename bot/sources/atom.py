"""Reads a page of arXiv's query API with feedparser; a page that contradicts itself is refused."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser

from bot.core.arxiv_id import parse_id
from bot.core.errors import SourceError, SuspectAnswer
from bot.core.model import Paper
from bot.core.polling import Quarantined
from bot.sources.affiliations import affiliations_in
from bot.sources.markup import ATOM_ROOT, SNIPPET, inspect
from bot.sources.naming import categories_among, unreadable
from bot.sources.white_space import folded

_ARXIV = re.compile(r"https?://arxiv\.org/schemas/atom/?")
_OPENSEARCH = re.compile(r"https?://a9\.com/-/spec/opensearch/1\.1/?")
_HEADERS = {"content-type": "application/atom+xml; charset=utf-8"}


class Refusal(SourceError):
    """arXiv refuses the question, in its own words."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `total` counts all that the question finds, `rows` what stands on this page."""

    total: int
    rows: int
    papers: tuple[Paper, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()


def parse_page(body: bytes) -> Page:
    """Read a page; a malformed entry is quarantined, and anything worse refuses the page.

    Takes about half a millisecond an entry: call it off the event loop. Text comes as arXiv has it,
    but that feedparser mends what was encoded twice (`Ã©`). Raises SourceUnavailable
    for what is no Atom at all, SuspectAnswer for a page cut short or without its total,
    UnreadableText where the XML breaks inside, and Refusal where arXiv refuses the question.
    """
    inspect(body, ATOM_ROOT, "Atom")
    # A bare string or bytes could be taken for a file's name or an address.
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers=_HEADERS,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if parsed.bozo:
        raise SuspectAnswer(f"the page cannot be read: {parsed.bozo_exception}")
    for entry in parsed.entries:
        _refuse_error(entry)
    prefixes = {uri: prefix for prefix, uri in parsed.namespaces.items()}
    total = _text(parsed.feed, f"{_prefix(prefixes, _OPENSEARCH)}_totalresults")
    if not total.isdecimal():
        raise SuspectAnswer("the page does not say how many results there are")
    arxiv = _prefix(prefixes, _ARXIV)
    papers, quarantined = _sorted_out(parsed.entries, arxiv, affiliations_in(body))
    return Page(int(total), len(parsed.entries), papers, quarantined)


def _refuse_error(entry: dict[str, Any]) -> None:
    """Raise arXiv's own words where an entry is not a paper but an error."""
    if "/api/errors" in _text(entry, "id"):
        reason = _text(entry, "summary") or _text(entry, "id")
        raise Refusal(f"arXiv refuses the question: {reason[:200]}")


def _sorted_out(
    entries: list[dict[str, Any]], arxiv: str, affiliations: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[Paper, ...], tuple[Quarantined, ...]]:
    """Tell papers from malformed entries, which go by whatever name they have."""
    papers, quarantined = [], []
    for row, entry in enumerate(entries, 1):
        try:
            papers.append(_paper(entry, arxiv, affiliations.get(_text(entry, "id"), ())))
        except ValueError as error:
            name = _text(entry, "id") or _text(entry, "title") or f"row {row}, without id or title"
            quarantined.append(unreadable(name, error))
    return tuple(papers), tuple(quarantined)


def _paper(entry: dict[str, Any], arxiv: str, affiliations: tuple[str, ...]) -> Paper:
    """Make a paper of an entry; raises ValueError for what no paper can lack."""
    base, version = parse_id(_text(entry, "id"))
    title = _text(entry, "title")
    if not title:
        raise ValueError("the entry has no title")
    published = _instant(entry, "published")
    primary, categories = _categories(entry, arxiv)
    return Paper(
        id=base,
        version=version or 1,
        title=title,
        abstract=_text(entry, "summary"),
        authors=_authors(entry),
        categories=categories,
        primary_category=primary,
        published=published,
        updated=_instant(entry, "updated"),
        comment=_text(entry, f"{arxiv}_comment") or None,
        journal_ref=_text(entry, f"{arxiv}_journal_ref") or None,
        doi=_text(entry, f"{arxiv}_doi") or None,
        affiliations=affiliations,
    )


def _text(entry: dict[str, Any], key: str) -> str:
    """Give an element's text with white space folded; empty if it is missing or has attributes."""
    # Plain dict.get: FeedParserDict's own answers `updated` with `published`, and warns.
    value = dict.get(entry, key)
    return folded(value) if isinstance(value, str) else ""


def _instant(entry: dict[str, Any], key: str) -> datetime:
    """Read an instant; one without a zone is in UTC."""
    text = _text(entry, key)
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"no date in <{key}>: {text[:SNIPPET]!r}") from None


def _categories(entry: dict[str, Any], arxiv: str) -> tuple[str, tuple[str, ...]]:
    """Give the primary category and all of them."""
    terms = (str(tag.get("term") or "").strip() for tag in dict.get(entry, "tags", ()))
    categories = categories_among(terms)
    named = dict.get(entry, f"{arxiv}_primary_category")
    told = str(named.get("term", "")).strip() if isinstance(named, Mapping) else ""
    primary = categories_among([told]) or categories[:1]
    if not primary:
        raise ValueError("the entry has no category")
    return primary[0], categories if primary[0] in categories else primary + categories


def _authors(entry: dict[str, Any]) -> tuple[str, ...]:
    """Give the authors' names in their order."""
    people = dict.get(entry, "authors", ())
    names = (_text(person, "name") for person in people)
    return tuple(name for name in names if name)


def _prefix(prefixes: Mapping[str, str], namespace: re.Pattern[str]) -> str:
    """Tell under which prefix the page, and so feedparser, has a namespace."""
    return next((prefix for uri, prefix in prefixes.items() if namespace.fullmatch(uri)), "")
