"""JSON Feed: held to the rules of version 1.1, written down as a model."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter

from bot.core.model import Detail
from bot.core.render.item import name_of
from bot.core.render.wording import display
from bot.core.site import places
from bot.core.site.json_feed import json_feed
from bot.core.site.model import Card
from tests.builders import NOON
from tests.core.site.samples import TODAY, card, recorded, site
from tests.hostile import HOSTILE, hostile_papers

_Address = Annotated[str, Field(pattern=r"^https?://[!-~]+$")]
_Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Words = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Author(_Strict):
    name: _Words


class _Item(_Strict):
    id: _Address
    url: _Address
    title: _Words
    content_text: str
    date_published: _Instant | None = None
    date_modified: _Instant
    authors: Annotated[list[_Author], Field(min_length=1)] | None = None
    tags: list[_Words]
    besides: Annotated[dict[str, _Words], Field(alias="_daily_papers")]


class _Feed(_Strict):
    version: Literal["https://jsonfeed.org/version/1.1"]
    title: str
    home_page_url: _Address | None = None
    feed_url: _Address | None = None
    description: _Words
    language: Literal["en"]
    authors: list[_Author]
    items: list[_Item]


def checked(content: bytes) -> dict[str, Any]:
    """Read a feed and hold it against the rules."""
    feed: dict[str, Any] = json.loads(content)
    assert None not in feed.values()
    _Feed.model_validate(feed)
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids)
    for item in feed["items"]:
        TypeAdapter(HttpUrl).validate_python(item["url"])
        datetime.fromisoformat(item["date_modified"])
    return feed


def test_a_topic_has_a_feed_of_its_papers() -> None:
    of = site()
    one = card(1, ("vision",), version=2, updated=NOON, comment="8 pages", doi="10.1/a")
    feed = checked(json_feed(of, of.topic("vision"), [one]))
    assert feed.pop("items") == [
        {
            "id": "https://arxiv.org/abs/2601.00001",
            "url": "https://arxiv.org/abs/2601.00001",
            "title": "A Study of Subject 1",
            "content_text": "We study subject 1 and report what we found.",
            "date_published": "2026-01-04T12:00:00Z",
            "date_modified": "2026-01-05T12:00:00Z",
            "authors": [{"name": "Ana García"}, {"name": "Li Wei"}],
            "tags": ["cs.CL", "Vision"],
            "_daily_papers": {
                "page": f"https://papers.example.org/{places.paper(one.paper.id)}",
                "pdf": "https://arxiv.org/pdf/2601.00001",
                "comment": "8 pages",
                "doi": "10.1/a",
            },
        }
    ]
    assert feed.pop("description").startswith("New papers on arXiv")
    assert feed == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Daily Papers: Vision",
        "home_page_url": "https://papers.example.org/topics/vision/index.html",
        "feed_url": "https://papers.example.org/topics/vision/vision.feed.json",
        "language": "en",
        "authors": [{"name": "Daily Papers"}],
    }


def test_what_is_not_known_is_left_out() -> None:
    one = card(1, (), abstract="", authors=(), detail=Detail.FEED)
    feed = checked(json_feed(site(url="", updated=None), None, [one]))
    assert {"home_page_url", "feed_url"}.isdisjoint(feed)
    (item,) = feed["items"]
    assert item["content_text"] == ""
    assert {"date_published", "authors"}.isdisjoint(item)
    assert checked(json_feed(site(), None, []))["items"] == []


def test_the_newest_come_first_and_no_more_than_the_limit() -> None:
    feed = checked(json_feed(site(limit=2), None, [card(1), card(3), card(2), card(3)]))
    assert [item["id"][-1] for item in feed["items"]] == ["3", "2"]


@given(st.lists(HOSTILE, min_size=6, max_size=6))
def test_no_text_breaks_a_feed(texts: list[str]) -> None:
    title, abstract, author, comment, category, topic = texts
    of = site([topic], title=f"T{topic}", introduction=comment)
    one = card(
        1,
        [of.topics[0].slug],
        title=title,
        abstract=abstract,
        authors=(author, ""),
        comment=comment,
        categories=(category,),
    )
    feed = json.loads(json_feed(of, of.topics[0], [one]))
    (item,) = feed["items"]
    assert item["title"] == name_of(one.paper)
    assert item["content_text"] == display(abstract)


def test_no_two_ways_to_do_harm_break_a_feed() -> None:
    cards = [Card(entry.paper, TODAY) for entry in hostile_papers()]
    assert len(checked(json_feed(site(limit=len(cards)), None, cards))["items"]) == len(cards)


@pytest.mark.slow
def test_recorded_papers_stand_in_feeds(recordings: Path) -> None:
    of, sections = recorded(recordings, 100)
    for one in sections:
        assert len(checked(json_feed(of, one.shelf, one.cards))["items"]) == len(one.cards)
