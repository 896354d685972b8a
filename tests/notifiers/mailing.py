"""Notifiers for the scripted server, and the failures that it provokes."""

from typing import Any

import pytest

from bot.notifiers.email import EmailNotifier
from bot.notifiers.message import Message
from bot.notifiers.origin import Origin
from bot.notifiers.smtp_server import Server
from bot.notifiers.smtp_session import Timeouts
from tests.builders import digest
from tests.notifiers.scripted_smtp import ScriptedSmtp, serving

SENDER = "Daily Papers <papers@example.org>"
ORIGIN = Origin.written(SENDER)
QUICK = Timeouts(command=0.3, data=0.3, block=0.3, final=0.3, farewell=0.3)

_OPTIONS = ("per_minute", "timeouts", "origin")


def notifier(server: ScriptedSmtp, **changes: Any) -> EmailNotifier:
    """Build a notifier for the scripted server, in clear and without log-in."""
    values: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "tls": "none"}
    options: dict[str, Any] = {"timeouts": QUICK, "origin": ORIGIN}
    options |= {key: changes.pop(key) for key in _OPTIONS if key in changes}
    return EmailNotifier(Server(**(values | changes)), **options)


def message(octets: bytes) -> Message:
    """Build a message for ana of these octets."""
    return Message(octets, "papers@example.org", "ana@example.org")


async def failure_with(script: dict[str, Any], **changes: Any) -> Exception:
    """Send one digest to a server with this script, and give what is raised."""
    async with serving(ScriptedSmtp(script)) as server, notifier(server, **changes) as email:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each test looks at the kind
            await email.send(digest(), "ana@example.org", key="k1")
    return caught.value


LOG_IN = {"username": "papers", "password": "wonder-land"}
