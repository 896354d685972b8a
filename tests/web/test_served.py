"""The public site: what stands in a folder, served from the ledger at the same addresses."""

import asyncio
import gzip
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.serving import offer_of
from bot.store import SqliteStore
from bot.web.current import Current
from bot.web.offer import Browsable
from tests.builders import NOON, paper
from tests.published import Press, folders_read
from tests.web.reading_room import visited, without_search

LATTICE = paper(
    7,
    title="A lattice of $x_i$",
    categories=("math.CO",),
    primary_category="math.CO",
    authors=("Emmy Noether", "Ana García"),
)
OLD = paper(id="hep-th/9901001", title="An old lattice", categories=("math.CO",))
URL = 'url = "https://papers.example.org/ours"'


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a ledger with five papers in one topic, and two in another, whose shelves are filled."""
    made = Press(tmp_path_factory.mktemp("pattern"))
    made.record(*map(paper, range(1, 6)), LATTICE, OLD)
    made.publish()
    return made.root


@pytest.fixture
def press(pattern: Path, tmp_path: Path) -> Press:
    """Give a copy of it."""
    shutil.copytree(pattern, tmp_path, dirs_exist_ok=True)
    return Press(tmp_path)


@pytest.mark.parametrize("pages", ["", URL])
def test_every_file_of_the_folder_is_served_as_it_is(press: Press, pages: str) -> None:
    press.pages = pages
    press.publish(whole=True)
    files = press.files()
    assert len(files) > 50
    with visited(press) as client:
        for address, content in files.items():
            answer = client.get(f"/{address}")
            assert answer.status_code == 200, address
            assert without_search(answer.content) == content, address
            head = client.head(f"/{address}")
            assert (head.content, told(head)) == (b"", told(answer)), address
        assert client.get("/").content == client.get("/index.html").content
        assert client.get("/topics/language/").status_code == 200


def told(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


def test_every_page_leads_to_the_search(press: Press) -> None:
    with visited(press) as client:
        for address in ("", "archive.html", "papers/2601/2601.00001.html"):
            assert 'search">Search</a>' in client.get(f"/{address}").text


TYPES = {
    "index.html": "text/html; charset=utf-8",
    "all.atom": "application/atom+xml; charset=utf-8",
    "all.feed.json": "application/feed+json",
    "all.bib": "application/x-bibtex; charset=utf-8",
    "all.ris": "application/x-research-info-systems; charset=utf-8",
    "all.csv": "text/csv; charset=utf-8",
    "topics/language/abstracts.json": "application/json",
    "sitemap.xml": "application/xml; charset=utf-8",
}


def test_each_file_says_what_it_is_and_how_long_it_may_be_kept(press: Press) -> None:
    press.pages = URL
    press.publish()
    assets = [one for one in press.files() if one.startswith("assets/")]
    with visited(press) as client:
        for address, kind in TYPES.items():
            headers = client.get(f"/{address}").headers
            assert headers["content-type"] == kind
            assert headers["cache-control"] == "public, max-age=60, must-revalidate"
        kinds = {one.rpartition(".")[2]: client.get(f"/{one}").headers for one in assets}
    assert {end: one["content-type"] for end, one in kinds.items()} == {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml; charset=utf-8",
    }
    assert all("immutable" in one["cache-control"] for one in kinds.values())


ADDRESSES = ["/", "/papers/2601/2601.00001.html", "/no-such-page", "/search?q=lattice", "/search"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_public_page_runs_and_fetches_nothing_of_anybody_else(press: Press, address: str) -> None:
    with visited(press) as client:
        headers = client.get(address).headers
    policy = dict(
        one.strip().split(" ", 1) for one in headers["content-security-policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


def test_the_pages_of_readers_stay_as_closed_as_they_were(press: Press) -> None:
    with visited(press) as client:
        for address in (f"/u/{'a' * 22}", f"/m/{'a' * 22}", "/healthz", "/readyz"):
            headers = client.get(address).headers
            assert headers["cache-control"] == "no-store"
            assert "script-src" not in headers["content-security-policy"]


def test_what_is_known_is_not_sent_again(press: Press) -> None:
    with visited(press) as client:
        plain = client.get("/", headers={"Accept-Encoding": "identity"})
        packed = client.get("/", headers={"Accept-Encoding": "gzip"})
        tags = plain.headers["etag"], packed.headers["etag"]
        assert len({*tags}) == 2, "a strong tag stands for the octets as they are sent"
        for known in (*tags, f"W/{tags[0]}", f'"other", {tags[1]}', "*"):
            answer = client.get("/", headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] in tags
            assert answer.headers["vary"] == "Accept-Encoding"
        for other in ('"other"', "", "nonsense"):
            assert client.get("/", headers={"If-None-Match": other}).status_code == 200
        missing = client.get("/nowhere", headers={"If-None-Match": "*"})
        assert missing.status_code == 404


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("gzip;q=..", False),
        ("identity", False),
        ("", False),
        ("notgzip", False),
    ],
)
def test_a_page_is_packed_for_whoever_unpacks_it(
    press: Press, accepted: str, *, packed: bool
) -> None:
    with (
        visited(press) as client,
        client.stream("GET", "/", headers={"Accept-Encoding": accepted}) as answer,
    ):
        raw = b"".join(answer.iter_raw())
        assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
        assert answer.headers["content-length"] == str(len(raw))
    assert without_search(gzip.decompress(raw) if packed else raw) == press.files()["index.html"]


HOSTILE = [
    *("../papers.db", "..%2fpapers.db", "%2e%2e/papers.db", "..%5cpapers.db", "%00", "a%00.html"),
    *("papers.db", "papers.db-wal", ".daily-papers.json", "daily-papers.toml", "site/index.html"),
    *("assets/../../papers.db", "assets/%2e%2e/x.css", "assets/site.css", "assets/", "topics/"),
    *("topics/nobody/", "topics/nobody/2026-01.html", "topics/language/2026-13.html"),
    *("topics/language/2025-01.html", "topics/language/lattices.bib", "topics//index.html"),
    *("days/2026/2026-02-30.html", "days/2025/2026-01-04.html", "days/0000/0000-00-00.html"),
    *("days/2026/2026-01-05.html", "papers/2601/2601.99999.html", "papers/2602/2601.00001.html"),
    *("papers/hep-th/0000000.html", "papers/hep-th/9999999.html", "authors/nobody.html"),
    *("papers/２６０１/2601.00001.html", "sitemap-1.xml", "sitemap.xml", "sitemap-0.xml"),
    *("INDEX.HTML", "index.html/", "index.html%20", "%ff%fe", "日本語", "search/", "x" * 3000),
    *(
        "/",
        "a/" * 500,
        "%0d%0aSet-Cookie:x=1",
        "index.html%0a",
        "%0a",
        "<script>alert(1)</script>",
        "api/v1",
        "u/",
    ),
]


def test_what_is_not_there_is_one_page_in_the_look_of_the_site(press: Press) -> None:
    with visited(press) as client:
        for address in HOSTILE:
            answer = client.get(client.base_url.copy_with(raw_path=b"/" + raw(address)))
            assert answer.status_code == 404, address
            assert "There is no such page" in answer.text
            assert answer.headers["cache-control"] == "no-store"
            assert "alert" not in answer.text
            style = client.get(f"/{one_link(answer.text, 'stylesheet')}")
            assert style.status_code == 200, "its links lead somewhere"


def raw(address: str) -> bytes:
    return quote(address, safe="%/").encode()


def one_link(page: str, rel: str) -> str:
    link = page.partition(f'rel="{rel}" href="')[2].partition('"')[0]
    return link.replace("../", "")


@given(st.text(max_size=60))
def test_no_address_at_all_breaks_the_reading_of_it(text: str) -> None:
    from bot.core.site.address import read

    asked = read(text)
    assert asked is None or text.isascii()


def test_an_address_that_is_too_long_is_refused(press: Press) -> None:
    with visited(press) as client:
        for address in (f"/{'x' * 33_000}", f"/search?q={'x' * 33_000}"):
            answer = client.get(address)
            assert answer.status_code == 414
            assert "too long" in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_public_can_be_changed(press: Press, method: str) -> None:
    with visited(press) as client:
        for address in ("/", "/search", "/papers/2601/2601.00001.html"):
            assert client.request(method, address).status_code == 405


def test_below_the_path_of_the_public_url_it_is_the_same(press: Press) -> None:
    with visited(press, "/ours") as client:
        assert client.get("/ours/").content == client.get("/").content
        assert client.get("/ours/search?q=lattice").text == client.get("/search?q=lattice").text
        assert client.get("/ours/api/v1/topics").json() == client.get("/api/v1/topics").json()
        moved = client.get("/ours")
        assert (moved.status_code, moved.headers["location"]) == (308, "ours/")
        assert client.get(f"/ours/u/{'a' * 22}").headers["cache-control"] == "no-store"


def test_what_is_polled_is_seen(press: Press) -> None:
    with visited(press) as client:
        before = client.get("/")
        assert client.get("/papers/2601/2601.00009.html").status_code == 404
        press.record(paper(9, title="A new one", updated=NOON))
        assert client.get("/").headers["etag"] == before.headers["etag"], "on no shelf yet"
        press.publish()
        after = client.get("/")
        assert "A new one" in after.text
        assert client.get("/papers/2601/2601.00009.html").status_code == 200
        assert client.get("/", headers={"If-None-Match": before.headers["etag"]}).status_code == 200
        press.record(paper(9, title="A new title", version=2, updated=NOON + timedelta(hours=1)))
        press.publish()
        for address, content in press.files().items():
            assert without_search(client.get(f"/{address}").content) == content, address
        assert "A new title" in client.get("/").text


def test_a_look_is_good_for_as_long_as_it_says(press: Press) -> None:
    with visited(press, fresh=3600.0) as client:
        before = client.get("/").content
        press.record(paper(9, updated=NOON))
        press.publish()
        assert client.get("/").content == before
    with visited(press, fresh=0.0) as client:
        assert client.get("/").content != before


async def test_many_who_come_at_once_wait_for_one_look(press_of: Press) -> None:
    looks = 0
    offer = offer_of(press_of.settings())

    @asynccontextmanager
    async def counted() -> AsyncIterator[Browsable]:
        nonlocal looks
        looks += 1
        async with offer.ledger() as store:
            yield store

    current = Current(replace(offer, ledger=counted))
    views = await asyncio.gather(*(current.view() for _ in range(20)))
    assert (looks, {one.catalogue.survey.papers for one in views}) == (1, {7})


async def test_of_a_ledger_that_went_on_only_what_changed_is_counted_again(
    press_of: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = folders_read(monkeypatch)
    current = Current(replace(offer_of(press_of.settings()), fresh=0.0))
    before = await current.view()
    assert folders == ["2601", "hep-th"]
    await asyncio.to_thread(press_of.record, paper(9, updated=NOON))
    await asyncio.to_thread(press_of.publish)
    folders.clear()
    after = await current.view()
    assert folders == ["2601"]
    assert after.catalogue.survey.papers == before.catalogue.survey.papers + 1
    monkeypatch.undo()
    anew = await Current(offer_of(press_of.settings())).view()
    assert after._keys == anew._keys
    assert after.catalogue.site.counts == anew.catalogue.site.counts


async def test_of_a_ledger_from_a_backup_all_is_counted_again(press_of: Press) -> None:
    kept = press_of.database.read_bytes()
    current = Current(replace(offer_of(press_of.settings()), fresh=0.0))

    def come(number: int) -> None:
        press_of.record(paper(number, updated=NOON))
        press_of.publish()

    await asyncio.to_thread(come, 8)
    before = await current.view()
    press_of.restore(kept)
    await asyncio.to_thread(come, 9)
    after = await current.view()
    assert after.catalogue.survey.papers == before.catalogue.survey.papers
    assert after.catalogue.survey.key() != before.catalogue.survey.key()


@pytest.fixture
async def press_of(tmp_path: Path) -> Press:
    """Give what `press` does where a loop runs."""

    def made() -> Press:
        one = Press(tmp_path)
        one.record(*map(paper, range(1, 6)), LATTICE, OLD)
        one.publish()
        return one

    return await asyncio.to_thread(made)


def test_papers_that_are_pruned_are_gone(press: Press) -> None:
    async def prune() -> None:
        async with SqliteStore.open(press.database) as store:
            await store.prune(timedelta(days=60), later)

    later = NOON + timedelta(days=90)
    press.record(paper(9, title="It stays", published=later, updated=later), at=later)
    press.publish()
    with visited(press) as client:
        assert client.get("/papers/2601/2601.00001.html").status_code == 200
        asyncio.run(prune())
        assert client.get("/papers/2601/2601.00001.html").status_code == 404
        assert "A Study" not in client.get("/").text
        assert 'data-id="2601.00001"' not in client.get("/search?q=study").text
        assert 'data-id="2601.00009"' in client.get("/search?q=stays").text


def test_another_ledger_in_its_place_is_seen(press: Press, tmp_path: Path) -> None:
    other = Press(tmp_path / "other")
    other.root.mkdir()
    papers = [paper(1, title="Of another ledger"), *map(paper, range(2, 6)), LATTICE, OLD]
    other.record(*papers, at=NOON + timedelta(seconds=1))
    other.publish()
    with visited(press) as client:
        page = client.get("/papers/2601/2601.00001.html")
        assert "Of another ledger" not in page.text
        for ending in ("", "-wal", "-shm"):
            Path(f"{press.database}{ending}").unlink(missing_ok=True)
        shutil.copy(other.database, press.database)
        assert "Of another ledger" in client.get("/papers/2601/2601.00001.html").text
        assert "Of another <mark>ledger</mark>" in client.get("/search?q=ledger").text
        press.database.unlink()
        answer = client.get("/")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        problem = client.get("/api/v1/topics")
        assert (problem.status_code, problem.json()["status"]) == (503, 503)


def test_without_a_ledger_it_says_so(tmp_path: Path) -> None:
    with visited(Press(tmp_path)) as client:
        for address in ("/", "/nowhere", "/search?q=x", "/search"):
            answer = client.get(address)
            assert answer.status_code == 503
            assert "try again" in answer.text


def everything(client: Any, files: Any) -> str:
    """Read all that is public."""
    addresses = [
        *(f"/{one}" for one in files),
        *("/search", "/search?q=study", "/search?q=(", "/nowhere", "/api/v1/nowhere"),
        *("/api/v1/topics", "/api/v1/topics/language/papers", "/api/v1/search?q=study"),
        *("/api/v1/papers/2601.00001", "/api/v1/openapi.json", "/healthz", "/readyz"),
    ]
    answers = [client.get(one) for one in addresses]
    return "\n".join(f"{one.headers}\n{one.text}" for one in answers)


def test_nobody_who_gets_digests_is_named_anywhere(press: Press) -> None:
    names = ["zweigertana", "quokkaben", "ünïxörn"]
    subscribers = "".join(
        f'[[subscriber]]\nname = "{one}"\ntimezone = "UTC"\ndeliver_at = "08:30"\n'
        f'topics = ["Language"]\nmaildir = ["{press.root}/{one}-mail"]\n'
        for one in names
    )
    press.pages += f"\n{subscribers}"
    settings = press.settings()

    async def sync() -> None:
        async with SqliteStore.open(press.database) as store:
            await store.sync(settings.subscriptions(), NOON, shown=settings.shown())

    asyncio.run(sync())
    with closing(sqlite3.connect(press.database)) as db:
        tokens = [row[0] for row in db.execute("SELECT token FROM subscriptions")]
    assert len(tokens) == 3
    with visited(press) as client:
        said = everything(client, press.files())
    secrets = [*names, *tokens, "-mail", str(press.root), "test@example.org"]
    assert not [one for one in secrets if one.casefold() in said.casefold()]
