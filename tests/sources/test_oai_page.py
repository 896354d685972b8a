"""A page of OAI-PMH as it arrives: the same records however it is cut, within bounds."""

import codecs
import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.oai_page import PageReader
from bot.sources.oai_reading import Record
from bot.sources.transfer import ServiceBusy
from tests.builders import NOON, paper
from tests.sources.oai_server import error, listed, of, page, record, records_page

TOKEN = '<resumptionToken cursor="0" completeListSize="1440">1403493|1001</resumptionToken>'


def read(body: bytes, *, size: int = 65_536) -> tuple[list[Record], PageReader]:
    reader = PageReader()
    records: list[Record] = []
    for start in range(0, len(body), size):
        records += reader.feed(body[start : start + size])
        if reader.failure:
            return records, reader
    return records + reader.close(), reader


def failure(body: str | bytes) -> SourceError:
    _, reader = read(body.encode() if isinstance(body, str) else body, size=1_000)
    assert reader.failure is not None
    return reader.failure


def test_a_page_gives_its_records_and_what_it_says_of_the_list() -> None:
    records, reader = read(records_page([listed(1), listed(2)], TOKEN).encode())

    assert [one.identifier for one in records] == [
        "oai:arXiv.org:2601.00001",
        "oai:arXiv.org:2601.00002",
    ]
    assert records[0].form == "arXivRaw"
    assert records[0].versions == [("v1", "Mon, 05 Jan 2026 12:00:00 GMT")]
    assert set(records[0].fields) == {"id", "title", "authors", "categories", "abstract"}
    assert reader.failure is None
    assert reader.frame.token == "1403493|1001"
    assert reader.frame.size == 1_440
    assert reader.frame.response_date == "2026-01-05T12:00:00Z"
    assert reader.frame.records == 2


@pytest.mark.parametrize("size", ["", "many", "-1", "1e9", "9999999999"])
def test_a_size_that_is_none_is_none(size: str) -> None:
    token = f'<resumptionToken completeListSize="{size}">x</resumptionToken>'
    assert read(records_page([listed(1)], token).encode())[1].frame.size is None


def test_prefixes_and_what_stands_around_the_metadata_make_no_difference() -> None:
    body = (
        '<o:OAI-PMH xmlns:o="http://www.openarchives.org/OAI/2.0/" xmlns:r="urn:raw">'
        "<o:responseDate> 2026-01-05T12:00:00Z </o:responseDate><o:ListRecords><o:record><o:header>"
        "<o:identifier> oai:arXiv.org:2601.00001 </o:identifier></o:header><o:metadata><r:arXivRaw>"
        '<r:id>2601.00001</r:id><r:version version="v1"><r:size>1kb</r:size><r:date>now</r:date>'
        "</r:version><r:title>A <i>slanted</i> word</r:title></r:arXivRaw></o:metadata>"
        "<o:about><r:x><r:title>no</r:title></r:x></o:about></o:record></o:ListRecords></o:OAI-PMH>"
    )
    (one,), reader = read(body.encode())
    assert reader.failure is None
    assert one.identifier == "oai:arXiv.org:2601.00001"
    assert one.form == "arXivRaw"
    assert one.fields["title"] == "A slanted word"
    assert one.versions == [("v1", "now")]


def test_errors_come_with_their_words() -> None:
    _, reader = read(error("badArgument", "  Reason: \n until ").encode())
    assert reader.frame.errors == [("badArgument", "Reason: until")]
    assert reader.failure is None


def test_white_space_and_a_mark_of_byte_order_before_the_page_do_no_harm() -> None:
    body = codecs.BOM_UTF8 + b"\r\n " + records_page([listed(1)]).encode()
    records, reader = read(body, size=7)
    assert reader.failure is None
    assert len(records) == 1


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffe\uffff"),
    max_size=40,
).map(lambda text: " ".join(text.split()))


@given(
    st.lists(st.tuples(texts, texts, st.integers(1, 4)), min_size=1, max_size=6),
    st.lists(st.integers(1, 3_000), min_size=1, max_size=30),
)
def test_records_are_what_was_served_wherever_the_stream_is_cut(
    rows: list[tuple[str, str, int]], cuts: list[int]
) -> None:
    papers = [
        paper(number, title=f"T {title}", abstract=abstract, version=version, updated=NOON)
        for number, (title, abstract, version) in enumerate(rows, 1)
    ]
    body = records_page([of(one) for one in papers], TOKEN).encode()
    reader = PageReader()
    records: list[Record] = []
    place = 0
    while place < len(body):
        cut = cuts[place % len(cuts)]
        records += reader.feed(body[place : place + cut])
        place += cut
    records += reader.close()

    assert reader.failure is None
    assert [one.identifier for one in records] == [f"oai:arXiv.org:{one.id}" for one in papers]
    for one, served in zip(records, papers, strict=True):
        assert " ".join(one.fields["title"].split()) == " ".join(served.title.split())
        assert one.fields.get("abstract", "").strip() == served.abstract
        assert len(one.versions) == served.version


@given(st.binary(max_size=600), st.integers(1, 200))
def test_whatever_comes_is_refused_or_read_but_never_breaks(noise: bytes, size: int) -> None:
    good = records_page([listed(1), listed(2)]).encode()
    _, reader = read(noise, size=size)
    assert isinstance(reader.failure, SourceError)
    middle = len(good) // 2
    records, reader = read(good[:middle] + noise + good[middle:], size=size)
    assert len(records) <= 2 or b"record" in noise
    assert reader.failure is None or isinstance(reader.failure, SourceError)


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("<html><head/></html>", "HTML"),
        ("\n<!DOCTYPE HTML><html>", "HTML"),
        ("nonsense", "no OAI-PMH: syntax error in line 1"),
        ("<OAI-PMH/>", "root is 'OAI-PMH'"),
        (page("", head="<!DOCTYPE OAI-PMH SYSTEM 'http://127.0.0.1/x.dtd'>"), "declares a DTD"),
        (page("<a>" * 40 + "</a>" * 40), "nested more than 32 deep"),
        (records_page([listed(1)]).replace("<title>", "<b>" * 40), "nested more than 32 deep"),
        (page(f"<a x='{'y' * 1_200_000}'/>"), "single tag is longer"),
    ],
)
def test_what_is_no_page_or_beyond_all_bounds_is_refused(body: str, told: str) -> None:
    found = failure(body)
    assert type(found) is SourceUnavailable
    assert told in str(found)


def test_rate_exceeded_is_a_busy_service() -> None:
    assert isinstance(failure("Rate exceeded."), ServiceBusy)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (records_page([listed(1)])[:-20], "does not end as it should"),
        (records_page([listed(1)]) + "<more/>", "not well-formed"),
        (records_page([listed(1)]).replace("</title>", "</titel>"), "not well-formed"),
        (records_page([listed(1)]).replace("Subject", "&nbsp;"), "not well-formed"),
        (page("").replace("responseDate", "other"), "no responseDate"),
    ],
)
def test_a_page_cut_short_or_wrong_inside_is_suspect(body: str, told: str) -> None:
    found = failure(body)
    assert isinstance(found, SuspectAnswer)
    assert told in str(found)


def test_the_records_before_a_fault_are_given() -> None:
    body = records_page([listed(1), listed(2)]).replace("Subject 2", "Subject <<").encode()
    records, reader = read(body)
    assert [one.identifier[-5:] for one in records] == ["00001"]
    assert isinstance(reader.failure, SuspectAnswer)


# --- bounds ----------------------------------------------------------------------------------


def test_a_record_with_too_much_text_is_at_fault_alone() -> None:
    long = of(paper(1, abstract="x" * 3_000_000))
    (first, second), reader = read(records_page([long, listed(2)]).encode())
    assert reader.failure is None
    assert "longer than" in first.fault
    assert second.fault == ""


def test_what_lies_between_records_is_no_fault_of_theirs() -> None:
    space = " " * 3_000_000
    body = page(f"<ListRecords>{record(listed(1))}{space}{record(listed(2))}</ListRecords>")
    (first, second), reader = read(body.encode())

    assert reader.failure is None
    assert (first.fault, second.fault) == ("", "")
    assert len(first.versions) == len(second.versions) == 1


def test_a_record_that_grew_too_large_leaves_the_next_alone() -> None:
    long = of(paper(1, abstract="x" * 2_100_000))
    begun, _, rest = records_page([long, listed(2)]).partition("</record>")
    reader = PageReader()
    records = [*reader.feed(f"{begun}</record>".encode()), *reader.feed(rest.encode())]

    assert [one.fault for one in records] == ["", ""]


def test_a_record_with_too_many_versions_is_at_fault_alone() -> None:
    first = of(paper(1, version=1_002))
    (one, two), reader = read(records_page([first, listed(2)]).encode())
    assert reader.failure is None
    assert "more than 1000 versions" in one.fault
    assert two.fault == ""


def test_text_outside_of_records_is_bounded_too() -> None:
    body = page(f"<responseDate>{'x' * 9_000_000}</responseDate>").encode()
    tracemalloc.start()
    try:
        read(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_memory_does_not_grow_with_the_page() -> None:
    def peak(records: int) -> int:
        reader = PageReader()
        one = record(listed(1)).encode()
        tracemalloc.start()
        try:
            reader.feed(page("<ListRecords>|").split("|")[0].encode())
            for _ in range(records):
                reader.feed(one)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(4_000) < peak(400) + 100_000


# --- genuine pages ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count", "token"),
    [
        ("litpuvn__arxiv-oai-harvester__e72f1be7__ListRecords.xml.gz", 387, "1403493|1001"),
        ("internetarchive__fatcat__2768dfdd__arxivraw_1810.09584.xml", 1, ""),
        ("mispy__arxivsync__e7efb0ae__406001.xml.gz", 1_000, "436115|406001"),
        ("shishir167__arxivXMLParser__102.xml.gz", 1_000, "1122234|102001"),
        ("shishir167__arxivXMLParser__103.xml.gz", 538, ""),
        ("new_oaipmh__GetRecord__2511.11447.xml", 1, ""),
    ],
)
@pytest.mark.parametrize("size", [1_000, 65_536])
def test_genuine_pages_are_read_whole(
    recordings: Path, name: str, count: int, token: str, size: int
) -> None:
    body = (recordings / "oai" / name).read_bytes()
    records, reader = read(gzip.decompress(body) if name.endswith(".gz") else body, size=size)
    assert reader.failure is None
    assert len({one.identifier for one in records}) == count
    assert reader.frame.token == token
