"""What pydantic cannot see in one value: how the tables of the configuration agree.

The checks read raw data, which may hold anything, and skip what is not of the right type: that is
reported already. So all problems are found in one pass, however many there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from textwrap import indent
from typing import Any

from bot.core.query import QuerySyntaxError
from bot.core.query.people import person
from bot.core.visible import escaped
from bot.settings import hook_urls, reached
from bot.settings.fields import Loc
from bot.settings.hooks import variable_of
from bot.settings.origins import ORIGINS, filled
from bot.settings.places import host_of, is_loopback
from bot.settings.problem import Problem
from bot.settings.shown import did_you_mean, listed, shown
from bot.settings.subscriptions import CHANNELS
from bot.settings.translation import secret_cure
from bot.settings.wishes import Wish, parsed

_PROTECTED = {
    "email": '"implicit" (port 465) or "starttls" (port 587)',
    "bounces": '"implicit" (port 993) or "starttls" (port 143)',
}
_IMAP_LOGIN = ("bounces", "password")


def disagreements(data: Mapping[str, Any], faulty: frozenset[Loc]) -> Iterator[Problem]:
    """Yield every problem that spans several values; `faulty` are places known to be wrong."""
    yield from _server("email", _table(data, "email"))
    yield from _signature(_table(data, "email"))
    yield from _returned(_table(data, "bounces"))
    yield from _gentleness(_table(data, "arxiv"))
    yield from _sources(_table(data, "arxiv"))
    yield from _names_once(data, "topic")
    yield from _names_once(data, "subscriber")
    yield from _names_once(data, "webhook")
    yield from _queries(data, faulty)
    yield from _anybody(data)
    yield from hook_urls.lacking(data)
    known = {name for _, topic in _tables(data, "topic") if (name := _text(topic, "name"))}
    for key in ("pages", "signup"):
        yield from _topics_known((key,), _table(data, key), known)
    yield from _signing_up(data)
    for loc, subscriber in _tables(data, "subscriber"):
        yield from _topics_known(loc, subscriber, known)
        yield from reached.problems(loc, subscriber)
        yield from _rhythm(loc, subscriber)
    yield from _channels(data)


def _server(section: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what a mail server's log-in lacks, and whether it would go over a network in clear."""
    if table.get("username") and not table.get("password"):
        loc = (section, "password")
        yield Problem(loc, f"a username is set, but no password. To mend it, {secret_cure(loc)}")
    if table.get("password") and "username" not in table:
        cure = f"Add username to [{section}], or unset the password."
        yield Problem((section, "password"), f"a password is set, but no username. {cure}")
    host = _text(table, "host")
    if table.get("tls") == "none" and host and not is_loopback(host):
        way = "send mail to" if section == "email" else "read mail from"
        yield Problem(
            (section, "tls"),
            f'"none" would {way} {shown(host)} in clear; it is only for this machine '
            f"(localhost, 127.0.0.1, ::1). Write {_PROTECTED[section]}.",
        )


def _returned(bounces: Mapping[str, Any]) -> Iterator[Problem]:
    """Find where mail comes back to twice, or to a server that nobody can log in to."""
    if bounces.get("maildir") and bounces.get("host"):
        text = "maildir and host both say where mail comes back to. Keep one of them."
        yield Problem(("bounces", "maildir"), text)
    if not bounces.get("host"):
        return
    yield from _server("bounces", bounces)
    if not bounces.get("username") and not bounces.get("password"):
        cure = f'Add one such as username = "bounces"; for the password, {secret_cure(_IMAP_LOGIN)}'
        yield Problem(("bounces", "username"), f"a host is set, but no username. {cure}")


def _signature(email: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what DKIM lacks, or has twice: one of selector and key is no use without the other."""
    keys = [key for key in ("dkim_key", "dkim_pem") if email.get(key)]
    if len(keys) == 2:
        text = "dkim_key and dkim_pem both give the private key. Keep one of them."
        yield Problem(("email", keys[0]), text)
    if keys and not email.get("dkim_selector"):
        text = 'there is a DKIM key, but no selector. Add one such as dkim_selector = "papers".'
        yield Problem(("email", "dkim_selector"), text)
    for key in ("dkim_selector", "dkim_domain"):
        if email.get(key) and not keys:
            cure = 'Add dkim_key = "…/dkim.pem", the file of the private key, or remove this.'
            yield Problem(("email", key), f"it is of no use without a DKIM key. {cure}")


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
        same = {"subscriber": str.casefold, "webhook": variable_of}.get(key, str)(name)
        if same in seen:
            hyphen = ", and - is as _" if key == "webhook" else ""
            but = "" if seen[same] == name else f" (names are compared without case{hyphen})"
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


def _rhythm(loc: Loc, subscriber: Mapping[str, Any]) -> Iterator[Problem]:
    if subscriber.get("frequency") == "weekly" and subscriber.get("deliver_at") == "immediately":
        yield Problem(
            (*loc, "frequency"),
            '"weekly" and deliver_at = "immediately" exclude each other. Write an hour, such as '
            'deliver_at = "08:30", or leave frequency out.',
        )


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
    if not {"subscriber", "pages", "signup"} & data.keys():
        text = 'there is no subscriber. Add [[subscriber]] with a name and maildir = ["var/mail"].'
        yield Problem(("subscriber",), text)


def _signing_up(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what is lacking to ask an address whether it is really theirs who entered it."""
    if "signup" not in data:
        return
    if "email" not in data and not any(one.get("email") for _, one in _tables(data, "subscriber")):
        yield Problem(
            ("email",),
            "the section [email] is missing, but [signup] sends everybody who signs up a message "
            'to confirm it. Add [email] with host = "smtp.example.org" and '
            'sender = "Daily Papers <papers@example.org>".',
        )
    if not _table(data, "web").get("public_url"):
        yield Problem(
            ("web", "public_url"),
            "it is missing, but the messages of [signup] link to it. Add "
            'public_url = "https://papers.example.org" to [web].',
        )


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
