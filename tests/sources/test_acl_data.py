"""Where the Anthology's data lie: files and folders here, packed or not, and URLs."""

import asyncio
import gzip
from pathlib import Path

import pytest
from aiohttp import web

from bot.core.bibliography import Published
from bot.core.errors import SourceError, SourceUnavailable, SuspectAnswer
from bot.core.query import from_authors
from bot.demo.arxiv_server import ArxivServer, Fault
from bot.sources import acl_data
from bot.sources.acl_data import files_at, probe, published_by
from bot.sources.transfer import Limits
from tests.sources.faults import answers
from tests.sources.test_acl_xml import META, PAPER, collection

OTHER = '<paper id="2"><title>T</title><author><last>Nobody</last></author></paper>'
DATA = collection(META + PAPER + OTHER).encode()
ANA = from_authors(["Ana Garcia"])


async def ids_at(place: str | Path, patience: float = 0.0) -> list[str]:
    found: tuple[Published, ...] = await published_by(
        ANA, str(place), contact=None, patience=patience
    )
    return [one.id for one in found]


def saved(folder: Path, data: bytes = DATA, name: str = "2022.acl.xml") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


async def test_a_file_gives_what_the_person_wrote(tmp_path: Path) -> None:
    assert await ids_at(saved(tmp_path)) == ["2022.acl-long.1"]


@pytest.mark.parametrize("name", ["2022.acl.xml.gz", "misnamed.xml"])
async def test_a_packed_file_is_unpacked_whatever_its_name(tmp_path: Path, name: str) -> None:
    assert await ids_at(saved(tmp_path, gzip.compress(DATA), name)) == ["2022.acl-long.1"]


async def test_gzip_of_several_members_is_read_whole(tmp_path: Path) -> None:
    packed = b"".join(gzip.compress(one) for one in (DATA[:200], b"", DATA[200:]))
    assert await ids_at(saved(tmp_path, packed)) == ["2022.acl-long.1"]
    with pytest.raises(SuspectAnswer, match="gzip stream is cut short"):
        await ids_at(saved(tmp_path, packed[:-9]))


async def test_of_members_without_end_no_more_are_read(tmp_path: Path) -> None:
    packed = gzip.compress(DATA) + gzip.compress(b"") * 5000
    with pytest.raises(SourceUnavailable, match="packed in more than 4096 pieces"):
        await ids_at(saved(tmp_path, packed))


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    for name in ("b.xml", "a.xml.gz", "c.txt"):
        saved(tmp_path, name=name)
    (tmp_path / "folder.xml").mkdir()
    assert [Path(one).name for one in files_at(str(tmp_path))] == ["a.xml.gz", "b.xml"]
    assert files_at(str(tmp_path / "c.txt")) == [str(tmp_path / "c.txt")]
    assert files_at("https://example.org/x.xml") == ["https://example.org/x.xml"]


def test_a_place_without_files_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="a folder without XML files"):
        files_at(str(tmp_path))
    with pytest.raises(SourceUnavailable, match=r"not there; see \[acl\] data"):
        files_at(str(tmp_path / "none.xml"))


@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        (b"", SourceUnavailable, "the file is empty"),
        (b"\x1f", SourceUnavailable, "the file is empty"),
        (DATA[:-9], SuspectAnswer, "does not end as it should"),
        (gzip.compress(DATA)[:-9], SuspectAnswer, "gzip stream is cut short"),
        (gzip.compress(DATA) + b"more" * 9, SourceUnavailable, "cannot be unpacked"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 80, SourceUnavailable, "cannot be unpacked"),
        (b"<html>" + b" " * 300, SourceUnavailable, "a page of HTML"),
    ],
)
async def test_a_file_that_is_no_such_file_is_refused(
    tmp_path: Path, data: bytes, kind: type[SourceError], told: str
) -> None:
    with pytest.raises(kind, match=told):
        await ids_at(saved(tmp_path, data))


async def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be read: Is a directory"):
        await ids_at(tmp_path)


async def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acl_data, "FILE", Limits(size=200_000))
    bomb = gzip.compress(DATA.replace(b"Parts", b"Parts " * 100_000))
    with pytest.raises(SourceUnavailable, match="larger than 200000 bytes"):
        await ids_at(saved(tmp_path, bomb))


@pytest.mark.parametrize(
    "fault",
    [
        answers(DATA, content_type="application/xml"),
        answers(gzip.compress(DATA), content_type="application/gzip"),
        answers(gzip.compress(DATA), Content_Encoding="gzip"),
    ],
)
async def test_a_url_is_read_however_it_is_packed(fault: Fault) -> None:
    async with ArxivServer(fault=fault) as server:
        assert await ids_at(server.url) == ["2022.acl-long.1"]


async def test_bytes_that_come_one_by_one_are_recognised_all_the_same() -> None:
    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        packed = gzip.compress(DATA)
        for piece in (packed[:1], packed[1:2], packed[2:]):
            await response.write(piece)
            await asyncio.sleep(0)
        await response.write_eof()
        return response

    async with ArxivServer(fault=dripping) as server:
        assert await ids_at(server.url) == ["2022.acl-long.1"]


async def test_a_server_that_fails_is_asked_again_within_patience() -> None:
    tries: list[str] = []

    async def mended(request: web.Request) -> web.StreamResponse:
        tries.append(request.path)
        if len(tries) < 3:
            return web.Response(status=500)
        return web.Response(body=DATA)

    async with ArxivServer(fault=mended) as server:
        assert await ids_at(server.url, patience=60.0) == ["2022.acl-long.1"]
    assert len(tries) == 3


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_a_server_without_the_file_is_told_of(status: int) -> None:
    async with ArxivServer(fault=answers(b"", status=status)) as server:
        with pytest.raises(SourceError, match=f"HTTP {status}"):
            await ids_at(server.url)


async def test_check_tells_whether_a_place_can_be_read(tmp_path: Path) -> None:
    saved(tmp_path, name="a.xml")
    one = await probe(str(tmp_path), contact=None)
    assert (one.what, one.ok, one.detail) == (f"ACL Anthology {tmp_path}", True, "readable")
    saved(tmp_path, b"", name="b.xml")
    assert (await probe(str(tmp_path), contact=None)).detail == "2 files"
    broken = await probe(str(tmp_path / "b.xml"), contact=None)
    assert (broken.ok, broken.detail) == (False, "the file is empty")
    absent = await probe(str(tmp_path / "none"), contact=None)
    assert (absent.ok, absent.detail[:15]) == (False, "it is not there")
