"""A digest as messages that one of Apprise's services takes, sent one after the other."""

import logging
import re
import threading
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from bot.core.digest import Digest
from bot.core.plain_texts import plain_texts
from bot.core.webhook_text import Dialect, Post, titled
from bot.notifiers.plainly import or_plainly
from bot.settings.apprise_services import LOGGER, service_of

if TYPE_CHECKING:
    from apprise import NotifyBase
    from apprise.common import NotifyFormat

TRIES = 3
MOST = 8_000
"""Characters of a message at most, whatever the service takes; Matrix takes 65,536 octets."""
TITLE = 80
"""Characters of a message's title at most."""
_ABSTRACT = 420
_STATUS = re.compile(r"\berror=(\d{3})\b")


class Carried(NamedTuple):
    """How many of a digest's messages were accepted, and the status of the refusal, if known.

    `plain` tells why they are titles and links alone, where writing them failed.
    """

    accepted: int
    of: int
    status: str = ""
    plain: str | None = None


class Message(NamedTuple):
    """What is handed to a service, in its own format; without a title where it takes none."""

    title: str
    body: str


class _Refusals(logging.Handler):
    """Hears from Apprise why a thread's message was refused: its status, and nothing else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self.status = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and (found := _STATUS.search(record.getMessage())):
            self.status = found[1]


def carry(digest: Digest, url: str, stop: threading.Event, patience: float) -> Carried:
    """Send a digest, and block until it is accepted, refused, or `stop` is set between messages.

    A later message that is refused is tried again after `patience` seconds. Raises UnusableError
    where there is no such service, and whatever Apprise raises.
    """
    service = service_of(url)
    (form, messages), plain = or_plainly(
        partial(messages_of, service, digest), partial(_plain_messages_of, service, digest)
    )
    logger, refusals = logging.getLogger(LOGGER), _Refusals()
    logger.addHandler(refusals)
    try:
        for place, message in enumerate(messages):
            tries = TRIES if place else 1
            while not service.notify(body=message.body, title=message.title, body_format=form):
                tries -= 1
                if not tries or stop.wait(patience):
                    return Carried(place, len(messages), refusals.status)
            if stop.is_set():
                return Carried(place + 1, len(messages), plain=plain)
        return Carried(len(messages), len(messages), plain=plain)
    finally:
        logger.removeHandler(refusals)


def messages_of(service: "NotifyBase", digest: Digest) -> tuple["NotifyFormat", list[Message]]:
    """Write a digest for a service: the format that it takes, and messages that fit into it.

    It is Markdown where the service takes nothing else or the URL asks for it, and otherwise plain
    text. As HTML that is longer, so that it is cut shorter until it fits.
    """
    from apprise.common import NotifyFormat  # noqa: PLC0415  # an optional package
    from apprise.conversion import convert_between  # noqa: PLC0415

    form = service.resolve_format(NotifyFormat.TEXT)
    plain = form != NotifyFormat.MARKDOWN
    apart = service.title_maxlen >= TITLE
    longest = service.body_maxlen
    limit = min(longest, MOST)
    while True:
        dialect = Dialect(limit, _ABSTRACT, links=False, plain=plain, head=0 if apart else TITLE)
        messages = [_message(one, apart=apart) for one in titled(digest, dialect)]
        if form == NotifyFormat.HTML:
            whole = [convert_between(NotifyFormat.TEXT, form, content=one.body) for one in messages]
            messages = [Message(one.title, body) for one, body in zip(messages, whole, strict=True)]
        if limit <= longest // 8 or all(len(one.body) <= longest for one in messages):
            return form, messages
        limit = limit * 9 // 10


def _plain_messages_of(
    service: "NotifyBase", digest: Digest
) -> tuple["NotifyFormat", list[Message]]:
    """Give titles and links alone, for when `messages_of` fails; as HTML they become longer."""
    from apprise.common import NotifyFormat  # noqa: PLC0415  # an optional package
    from apprise.conversion import convert_between  # noqa: PLC0415

    form = service.resolve_format(NotifyFormat.TEXT)
    limit = min(service.body_maxlen, MOST) // (2 if form == NotifyFormat.HTML else 1)
    dialect = Dialect(limit, 0, links=False, plain=form != NotifyFormat.MARKDOWN, head=0)
    bodies = [one.text for one in plain_texts(digest, dialect.said, most=limit)]
    if form == NotifyFormat.HTML:
        bodies = [convert_between(NotifyFormat.TEXT, form, content=body) for body in bodies]
    return form, [Message("", body) for body in bodies]


def _message(post: Post, *, apart: bool) -> Message:
    """Put the title where the service has a place for it, or above the text."""
    return Message(post.title, post.body) if apart else Message("", f"{post.title}\n{post.body}")
