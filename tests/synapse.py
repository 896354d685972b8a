"""A real Matrix server, Synapse, on the loopback: people, rooms, and what stands in them."""

import hashlib
import hmac
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
from urllib.parse import quote

import httpx
import pytest

from tests.ports import kept_port

PYTHON = "TESTS_SYNAPSE_PYTHON"
"""The variable that names a Python which has Synapse: one of its own, for its many packages."""
SHARED = "only-for-this-test"


@dataclass(frozen=True)
class Synapse:
    """A server on `port`, asked through its client API."""

    port: int
    http: httpx.Client

    def register(self, name: str, password: str) -> str:
        """Make somebody an account, as the admin API does by the shared secret; give a token."""
        path = "/_synapse/admin/v1/register"
        nonce = self._asked("GET", path)["nonce"]
        said = f"{nonce}\0{name}\0{password}\0notadmin".encode()
        mac = hmac.new(SHARED.encode(), said, hashlib.sha1).hexdigest()
        person = {"nonce": nonce, "username": name, "password": password, "mac": mac}
        return str(self._asked("POST", path, {**person, "admin": False})["access_token"])

    def room(self, token: str, alias: str, invited: str) -> str:
        """Make a room, invite somebody, and give its id."""
        wanted = {"room_alias_name": alias, "invite": [f"@{invited}:localhost"]}
        return str(self._asked("POST", "/_matrix/client/v3/createRoom", wanted, token)["room_id"])

    def said(self, token: str, room: str) -> list[dict[str, Any]]:
        """Read the contents of a room's messages back, the oldest first."""
        path = f"/_matrix/client/v3/rooms/{quote(room)}/messages?dir=f&limit=500"
        events = self._asked("GET", path, None, token)["chunk"]
        return [one["content"] for one in events if one["type"] == "m.room.message"]

    def _asked(
        self, method: str, path: str, body: object = None, token: str = ""
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.http.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        return dict(answer.json())


@contextmanager
def synapse() -> Iterator[Synapse]:
    """Run a Synapse of its own folder, database and port; skip where it is not installed."""
    python = os.environ.get(PYTHON)
    if not python:
        pytest.skip(f"{PYTHON} is not set: no Synapse (pip install matrix-synapse) to send to")
    with ExitStack() as kept:
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="synapse-")))
        port = kept.enter_context(kept_port())
        configuration = folder / "homeserver.yaml"
        configuration.write_text(json.dumps(_configuration(folder, port)), "utf-8")
        command = [python, "-m", "synapse.app.homeserver", "-c", str(configuration)]
        subprocess.run([*command, "--generate-keys"], check=True, cwd=folder, capture_output=True)
        log = kept.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        kept.callback(process.wait)
        kept.callback(process.terminate)
        http = kept.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60))
        _await(http, process, folder / "log")
        yield Synapse(port, http)


def _configuration(folder: Path, port: int) -> dict[str, Any]:
    """Describe a server for itself alone; YAML reads JSON."""
    plenty = {"per_second": 1000, "burst_count": 1000}
    listener = {"port": port, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": False}
    return {
        "server_name": "localhost",
        "listeners": [{**listener, "resources": [{"names": ["client"]}]}],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "pid_file": str(folder / "homeserver.pid"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": SHARED,
        "report_stats": False,
        "trusted_key_servers": [],
        "rc_login": {"address": plenty, "account": plenty},
        "rc_message": plenty,
    }


def _await(http: httpx.Client, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once the server answers."""
    while process.poll() is None:
        try:
            if http.get("/_matrix/client/versions").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"Synapse ended at once:\n{log.read_text('utf-8', 'replace')[-3000:]}")
