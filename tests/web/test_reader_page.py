"""The page of one reader: to look changes nothing, its buttons do what they say, and only that."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Entry
from bot.core.people import Holder, Who
from bot.core.wishes import Sent, TopicWish, Wishes
from bot.store import SqliteStore
from bot.web import chosen
from tests.builders import NOON, paper, subscription, topic
from tests.store.scenario import MORNING, arrive, begin, claim, give, settle, the_one_due
from tests.web.rig import NOBODY, Site

ANA = Holder("ana", "email", "ana@example.org")
TOPICS = (topic("Retrieval", "ti:study"), topic("Agents", "abs:agent"))
HOSTILE = '</style><script>alert(1)</script><b onclick="x">\'&amp; \u202e\x00 $|`'


@pytest.fixture
async def site(tmp_path: Path) -> Site:
    """A site over a ledger in which ana has two topics and got one digest."""
    database = tmp_path / "daily-papers.db"
    async with SqliteStore.open(database) as store:
        await begin(store)
        await store.sync([subscription(topics=TOPICS)], NOON)
        await arrive(store, paper(3, title="Reading $\\alpha$ before Citing"))
        due = await the_one_due(store)
        await give(store, due, 3)
        (delivery,) = await claim(store)
        await settle(store, delivery, "sent")
    return Site(database)


class Buttons(HTMLParser):
    """The forms of a page by the words of their buttons, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] = {}
        self._label: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert found == {"method": "post"}, "to the page itself"
            self._fields = {}
        if tag == "input" and found["type"] == "hidden":
            self._fields[found["name"]] = found["value"]
        if tag == "button":
            self._fields[found["name"]] = found["value"]
            self.forms[found.get("aria-label", "")] = self._fields


async def page_of(site: Site) -> str:
    async with site.client() as client:
        answer = await client.get(f"/m/{site.token()}")
    assert answer.status_code == 200
    return answer.text


async def press(site: Site, label: str, **more: str) -> httpx.Response:
    """Press a button of the page, and follow where it leads."""
    async with site.client() as client:
        address = f"/m/{site.token()}"
        form = Buttons((await client.get(address)).text).forms[label]
        answer = await client.post(address, data=form | more)
        assert answer.status_code == 303
        followed = await client.get(answer.url.join(answer.headers["location"]))
    assert followed.url.path == address
    assert followed.status_code == 200
    return followed


async def wishes(site: Site) -> Wishes:
    async with SqliteStore.open(site.database, exclusive=False) as store:
        found = await store.wishes(site.token(), NOON)
    assert found is not None
    return found


async def off(site: Site) -> list[str]:
    return [one.topic for one in (await wishes(site)).topics if one.off]


async def test_it_shows_topics_and_digests_and_neither_name_nor_query_nor_address(
    site: Site,
) -> None:
    page = await page_of(site)
    text = " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())
    assert "go to a•••@example.org" in text.replace(" .", ".")
    assert re.search(r"Agents on Turn off Retrieval on Turn off", text)
    assert re.search(r"Tue 6 Jan 2026 Language 1 Language 1 Reading α before Citing", text)
    assert 'href="https://arxiv.org/abs/2601.00003" rel="noreferrer"' in page
    assert f'href="../u/{site.token()}"' in page
    assert not re.search(r"\bana\b|ana@|ti:study|abs:agent", page)
    assert 'min="2026-01-06" max="2027-01-05" required' in page


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_to_look_changes_nothing(site: Site, method: str) -> None:
    before = await wishes(site)
    async with site.client() as client:
        address = f"/m/{site.token()}"
        for query in ("", "?do=off&topic=Agents", "?do=pause&until=2026-02-02"):
            assert (await client.request(method, address + query)).status_code == 200
    assert await wishes(site) == before


async def test_a_topic_is_turned_off_and_on(site: Site) -> None:
    page = (await press(site, "Turn off Agents")).text
    assert await off(site) == ["Agents"]
    assert "off since 5 Jan 2026" in page
    page = (await press(site, "Turn on Agents")).text
    assert await off(site) == []
    assert "off since" not in page


async def test_with_every_topic_off_it_says_so_and_offers_to_stop(site: Site) -> None:
    await press(site, "Turn off Agents")
    page = (await press(site, "Turn off Retrieval")).text
    assert "All topics are off, so nothing is sent" in page
    assert page.count(f'href="../u/{site.token()}"') == 2


async def test_digests_are_paused_and_resumed(site: Site) -> None:
    page = (await press(site, "", until="2026-02-02")).text
    assert "are paused until <b>Monday 2 February 2026, 08:30</b>" in page
    assert (await wishes(site)).until == NOON.replace(month=2, day=2, hour=8, minute=30)
    page = (await press(site, "")).text
    assert "paused until" not in page
    assert (await wishes(site)).until is None


@pytest.mark.parametrize(
    "until", ["", "2026-01-05", "2025-12-31", "2027-01-06", "9999-12-31", "tomorrow", "2026-02-30"]
)
async def test_a_day_until_which_one_cannot_pause_is_refused_on_the_page(
    site: Site, until: str
) -> None:
    async with site.client() as client:
        address = f"/m/{site.token()}"
        answer = await client.post(address, data={"do": "pause", "until": until})
    assert answer.status_code == 400
    assert chosen.WRONG_DAY in answer.text
    assert "Your digests" in answer.text
    assert (await wishes(site)).until is None


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"data": {"do": "off", "topic": "Nobody's"}}, id="no topic"),
        pytest.param({"data": {"do": "erase", "topic": "Agents"}}, id="no button"),
        pytest.param({"data": {"List-Unsubscribe": "One-Click"}}, id="one click"),
        pytest.param({}, id="nothing"),
        pytest.param({"content": b"do=off&topic=%FF%00"}, id="no text"),
        pytest.param({"content": b"\xff\xfe"}, id="octets"),
        pytest.param({"content": b"&".join([b"do=off&topic=Agents"] * 9)}, id="many fields"),
        pytest.param({"json": {"do": "off", "topic": "Agents"}}, id="json"),
        pytest.param({"files": {"do": (None, "off"), "topic": (None, "Agents")}}, id="multipart"),
    ],
)
async def test_what_no_button_sends_changes_nothing_and_leads_back(
    site: Site, sent: dict[str, object]
) -> None:
    before = await wishes(site)
    async with site.client() as client:
        answer = await client.post(f"/m/{site.token()}", **sent)  # type: ignore[arg-type]
    assert answer.status_code == 303
    assert answer.headers["location"] == site.token()
    assert await wishes(site) == before


async def test_a_body_that_is_too_large_or_too_slow_changes_nothing(site: Site) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"do=off&topic=Agents"
        yield b"&x=" + b"x" * 10_240

    async with site.client() as client:
        answer = await client.post(f"/m/{site.token()}", content=endless())
    assert answer.status_code == 413
    async with site.client(patience=0.0) as client:
        answer = await client.post(f"/m/{site.token()}", content=endless())
    assert answer.status_code in {408, 413}
    assert await off(site) == []


@pytest.mark.parametrize("token", [NOBODY, "x", NOBODY[:-1], f"{NOBODY}A", "%2e%2e", "' OR 1=1--"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_forged_or_cut_token_is_the_page_that_is_not_there(
    site: Site, token: str, method: str
) -> None:
    async with site.client() as client:
        data = {"do": "off", "topic": "Agents"}
        answer = await client.request(
            method, f"/m/{token}", data=data if method == "POST" else None
        )
        missing = await client.get("/nothing")
    assert (answer.status_code, answer.text) == (404, missing.text)
    assert await off(site) == []


async def test_below_the_path_of_a_proxy_it_leads_back_there(site: Site) -> None:
    async with site.client("/papers") as client:
        address = f"/papers/m/{site.token()}"
        answer = await client.post(address, data={"do": "off", "topic": "Agents"})
        assert answer.url.join(answer.headers["location"]).path == address
        page = await client.get(address)
        stop = await client.get(page.url.join(f"../u/{site.token()}"))
        assert f'href="../m/{site.token()}"' in stop.text
        again = await client.get(stop.url.join(f"../m/{site.token()}"))
    assert "Stop these digests?" in stop.text
    assert again.text == page.text
    assert await off(site) == ["Agents"]


async def test_who_is_stopped_is_told_so_and_can_still_choose_topics(site: Site) -> None:
    async with SqliteStore.open(site.database, exclusive=False) as store:
        await store.suspend(Who("ana"), "a secret reason", NOON)
    page = await page_of(site)
    assert "these digests are stopped" in page
    assert "a secret reason" not in page
    assert "Pause until" not in page
    await press(site, "Turn off Agents")
    assert await off(site) == ["Agents"]


async def test_of_a_subscription_that_was_removed_only_the_past_is_shown(site: Site) -> None:
    async with SqliteStore.open(site.database) as store:
        await store.sync([], MORNING)
    page = await page_of(site)
    assert "There are no topics any more" in page
    assert "Reading α before Citing" in page


async def test_while_the_ledger_is_in_use_it_says_that_nothing_was_changed(
    site: Site, tmp_path: Path
) -> None:
    gone = Site(tmp_path / "nothing.db")
    async with gone.client() as client:
        address = f"/m/{site.token()}"
        looked = await client.get(address)
        asked = await client.post(address, data={"do": "off", "topic": "Agents"})
    assert (looked.status_code, asked.status_code) == (503, 503)
    assert "Nothing was changed" in asked.text


def hostile() -> Wishes:
    title = paper(3, title=HOSTILE)
    entries = (Entry(title, (HOSTILE,)), Entry(paper(4, title="x" * 900), ("y" * 300,)))
    topics = (TopicWish(HOSTILE), TopicWish("y" * 300, NOON))
    return Wishes(ANA, "Asia/Kathmandu", topics, None, (Sent(NOON, entries, 2, 3), Sent(NOON, ())))


def test_nothing_breaks_out_of_the_page() -> None:
    page = chosen.html(hostile(), NOBODY, NOON)
    assert "<script" not in page
    assert 'onclick="x"' not in page
    assert "\u202e" not in re.sub(r'value="[^"]*"', "", page)
    assert Buttons(page).forms.popitem() is not None
    (sent,) = re.findall(r'name="topic" value="([^"]*script[^"]*)"', page)
    assert "&lt;/style&gt;" in sent
    assert "part 2 of 3" in page
    assert "no papers" in page


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_topics_and_titles_are_called_the_page_keeps_its_shape(
    name: str, title: str
) -> None:
    sent = Sent(NOON, (Entry(paper(3, title=title), (name or "x",)),))
    page = chosen.html(Wishes(ANA, "UTC", (TopicWish(name),), None, (sent,)), NOBODY, NOON)
    tags = re.findall(r"<(/?[a-z0-9]+)", page.partition("<main")[2])
    plain = Sent(NOON, (Entry(paper(3, title="T"), ("N",)),))
    expected = chosen.html(Wishes(ANA, "UTC", (TopicWish("N"),), None, (plain,)), NOBODY, NOON)
    assert tags == re.findall(r"<(/?[a-z0-9]+)", expected.partition("<main")[2])


def test_instants_are_told_by_the_readers_clock() -> None:
    until = NOON + timedelta(days=30, hours=8)
    page = chosen.html(
        Wishes(ANA, "Pacific/Auckland", (TopicWish("RAG", NOON),), until), NOBODY, NOON
    )
    assert "Thursday 5 February 2026, 09:00" in page
    assert "off since 6 Jan 2026" in page
    page = chosen.html(Wishes(ANA, "Pacific/Auckland", (TopicWish("RAG"),)), NOBODY, NOON)
    assert f'min="{date(2026, 1, 7)}"' in page
