"""How rich a digest is written, and what to try next where it does not fit into one message."""

from dataclasses import dataclass
from typing import Literal

from bot.core.digest import Layout

HTML_BUDGET = 90_000
"""Octets of HTML; Gmail hides what comes after about 102,000."""

FormLayout = Layout | Literal["bare"]


@dataclass(frozen=True, slots=True)
class Form:
    """How papers are written.

    "full": with abstracts, of at most `abstracts` characters each (None: whole). "compact": without
    them. "titles": title, first author and links. "bare": a title, cut where it is very long, and
    a link; any digest of one delivery fits in this form.
    """

    layout: FormLayout = "full"
    abstracts: int | None = None

    @property
    def rest(self) -> "Form":
        """The form of the papers beyond those that a reader wants told in full."""
        return self if self.layout == "bare" else Form("titles")


FULL = Form()
BARE = Form("bare")

_SMALLER = (Form("titles"), BARE)
_LADDERS: dict[Layout, tuple[Form, ...]] = {
    "full": (
        *(Form("full", length) for length in (None, 900, 600, 400, 250, 120)),
        Form("compact"),
        *_SMALLER,
    ),
    "compact": (Form("compact"), *_SMALLER),
    "titles": _SMALLER,
}


def forms_of(layout: Layout) -> tuple[Form, ...]:
    """Give the forms for a layout, from the richest to the one in which everything fits."""
    return _LADDERS[layout]
