"""Slack and webhooks from the configuration to the channel, by the commands that a person uses."""

import json
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.demo.slack_server import Fault
from bot.demo.slack_workspace import Channel
from tests.builders import paper
from tests.loopback import TOKEN, Loopback, loopback, reader

Command = Callable[..., tuple[int, str, str]]
MONDAY, TUESDAY = "2026-01-05T09:00Z", "2026-01-06T09:00Z"
AN_HOUR_LATER = "2026-01-06T10:10Z"
OWNER = '[owner]\nemail = ["ops@example.org"]\n'
SECRET = "very-secret-0123456789"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAILY_PAPERS_SLACK__TOKEN", TOKEN)
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(servers.config))
        yield servers


class _Hook(BaseHTTPRequestHandler):
    """A webhook that takes any text, and says of a post without one what Slack says."""

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        code, said = (200, "ok") if message.get("text") else (400, "no_text")
        if self.path != f"/{SECRET}":
            code, said = 404, "no_service"
        elif message:
            self.server.posted.append(message)  # type: ignore[attr-defined]  # ours, below
        self.send_response(code)
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[ThreadingHTTPServer]:
    """Run a webhook."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as server:
        server.posted = []  # type: ignore[attr-defined]  # read by the test
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_fault_35_a_revoked_token_stops_the_workspace_and_the_owner_is_told_once(
    world: Loopback, command: Command
) -> None:
    rooms = [f"room{n}" for n in range(20)]
    channels = world.slack.workspace.channels
    channels |= {f"C00000001{n:02}": Channel(f"C00000001{n:02}", r) for n, r in enumerate(rooms)}
    everybody = (reader(room, email="[]", slack=f'["#{room}"]') for room in rooms)
    world.configure("".join(everybody) + reader("ana"), more=OWNER)
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3))
    world.slack.faults = lambda method, arguments: Fault(error="token_revoked")
    for _ in range(3):
        assert command("run", "--once", "--at", TUESDAY)[0] == 1
    posts = [method for method, _ in world.slack.calls if method == "chat.postMessage"]
    assert len(posts) <= 8, "no more than were under way at once; none of the later runs"
    status = json.loads(command("status", "--json", "--at", TUESDAY)[1])
    assert (status["pending"], status["failed"], status["suspended"]) == (20, 0, [])
    (notice,) = [one for one in world.mail.messages if one.recipient == "ops@example.org"]
    told = message_from_bytes(notice.path.read_bytes(), policy=policy.default)
    assert "slack is paused" in told["Subject"]
    words = " ".join(told.get_content().split())
    assert "token_revoked: the token was revoked: install the app again" in words
    assert TOKEN not in words
    world.slack.faults = None
    for _ in range(2):
        assert command("run", "--once", "--at", AN_HOUR_LATER)[0] == 0
    assert [len(world.slack.messages(room)) for room in rooms] == [1] * 20
    notices = [one for one in world.mail.messages if one.recipient == "ops@example.org"]
    assert len(notices) == 2, "and once more, that it is over"


def test_a_digest_goes_through_a_webhook_and_its_url_stands_nowhere(
    world: Loopback,
    command: Command,
    hook: ThreadingHTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    url = f"http://127.0.0.1:{hook.server_port}/{SECRET}"
    monkeypatch.setenv("DAILY_PAPERS_WEBHOOK__TEAM", url)
    table = '[[webhook]]\nname = "team"\n'
    world.configure(reader("room", email="[]", webhook='["team"]'), more=table)
    said: list[object] = [*command("run", "--once", "--at", MONDAY)]
    world.announce(paper(3))
    said += command("poll", "--at", TUESDAY)
    shown = command("preview", "--json", "--at", TUESDAY)
    (preview,) = json.loads(shown[1])
    names = command("preview", "--out", str(tmp_path / "out"), "--at", TUESDAY)[1].split()
    assert [name for name in names if name.endswith("room-webhook.webhook.json")]
    said += [*shown, *command("check")]
    assert "webhook team" in str(said[-2])
    assert hook.posted == []  # type: ignore[attr-defined]  # ours
    said += command("run", "--once", "--at", TUESDAY)
    assert "1 sent" in str(said[-2])
    assert hook.posted == preview["webhook"]  # type: ignore[attr-defined]  # ours
    assert "2601.00003" in hook.posted[0]["text"]  # type: ignore[attr-defined]  # ours
    said += [*command("status", "--json"), *command("deliveries", "list", "--json")]
    said += command("send", "room")
    monkeypatch.setenv("DAILY_PAPERS_WEBHOOK__TEAM", url + "x")
    code, out, err = command("check")
    assert (code, "make a new one" in out) == (1, True)
    said += [out, err]
    assert not [one for one in said if SECRET in str(one)]
    files = [path for path in (tmp_path / "var").iterdir() if path.is_file()]
    assert files
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_a_webhook_that_is_gone_is_suspended_by_its_name(
    world: Loopback,
    command: Command,
    hook: ThreadingHTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"http://127.0.0.1:{hook.server_port}/{SECRET}-gone"
    monkeypatch.setenv("DAILY_PAPERS_WEBHOOK__TEAM", url)
    table = '[[webhook]]\nname = "team"\n'
    world.configure(reader("room", email="[]", webhook='["team"]'), more=table)
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3))
    assert command("run", "--once", "--at", TUESDAY)[0] == 1
    status = json.loads(command("status", "--json", "--at", TUESDAY)[1])
    (suspended,) = status["suspended"]
    assert (suspended["channel"], suspended["address"]) == ("webhook", "team")
    assert "no_service" in suspended["reason"]
    assert SECRET not in json.dumps(status)
