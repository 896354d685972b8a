"""The pages by which a reader leaves: what each says, and its HTML in the look of the digests.

A page may be read by whoever got a forwarded message, so it names no subscriber, no topic and no
whole address, and tells nothing of why an address is suspended.
"""

from dataclasses import dataclass

from bot.core.people import Holder
from bot.core.visible import visible
from bot.web.look import rendered

HIDDEN = "•••"
_PLACES = {"email": "your address", "slack": "a Slack channel", "maildir": "a mail folder"}
_ELSEWHERE = "where they were sent before"

_FAULTS = {
    404: (
        "There is no such page",
        "If a link in a message brought you here, it may have been cut: copy the whole of it.",
    ),
    405: ("That cannot be done here", "Nothing was changed."),
    408: ("That took too long", "Nothing was changed. Please try again."),
    413: ("That was too much", "Nothing was changed."),
    500: (
        "Something went wrong",
        "Please try again later, or write to the sender of the message that brought you here.",
    ),
}

Line = tuple[str, str, str]
"""A paragraph: what stands before an address, the address, and what stands after it."""


@dataclass(frozen=True, slots=True)
class Form:
    """One button. `action` is relative to the page, and where it is empty the page itself.

    A relative one is right below whatever path a proxy puts the pages.
    """

    label: str
    action: str = ""
    one_click: bool = False
    mild: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says, and the one thing that can be done there."""

    heading: str
    lines: tuple[Line, ...]
    form: Form | None = None
    status: int = 200
    link: tuple[str, str] | None = None
    """Another way: what it is called, and where it leads, relative as a form's action."""


def asking(holder: Holder, token: str) -> Page:
    """Ask whether the digests shall stop, or rest for a while."""
    return Page(
        "Stop these digests?",
        (
            ("Digests of new arXiv papers go to ", place(holder), "."),
            _said("They stop when you press the button, and not before."),
        ),
        Form("Stop the digests", one_click=True),
        link=("Only pause, or turn topics off", f"../m/{token}"),
    )


def stopped(holder: Holder, token: str) -> Page:
    """Say that nothing is sent any more, and offer the way back."""
    return Page(
        "You will get no more digests",
        (
            ("Nothing more is sent to ", place(holder), "."),
            _said("Only a message that is already on its way may still arrive."),
            _said(
                "If that was a mistake, have them sent again: within a week they go on where they "
                "stopped, and later they begin anew."
            ),
        ),
        Form("Send them again", f"{token}/resume", mild=True),
    )


def resumed(holder: Holder, token: str) -> Page:
    """Say that the digests go on; the page stands one level below the other two."""
    return Page(
        "You get digests again",
        (("At their usual hour they go to ", place(holder), "."),),
        Form("Stop them", f"../{token}", one_click=True, mild=True),
    )


def kept(status: int = 200) -> Page:
    """Say that it is not for this page to lift what was decided elsewhere."""
    return Page(
        "These digests stay stopped",
        (
            _said("They were not stopped from this page, and cannot be sent again from it."),
            _said("Write to their sender if you want them."),
        ),
        status=status,
    )


def busy(*, posted: bool) -> Page:
    """Say that it has to be tried once more, and offer that where a button was pressed."""
    told = "Nothing was changed: the records cannot be written just now." if posted else ""
    return Page(
        "Please try again in a minute",
        (_said(told or "The records cannot be read just now. Load this page again then."),),
        Form("Try again") if posted else None,
        503,
    )


def fault(status: int) -> Page:
    """Say that something cannot be done; what is no fault known is a page that is not there."""
    status = status if status in _FAULTS else 404
    heading, said = _FAULTS[status]
    return Page(heading, (_said(said),), status=status)


def place(holder: Holder) -> str:
    """Name where digests go so that its owner knows it, and a stranger does not.

    Of an address the first letter and the domain are shown; of a channel no name, and of a folder
    on this machine no path.
    """
    local, at, domain = holder.address.rpartition("@")
    if holder.channel == "email" and at:
        return visible(f"{local[:1] if len(local) > 1 else ''}{HIDDEN}@{domain}")
    return _PLACES.get(holder.channel, _ELSEWHERE)


def html(page: Page) -> str:
    """Render the whole document."""
    return rendered("page.html", page=page)


def _said(words: str) -> Line:
    return words, "", ""
