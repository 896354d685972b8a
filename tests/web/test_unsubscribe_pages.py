"""The pages of a reader: to look changes nothing, to press the button does, and nobody else can."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.people import UNDO, Who
from bot.store import SqliteStore
from tests.builders import NOON
from tests.web.rig import NOBODY, ONE_CLICK, Form, Site


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_to_look_asks_and_changes_nothing(pages: Site, method: str) -> None:
    async with pages.client() as client:
        page = await client.request(method, f"/u/{pages.token()}")
    assert page.status_code == 200
    assert (await pages.holder()).reason is None
    assert ("Stop these digests?" in page.text) == (method == "GET")
    assert page.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_page_names_nobody_to_whom_a_message_was_forwarded(pages: Site) -> None:
    async with pages.client() as client:
        page = (await client.get(f"/u/{pages.token()}")).text
        page += (await client.post(f"/u/{pages.token()}")).text
        page += (await client.post(f"/u/{pages.token()}/resume")).text
    assert page.count("a•••@example.org") == 3
    assert "ana" not in page


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"data": ONE_CLICK}, id="urlencoded"),
        pytest.param({"files": {"List-Unsubscribe": (None, "One-Click")}}, id="multipart"),
        pytest.param({}, id="nothing"),
        pytest.param({"content": b"\xff\x00;", "headers": {"Content-Type": "x"}}, id="anything"),
    ],
)
async def test_one_click_unsubscribes_at_once_without_cookie_or_redirect(
    pages: Site, body: dict[str, object]
) -> None:
    async with pages.client() as client:
        answer = await client.post(f"/u/{pages.token()}", **body)  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert not answer.history
    assert "set-cookie" not in answer.headers
    holder = await pages.holder()
    assert (holder.by, holder.at) == ("reader", NOON)
    assert (await pages.holder("ben")).reason is None


async def test_who_left_sees_so_and_may_come_back(pages: Site) -> None:
    async with pages.client() as client:
        asked = await client.get(f"/u/{pages.token()}")
        button = Form(asked)
        assert (button.method, button.fields) == ("post", ONE_CLICK)
        left = await client.post(button.url, data=button.fields)
        again = await client.get(f"/u/{pages.token()}")
        assert again.text == left.text
        assert "no more digests" in left.text
        assert (await pages.holder()).reason is not None
        back = await client.post(Form(left).url)
        assert "digests again" in back.text
        assert (await pages.holder()).reason is None
        await client.post(Form(back).url, data=Form(back).fields)
    assert (await pages.holder()).by == "reader"


async def test_who_comes_back_late_may_still(pages: Site) -> None:
    async with pages.client() as client:
        await client.post(f"/u/{pages.token()}")
    async with pages.client(clock=lambda: NOON + 2 * UNDO) as client:
        back = await client.post(f"/u/{pages.token()}/resume")
    assert back.status_code == 200
    assert (await pages.holder()).reason is None


async def test_what_the_owner_stopped_no_reader_lifts(pages: Site) -> None:
    async with SqliteStore.open(pages.database, exclusive=False) as store:
        await store.suspend(Who("ana"), "wrote rude letters", NOON)
    async with pages.client() as client:
        looked = await client.get(f"/u/{pages.token()}")
        asked = await client.post(f"/u/{pages.token()}/resume")
        assert (looked.status_code, asked.status_code) == (200, 409)
        assert "stay stopped" in looked.text
        assert looked.text == asked.text
        assert "<form" not in asked.text
        assert "rude" not in asked.text
        assert (await pages.holder()).by == "owner"
        await client.post(f"/u/{pages.token()}")
        assert (await pages.holder()).by == "reader"
        assert (await client.post(f"/u/{pages.token()}/resume")).status_code == 409
    assert (await pages.holder()).by == "owner"


async def test_fault_41_a_replayed_wish_is_granted_once_and_answered_alike(pages: Site) -> None:
    async with pages.client() as client:
        first = await client.post(f"/u/{pages.token()}", data=ONE_CLICK)
    async with pages.client(clock=lambda: NOON + timedelta(days=2)) as client:
        for _ in range(3):
            again = await client.post(f"/u/{pages.token()}", data=ONE_CLICK)
            assert (again.status_code, again.text) == (200, first.text)
    assert (await pages.holder()).at == NOON
    async with SqliteStore.open(pages.database, exclusive=False) as store:
        assert len((await store.status(NOON)).suspended) == 1


def wrong(token: str) -> dict[str, str]:
    """Give what is nearly a token, or once was one of somebody's mail program."""
    other = "A" if token[0] != "A" else "B"
    return {
        "forged": NOBODY,
        "cut": token[:-1],
        "cut at the front": token[1:],
        "longer": f"{token}A",
        "one letter off": other + token[1:],
        "another case": token.swapcase(),
        "none": "",
        "a line break": f"{token}%0A",
        "a space": f"%20{token}",
        "a wildcard": "%25",
        "a NUL": f"{token[:-1]}%00",
        "SQL": "'%20OR%20''='",
        "very long": "A" * 4000,
    }


@pytest.mark.parametrize("kind", wrong(NOBODY))
async def test_fault_41_a_forged_or_cut_token_is_refused_and_learns_nothing(
    pages: Site, kind: str
) -> None:
    token = wrong(pages.token())[kind]
    async with pages.client() as client:
        nothing = await client.get("/nothing/here")
        assert nothing.status_code == 404
        for method, path in (
            ("GET", f"/u/{token}"),
            ("POST", f"/u/{token}"),
            ("POST", f"/u/{token}/resume"),
        ):
            answer = await client.request(method, path)
            assert (answer.status_code, answer.text) == (404, nothing.text), method
            assert answer.headers == nothing.headers
    assert (await pages.holder()).reason is None


async def test_a_token_of_another_form_is_not_even_looked_for(pages: Site) -> None:
    async with pages.client(ledger=None) as client:
        assert (await client.post("/u/short")).status_code == 404
        assert (await client.post(f"/u/{NOBODY}")).status_code == 500


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
async def test_other_methods_are_refused(pages: Site, method: str) -> None:
    async with pages.client() as client:
        answer = await client.request(method, f"/u/{pages.token()}")
        resume = await client.request(method, f"/u/{pages.token()}/resume")
    assert (answer.status_code, resume.status_code) == (405, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert resume.headers["allow"] == "POST"
    assert (await pages.holder()).reason is None


async def test_the_way_back_is_no_page_to_look_at(pages: Site) -> None:
    async with pages.client() as client:
        assert (await client.get(f"/u/{pages.token()}/resume")).status_code == 405


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 1000


@pytest.mark.parametrize("where", ["", "/resume"])
async def test_a_body_that_is_too_large_is_refused_and_does_nothing(
    pages: Site, where: str
) -> None:
    async with pages.client() as client:
        whole = await client.post(f"/u/{pages.token()}{where}", content=b"x" * 10_241)
        assert (await client.post(f"/u/{pages.token()}", content=endless())).status_code == 413
    assert whole.status_code == 413
    assert whole.headers["connection"] == "close"
    assert (await pages.holder()).reason is None


async def test_the_largest_body_is_read(pages: Site) -> None:
    async with pages.client() as client:
        answer = await client.post(f"/u/{pages.token()}", content=b"x" * 10_240)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/u/{}", "/u/{}/resume"])
async def test_while_the_ledger_is_in_use_nothing_is_lost_in_silence(
    pages: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.01)
    token = pages.token()
    writer = sqlite3.connect(pages.database, isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        async with pages.client() as client:
            put_off = await client.post(path.format(token))
            assert (await client.get(f"/u/{token}")).status_code == 200
            assert put_off.status_code == 503
            assert int(put_off.headers["retry-after"]) > 0
            assert "Nothing was changed" in put_off.text
            writer.execute("ROLLBACK")
            again = await client.post(Form(put_off).url)
            assert (again.status_code, again.url.path) == (200, path.format(token))
    finally:
        writer.close()


async def test_without_a_ledger_everybody_is_put_off(tmp_path: Path) -> None:
    async with Site(tmp_path / "none.db").client() as client:
        answer = await client.get(f"/u/{NOBODY}")
    assert answer.status_code == 503
    assert "<form" not in answer.text
    assert "none.db" not in answer.text


async def test_a_fault_of_ours_shows_nothing_of_itself(pages: Site) -> None:
    def broken() -> None:
        raise RuntimeError("a secret")

    async with pages.client(ledger=broken) as client:
        answer = await client.get(f"/u/{pages.token()}")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Something went wrong" in answer.text


@pytest.mark.parametrize("below", ["", "/papers"])
async def test_behind_a_path_the_pages_work_whether_or_not_it_is_cut_off(
    pages: Site, below: str
) -> None:
    """Where a proxy cuts the path off, the browser has an address that the site never sees."""
    outside = "https://example.org/papers"

    async def send(client: httpx.AsyncClient, method: str, url: str) -> httpx.Response:
        assert url.startswith(f"{outside}/u/")
        answer = await client.request(method, below + url.removeprefix(outside))
        answer.request.url = httpx.URL(url)
        return answer

    async with pages.client("/papers") as client:
        asked = await send(client, "GET", f"{outside}/u/{pages.token()}")
        left = await send(client, "POST", str(Form(asked).url))
        assert (await pages.holder()).by == "reader"
        back = await send(client, "POST", str(Form(left).url))
        assert (await pages.holder()).reason is None
        again = await send(client, "POST", str(Form(back).url))
        assert again.text == left.text
        assert (await client.get("/papers/elsewhere")).status_code == 404
        assert (await client.put(f"{below}/u/{pages.token()}")).status_code == 405


async def test_what_is_not_there_is_the_same_page_everywhere(pages: Site) -> None:
    token = pages.token()
    paths = ["/", "/u", "/u/", f"/u/{token}/", f"/u/{token}/resume/", f"/U/{token}", f"//u/{token}"]
    async with pages.client() as client:
        answers = [await client.get(path) for path in [*paths, "/favicon.ico", "/robots.txt"]]
    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in answers}) == 1


@given(
    st.text(max_size=30).filter(lambda text: not re.fullmatch("[A-Za-z0-9_-]{22}(/resume)?", text)),
    st.sampled_from(["GET", "HEAD", "POST"]),
)
def test_whatever_is_written_in_place_of_a_token_is_not_there(text: str, method: str) -> None:
    async def asked() -> httpx.Response:
        async with Site(Path("none.db")).client(ledger=None) as client:  # to look there would fail
            return await client.request(method, f"/u/{quote(text, safe='')}", content=b"x")

    answer = asyncio.run(asked())
    assert answer.status_code == (405 if text.endswith("/resume") and method != "POST" else 404)
