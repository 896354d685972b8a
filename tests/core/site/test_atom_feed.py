"""Atom feeds: valid by a schema and by a reader, known by the same ids for ever."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bot.core.model import Detail
from bot.core.render.item import name_of
from bot.core.render.wording import display
from bot.core.site import places
from bot.core.site.atom import MEDIA_TYPE, atom
from bot.core.site.model import Card
from bot.core.visible import visible
from tests.builders import NOON, paper
from tests.core.site.samples import TODAY, card, recorded, section, site
from tests.hostile import HOSTILE, hostile_papers

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
NAMES = {"a": "http://www.w3.org/2005/Atom", "arxiv": "http://arxiv.org/schemas/atom"}


def checked(content: bytes) -> Any:
    """Read a feed strictly, hold it against the standard, and give its root."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, huge_tree=True))
    SCHEMA.assertValid(root)
    ids = [one.text for one in root.iterfind("a:entry/a:id", NAMES)]
    assert len(set(ids)) == len(ids)
    for one in (root, *root.iterfind("a:entry", NAMES)):
        links = Counter(
            (link.get("rel"), link.get("type")) for link in one.iterfind("a:link", NAMES)
        )
        assert all(count == 1 for count in links.values())
    for entry in root.iterfind("a:entry", NAMES):
        assert entry.xpath("count(a:link[@rel='alternate'])", namespaces=NAMES) == 1
    parsed = feedparser.parse(content)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    return root


def text(one: Any, path: str) -> str:
    """Give the text of an element."""
    found = one.find(path, NAMES)
    return (found.text or "") if found is not None else "(none)"


def test_a_topic_has_a_feed_of_its_papers() -> None:
    of = site(introduction="Ours.")
    one = card(
        1,
        ("vision", "language"),
        title=r"On $\alpha$ & <b>",
        version=2,
        updated=NOON,
        categories=("cs.LG", "cs.CL"),
        comment="8 pages",
        journal_ref="J. 1 (2026) 2",
        doi="10.1/a_b",
    )
    root = checked(atom(of, of.topic("language"), [one]))
    assert text(root, "a:title") == "Daily Papers: Language"
    assert text(root, "a:subtitle") == "Ours."
    assert text(root, "a:id") == "https://papers.example.org/topics/language/index.html"
    assert text(root, "a:updated") == "2026-01-05T12:00:00Z"
    links = {link.get("rel"): link.get("href") for link in root.iterfind("a:link", NAMES)}
    assert links == {
        "alternate": "https://papers.example.org/topics/language/index.html",
        "self": "https://papers.example.org/topics/language/language.atom",
    }
    (entry,) = root.iterfind("a:entry", NAMES)
    assert text(entry, "a:title") == "On α & <b>"
    assert text(entry, "a:id") == "https://arxiv.org/abs/2601.00001"
    assert text(entry, "a:published") == "2026-01-04T12:00:00Z"
    assert text(entry, "a:updated") == "2026-01-05T12:00:00Z"
    assert [one.text for one in entry.iterfind("a:author/a:name", NAMES)] == [
        "Ana García",
        "Li Wei",
    ]
    assert text(entry, "a:summary") == "We study subject 1 and report what we found."
    assert text(entry, "arxiv:comment") == "8 pages"
    assert text(entry, "arxiv:journal_ref") == "J. 1 (2026) 2"
    assert text(entry, "arxiv:doi") == "10.1/a_b"
    assert [tuple(one.attrib.values()) for one in entry.iterfind("a:category", NAMES)] == [
        ("cs.CL", NAMES["arxiv"]),
        ("cs.LG", NAMES["arxiv"]),
        ("language", "Language", "https://papers.example.org/index.html"),
        ("vision", "Vision", "https://papers.example.org/index.html"),
    ]
    assert {link.get("rel"): link.get("href") for link in entry.iterfind("a:link", NAMES)} == {
        "alternate": "https://arxiv.org/abs/2601.00001",
        "related": f"https://papers.example.org/{places.paper(one.paper.id)}",
    }


def test_without_an_address_of_the_site_ids_hang_on_the_topic_alone() -> None:
    of = site(url="")
    root = checked(atom(of, of.topic("language"), [card()]))
    assert text(root, "a:id") == "tag:daily-papers.invalid,2026:topics/language"
    assert not root.findall("a:link", NAMES)
    every = checked(atom(of, None, [card()]))
    assert text(every, "a:id") == "tag:daily-papers.invalid,2026:all"
    assert {link.get("rel") for link in every.iterfind("a:entry/a:link", NAMES)} == {"alternate"}


def test_a_revision_changes_the_date_and_not_the_id() -> None:
    of = site()
    first, later = card(1), card(1, version=2, updated=NOON)
    old, new = (checked(atom(of, None, [one])).find("a:entry", NAMES) for one in (first, later))
    assert text(old, "a:id") == text(new, "a:id")
    assert text(old, "a:published") == text(new, "a:published")
    assert text(old, "a:updated") < text(new, "a:updated")


def test_the_feed_of_all_holds_each_paper_once_and_the_newest_first() -> None:
    of = site(limit=2)
    cards = [card(number, updated=NOON + timedelta(minutes=number % 3)) for number in range(4)]
    root = checked(atom(of, None, [*cards, *cards]))
    assert [one.text[-1] for one in root.iterfind("a:entry/a:id", NAMES)] == ["2", "1"]
    assert text(root, "a:title") == "Daily Papers"
    assert text(root, "a:link[@rel='self']") == ""
    assert root.find("a:link[@rel='self']", NAMES).get("href").endswith("/all.atom")
    assert root.find("a:link[@rel='self']", NAMES).get("type") == MEDIA_TYPE


@pytest.mark.parametrize(("updated", "told"), [(TODAY, "2026-01-05"), (None, "1970-01-01")])
def test_an_empty_feed_is_one_too(updated: Any, told: str) -> None:
    assert text(checked(atom(site(updated=updated), None, [])), "a:updated") == f"{told}T00:00:00Z"


def test_what_only_a_feed_has_told_has_no_date_of_submission() -> None:
    entry = checked(atom(site(), None, [card(1, detail=Detail.FEED)])).find("a:entry", NAMES)
    assert text(entry, "a:published") == "(none)"
    assert text(entry, "a:updated") == "2026-01-04T12:00:00Z"


@pytest.fixture
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine have another zone than UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_elsewhere")
def test_instants_are_told_in_utc() -> None:
    east = datetime(2026, 1, 6, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    root = checked(atom(site(), None, [card(1, updated=east)]))
    assert text(root, "a:updated") == "2026-01-05T23:30:00Z"


def test_an_old_id_is_an_address_too() -> None:
    one = replace(card(), paper=paper(id="hep-th/9901001"))
    entry = checked(atom(site(), None, [one])).find("a:entry", NAMES)
    assert text(entry, "a:id") == "https://arxiv.org/abs/hep-th/9901001"


@given(st.lists(HOSTILE, min_size=8, max_size=8))
def test_no_text_breaks_a_feed(texts: list[str]) -> None:
    title, abstract, author, comment, category, journal, topic, about = texts
    of = site([topic], title=f"T{topic}", introduction=about)
    one = card(
        1,
        [of.topics[0].slug],
        title=title,
        abstract=abstract,
        authors=(author, ""),
        comment=comment,
        categories=(category,),
        journal_ref=journal,
        doi=journal,
    )
    entry = checked(atom(of, of.topics[0], [one])).find("a:entry", NAMES)
    assert text(entry, "a:title") == name_of(one.paper)
    assert text(entry, "a:summary") == display(abstract)
    names = [name.text for name in entry.iterfind("a:author/a:name", NAMES)]
    assert names == [display(author)] * bool(display(author))
    assert entry.find("a:category", NAMES).get("term") == "cs.CL"
    assert entry.findall("a:category", NAMES)[-1].get("label") == visible(topic)


def test_no_two_ways_to_do_harm_break_a_feed() -> None:
    cards = [Card(entry.paper, TODAY) for entry in hostile_papers()]
    root = checked(atom(site(limit=len(cards)), None, cards))
    assert len(root.findall("a:entry", NAMES)) == len(cards)


@pytest.mark.slow
def test_recorded_papers_stand_in_feeds(recordings: Path) -> None:
    of, sections = recorded(recordings, 100)
    for one in sections:
        root = checked(atom(of, one.shelf, one.cards))
        assert len(root.findall("a:entry", NAMES)) == len(one.cards)


def test_same_input_gives_same_bytes() -> None:
    of = site()
    both = section(of, "language", [card(1), card(2)]).cards
    assert atom(of, None, both) == atom(of, None, both[::-1])
