"""Reading pages of the query API: both schemas, and what is refused or quarantined."""

import gzip
import json
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.core.model import Paper
from bot.demo.atom import Schema, error_feed, feed
from bot.sources.affiliations import LONGEST, MOST
from bot.sources.atom import Refusal, parse_page
from bot.sources.markup import UnreadableText
from tests.builders import paper

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
AFFILIATION = f"{ARXIV}affiliation"
SCHEMAS: tuple[Schema, ...] = ("new", "old")


def page(*papers: Paper, schema: Schema = "new", total: int | None = None) -> bytes:
    count = len(papers) if total is None else total
    return feed(papers, total=count, start=0, title="arXiv Query", schema=schema)


def edited(old: str, new: str, *papers: Paper) -> bytes:
    body = page(*(papers or (paper(1), paper(2))))
    changed = re.sub(old.encode(), new.encode(), body, count=1, flags=re.DOTALL)
    assert changed != body
    return changed


FULL = paper(
    7,
    version=3,
    title="Bounds for $a<b$ & $p<0.05$ in <i>naïve</i> settings: caf\u00e9s &amp; R&D",
    abstract="If $x < y$ & $y > z$ then \\'etale &lt;maps&gt; gain 5% on </b>.",
    authors=("José Á. Núñez", "Łukasz Kaiser", "O'Brien & Sons", "王伟"),
    categories=("cs.LG", "math-ph", "cond-mat.mtrl-sci", "q-bio.QM"),
    primary_category="cs.LG",
    updated=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
    comment="12 pages; code at https://example.org/?a=1&b=2",
    journal_ref="J. Test. 1 (2026) 1-2",
    doi="10.1000/xyz<1>",
    affiliations=("LMM & Co.", "Trinity College, Cambridge", "Université de Pau", "王", "LRI"),
)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_field_comes_through_exactly_in_both_schemas(schema: Schema) -> None:
    read = parse_page(page(FULL, paper(8), schema=schema, total=412))
    assert read.papers == (FULL, paper(8))
    assert (read.total, read.rows, read.quarantined) == (412, 2, ())


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_empty_page_says_that_there_is_nothing(schema: Schema) -> None:
    read = parse_page(page(schema=schema))
    assert (read.total, read.rows, read.papers) == (0, 0, ())


WORDS = st.text(st.characters(min_codepoint=0x20, exclude_characters="\x7f", codec="utf-8"))


def representable(text: str) -> bool:
    """Whether XML can hold the text, and feedparser does not take it for text encoded twice."""
    if re.search(r"[\x80-\x9f\ufffe\uffff]", text):
        return False
    try:
        text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return True
    return text.isascii()


@settings(max_examples=60, deadline=None)
@given(title=WORDS.filter(representable), abstract=WORDS.filter(representable))
def test_no_text_is_taken_for_markup_or_changed(title: str, abstract: str) -> None:
    title = " ".join(f"T {title}".split())
    abstract = " ".join(abstract.split())
    one = paper(1, title=title, abstract=abstract, comment=title, authors=(title,))
    assume(representable(abstract) and representable(title))
    [read] = parse_page(page(one)).papers
    assert (read.title, read.abstract) == (title, abstract)
    assert (read.comment, read.authors) == (title, (title,))


def test_white_space_is_folded_everywhere() -> None:
    body = edited("A Study of Subject 1", "A\n  Study\t of\u00a0 Subject\n 1 ")
    assert parse_page(body).papers[0].title == "A Study of Subject 1"


def test_old_style_ids_keep_their_archive_and_lose_their_version() -> None:
    old = paper(1, id="hep-th/9901001", version=2, categories=("hep-th",))
    [read] = parse_page(page(old)).papers
    assert (read.id, read.version) == ("hep-th/9901001", 2)


def test_a_withdrawn_paper_is_known_by_its_comment() -> None:
    gone = paper(1, version=2, comment="This paper has been withdrawn by the authors")
    [read] = parse_page(page(gone)).papers
    assert read.withdrawn


def test_acm_and_msc_classes_are_no_categories() -> None:
    mixed = paper(1, categories=("cs.LG", "I.2.7; H.3.3", "68T50", "53B05, 53C25", "astro-ph"))
    assert parse_page(page(mixed)).papers[0].categories == ("cs.CL", "cs.LG", "astro-ph")


def test_without_a_primary_category_the_first_one_stands_in() -> None:
    body = edited("<arxiv:primary_category[^>]*/>", "", paper(1, categories=("cs.LG", "cs.CL")))
    [read] = parse_page(body).papers
    assert (read.primary_category, read.categories) == ("cs.LG", ("cs.LG", "cs.CL"))


def test_a_date_with_another_zone_or_none_becomes_utc() -> None:
    body = edited("<published>[^<]*<", "<published>2026-01-02T03:04:05-05:00<", paper(1))
    assert parse_page(body).papers[0].published == datetime(2026, 1, 2, 8, 4, 5, tzinfo=UTC)
    body = edited("<updated>2026-01-04[^<]*<", "<updated>2026-01-02T03:04:05<", paper(1))
    assert parse_page(body).papers[0].updated == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_affiliations_and_nameless_authors_do_not_disturb_the_names() -> None:
    body = edited(
        "<author>.*?</author>",
        "<author><name>Ana García</name><arxiv:affiliation>MIT</arxiv:affiliation></author>"
        "<author><arxiv:affiliation>Nowhere</arxiv:affiliation></author>"
        "<author><name>me@example.org</name></author>",
        paper(1),
    )
    assert parse_page(body).papers[0].authors == ("Ana García", "me@example.org", "Li Wei")


def test_each_affiliation_is_told_once_in_the_order_of_the_authors() -> None:
    told = "<arxiv:affiliation>{}</arxiv:affiliation>".format
    name = "<author><name>A</name>{}</author>".format
    authors = [told("UTPA") + told(" LMM,\n  Pau "), told("UTPA"), told(""), told(" "), ""]
    body = edited(
        "<author>.*</author>",
        "".join(map(name, [*authors, told("IBISC")]))
        + told("of no author")
        + "<arxiv:affiliation/>",
        paper(1),
    )
    assert parse_page(body).papers[0].affiliations == ("UTPA", "LMM, Pau", "IBISC")


def test_affiliations_are_those_of_their_own_paper() -> None:
    one, other = paper(1, affiliations=("LRI",)), paper(3, affiliations=("IBISC", "LRI"))
    assert parse_page(page(one, paper(2), other)).papers == (one, paper(2), other)


def test_affiliations_without_end_are_cut_short() -> None:
    many = tuple(f"Institute {number}" for number in range(MOST + 1))
    told = paper(1, affiliations=("of " * LONGEST, *many))
    assert parse_page(page(told)).papers[0].affiliations == many[:MOST]


def test_affiliations_are_read_as_utf_8_whatever_the_page_declares() -> None:
    body = page(FULL).replace(b"'UTF-8'", b"'utf-16'")
    assert parse_page(body).papers == (FULL,)


def test_another_prefix_for_arxivs_own_elements_is_understood() -> None:
    body = page(FULL)
    for old, new in ((b"arxiv", b"ax"), (b"opensearch", b"os")):
        body = body.replace(b"<" + old + b":", b"<" + new + b":")
        body = body.replace(b"</" + old + b":", b"</" + new + b":")
        body = body.replace(b"xmlns:" + old, b"xmlns:" + new)
    assert parse_page(body).papers == (FULL,)


@pytest.mark.parametrize(
    ("old", "new", "name", "told"),
    [
        ("<id>http://arxiv.org/abs/.*?</id>", "", "A Study of Subject 1", "not an arXiv id"),
        (
            "abs/2601.00001v1</id>",
            "abs/nonsense</id>",
            "http://arxiv.org/abs/nonsense",
            "not an arXiv id",
        ),
        ("<title>A Study.*?</title>", "<title> </title>", "2601.00001", "no title"),
        ("<title>A Study.*?</title>", "", "2601.00001", "no title"),
        ("<published>.*?</published>", "", "2601.00001", "<published>"),
        ("<published>.*?</published>", "<published>soon</published>", "2601.00001", "soon"),
        (
            "<published>.*?</published>",
            "<published>0001-01-01T00:00:00+05:00</published>",
            "2601.00001",
            "0001-01-01T00:00:00+05:00",
        ),
        ("<updated>2026-01-04.*?</updated>", "", "2601.00001", "<updated>"),
        ("<category.*?/>(.*?)<arxiv:primary_category.*?/>", r"\1", "2601.00001", "category"),
    ],
)
def test_fault_6_a_malformed_entry_is_quarantined_and_the_rest_kept(
    old: str, new: str, name: str, told: str
) -> None:
    read = parse_page(edited(old, new))
    assert [kept.id for kept in read.papers] == ["2601.00002"]
    [bad] = read.quarantined
    assert bad.id == name
    assert told in bad.error
    assert read.rows == 2


def test_fault_6_an_entry_without_anything_to_call_it_by_goes_by_its_row() -> None:
    body = edited("<entry>.*?</entry>", "<entry></entry>")
    assert parse_page(body).quarantined[0].id == "row 1, without id or title"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_error_entry_is_arxivs_refusal_and_never_a_paper(schema: Schema) -> None:
    with pytest.raises(SourceError, match="incorrect id format for abc") as caught:
        parse_page(error_feed("incorrect id format for abc", schema))
    assert type(caught.value) is Refusal


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Rate exceeded.",
        b"<html><body><p>Down for maintenance</p></body></html>",
        b"<!doctype html><html><br></html>",
        b"<rss version='2.0'><channel/></rss>",
        b"<feed><entry/></feed>",
        b'{"error": "no"}',
        b"\xff\xfe<\x00f\x00",
        b"\x00" * 100,
    ],
)
def test_fault_3_what_is_no_atom_feed_is_refused(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        parse_page(body)


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE feed>",
        '<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE feed PUBLIC "-//X//EN" "http://127.0.0.1:1/x.dtd">',
    ],
)
def test_fault_12_entity_bombs_and_external_entities_are_refused(declaration: str) -> None:
    body = page(paper(1)).replace(b"<feed", f"{declaration}<feed".encode(), 1)
    with pytest.raises(SourceUnavailable, match="DTD"):
        parse_page(body)


def test_fault_5_a_page_cut_anywhere_is_refused_whole() -> None:
    body = page(paper(1), FULL)
    for end in range(0, len(body.rstrip()), 7):
        with pytest.raises((SuspectAnswer, SourceUnavailable)) as caught:
            parse_page(body[:end])
        assert not isinstance(caught.value, UnreadableText)


def test_what_feedparser_alone_stumbles_over_is_refused() -> None:
    body = page(paper(1)).replace(b"<feed", b"<!--\n<!ENTITY -->\n<feed", 1)
    with pytest.raises(SuspectAnswer, match="cannot be read"):
        parse_page(body)


def test_text_after_the_feed_is_refused() -> None:
    with pytest.raises(SuspectAnswer):
        parse_page(page(paper(1)) + b"<p>and more</p>")


@pytest.mark.parametrize("bad", [b"\x0b", b"\xff", b"&nbsp;", b"<", b"&#2;"])
def test_what_xml_cannot_hold_makes_a_page_unreadable(bad: bytes) -> None:
    body = page(paper(1), paper(2)).replace(b"Subject 1", b"Subject " + bad + b" 1", 1)
    with pytest.raises(UnreadableText):
        parse_page(body)


@pytest.mark.parametrize("number", [b"", b"many", b"-1", b"1.5"])
def test_a_page_must_say_how_many_results_there_are(number: bytes) -> None:
    body = re.sub(rb"(<opensearch:totalResults>)\d+", rb"\g<1>" + number, page(paper(1)))
    with pytest.raises(SuspectAnswer, match="how many results"):
        parse_page(body)


def test_a_page_without_a_total_is_refused() -> None:
    body = re.sub(rb"<opensearch:totalResults>\d+</opensearch:totalResults>", b"", page(paper(1)))
    with pytest.raises(SuspectAnswer, match="how many results"):
        parse_page(body)


def field(element: ET.Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None else " ".join((found.text or "").split()) or None


def as_elementtree_sees_it(entry: ET.Element) -> dict[str, object]:
    names = (field(author, f"{ATOM}name") for author in entry.iter(f"{ATOM}author"))
    primary = entry.find(f"{ARXIV}primary_category")
    terms = [category.get("term", "") for category in entry.iter(f"{ATOM}category")]
    return {
        "url": field(entry, f"{ATOM}id"),
        "title": field(entry, f"{ATOM}title"),
        "abstract": field(entry, f"{ATOM}summary"),
        "authors": tuple(name for name in names if name),
        "categories": tuple(dict.fromkeys(term for term in terms if not re.search("[0-9 ]", term))),
        "primary_category": None if primary is None else primary.get("term"),
        "published": datetime.fromisoformat(field(entry, f"{ATOM}published") or ""),
        "updated": datetime.fromisoformat(field(entry, f"{ATOM}updated") or ""),
        "comment": field(entry, f"{ARXIV}comment"),
        "journal_ref": field(entry, f"{ARXIV}journal_ref"),
        "doi": field(entry, f"{ARXIV}doi"),
        "affiliations": tuple(
            dict.fromkeys(" ".join((one.text or "").split()) for one in entry.iter(AFFILIATION))
        ),
    }


def test_over_all_recordings_feedparser_sees_what_elementtree_sees(recordings: Path) -> None:
    entries = 0
    for path in sorted((recordings / "api").glob("*.xml")):
        body = path.read_bytes()
        root = ET.fromstring(body)
        read = parse_page(body)
        assert read.quarantined == (), path.name
        assert read.rows == len(root.findall(f"{ATOM}entry"))
        for one, entry in zip(read.papers, root.iter(f"{ATOM}entry"), strict=True):
            expected = as_elementtree_sees_it(entry)
            url = str(expected.pop("url"))
            assert url == f"http://arxiv.org/abs/{one.id}v{one.version}"
            assert {name: getattr(one, name) for name in expected} == expected, path.name
            entries += 1
    assert entries > 400


@pytest.mark.slow
@pytest.mark.parametrize("schema", SCHEMAS)
def test_text_of_genuine_papers_comes_through_unchanged(recordings: Path, schema: Schema) -> None:
    papers = []
    with gzip.open(recordings / "corpus" / "papers-20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(islice(lines, 0, 20_000, 25), 1):
            row = json.loads(line)
            title, abstract = (" ".join(row[name].split()) for name in ("title", "summary"))
            comment = " ".join((row["comment"] or "").split()) or None
            papers.append(paper(number, title=title, abstract=abstract, comment=comment))
    assert len(papers) == 800
    assert parse_page(page(*papers, schema=schema)).papers == tuple(papers)


def test_recorded_errors_are_refused_and_hold_no_paper(recordings: Path) -> None:
    bodies = sorted((recordings / "api_errors").iterdir())
    assert bodies
    for path in bodies:
        with pytest.raises(SourceError):
            parse_page(path.read_bytes())
