"""Writes the configuration of a simulation as its owner would."""

import json
from collections.abc import Mapping, Sequence

from tests.sim.readers import Reader, Wish, query_of
from tests.sim.world import WORDS

_SERVICES = ("api_url", "rss_url", "oai_url")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def configuration(readers: Sequence[Reader], servers: Mapping[str, str]) -> str:
    """Write the file: where everything is, topics of each reader, and readers.

    `servers` have `database` and `host`, and where there are any `port`, and the URLs of arXiv's
    three services and of Slack.
    """
    topics = {topic_name(one, name): wish for one in readers for name, wish in one.topics}
    parts = [
        f'database = "{servers["database"]}"',
        "[arxiv]",
        'contact = "ops@example.org"',
        *(f'{key} = "{url}"' for key, url in servers.items() if key in _SERVICES),
        "[email]",
        f'host = "{servers["host"]}"',
        f"port = {servers.get('port', '25')}",
        'tls = "none"',
        'sender = "Daily Papers <papers@example.org>"',
        "per_minute = 100000",
        "[slack]",
        f'api_url = "{servers.get("slack_url", "https://slack.com/api/")}"',
        *(_topic(name, wish) for name, wish in topics.items()),
        *(_reader(one) for one in readers),
    ]
    return "\n".join(parts)


def topic_name(reader: Reader, topic: str) -> str:
    """Name a reader's topic in the file, which has no other of that name."""
    return f"{topic} of {reader.name}"


def _address(reader: Reader) -> str:
    """Name the address as its channel wants it."""
    name, at, _ = reader.address.partition("@")
    return f"#{name}" if reader.channel == "slack" and at else reader.address


def _topic(name: str, wish: Wish) -> str:
    if wish.word in WORDS[::2]:
        categories = json.dumps(sorted(wish.categories))
        return f'[[topic]]\nname = "{name}"\nkeywords = ["{wish.word}"]\ncategories = {categories}'
    return f"[[topic]]\nname = \"{name}\"\nquery = '{query_of(wish)}'"


def _reader(reader: Reader) -> str:
    at = reader.schedule.at
    lines = [
        "[[subscriber]]",
        f'name = "{reader.name}"',
        f'timezone = "{reader.schedule.timezone}"',
        f'deliver_at = "{at:%H:%M}"' if at is not None else 'deliver_at = "immediately"',
        f"days = {json.dumps([_DAYS[day] for day in sorted(reader.schedule.days)])}",
        f"topics = {json.dumps([topic_name(reader, name) for name, _ in reader.topics])}",
        f'{reader.channel} = ["{_address(reader)}"]',
        f"include = {json.dumps(sorted(reader.include))}",
        f'since = "{reader.since.days}d"',
    ]
    return "\n".join(lines)
