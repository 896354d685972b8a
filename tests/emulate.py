"""A Slack that others wrote, npm's `emulate`, on the loopback: channels, and what stands there."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ports import kept_port

PROGRAM = "TESTS_EMULATE"
"""The variable that names the program `emulate`, of version 0.12.2."""
BOT, MUTE, ADMIN = "xoxb-bot", "xoxb-mute", "xoxp-admin"
"""Tokens: the bot's; one of the bot's that may not post; and that of a person who may do all."""
PERSON = "U000000001"
"""Whose token ADMIN is; emulate makes them, and #general, where the bot is not."""
WEBHOOK = "services/T000000001/B000000001/X000000001"
"""An incoming webhook for #general, which emulate makes too."""

_READS = ["channels:read", "channels:history", "groups:read", "groups:history", "im:history"]


@dataclass(frozen=True)
class Emulate:
    """A server at `url`, read with calls of this class's own, as ADMIN unless told otherwise."""

    url: str
    http: httpx.Client

    @property
    def api(self) -> str:
        return f"{self.url}/api/"

    def ask(self, method: str, *, token: str = ADMIN, **arguments: Any) -> dict[str, Any]:
        """Call a method with its arguments as JSON, and give the answer, which must not refuse."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.http.post(f"api/{method}", json=arguments, headers=headers)
        answer.raise_for_status()
        told = dict(answer.json())
        if not told["ok"]:
            raise AssertionError(f"{method}: {told}")
        return told

    def channel(self, name: str, *, private: bool = False, invited: bool = True) -> str:
        """Make a channel, invite the bot, and give its id."""
        made = self.ask("conversations.create", name=name, is_private=private)
        channel = str(made["channel"]["id"])
        if invited:
            bot = self.ask("auth.test", token=BOT)["user_id"]
            self.ask("conversations.invite", channel=channel, users=bot)
        return channel

    def history(self, channel: str) -> list[dict[str, Any]]:
        """Read a channel's messages, the oldest first, without the replies in threads.

        Who came and who invited them is left out.
        """
        answer = self.ask("conversations.history", channel=channel, limit=999)
        return [one for one in reversed(answer["messages"]) if "subtype" not in one]

    def thread(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """Read a message and its replies, the oldest first."""
        return list(self.ask("conversations.replies", channel=channel, ts=ts)["messages"])


@contextmanager
def emulate() -> Iterator[Emulate]:
    """Run an emulate of its own port, which checks scopes; skip where it is not installed."""
    program = os.environ.get(PROGRAM)
    if not program:
        pytest.skip(f"{PROGRAM} is not set: no emulate (npm install emulate@0.12.2) to send to")
    with ExitStack() as kept:
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="emulate-")))
        port = kept.enter_context(kept_port())
        seed = folder / "seed.json"
        seed.write_text(json.dumps({"slack": _workspace()}), "utf-8")
        command = [program, "start", "--service", "slack", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--seed", str(seed)]
        log = kept.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        kept.callback(process.wait)
        kept.callback(process.terminate)
        url = f"http://127.0.0.1:{port}"
        http = kept.enter_context(httpx.Client(base_url=url, timeout=60, trust_env=False))
        _await(http, process, folder / "log")
        yield Emulate(url, http)


def _workspace() -> dict[str, Any]:
    """Describe who is there, with which tokens."""
    everything = ["chat:write", *_READS, "channels:manage", "groups:write", "im:write"]
    return {
        "strict_scopes": True,
        "team": {"name": "Lab"},
        "users": [{"name": "daily-papers"}],
        "tokens": [
            {"token": BOT, "user": "daily-papers", "scopes": ["chat:write", "im:write", *_READS]},
            {"token": MUTE, "user": "daily-papers", "scopes": _READS},
            {"token": ADMIN, "user_id": PERSON, "scopes": everything},
        ],
    }


def _await(http: httpx.Client, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once the server answers."""
    while process.poll() is None:
        try:
            if http.get("/").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"emulate ended at once:\n{log.read_text('utf-8', 'replace')[-3000:]}")
