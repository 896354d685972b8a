"""The letters to an address that somebody entered to sign up: plain, and few words.

They go to whomever the address belongs to, who may have asked for nothing.
"""

import hashlib
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.core.enrolment import LIFETIME, SignUp
from bot.core.links import manage_url
from bot.core.notice import Notice
from bot.core.render.wording import display, long_date, names
from bot.web.rhythm import rhythm

_TOPICS = 12


def asking(wish: SignUp, link: str, title: str, now: datetime) -> Notice:
    """Ask whether the wish is really theirs who read it."""
    until = (now + LIFETIME).astimezone(ZoneInfo(wish.schedule.timezone))
    topics = names([display(topic) for topic in wish.topics], _TOPICS)
    end = (
        f"It holds until {long_date(until.date())}, {until:%H:%M}. If this was not you, do "
        "nothing, and no digest comes: the address is forgotten then."
    )
    return Notice(
        f"Confirm your subscription to {display(title)}",
        (
            "Somebody, most likely you, has asked for digests of new arXiv papers at this address.",
            f"Topics: {topics}.\n{rhythm(wish.schedule)}.",
            "To get them, follow this link and press the button there:",
            link,
            end,
        ),
        now,
    )


def known(token: str, public_url: str, title: str, now: datetime) -> Notice:
    """Say that digests go there already, and where their reader finds all that can be done."""
    there = (
        "Somebody, most likely you, has asked for digests of new arXiv papers at this address. "
        "There is a subscription for it already, and nothing was changed."
    )
    page = (
        "On your own page you see how it stands: there you turn topics on and off, pause, stop the "
        "digests, or have them sent again."
    )
    return Notice(
        f"Your subscription to {display(title)}",
        (
            there,
            page,
            manage_url(public_url, token),
            f"If this was not you, there is nothing to do. {_host(public_url)}",
        ),
        now,
    )


def key_of(letter: str) -> str:
    """Name a letter for ever, by what tells nothing of the token that may stand in it."""
    return f"signup-{hashlib.sha256(letter.encode()).hexdigest()[:32]}"


def link_of(public_url: str, token: str) -> str:
    """Write the address of the page that confirms a wish."""
    return f"{public_url.rstrip('/')}/signup/{token}"


def _host(public_url: str) -> str:
    return f"It was asked for at {urlsplit(public_url).hostname}."
