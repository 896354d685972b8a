"""What a status code of RFC 3463 says of an address to which a message could not be delivered."""

import re

from bot.core.people import BounceKind

_CODE = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_OUR_MESSAGE = frozenset({"1.7", "1.8", "2.3", "3.4"})
"""The sender's address, or the size: they say nothing of the address."""
_OUR_SUBJECTS = frozenset({"6", "7"})
"""Content, and policy: neither do these."""
_UNTOLD = ".0.0"


def code_in(*texts: str) -> str:
    """Find the first code that says more than success or failure, else the first; "" for none."""
    found = [match[0] for text in texts for match in _CODE.finditer(text)]
    return next((code for code in found if not code.endswith(_UNTOLD)), (*found, "")[0])


def kind_of(code: str) -> BounceKind:
    """Sort a final failure by its code, "" where none is known.

    Hard are only those that name the address itself as wrong, for good: 5.1.x, and 5.2.1 for a
    mailbox that is closed. What is unclear is soft: it suspends an address all the same if it
    lasts.
    """
    severity, _, rest = code.partition(".")
    subject = rest.partition(".")[0]
    if rest in _OUR_MESSAGE or subject in _OUR_SUBJECTS:
        return "policy"
    return "hard" if severity == "5" and (subject == "1" or rest == "2.1") else "soft"
