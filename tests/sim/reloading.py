"""A configuration file with one subscriber's broken query, and what the bot makes of it."""

import os
import random
from pathlib import Path

from structlog.testing import capture_logs

from bot.service import Service
from bot.settings import Settings, load

TOKEN = "xoxb-test"
ENVIRONMENT = {"DAILY_PAPERS_SLACK__TOKEN": TOKEN}
_BROKEN = ('ti:"unclosed', "cat:cs.CL AND (ti:zebra", "AND", "ti:zebra OR OR abs:quartz", "abs:*")
_BAD = ('colour = "red"\n', "retention = 7\n", "=", "retention = 'soon'\n")


def broken(sound: str, topic: str, rng: random.Random) -> str:
    """Give a sound file in which a topic's query is broken."""
    head, found, tail = sound.partition(f'[[topic]]\nname = "{topic}"\n')
    assert found, f"the configuration has no topic {topic}"
    _, _, rest = tail.partition("\n[[")
    return f"{head}{found}query = '{rng.choice(_BROKEN)}'\n[[{rest}"


def keep(path: Path, sound: str, topic: str, rng: random.Random) -> None:
    """Reload a sound file in which a topic's query is broken, as SIGHUP would.

    The old query must stay, and what is wrong must name the topic and its file.
    """
    before = _read(path, sound)
    after, said = _reloaded(path, before, broken(sound, topic, rng))
    assert said == [], said
    assert after is not None, "a broken query refused the whole configuration"
    (refused,) = after.refused
    assert refused.stays
    assert refused.error.startswith(str(path)), refused
    assert f'topic "{topic}": query' in refused.error, refused
    assert after.subscriptions() == before.subscriptions(), "a broken query changed something"


def refuse(path: Path, sound: str, rng: random.Random) -> None:
    """Reload a file that is broken otherwise: it must be refused, so that what ran before stays."""
    after, said = _reloaded(path, _read(path, sound), rng.choice(_BAD) + sound)
    assert after is None, "a bad configuration was taken up"
    assert len(said) == 1, f"of one fault the owner is told {said}"
    assert said[0].startswith(str(path)), said


def _read(path: Path, text: str) -> Settings:
    path.write_text(text, encoding="utf-8")
    return load(path, env={**os.environ, **ENVIRONMENT})


def _reloaded(path: Path, before: Settings, text: str) -> tuple[Settings | None, list[str]]:
    """Give what a bot that runs with settings takes up of a file, and what it refuses."""
    service = Service(lambda: _read(path, text))
    with capture_logs() as logs:
        service.reload()
    told = [log["problem"] for log in logs if log["event"] == "configuration.refused"]
    return service._reloaded(before), told
