"""The JSON API in the words of OpenAPI 3.1: what can be asked, and what each answer holds."""

import json
from functools import cache
from typing import Any

from bot import __version__
from bot.core.site.search import LONGEST
from bot.web.kept import Content

LISTED = 25
"""Papers that an answer holds unless another number is asked for."""
MOST_LISTED, MOST_FOUND = 100, 50
LONGEST_ADDRESS = 32_768
"""Octets of an address with its query: the longest query has 24,000, all of it escaped."""

Schema = dict[str, Any]
_MONTH = "[0-9]{2}(0[1-9]|1[0-2])"
ID = rf"({_MONTH}\.[0-9]{{4,5}}|[a-z]+(-[a-z]+)?(\.[A-Z]{{2}})?/{_MONTH}[0-9]{{3}})"
"""An arXiv id, as a pattern."""
AFTER = rf"^[0-9]{{1,17}}~{ID}$"
"""Where a list goes on: microseconds since 1970, and an id."""


def _object(properties: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """Describe an object that has these members and no others."""
    required = [name for name in properties if name not in optional]
    closed = {"additionalProperties": False}
    return {"type": "object", "properties": properties, "required": required, **closed}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INSTANT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
PAGE: Schema = {"type": "string", "description": "Relative to the root of the site."}
NEXT: Schema = {
    **_or_null(TEXT),
    "description": "The `before` of the request that goes on from here; null at the end.",
}

SCHEMAS: dict[str, Schema] = {
    "Paper": _object(
        {
            "id": {"type": "string", "description": "The arXiv id, without a version."},
            "version": {"type": "integer", "minimum": 1},
            "url": {"type": "string", "format": "uri"},
            "title": {"type": "string", "description": "As all texts, in Unicode, without LaTeX."},
            "authors": _list(TEXT),
            "abstract": TEXT,
            "categories": _list(TEXT),
            "primary_category": TEXT,
            "published": {**INSTANT, "description": "When the first version was submitted."},
            "updated": {**INSTANT, "description": "When this version was submitted."},
            "comment": _or_null(TEXT),
            "journal_ref": _or_null(TEXT),
            "doi": _or_null(TEXT),
            "report_no": _or_null(TEXT),
            "affiliations": _list(TEXT),
            "partial": {
                "type": "boolean",
                "description": "Whether comment and dates are not yet known as arXiv has them.",
            },
            "withdrawn": {"type": "boolean"},
            "topics": {**_list(TEXT), "description": "The slugs of the topics that it matches."},
            "day": {**_or_null(DAY), "description": "The day on which it came; null off topic."},
            "page": _or_null(PAGE),
        }
    ),
    "Topic": _object(
        {
            "slug": {"type": "string", "description": "Its name in addresses."},
            "name": TEXT,
            "query": {"type": "string", "description": "In arXiv's syntax."},
            "papers": {**COUNT, "description": "How many match."},
            "page": PAGE,
        }
    ),
    "Topics": _object({"topics": _list(_ref("Topic")), "updated": _or_null(DAY)}),
    "Papers": _object({"papers": _list(_ref("Paper")), "next": NEXT}),
    "Found": _object(
        {
            "papers": _list(_ref("Paper")),
            "next": NEXT,
            "read": {
                **COUNT,
                "description": (
                    "How many stored papers were looked at. So many at most are for one request: "
                    "with fewer `papers` than asked for, or none, older ones may match as long as "
                    "`next` is not null."
                ),
            },
        }
    ),
    "Problem": _object(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": TEXT,
            "parameter": {"type": "string", "description": "Which one is wrong."},
            "position": {**COUNT, "description": "The character of `q` that is wrong, from 0."},
        },
        ("parameter", "position"),
    ),
}


def _query(name: str, schema: Schema, said: str, *, required: bool = False) -> Schema:
    known = {"name": name, "in": "query", "required": required}
    return {**known, "description": said, "schema": schema}


def _path(name: str, schema: Schema, said: str, example: str) -> Schema:
    known = {"name": name, "in": "path", "required": True, "example": example}
    return {**known, "description": said, "schema": schema}


def _limit(most: int) -> Schema:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": LISTED}
    return _query("limit", schema, "How many papers the answer holds at most.")


_PROBLEMS = {
    "400": "A parameter is wrong.",
    "404": "There is no such thing.",
    "405": "Another method than GET or HEAD.",
    "414": "The address is too long.",
    "503": "The records cannot be read just now, or too much is asked for.",
}


def _get(
    name: str, said: str, schema: str, problems: tuple[str, ...], *parameters: Schema
) -> Schema:
    """Describe what answers GET at one address."""
    answers: Schema = {
        "200": _answer("What was asked for.", "application/json", _ref(schema)),
        "304": {"description": "What the client has, by If-None-Match, is as it was."},
    }
    for status in (*problems, "405", "414", "503"):
        kind = "application/problem+json"
        answers[status] = _answer(_PROBLEMS[status], kind, _ref("Problem"))
    operation = {"operationId": name, "summary": said, "responses": answers}
    return {"get": {**operation, "parameters": list(parameters)}}


def _answer(said: str, kind: str, schema: Schema) -> Schema:
    return {"description": said, "content": {kind: {"schema": schema}}}


_SLUG = _path(
    "slug", {"type": "string", "pattern": "^[a-z0-9-]+$"}, "The topic's slug.", "language"
)
_PAPER = _path(
    "id",
    {"type": "string", "pattern": f"^{ID}$"},
    "The arXiv id; the slash of one from before 2007 is written as %2F, or as it is.",
    "2401.01234",
)
_ON = _query(
    "before",
    {"type": "string", "pattern": AFTER},
    "What `next` was in the answer before, to go on from there.",
)
_AFTER = _query(
    "before", {"type": "string", "pattern": f"^{ID}$"}, "Only papers older than this one."
)
_Q = _query(
    "q",
    {"type": "string", "minLength": 1, "maxLength": LONGEST},
    "A query in arXiv's syntax, such as `ti:lattice AND cat:math.CO`.",
    required=True,
)
DESCRIPTION: Schema = {
    "openapi": "3.1.0",
    "info": {
        "title": "Daily Papers",
        "version": __version__,
        "summary": "Stored arXiv papers, by topic, by id and by search.",
        "description": (
            "All of it is public and only read. Answers carry an ETag: ask again with "
            "If-None-Match, and what has not changed is not sent again. Metadata come from arXiv, "
            "under CC0 1.0."
        ),
    },
    "servers": [{"url": "."}],
    "paths": {
        "/topics": _get("topics", "List the topics", "Topics", ()),
        "/topics/{slug}/papers": _get(
            "papers_of_topic",
            "List a topic's papers, the newest version first",
            "Papers",
            ("400", "404"),
            *(_SLUG, _ON, _limit(MOST_LISTED)),
        ),
        "/papers/{id}": _get("paper", "Give one stored paper", "Paper", ("404",), _PAPER),
        "/search": _get(
            "search",
            "Find stored papers, by their ids the newest first",
            "Found",
            ("400",),
            *(_Q, _AFTER, _limit(MOST_FOUND)),
        ),
    },
    "components": {"schemas": SCHEMAS},
}


@cache
def content() -> Content:
    """Give the description as it is served."""
    text = json.dumps(DESCRIPTION, ensure_ascii=False, indent=1)
    return Content.of(text.encode(), "application/json")
