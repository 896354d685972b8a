"""Records become papers, ids or quarantine; dates and authors come in more forms than one."""

import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.model import Detail, Paper
from bot.core.polling import Batch
from bot.sources.oai_authors import authors_of
from bot.sources.oai_page import PageReader
from bot.sources.oai_reading import Record
from bot.sources.oai_records import Roll, Sorter, instant_of
from tests.builders import NOON, paper
from tests.sources.oai_server import of, records_page

FIRST, LAST = date(2025, 12, 6), date(2026, 1, 5)


def sorted_out(body: bytes, *scopes: str, size: int = 65_536) -> tuple[Batch, Sorter]:
    """Read a page in pieces, for these scopes."""
    reader = PageReader()
    sorter = Sorter(frozenset(scopes or ("*",)), FIRST, LAST)
    for start in range(0, len(body), size):
        for record in reader.feed(body[start : start + size]):
            sorter.add(record)
    for record in reader.close():
        sorter.add(record)
    assert reader.failure is None
    return sorter.take(), sorter


categories = st.sampled_from(["cs.CL", "cs.LG", "math.AG", "hep-th", "stat.ML"])
instants = st.integers(0, 40 * 86_400).map(lambda seconds: NOON - timedelta(seconds=seconds))
words = st.text("abcdefgh $%&<>äß", min_size=1, max_size=20).map(lambda text: f"W{text.strip()}")


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    """Draw a paper as a harvest must bring it."""
    first, last = sorted([draw(instants), draw(instants)])
    version = draw(st.integers(1, 5))
    listed_in = tuple(draw(st.lists(categories, min_size=1, max_size=3, unique=True)))
    return paper(
        draw(st.integers(1, 99_999)),
        version=version,
        title=" ".join(draw(words).split()),
        abstract=" ".join(draw(words).split()),
        categories=listed_in,
        primary_category=listed_in[0],
        published=first,
        updated=last if version > 1 else first,
        comment=draw(st.none() | st.just("12 pages")),
        report_no=draw(st.none() | st.just("CERN-TH/2026-001 & more")),
        detail=Detail.HARVEST,
    )


@given(st.lists(papers(), max_size=8, unique_by=lambda one: one.id), st.integers(1, 700))
def test_papers_of_a_harvest_are_what_was_served_whatever_the_pieces(
    served: list[Paper], size: int
) -> None:
    body = records_page(map(of, served)).encode()
    batch, sorter = sorted_out(body, "cs.CL", "stat.*", size=size)

    wanted = [one for one in served if {"cs.CL", "stat.ML"} & set(one.categories)]
    assert list(batch.papers) == wanted
    assert list(batch.elsewhere) == [one.id for one in served if one not in wanted]
    assert not batch.quarantined
    assert sorter.count == len(served)
    given_lately = [
        one.id for one in served if one.published.date() >= FIRST and one.published <= NOON
    ]
    assert sorter.census == max(given_lately, default="")


def test_taking_leaves_nothing_behind() -> None:
    batch, sorter = sorted_out(records_page([of(paper(1))]).encode())
    assert len(batch.papers) == 1
    assert len(sorter) == 0
    assert sorter.take() == Batch()


def test_the_first_version_may_be_missing_and_the_order_does_not_matter() -> None:
    record = Record("oai:arXiv.org:2601.00001", form="arXivRaw")
    record.fields = {"title": "T", "categories": "cs.CL cs.CL no/category cs.AI"}
    record.versions = [
        ("v3", "Sat, 03 Jan 2026 00:00:00 GMT"),
        (" v2 ", "Fri, 02 Jan 2026 00:00:00 GMT"),
    ]
    sorter = Sorter(frozenset({"*"}), FIRST, LAST)
    sorter.add(record)
    (got,) = sorter.take().papers
    assert (got.version, got.published.day, got.updated.day) == (3, 2, 3)
    assert got.categories == ("cs.CL", "cs.AI")
    assert got.primary_category == "cs.CL"
    assert (got.abstract, got.comment, got.doi, got.authors) == ("", None, None, ())


@pytest.mark.parametrize(
    ("record", "name", "told"),
    [
        (Record(), "a record without identifier", "not an arXiv id"),
        (Record("oai:other.org:1"), "oai:other.org:1", "not an arXiv id"),
        (Record("oai:arXiv.org:2601.00001"), "2601.00001", "no title"),
        (
            Record("", form="arXivRaw", fields={"id": "2601.00001", "categories": "?"}),
            "2601.00001",
            "no title",
        ),
        (
            Record(fields={"id": "2601.00001", "categories": "?", "title": "T"}),
            "2601.00001",
            "no category",
        ),
        (
            Record(fields={"id": "2601.00001", "categories": "cs.CL", "title": "T"}),
            "2601.00001",
            "no version",
        ),
        *(
            (
                Record(
                    fields={"id": "2601.00001", "categories": "cs.CL", "title": "T"},
                    versions=[("v1", date)],
                ),
                "2601.00001",
                "no date: ",
            )
            for date in (
                "Mon, 22 Oct 99999999999999999999 22:41:50 GMT",
                "Mon, 22 Oct 2018 22:41:50 +99999999999999",
                "0001-01-01T00:00:00+05:00",
                "9999-12-31T23:59:59-05:00",
            )
        ),
    ],
)
def test_a_malformed_record_goes_by_whatever_name_it_has(
    record: Record, name: str, told: str
) -> None:
    sorter = Sorter(frozenset({"*"}), FIRST, LAST)
    sorter.add(record)
    batch = sorter.take()
    assert [(row.id, told in row.error) for row in batch.quarantined] == [(name, True)]
    assert not batch.papers
    assert sorter.count == 1


@pytest.mark.parametrize(
    ("base", "census"),
    [("2601.00001", "2601.00001"), ("2512.00001", ""), ("2602.00001", "")],
)
def test_an_id_counts_as_given_if_its_month_is_neither_before_its_paper_nor_to_come(
    base: str, census: str
) -> None:
    _, sorter = sorted_out(records_page([of(paper(1, id=base))]).encode())
    assert sorter.census == census


def test_outside_of_the_scopes_a_record_without_versions_still_exists() -> None:
    sorter = Sorter(frozenset({"cs.CL"}), FIRST, LAST)
    sorter.add(Record("oai:arXiv.org:2601.00001", fields={"categories": "math.AG"}))
    assert sorter.take().elsewhere == ("2601.00001",)
    assert sorter.census == ""


@given(st.lists(st.integers(0, 99_999)))
def test_a_roll_counts_each_id_once(numbers: list[int]) -> None:
    roll = Roll()
    ids = [f"2601.{number:05d}" for number in numbers]
    ids += [f"hep-th/9901{number % 1000:03d}" for number in numbers]
    for one in ids:
        roll.call(one)
    assert roll.count == len(set(ids))


# --- dates -----------------------------------------------------------------------------------

OCTOBER = datetime(2018, 10, 22, 22, 41, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Mon, 22 Oct 2018 22:41:50 GMT", OCTOBER),
        ("Mon, 22 Oct 2018 22:41:50 UTC", OCTOBER),
        ("  Mon, 22 Oct\n 2018 22:41:50   GMT ", OCTOBER),
        ("22 Oct 2018 22:41:50 GMT", OCTOBER),
        ("Mon, 22 Oct 2018 22:41:50 +0000", OCTOBER),
        ("Mon, 22 Oct 2018 22:41:50", OCTOBER),
        ("Tue, 23 Oct 2018 00:41:50 +0200", OCTOBER),
        ("2018-10-22T22:41:50Z", OCTOBER),
        ("2018-10-22 22:41:50", OCTOBER),
        ("2018-10-22", datetime(2018, 10, 22, tzinfo=UTC)),
        ("Fri, 1 Jan 1999 00:00:00 GMT", datetime(1999, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_in_any_form_that_is_in_use(text: str, instant: datetime) -> None:
    assert instant_of(text) == instant


@pytest.mark.parametrize(
    "text",
    ["", "soon", "Mon, 32 Oct 2018 22:41:50 GMT", "22 Foo 2018 22:41:50 GMT", "2018-13-01"],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whichever reader refuses it
        instant_of(text)


@given(st.datetimes(min_value=datetime(1991, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_second_comes_back_as_arxiv_writes_it(instant: datetime) -> None:
    second = instant.replace(microsecond=0)
    assert instant_of(f"{second:%a, %d %b %Y %H:%M:%S} GMT") == second


# --- authors ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("Ana García", ["Ana García"]),
        (r"Izaak Neri and \'Edgar Rold\'an", "Izaak Neri|Édgar Roldán"),
        ("A. Band, Sand Anderson,\n and Andy And", "A. Band|Sand Anderson|Andy And"),
        (r"{\L}ukasz {\'S}liwa, Bo~Li", "Łukasz Śliwa|Bo Li"),
        ("A. Smith (CERN (Geneva), and others), B. Jones (2)", "A. Smith|B. Jones"),
        ("A. Smith (1 and 2), B. Jones (2) ((1) Univ. A, (2) Univ. B)", "A. Smith|B. Jones"),
        ("A. Smith (CERN, C. Li", "A. Smith CERN|C. Li"),
        ("A. Smith), C. Li", "A. Smith|C. Li"),
        ("D. Roe, Jr., X. Y., III and Z. W.", "D. Roe Jr.|X. Y. III|Z. W."),
        ("G. Aad et al.", "G. Aad"),
        ("G. Aad, B. Abbott, et al. (2900 additional authors not shown)", "G. Aad|B. Abbott"),
        ("G. Aad and others", "G. Aad"),
        ("R. Feynman & M. Gell-Mann", "R. Feynman|M. Gell-Mann"),
        (r"R. Feynman \& M. Gell-Mann", "R. Feynman|M. Gell-Mann"),
        ("The ATLAS Collaboration: G. Aad, B. Abbott", "ATLAS Collaboration|G. Aad|B. Abbott"),
        ("DELPHI Collaboration, J. Abdallah", "DELPHI Collaboration|J. Abdallah"),
        ("H. Person (for the STAR Collaboration)", "H. Person"),
        ("H. Person for the STAR Collaboration", "H. Person|STAR Collaboration"),
        ("H. Person, on behalf of the LHCb collaboration", "H. Person|LHCb collaboration"),
        ("(anonymous)", "(anonymous)"),
        (r"A.\,B. Name", "A. B. Name"),
        ("A. Smith,B. Jones,and C. Li", "A. Smith|B. Jones|C. Li"),
        ("M. Ocampo--Pineda, P. Lu", "M. Ocampo–Pineda|P. Lu"),
        ("A. Anderson, B. Bouchet, C. Hawaii", "A. Anderson|B. Bouchet|C. Hawaii"),
    ],
)  # fmt: skip
def test_authors_are_read_out_of_one_tex_text(text: str, names: str | list[str]) -> None:
    expected = names.split("|") if isinstance(names, str) else names
    assert list(authors_of(text)) == expected


@example(",")
@given(st.text(max_size=200))
def test_authors_never_break_and_are_never_blank(text: str) -> None:
    names = authors_of(text)
    assert all(name.strip() for name in names)
    assert bool(names) == bool(text.split())


def test_hostile_authors_take_no_time() -> None:
    for text in ("for the " * 20_000, "(" * 100_000, "~" * 100_000, "the " * 50_000, ", " * 50_000):
        authors_of(text)


# --- genuine records -------------------------------------------------------------------------


def test_every_genuine_record_in_the_raw_format_becomes_a_paper(recordings: Path) -> None:
    name = "litpuvn__arxiv-oai-harvester__e72f1be7__ListRecords.xml.gz"
    batch, sorter = sorted_out(gzip.decompress((recordings / "oai" / name).read_bytes()))

    assert len(batch.papers) == sorter.count == 387
    assert not batch.quarantined
    known = {one.id: one for one in batch.papers}
    revised = known["0803.4354"]
    assert revised.version == 6
    assert revised.authors == ("Moustapha Diaby",)
    assert revised.published == datetime(2008, 3, 30, 23, 26, 50, tzinfo=UTC)
    assert revised.updated == datetime(2016, 10, 20, 16, 58, 38, tzinfo=UTC)
    assert revised.title == (
        "A O(n^8) X O(n^7) Linear Programming Model of the Traveling Salesman Problem"
    )
    assert all(one.authors for one in batch.papers)
    assert not any("\n" in text for one in batch.papers for text in (one.title, one.abstract))
    assert all(one.published <= one.updated for one in batch.papers)


def test_a_genuine_single_record_is_read_to_its_last_field(recordings: Path) -> None:
    name = "internetarchive__fatcat__2768dfdd__arxivraw_1810.09584.xml"
    (got,) = sorted_out((recordings / "oai" / name).read_bytes(), "cond-mat.*")[0].papers

    assert got.id == "1810.09584"
    assert got.version == 2
    assert got.authors == ("Raphael Chetrite", "Shamik Gupta", "Izaak Neri", "Édgar Roldán")
    assert got.published == OCTOBER
    assert got.updated == datetime(2019, 1, 13, 11, 17, 9, tzinfo=UTC)
    assert got.comment == "7 pages, 2 figures"
    assert got.journal_ref == "EPL 124,60006 (2018)"
    assert got.report_no is None
    assert got.doi == "10.1209/0295-5075/124/60006"
    assert got.categories == ("cond-mat.stat-mech", "physics.bio-ph", "physics.data-an")
    assert got.detail is Detail.HARVEST


def test_genuine_records_tell_report_numbers(recordings: Path) -> None:
    name = "litpuvn__arxiv-oai-harvester__e72f1be7__ListRecords.xml.gz"
    with gzip.open(recordings / "oai" / name) as file:
        batch, _ = sorted_out(file.read(), "*")
    told = {one.id: one.report_no for one in batch.papers if one.report_no}
    assert len(told) == 29
    assert (told["1102.2226"], told["1203.0193"]) == ("AEI-2011-084", "MAP5 2012-07")
