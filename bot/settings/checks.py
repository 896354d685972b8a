"""What pydantic cannot see in one value: how the tables of the configuration agree.

The checks read raw data, which may hold anything, and skip what is not of the right type: that is
reported already. So all problems are found in one pass, however many there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from os.path import normpath
from textwrap import indent
from typing import Any

from bot.core.query import QuerySyntaxError
from bot.core.query.people import person
from bot.core.visible import escaped
from bot.settings.fields import Loc
from bot.settings.origins import ORIGINS, filled
from bot.settings.places import host_of, is_loopback
from bot.settings.problem import Problem
from bot.settings.shown import did_you_mean, listed, shown
from bot.settings.subscriptions import CHANNELS
from bot.settings.translation import secret_cure
from bot.settings.wishes import Wish, parsed


def disagreements(data: Mapping[str, Any], faulty: frozenset[Loc]) -> Iterator[Problem]:
    """Yield every problem that spans several values; `faulty` are places known to be wrong."""
    yield from _server(_table(data, "email"))
    yield from _gentleness(_table(data, "arxiv"))
    yield from _sources(_table(data, "arxiv"))
    yield from _names_once(data, "topic")
    yield from _names_once(data, "subscriber")
    yield from _queries(data, faulty)
    yield from _anybody(data)
    known = {name for _, topic in _tables(data, "topic") if (name := _text(topic, "name"))}
    yield from _topics_known(("pages",), _table(data, "pages"), known)
    for loc, subscriber in _tables(data, "subscriber"):
        yield from _topics_known(loc, subscriber, known)
        yield from _addresses(loc, subscriber)
    yield from _channels(data)


def _server(email: Mapping[str, Any]) -> Iterator[Problem]:
    if email.get("username") and not email.get("password"):
        loc = ("email", "password")
        yield Problem(loc, f"a username is set, but no password. To mend it, {secret_cure(loc)}")
    if email.get("password") and "username" not in email:
        text = "a password is set, but no username. Add username to [email], or unset the password."
        yield Problem(("email", "password"), text)
    host = _text(email, "host")
    if email.get("tls") == "none" and host and not is_loopback(host):
        yield Problem(
            ("email", "tls"),
            f'"none" would send mail to {shown(host)} in clear; it is only for this machine '
            '(localhost, 127.0.0.1, ::1). Write "implicit" (port 465) or "starttls" (port 587).',
        )


def _gentleness(arxiv: Mapping[str, Any]) -> Iterator[Problem]:
    interval = arxiv.get("min_interval", 3.0)
    try:
        if isinstance(interval, bool) or not float(interval) < 3:
            return
    except (TypeError, ValueError, OverflowError):
        return
    urls = (url for key in ORIGINS if (url := filled(arxiv)[key]))
    if not all(is_loopback(host_of(url)) for url in urls):
        yield Problem(
            ("arxiv", "min_interval"),
            f"{shown(interval)} is too small: arXiv's terms ask for 3 seconds between requests. "
            "Write min_interval = 3.0; less is only for a server on this machine.",
        )


def _sources(arxiv: Mapping[str, Any]) -> Iterator[Problem]:
    if not any(filled(arxiv)[key] for key in ORIGINS):
        yield Problem(
            ("arxiv", "api_url"),
            "no source is left to ask: api_url, rss_url and oai_url are all off, so that no paper "
            "would ever come. Remove one of them, or write its URL.",
        )


def _names_once(data: Mapping[str, Any], key: str) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for loc, table in _tables(data, key):
        name = _text(table, "name")
        same = name.casefold() if key == "subscriber" else name
        if same in seen:
            but = "" if seen[same] == name else " (names are compared without case)"
            text = f"another {key} has this name too{but}. Rename one of them, or remove it."
            yield Problem((*loc, "name"), text)
        seen.setdefault(same, name)


def _queries(data: Mapping[str, Any], faulty: frozenset[Loc]) -> Iterator[Problem]:
    for loc, topic in _tables(data, "topic"):
        given = [key for key in ("query", "keywords") if key in topic]
        if len(given) == 2:
            yield Problem(loc, "both query and keywords are set. Keep one of them.")
        elif not given and "authors" not in topic:
            text = "it says nothing of what is wanted. Add a query, or keywords"
            yield Problem(loc, f'{text} such as keywords = ["RAG"], or authors to follow.')
        yield from _narrowing(loc, topic)
        sound = {key: value for key, value in topic.items() if not _is_faulty((*loc, key), faulty)}
        for key in given or ["authors"]:
            if key in sound:
                yield from _query(loc, key, sound)


def _is_faulty(loc: Loc, faulty: frozenset[Loc]) -> bool:
    """Whether something in the value at `loc` is known to be wrong."""
    return any(place[: len(loc)] == loc for place in faulty)


def _narrowing(loc: Loc, topic: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what would narrow something that is not there."""
    if topic.get("coauthors") and "authors" not in topic:
        cure = 'Add authors = ["…"], or write them as authors.'
        yield Problem((*loc, "coauthors"), f"coauthors narrow authors, and there are none. {cure}")
    if topic.get("primary_only") is True and not topic.get("categories"):
        cure = 'Add categories such as categories = ["cs.CL"], or leave primary_only out.'
        yield Problem((*loc, "primary_only"), f"it narrows categories, and there are none. {cure}")
    seen: dict[str, str] = {}
    for key in ("authors", "coauthors"):
        for number, name in _texts(topic, key):
            with suppress(ValueError):  # told already
                same = person(name).key
                if same in seen:
                    twice = "twice" if seen[same] == key else "among the authors too"
                    text = f"{shown(name)} is listed {twice}. Remove one of them."
                    yield Problem((*loc, key, number), text)
                seen.setdefault(same, key)


def _query(loc: Loc, key: str, topic: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what is wrong with the query that a topic's sound keys make, `key` the first of them."""
    lists = ("authors", "coauthors", "categories", "exclude")
    wish = Wish(
        text=topic["query"] if key == "query" else None,
        keywords=tuple(topic["keywords"]) if key == "keywords" else (),
        primary_only=bool(topic.get("primary_only")),
        **{name: tuple(topic.get(name, ())) for name in lists},
    )
    try:
        parsed(wish)
    except QuerySyntaxError as error:
        yield Problem((*loc, key), f"{escaped(str(error))}\n{indent(error.pointed, '    ')}")


def _topics_known(loc: Loc, table: Mapping[str, Any], known: set[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, name in _texts(table, "topics"):
        place = (*loc, "topics", number)
        if name not in known:
            others = f"Write {listed(sorted(known))}, or add" if known else "Add"
            hint = did_you_mean(name, known, f"{others} a [[topic]] of that name.")
            yield Problem(place, f"there is no topic {shown(name)}. {hint}")
        elif name in seen:
            yield Problem(place, f"{shown(name)} is listed twice. Remove one of them.")
        seen.add(name)


def _addresses(loc: Loc, subscriber: Mapping[str, Any]) -> Iterator[Problem]:
    for channel in CHANNELS:
        seen: set[str] = set()
        for number, address in _texts(subscriber, channel):
            same = _sameness(channel, address)
            if same in seen:
                text = f"{shown(address)} is listed twice. Remove one of them."
                yield Problem((*loc, channel, number), text)
            seen.add(same)
    if not any(subscriber.get(channel) for channel in CHANNELS):
        yield Problem(
            loc,
            "no digest can reach it: it has no address. Add one, such as "
            'maildir = ["var/mail"], email = ["ana@example.org"] or slack = ["#papers"].',
        )


def _sameness(channel: str, address: str) -> str:
    """Write addresses that reach the same place alike."""
    if channel == "maildir":
        return normpath(address)
    return address.casefold() if channel == "email" else address


def _channels(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Find channels in use that lack their section or their secret; each is told once."""
    using = {
        channel: shown(_text(subscriber, "name"))
        for channel in CHANNELS
        for _, subscriber in reversed(_tables(data, "subscriber"))
        if subscriber.get(channel)
    }
    if "email" in using and "email" not in data:
        yield Problem(
            ("email",),
            f"the section [email] is missing, but subscriber {using['email']} has an email "
            'address. Add [email] with host = "smtp.example.org" and '
            'sender = "Daily Papers <papers@example.org>".',
        )
    if "slack" in using and not _table(data, "slack").get("token"):
        loc = ("slack", "token")
        yield Problem(
            loc,
            f"the token is missing, but subscriber {using['slack']} has a Slack channel. "
            f"To mend it, {secret_cure(loc)}",
        )


def _anybody(data: Mapping[str, Any]) -> Iterator[Problem]:
    if "topic" not in data:
        text = 'there is no topic. Add [[topic]] with a name and keywords = ["…"].'
        yield Problem(("topic",), text)
    if "subscriber" not in data and "pages" not in data:
        text = 'there is no subscriber. Add [[subscriber]] with a name and maildir = ["var/mail"].'
        yield Problem(("subscriber",), text)


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


def _tables(data: Mapping[str, Any], key: str) -> Sequence[tuple[Loc, Mapping[str, Any]]]:
    value = data.get(key)
    rows = value if isinstance(value, list) else []
    return [((key, index), row) for index, row in enumerate(rows) if isinstance(row, Mapping)]


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _texts(table: Mapping[str, Any], key: str) -> list[tuple[int, str]]:
    value = table.get(key)
    items = value if isinstance(value, list) else []
    return [(number, item) for number, item in enumerate(items) if isinstance(item, str)]
