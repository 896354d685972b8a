"""The Anthology's XML: what is read of it, and what is refused."""

import gzip
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.bibliography import Published
from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.sources.acl_xml import AnthologyReader
from bot.sources.transfer import ServiceBusy

META = "<meta><booktitle>Proceedings of It</booktitle><year>2022</year><venue>acl</venue></meta>"
PAPER = (
    '<paper id="1"><title>A <fixed-case>BERT</fixed-case> of <tex-math>k</tex-math>  Parts</title>'
    "<author><first>Ana</first><last>García</last>"
    '<variant script="hani"><first>安</first><last>加</last></variant></author>'
    "<author><last>Plato</last></author><author/><editor><last>Nobody</last></editor>"
    "<abstract>We <b>try</b>\n it.</abstract><url>2022.acl-long.1</url>"
    "<doi>10.18653/v1/2022.acl-long.1</doi></paper>"
)


def collection(
    inside: str = META + PAPER, collected: str = "2022.acl", volume: str = "long"
) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<collection id="{collected}">'
        f'<volume id="{volume}">{inside}</volume><event id="acl-2022"><meta/></event></collection>'
    )


def read(text: str | bytes, step: int = 64 * 1024) -> list[Published]:
    """Read a file, so many bytes at a time; raises what is wrong with it."""
    data = text if isinstance(text, bytes) else text.encode()
    found: list[Published] = []
    reader = AnthologyReader(found.append)
    for start in range(0, len(data), step):
        reader.feed(data[start : start + step])
        if reader.failure:
            raise reader.failure
    reader.close()
    if reader.failure:
        raise reader.failure
    return found


def test_a_paper_is_read_whole() -> None:
    assert read(collection()) == [
        Published(
            id="2022.acl-long.1",
            title="A BERT of $k$ Parts",
            authors=("Ana García", "Plato"),
            year=2022,
            venue="ACL 2022",
            abstract="We try it.",
            doi="10.18653/v1/2022.acl-long.1",
        )
    ]


@given(st.integers(1, 400))
def test_it_is_the_same_however_it_arrives(step: int) -> None:
    assert read(collection(), step) == read(collection())


def test_frontmatter_is_no_paper() -> None:
    front = '<frontmatter id="0"><title>Preface</title><url>2022.acl-long.0</url></frontmatter>'
    assert [one.id for one in read(collection(META + front + PAPER))] == ["2022.acl-long.1"]


@pytest.mark.parametrize(
    ("inside", "collected", "volume", "base"),
    [
        ("", "2022.acl", "long", "2022.acl-long.7"),
        ("", "P18", "1", "P18-1007"),
        ("", "W18", "3", "W18-0307"),
        ("", "C69", "1", "C69-0107"),
        ("<url>http://www.lrec-conf.org/7.pdf</url>", "L10", "1", "L10-1007"),
        ("<url>https://aclanthology.org/P18-1042/</url>", "P18", "1", "P18-1042"),
    ],
)
def test_a_paper_has_its_id_from_its_url_or_its_place(
    inside: str, collected: str, volume: str, base: str
) -> None:
    one = f'<paper id="7"><title>T</title>{inside}</paper>'
    (found,) = read(collection(META + one, collected, volume))
    assert found.url == f"https://aclanthology.org/{base}"


@pytest.mark.parametrize(
    ("meta", "volume", "venue"),
    [
        ("<year>2022</year><venue>emnlp</venue><venue>ws</venue>", "main", "EMNLP 2022"),
        ("<year>2023</year><venue>findings</venue>", "emnlp", "Findings of EMNLP 2023"),
        ("<year>2020</year><venue>findings</venue>", "1", "Findings 2020"),
        ("<year>2019</year><venue>conll</venue>", "1", "CoNLL 2019"),
        ("<year>to appear</year><venue>acl</venue>", "long", "ACL 2022"),
        ("<year>1979</year><booktitle>17th Meeting</booktitle>", "1", "17th Meeting 1979"),
        ("<venue>acl</venue>", "1", "ACL 2022"),
        ("<year>2022</year>", "1", "ACL Anthology 2022"),
    ],
)
def test_the_venue_is_named_as_people_do(meta: str, volume: str, venue: str) -> None:
    one = '<paper id="7"><title>T</title></paper>'
    (found,) = read(collection(f"<meta>{meta}</meta>{one}", volume=volume))
    assert found.venue == venue


def test_a_retracted_paper_says_so() -> None:
    one = '<paper id="7"><title>T</title><retracted date="2022-01-01"/></paper>'
    assert read(collection(META + one))[0].venue == "ACL 2022 (retracted)"


@pytest.mark.parametrize(
    ("text", "collected"),
    [
        (META + '<paper id="7"></paper>', "2022.acl"),
        (META + '<paper id="../7"><title>T</title></paper>', "2022.acl"),
        ('<meta/><paper id="7"><title>T</title></paper>', "acl"),
    ],
)
def test_what_cannot_be_named_or_dated_is_left_out(text: str, collected: str) -> None:
    assert read(collection(text, collected)) == []


BOMB = '<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><collection id="x">&b;</collection>'


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("", SourceUnavailable, "the file is empty"),
        ("<html><body>404", SourceUnavailable, "a page of HTML came instead of Anthology XML"),
        ("not XML at all", SourceUnavailable, "no Anthology XML"),
        ("<feed/>", SourceUnavailable, "its root is 'feed'"),
        (BOMB, SourceUnavailable, "declares a DTD"),
        ("Rate exceeded.", ServiceBusy, "Rate exceeded"),
        (collection()[:-20], SuspectAnswer, "does not end as it should"),
        (collection(META + PAPER + "<meta></paper>"), SuspectAnswer, "not well-formed XML"),
        (collection("<b>" * 40), SourceUnavailable, "nested more than 32 deep"),
        (collection(f"<paper><title>{'a ' * 1_200_000}"), SourceUnavailable, "is longer than"),
        (collection(f'<paper id="{"a" * 1_200_000}'), SourceUnavailable, "single tag"),
    ],
)
def test_what_is_no_such_file_is_refused(text: str, kind: type[SourceError], told: str) -> None:
    with pytest.raises(kind, match=told):
        read(text)


def test_bytes_that_xml_does_not_allow_hide_nothing() -> None:
    odd = collection().encode().replace(b"Plato", b"Pl\x01\xff\xef\xbf\xbeato")
    (found,) = read(odd)
    assert found.authors[0] == "Ana García"


@given(st.text(alphabet="<>/=\"' abc&;", max_size=200))
def test_no_text_does_worse_than_to_be_refused(text: str) -> None:
    with suppress(SourceError):
        read(collection(text))


def test_the_recorded_file_is_read_whole(recordings: Path) -> None:
    (path,) = (recordings / "acl").glob("*2022.acl.xml.gz")
    data = gzip.decompress(path.read_bytes())
    found = read(data)
    assert len(found) == data.count(b"<paper id=")
    assert {one.id: one for one in found}["2022.acl-long.1"].title.startswith("AdapLeR: Speeding")
    assert all(one.authors and one.venue == "ACL 2022" for one in found)
    assert sum(len(one.authors) for one in found) == data.count(b"<author>") + data.count(
        b"<author id"
    )
