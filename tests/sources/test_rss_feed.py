"""Reading an announcement feed: both forms, what an item tells, what is refused or quarantined."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import assume, given, settings

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.core.model import Detail, Paper
from bot.sources.atom import Refusal
from bot.sources.markup import UnreadableText
from bot.sources.rss_feed import Feed, parse_feed
from tests.builders import paper
from tests.effort import QUADRATIC, growth
from tests.sources.feed_server import Announced, refusal, write
from tests.sources.test_atom import WORDS, representable

DAY = date(2026, 1, 5)
MIDNIGHT = datetime(2026, 1, 5, 5, tzinfo=UTC)
Form = Literal["rss", "atom"]
FORMS: tuple[Form, ...] = ("rss", "atom")


def told(number: int = 1, **changes: object) -> Paper:
    """Build a paper as a feed tells of it."""
    known = {"published": MIDNIGHT, "updated": MIDNIGHT, "detail": Detail.FEED}
    return paper(number, **(known | changes))


FULL = told(
    7,
    version=3,
    title="Bounds for $a<b$ & $p<0.05$ in <i>naïve</i> settings: caf\u00e9s &amp; R&D",
    abstract="If $x < y$ & $y > z$ then \\'etale &lt;maps&gt; gain 5% on </b>. Abstract: no.",
    authors=("José Á. Núñez", "O'Brien & Sons", "王伟"),
    categories=("cs.LG", "math-ph", "cond-mat.mtrl-sci", "cs.CL"),
    primary_category="cs.LG",
    published=datetime(2025, 12, 1, tzinfo=UTC),  # it is cross-listed: it may be of any age
    journal_ref="J. Test. 1 (2026) 1-2",
    doi="10.1000/xyz<1>",
)


def read(*items: Announced | Paper, form: Form = "rss") -> Feed:
    listed = [one if isinstance(one, Announced) else Announced(one) for one in items]
    return parse_feed(write(listed, ("cs.CL",), DAY, form=form), atom=form == "atom")


def edited(old: str, new: str, *papers: Paper) -> bytes:
    listed = [Announced(one) for one in papers or (told(1), told(2))]
    body = write(listed, ("cs.CL",), DAY)
    changed = re.sub(old.encode(), new.encode(), body, count=1, flags=re.DOTALL)
    assert changed != body
    return changed


@pytest.mark.parametrize("form", FORMS)
def test_every_field_comes_through_exactly_and_what_a_feed_lacks_is_left_open(form: Form) -> None:
    feed = read(FULL, told(8), form=form)
    assert feed.papers == (FULL, told(8))
    assert (feed.day, feed.rows, feed.quarantined) == (DAY, 2, ())
    assert all(one.partial and one.comment is None for one in feed.papers)


def test_only_what_is_listed_as_new_was_surely_submitted_lately() -> None:
    elsewhere = told(2, primary_category="cs.LG", categories=("cs.LG", "cs.CL"))
    replaced = Announced(told(3, version=2), "replace")
    dates = [one.published for one in read(told(1), elsewhere, replaced).papers]
    month_before = datetime(2025, 12, 1, tzinfo=UTC)
    assert dates == [MIDNIGHT, month_before, month_before]


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_feed_still_has_its_day(form: Form) -> None:
    assert read(form=form) == Feed(DAY, 0)


def test_an_item_is_told_apart_by_version_and_by_how_it_is_announced() -> None:
    items = [
        Announced(told(1)),
        Announced(told(2, primary_category="cs.LG", categories=("cs.LG", "cs.CL"))),
        Announced(told(3, version=2), "replace"),
        Announced(told(4, version=2, primary_category="cs.LG", categories=("cs.LG",)), "replace"),
    ]
    names = [item.name for item in read(*items).items]
    assert names == [
        "2601.00001v1 new",
        "2601.00002v1 cross",
        "2601.00003v2 replace",
        "2601.00004v2 replace-cross",
    ]


@settings(max_examples=60, deadline=None)
@given(title=WORDS.filter(representable), abstract=WORDS.filter(representable))
def test_no_text_is_taken_for_markup_or_changed(title: str, abstract: str) -> None:
    title = " ".join(f"T {title}".split())
    abstract = " ".join(abstract.split())
    assume(representable(abstract) and representable(title))
    [one] = read(told(1, title=title, abstract=abstract)).papers
    assert (one.title, one.abstract) == (title, abstract)


def test_old_style_ids_keep_their_archive() -> None:
    old = told(1, id="hep-th/9901001", version=2, categories=("hep-th",), primary_category="hep-th")
    [one] = read(old).papers
    assert (one.id, one.version, one.categories) == ("hep-th/9901001", 2, ("hep-th",))


@pytest.mark.parametrize(
    ("creators", "authors"),
    [
        ("Anamta Khan, Ratna Kandala,  Deepti, Sheza Munir", 4),
        ("A, , B,", 2),
        ("", 0),
        ("Ana García (MIT, Boston), Li Wei (PKU)", 2),
        ("Ana García (MIT, Boston, Li Wei", 3),  # a parenthesis that never closes hides nobody
    ],
)
def test_authors_are_parted_by_commas_outside_of_parentheses(creators: str, authors: int) -> None:
    [one, _] = parse_feed(edited("Ana García, Li Wei", creators), atom=False).papers
    assert len(one.authors) == authors
    assert all(one.authors)


def test_an_item_may_bear_a_day_of_its_own_or_none_as_until_2024() -> None:
    day = date(2026, 1, 2)
    feed = read(Announced(told(1), bears=day))
    assert feed.items[0].day == day
    assert feed.papers[0].updated == datetime(2026, 1, 2, 5, tzinfo=UTC)
    older = re.sub(rb"</category><pubDate>[^<]*</pubDate>", b"</category>", edited("x", "y"))
    assert [item.day for item in parse_feed(older, atom=False).items] == [DAY, DAY]


def test_a_version_missing_from_the_guid_is_read_from_the_description() -> None:
    body = edited("00001v3</guid>", "00001</guid>", told(1, version=3))
    assert parse_feed(body, atom=False).papers[0].version == 3
    bare = re.sub(rb"<description>arXiv:[^<]*Abstract: ", b"<description>", body)
    [one] = parse_feed(bare, atom=False).papers
    assert (one.version, one.abstract) == (1, told(1).abstract)
    other = re.sub(rb"arXiv:2601.00001v3", b"arXiv:2601.00009v7", body)
    [one] = parse_feed(other, atom=False).papers
    assert (one.id, one.version) == ("2601.00001", 1)


@pytest.mark.parametrize(
    ("old", "new", "name", "reason"),
    [
        ("oai:arXiv.org:2601.00001v1", "oai:nowhere:1", "oai:nowhere:1", "not an arXiv id"),
        ("<title>A Study of Subject 1</title>", "", "2601.00001", "no title"),
        ("<category>cs.CL</category>", "", "2601.00001", "no category"),
        ("</category><pubDate>[^<]*", "</category><pubDate>soon", "2601.00001", "no date"),
        (
            "<guid.*?</guid>|<title>A Study.*?v1</guid>",
            "",
            "row 1, without id or title",
            "not an arXiv id",
        ),
    ],
)
def test_a_malformed_item_is_quarantined_by_name_and_the_others_stay(
    old: str, new: str, name: str, reason: str
) -> None:
    feed = parse_feed(edited(old, new), atom=False)
    assert feed.rows == 2
    assert [one.id for one in feed.papers] == ["2601.00002"]
    [row] = feed.quarantined
    assert row.id == name
    assert reason in row.error


def test_authors_part_at_commas_outside_of_parentheses_however_deep_these_are() -> None:
    listed = ("A. Roe (X, (Y, Z), W)", "B. Loe) never opened", "C. Poe (never closed", "D. Doe")
    assert read(told(1, authors=listed)).papers[0].authors == listed


def test_a_list_of_nothing_but_commas_takes_no_time() -> None:
    def commas(size: int) -> bytes:
        listed = "," * size + "(" * (size // 8)
        return edited("<dc:creator>[^<]*", f"<dc:creator>{listed}")

    def read_it(body: bytes) -> Feed:
        return parse_feed(body, atom=False)

    assert read_it(commas(400_000)).papers[0].authors == ("(" * 50_000,)
    assert growth(read_it, commas, 400_000) < QUADRATIC


def test_an_item_with_more_authors_than_any_paper_has_is_quarantined() -> None:
    body = edited("<dc:creator>[^<]*", "<dc:creator>" + "A, " * 200_000)
    feed = parse_feed(body, atom=False)
    assert [one.id for one in feed.papers] == ["2601.00002"]
    assert [(row.id, row.error) for row in feed.quarantined] == [
        ("2601.00001", "the item's authors take more than 500000 characters")
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"hello", SourceUnavailable),
        (b"<html><body>Sorry</body></html>", SourceUnavailable),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', SourceUnavailable),
        (write([], ("cs.CL",), DAY)[:-20], SuspectAnswer),
        (edited("Study", "St\x01udy"), UnreadableText),
        (edited("Study", "a" * 2_001), UnreadableText),
        (edited("<rss", "<!--\n<!ENTITY -->\n<rss"), SuspectAnswer),  # feedparser stumbles over it
        (edited("<pubDate>[^<]*</pubDate>", ""), SuspectAnswer),
        (edited("<pubDate>[^<]*</pubDate>", "<pubDate>today</pubDate>"), SuspectAnswer),
        (edited('version="2.0"', 'version="0.91"'), SourceUnavailable),
        (edited('version="2.0"', ""), SourceUnavailable),
    ],
)
def test_what_is_no_whole_feed_is_refused(body: bytes, kind: type[SourceError]) -> None:
    with pytest.raises(SourceError) as caught:
        parse_feed(body, atom=False)
    assert type(caught.value) is kind


def test_entity_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = b'<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    body = edited("<rss", bomb.decode() + "<rss").replace(b"Study", b"&b;")
    with pytest.raises(SourceUnavailable, match=r"declares a DTD, which RSS 2\.0 never needs"):
        parse_feed(body, atom=False)


def test_an_atom_feed_where_rss_was_asked_and_the_other_way_round_is_refused() -> None:
    with pytest.raises(SourceUnavailable, match="is no Atom feed"):
        parse_feed(write([], ("cs.CL",), DAY), atom=True)
    with pytest.raises(SourceUnavailable, match=r"is no RSS 2\.0 feed"):
        parse_feed(write([], ("cs.CL",), DAY, form="atom"), atom=False)


def test_a_refusal_in_the_form_of_a_feed_is_told_in_arxivs_words() -> None:
    with pytest.raises(Refusal, match="Bad subject class 'XX'"):
        parse_feed(refusal("Bad subject class 'XX'."), atom=False)


def test_genuine_rss_feeds_are_read_whole(recordings: Path) -> None:
    body = (recordings / "rss/emanuelealiverti__arxiv_rss__cd57c3b1__test.xml").read_bytes()
    feed = parse_feed(body, atom=False)
    assert (feed.day, feed.rows, len(feed.papers), feed.quarantined) == (
        date(2024, 3, 26),
        123,
        123,
        (),
    )
    assert len({one.id for one in feed.papers}) == 123
    kinds = [item.name.split()[1] for item in feed.items]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "new": 35,
        "cross": 27,
        "replace": 41,
        "replace-cross": 20,
    }
    for one, kind in zip(feed.papers, kinds, strict=True):
        assert (one.version > 1) == kind.startswith("replace")
    assert sum(one.doi is not None for one in feed.papers) == 8
    assert sum(one.journal_ref is not None for one in feed.papers) == 5
    assert feed.papers[0].authors == ("Matteo Gasparin", "Aaditya Ramdas")
    assert feed.papers[0].abstract.startswith("Conformal prediction equips")
    assert all(one.updated == datetime(2024, 3, 26, 4, tzinfo=UTC) for one in feed.papers)


def test_a_genuine_feed_of_2026_bears_the_day_in_each_item(recordings: Path) -> None:
    body = (recordings / "rss/jmamath__distill__cb480a63__arxiv_cs_cl.xml").read_bytes()
    feed = parse_feed(body, atom=False)
    assert feed.day == date(2026, 4, 27)
    assert {item.day for item in feed.items} == {feed.day}
    assert "Deepti" in feed.papers[0].authors


def test_a_genuine_empty_atom_feed_of_a_sunday(recordings: Path) -> None:
    body = (recordings / "rss/Smensink__researcharr__4f5c1b57__arxiv_feed.xml").read_bytes()
    assert parse_feed(body, atom=True) == Feed(date(2025, 11, 23), 0)


def test_the_old_rss_1_0_of_2012_is_refused(recordings: Path) -> None:
    body = (recordings / "rss/joetait__arXivHaiku__d7741805__math.xml").read_bytes()
    with pytest.raises(SourceUnavailable, match=r"is no RSS 2\.0 feed; it begins"):
        parse_feed(body, atom=False)
