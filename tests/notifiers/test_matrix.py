"""Digests through Apprise to a real Matrix server, read back through its client API."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.core.errors import TemporaryFailure
from bot.core.webhook_text import Dialect, titled
from bot.notifiers.apprise import AppriseNotifier
from bot.notifiers.apprise_messages import MOST
from bot.settings.apprise_urls import public_name
from tests.notifiers.hook_rig import digest
from tests.synapse import Synapse, synapse

pytestmark = pytest.mark.slow

PASSWORD = "very-secret"


@dataclass(frozen=True)
class Room:
    """A room of ana's that the bot is invited to, and how it is written in a URL."""

    server: Synapse
    token: str
    id: str
    alias: str

    def url(self, password: str = PASSWORD, ending: str = "") -> str:
        return f"matrix://bot:{password}@127.0.0.1:{self.server.port}/{self.alias}{ending}"

    @property
    def bodies(self) -> list[str]:
        return [str(one["body"]) for one in self.server.said(self.token, self.id)]


@pytest.fixture(scope="module")
def server() -> Iterator[Synapse]:
    with synapse() as one:
        one.register("bot", PASSWORD)
        yield one


@pytest.fixture
def room(server: Synapse, request: pytest.FixtureRequest) -> Room:
    alias = "".join(letter for letter in request.node.name if letter.isalnum())
    token = server.register(f"ana{len(alias)}", "wonder-land")
    return Room(server, token, server.room(token, alias, "bot"), f"#{alias}:localhost")


def expected(count: int) -> list[str]:
    """Give the messages of a digest as Apprise writes them for Matrix: titles as headings."""
    dialect = Dialect(MOST, 420, links=False, plain=True, head=0)
    return [f"# {title}\r\n{body}" for title, body in titled(digest(count), dialect)]


@pytest.mark.parametrize("count", [1, 40])
async def test_a_digest_stands_in_the_room_as_it_was_written(room: Room, count: int) -> None:
    name = public_name(room.url())
    async with AppriseNotifier({name: room.url()}) as notifier:
        await notifier.send(digest(count), name, key="k1")
    assert room.bodies == expected(count)
    assert "".join(room.bodies).count("https://arxiv.org/abs/") == count


async def test_as_markdown_each_title_and_address_arrives_too(room: Room) -> None:
    url = room.url(ending="?format=markdown")
    async with AppriseNotifier({"it": url}) as notifier:
        await notifier.send(digest(3), "it", key="k1")
    (message,) = room.server.said(room.token, room.id)
    for number in range(1, 4):
        assert f"<strong>A Study of Subject {number}</strong>" in message["formatted_body"]
        assert f"https://arxiv.org/abs/2601.0000{number}" in message["formatted_body"]


async def test_a_wrong_password_is_tried_later_and_posts_nothing(room: Room) -> None:
    async with AppriseNotifier({"it": room.url("wrong")}) as notifier:
        with pytest.raises(TemporaryFailure, match="did not accept") as failure:
            await notifier.send(digest(), "it", key="k1")
    assert "wrong" not in str(failure.value)
    assert room.bodies == []
