"""Channels through Apprise and of notifiers of others, by the commands that a person uses."""

import json
import re
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.settings.apprise_urls import public_name
from tests.builders import paper
from tests.loopback import Loopback, loopback, reader

Command = Callable[..., tuple[int, str, str]]
MONDAY, TUESDAY = "2026-01-05T09:00Z", "2026-01-06T09:00Z"
AN_HOUR_LATER = "2026-01-06T10:10Z"
PASSWORD = "very-secret-0123456789"
README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.chdir(tmp_path)
    with loopback(tmp_path, [paper(1), paper(2)]) as servers:
        monkeypatch.setenv("DAILY_PAPERS_CONFIG", str(servers.config))
        yield servers


class _Taker(BaseHTTPRequestHandler):
    """Keeps what it is sent; answers with the next of the server's statuses, or with 200."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = self.server.statuses.pop(0) if self.server.statuses else 200  # type: ignore[attr-defined]
        if status == 200:
            self.server.taken.append((self.path, body))  # type: ignore[attr-defined]  # below
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Taker(ThreadingHTTPServer):
    """A server on the loopback that takes posts."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.taken: list[tuple[str, str]] = []
        self.statuses: list[int] = []


@pytest.fixture
def taker() -> Iterator[Taker]:
    with Taker() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_digest_goes_through_apprise_and_its_url_stands_nowhere(
    world: Loopback,
    command: Command,
    taker: Taker,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DAILY_PAPERS_LOG_LEVEL", "debug")
    url = f"json://bot:{PASSWORD}@127.0.0.1:{taker.server_port}/papers"
    world.configure(reader("room", email="[]", apprise=f'["{url}"]'))
    said: list[object] = [*command("run", "--once", "--at", MONDAY), *command("check")]
    assert "Apprise knows JSON" in str(said[-2])
    world.announce(paper(3))
    taker.statuses = [401]
    code, *shown = command("run", "--once", "--at", TUESDAY)
    assert (code, taker.taken) == (1, [])
    assert "did not accept the message (HTTP 401)" in str(shown)
    said += shown
    for words in ("deliveries list", "status", "subscribers list", "why room 2601.00003"):
        code, *shown = command(*words.split(), "--json")
        assert code in {0, 1}, words
        assert public_name(url) in shown[0], words
        said += [*shown, *command(*words.split()), *command("preview", "--json")]
    assert command("run", "--once", "--at", AN_HOUR_LATER)[0] == 0
    ((path, body),) = taker.taken
    assert path == "/papers"
    assert "https://arxiv.org/abs/2601.00003" in json.loads(body)["message"]
    said += [*command("send", "room"), *command("status", "--json")]
    for words in ("export", "suspend", "resume"):
        code, *shown = command("subscribers", words, "room")
        assert code == 0, words
        said += shown
    assert not [one for one in said if PASSWORD in str(one)]
    files = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if PASSWORD.encode() in path.read_bytes()]


def test_a_new_password_is_the_same_address_and_what_waited_for_it_arrives(
    world: Loopback, command: Command, taker: Taker
) -> None:
    url = f"json://bot:{PASSWORD}@127.0.0.1:{taker.server_port}/papers"
    world.configure(reader("room", email="[]", apprise=f'["{url}"]'))
    command("run", "--once", "--at", MONDAY)
    world.announce(paper(3))
    taker.statuses = [401]
    assert command("run", "--once", "--at", TUESDAY)[0] == 1
    renewed = url.replace(PASSWORD, "another")
    world.configure(reader("room", email="[]", apprise=f'["{renewed}"]'))
    assert command("run", "--once", "--at", AN_HOUR_LATER)[0] == 0
    assert len(taker.taken) == 1


def blocks(language: str) -> list[str]:
    """Give README's blocks about a notifier of one's own that are in a language."""
    chapter = README.partition("\n### A notifier of your own\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", chapter, re.MULTILINE | re.DOTALL)


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install README's notifier, as pip would from its pyproject.toml."""
    (code,), (table,) = blocks("python"), blocks("toml")
    points = tomllib.loads(table)["project"]["entry-points"]["daily_papers.notifiers"]
    folder = tmp_path / "site-packages"
    record = folder / "ntfy_papers-1.0.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: ntfy-papers\nVersion: 1.0\n")
    lines = [f"{name} = {target}" for name, target in points.items()]
    (record / "entry_points.txt").write_text("\n".join(["[daily_papers.notifiers]", *lines]))
    (folder / "ntfy_papers.py").write_text(code, "utf-8")
    monkeypatch.syspath_prepend(str(folder))
    yield
    sys.modules.pop("ntfy_papers", None)


@pytest.mark.usefixtures("_installed")
def test_readmes_notifier_carries_a_digest_and_tells_of_failures(
    world: Loopback, command: Command, taker: Taker
) -> None:
    address = f"http://127.0.0.1:{taker.server_port}/my-papers"
    world.configure(reader("phone", email="[]", ntfy=f'["{address}"]'))
    assert command("run", "--once", "--at", MONDAY)[0] == 0
    world.announce(paper(3), paper(4))
    taker.statuses = [503]
    code, *said = command("run", "--once", "--at", TUESDAY)
    assert code == 1
    assert "ntfy answered 503" in str(said)
    assert command("deliver", "--at", AN_HOUR_LATER)[0] == 0
    ((path, body),) = taker.taken
    assert path == "/my-papers"
    assert sorted(line.split()[-1] for line in body.splitlines()) == [
        "https://arxiv.org/abs/2601.00003",
        "https://arxiv.org/abs/2601.00004",
    ]
    assert address in command("status", "--json")[1] + command("subscribers", "list")[1]


@pytest.mark.usefixtures("_installed")
def test_the_key_of_readmes_notifier_misspelt_is_told(world: Loopback, command: Command) -> None:
    world.configure(reader("phone", ntfi='["https://ntfy.sh/my-papers"]'))
    code, _, said = command("check")
    assert code == 2
    assert 'there is no such key. Did you mean "ntfy"?' in " ".join(said.split())


def test_readmes_notifier_has_twenty_lines_at_most() -> None:
    (code,) = blocks("python")
    assert len(code.splitlines()) <= 20
