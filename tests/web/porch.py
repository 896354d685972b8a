"""The site with an entrance: what is entered, which letters go, and what is left of it on disk."""

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from html.parser import HTMLParser
from typing import Any, NamedTuple

import httpx

from bot.core.enrolment import Enrolment
from bot.core.notice import Notice
from bot.core.subscription import Topic
from bot.settings.signup import SignupSettings
from bot.store import SqliteStore
from bot.web.desk import Desk
from bot.web.entrance import Entrance
from bot.web.site import site
from tests.builders import NOON, topic
from tests.web.rig import Site

PUBLIC = "https://example.org"
ZOE = "zoe.quick@example.net"
"""Somebody whom nobody knows; the local part stands nowhere else."""
TOPICS = (topic(), topic("Lattices", "cat:math.CO"))
WISH: Mapping[str, Any] = {
    "email": ZOE,
    "topic": ["Language"],
    "rhythm": "daily",
    "at": "07:15",
    "timezone": "Europe/Madrid",
    "comment": "",
}
"""A form as a browser sends it."""


class Letter(NamedTuple):
    """What went to an address, and under which name."""

    notice: Notice
    address: str
    key: str

    @property
    def text(self) -> str:
        """All of it that is read."""
        return "\n".join((self.notice.subject, *self.notice.lines))

    @property
    def link(self) -> str:
        """The one link that it has."""
        (link,) = (one for one in self.notice.lines if one.startswith("http"))
        return link


@dataclass
class Porch:
    """A site where people sign up; its `letters`, unless `fault` is raised for each."""

    pages: Site
    topics: tuple[Topic, ...] = TOPICS
    settings: SignupSettings = field(default_factory=SignupSettings)
    title: str = "Daily Papers"
    public_url: str = PUBLIC
    letters: list[Letter] = field(default_factory=list)
    fault: BaseException | None = None
    now: datetime = NOON

    async def send(self, notice: Notice, address: str, key: str) -> None:
        """Take a letter, or fail."""
        if self.fault is not None:
            raise self.fault
        self.letters.append(Letter(notice, address, key))

    def entrance(self) -> Entrance:
        """Give what signing up needs."""
        return Entrance(
            ledger=lambda: SqliteStore.open(self.pages.database, exclusive=False),
            send=self.send,
            settings=self.settings,
            enrolment=Enrolment(self.topics, open=True),
            title=self.title,
            public_url=self.public_url,
        )

    def desk(self, **changes: Any) -> Desk:
        """Give the site what it needs; `changes` are those of the desk."""
        given: dict[str, Any] = {"entrance": self.entrance(), "clock": lambda: self.now}
        return replace(self.pages.desk, **(given | changes))

    @asynccontextmanager
    async def client(
        self, path: str = "", peer: str = "127.0.0.1", **changes: Any
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Call the site as from an address of the network, without one."""
        called = httpx.ASGITransport(
            site(self.desk(**changes), path), raise_app_exceptions=False, client=(peer, 4321)
        )
        async with httpx.AsyncClient(transport=called, base_url="https://example.org") as client:
            yield client

    async def ask(self, **entered: Any) -> httpx.Response:
        """Send the form, by itself; what is entered goes before WISH."""
        async with self.client() as client:
            return await client.post("/signup", data={**WISH, **entered})

    async def asked(self, **entered: Any) -> str:
        """Ask, and give the path of the link in the letter."""
        assert (await self.ask(**entered)).status_code == 200
        return self.letters[-1].link.removeprefix(self.public_url)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        """Press the button of a page."""
        async with self.client() as client:
            return await client.post(path, **body)

    async def get(self, path: str) -> httpx.Response:
        """Look at a page."""
        async with self.client() as client:
            return await client.get(path)

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the ledger itself."""
        db = sqlite3.connect(self.pages.database)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    def wishes(self) -> int:
        """Count what is taken down."""
        return int(self.read("SELECT count(*) FROM signups")[0][0])

    def joined(self) -> list[tuple[str, str]]:
        """Tell who signed up, and when their digests come."""
        asked = "SELECT address, schedule FROM subscriptions WHERE origin = 'web' AND active"
        return [(str(address), str(schedule)) for address, schedule in self.read(asked)]

    def topics_off(self) -> list[str]:
        """Tell what those did not choose who signed up."""
        return [str(row[0]) for row in self.read("SELECT topic FROM topics_off ORDER BY topic")]

    def on_disk(self, word: str = ZOE.partition("@")[0]) -> list[str]:
        """Name the files of the ledger that hold a word."""
        database = self.pages.database
        files = sorted(database.parent.glob(f"{database.name}*"))
        return [one.name for one in files if word.encode() in one.read_bytes()]


class Shown(HTMLParser):
    """The form as it stands on a page: what each field holds, and what is wrong with it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.offered: dict[str, list[str]] = {}
        self.invalid: set[str] = set()
        self.wrong: dict[str, str] = {}
        self.forms: list[dict[str, str]] = []
        self._field = self._words = ""
        self._takes = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "aria-invalid" in found:
            self.invalid.add(found["aria-describedby"].removesuffix("-wrong"))
        if tag == "form":
            self.forms.append(found)
        if tag == "select":
            self._field = found["name"]
        if tag == "input":
            self._input(found)
        if tag == "option":
            self._takes, self._words = "selected" in found, ""
        if "wrong" in found.get("class", ""):
            self._words, self._field = "", found["id"].removesuffix("-wrong")
            self.wrong[self._field] = ""

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "option":
            self._hold(self._field, self._words, taken=self._takes)
        if tag == "p" and self._field in self.wrong:
            self.wrong[self._field] = self.wrong[self._field] or self._words

    def _input(self, found: Mapping[str, str]) -> None:
        choice = found.get("type") in {"checkbox", "radio"}
        taken = "checked" in found if choice else True
        self._hold(found["name"], found.get("value", ""), taken=taken)

    def _hold(self, name: str, value: str, *, taken: bool) -> None:
        self.offered.setdefault(name, []).append(value)
        if taken:
            self.values.setdefault(name, []).append(value)
