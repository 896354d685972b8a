"""What those who run the bot ask over HTTP: whether it lives, is ready, and how it stands."""

import sqlite3
from pathlib import Path

import pytest

from bot.core.errors import StoreBusy
from tests.web.rig import NOBODY, Site


async def test_a_process_with_a_ledger_lives_and_is_ready(pages: Site) -> None:
    async with pages.client() as client:
        answers = [await client.get(path) for path in ("/healthz", "/readyz")]
    assert [(one.status_code, one.text) for one in answers] == [(200, "ok\n"), (200, "ready\n")]


async def test_without_a_ledger_it_lives_and_is_ready_once_there_is_one(
    pages: Site, tmp_path: Path
) -> None:
    elsewhere = pages.database.rename(tmp_path / "elsewhere.db")
    async with pages.client() as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "not ready: see the log\n")
        elsewhere.rename(pages.database)
        assert (await client.get("/readyz")).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("DELETE FROM _sqlite_migrations WHERE name = '0010-people'", id="earlier"),
        pytest.param(
            "UPDATE _sqlite_migrations SET name = '9999-x' WHERE name LIKE '0010%'", id="later"
        ),
    ],
)
async def test_a_ledger_of_another_version_is_not_ready(pages: Site, change: str) -> None:
    db = sqlite3.connect(pages.database)
    with db:
        assert db.execute(change).rowcount == 1
    db.close()
    async with pages.client() as client:
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.post(f"/u/{NOBODY}")).status_code == 503


async def test_a_damaged_ledger_is_not_ready(pages: Site) -> None:
    pages.database.write_bytes(b"This is no database." * 100)
    async with pages.client() as client:
        assert (await client.get("/readyz")).status_code == 503


async def test_the_numbers_are_read_once_in_a_while_however_often_they_are_asked_for(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def numbers() -> bytes:
        nonlocal asked
        asked += 1
        return f"daily_papers_due {asked}.0\n".encode()

    async with pages.client(numbers=numbers) as client:
        texts = [(await client.get("/metrics")).text for _ in range(3)]
        assert set(texts) == {"daily_papers_due 1.0\n"}
        monkeypatch.setattr("bot.web.site.KEPT", -1.0)
        answer = await client.get("/metrics")
    assert answer.text == "daily_papers_due 2.0\n"
    assert answer.headers["content-type"].startswith("text/plain")


async def test_numbers_that_cannot_be_read_are_not_those_of_before(pages: Site) -> None:
    async def busy() -> bytes:
        raise StoreBusy("papers.db: another process is writing to it")

    async with pages.client(numbers=busy) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 503
    assert "papers.db" not in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_the_state_of_the_bot_does_not_stand_where_the_outside_looks(
    pages: Site, path: str
) -> None:
    async with pages.client("/papers") as client:
        assert (await client.get(path)).status_code == 200
        assert (await client.get(f"/papers{path}")).status_code == 404
        assert (await client.post(path)).status_code == 405
