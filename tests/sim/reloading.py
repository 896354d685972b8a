"""A configuration file with one subscriber's broken query, and what the bot says of it."""

import os
import random
from pathlib import Path

from structlog.testing import capture_logs

from bot.service import Service
from bot.settings import load

TOKEN = "xoxb-test"
ENVIRONMENT = {"DAILY_PAPERS_SLACK__TOKEN": TOKEN}
_BROKEN = ('ti:"unclosed', "cat:cs.CL AND (ti:zebra", "AND", "ti:zebra OR OR abs:quartz", "abs:*")


def refuse(path: Path, sound: str, topic: str, rng: random.Random) -> None:
    """Reload a sound file in which a topic's query is broken, as SIGHUP would.

    It must be refused, so that what ran before stays, and the log must name the topic and its file.
    """
    head, found, tail = sound.partition(f'[[topic]]\nname = "{topic}"\n')
    assert found, f"the configuration has no topic {topic}"
    _, _, rest = tail.partition("\n[[")
    query = rng.choice(_BROKEN)
    path.write_text(f"{head}{found}query = '{query}'\n[[{rest}", encoding="utf-8")
    service = Service(lambda: load(path, env={**os.environ, **ENVIRONMENT}))
    with capture_logs() as logs:
        service.reload()
    told = [log["problem"] for log in logs if log["event"] == "configuration.refused"]
    assert service._next is None, f"a broken query was taken up: {query}"
    assert len(told) == 1, f"of one broken query the owner is told {told}"
    assert told[0].startswith(str(path)), told
    assert f'topic "{topic}": query' in told[0], told
