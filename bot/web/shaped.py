"""What the API tells of papers and topics: the members that `openapi` describes."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from bot.core.model import Paper
from bot.core.paper_json import paper_json
from bot.core.site import places
from bot.core.site.model import Place, Shelf
from bot.core.site.survey import Survey
from bot.web.kept import Content


def paper_of(survey: Survey, paper: Paper, places_of: Mapping[str, Place]) -> dict[str, Any]:
    """Shape a paper, with where it stands here."""
    place = places_of.get(paper.id)
    standing = next(iter(survey.standings([place] if place else [])), None)
    return {
        **paper_json(paper),
        "published": _instant(paper.published),
        "updated": _instant(paper.updated),
        "partial": paper.partial,
        "withdrawn": paper.withdrawn,
        "topics": list(standing.topics) if standing else [],
        "day": day_of(standing.place.day) if standing else None,
        "page": places.paper(paper.id) if standing else None,
    }


def topic_of(shelf: Shelf, total: int) -> dict[str, Any]:
    """Shape a topic that holds so many papers."""
    return {
        "slug": shelf.slug,
        "name": shelf.name,
        "query": shelf.query.text,
        "papers": total,
        "page": places.topic(shelf.slug),
    }


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_of(day: date | None) -> str | None:
    """Write a day."""
    return None if day is None else day.isoformat()


def as_json(value: object) -> Content:
    """Write an answer."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Content.of(text.encode("utf-8", "replace"), "application/json")
