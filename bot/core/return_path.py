"""Return paths that name a delivery, signed, so that a report of its failure is known to be one.

A report comes back to an address of its own for each delivery (VERP). Nobody but who sent the
delivery, and whoever got it, can write that address.
"""

import hashlib
import hmac
import re
from typing import NamedTuple

_NAMED = re.compile(r"(?P<number>[0-9]{1,18})-(?P<signature>[a-z2-7]{16})")
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_LONGEST_LOCAL = 64


class Named(NamedTuple):
    """The delivery that a return path names, and the signature that it bears; see `is_signed`."""

    delivery: int
    signature: str


def return_path(bounces: str, delivery: int, token: str) -> str:
    """Write `bounces+42-a2b3…@example.org` for the address `bounces` and a delivery.

    `token` is that of the delivery's subscription. Raises ValueError where the part before the @
    would be longer than the 64 octets that an address allows.
    """
    local, _, domain = bounces.rpartition("@")
    written = f"{local}+{delivery}-{_signature(delivery, token)}"
    if len(written) > _LONGEST_LOCAL:
        raise ValueError(f"{bounces!r} is too long to have deliveries' numbers added to it")
    return f"{written}@{domain}"


def named_by(bounces: str, address: str) -> Named | None:
    """Read the delivery out of an address that may be a return path of `bounces`; case is none."""
    local, _, domain = bounces.casefold().rpartition("@")
    theirs, _, place = address.strip().casefold().rpartition("@")
    if place != domain or not theirs.startswith(f"{local}+"):
        return None
    found = _NAMED.fullmatch(theirs.removeprefix(f"{local}+"))
    return Named(int(found["number"]), found["signature"]) if found else None


def is_signed(named: Named, token: str) -> bool:
    """Tell whether a return path was written for its delivery, of the subscription of `token`."""
    return hmac.compare_digest(named.signature, _signature(named.delivery, token))


def _signature(delivery: int, token: str) -> str:
    """Sign a delivery in 80 bits, written in letters of one case, as some servers fold it."""
    digest = hmac.digest(token.encode(), f"return path of {delivery}".encode(), hashlib.sha256)
    number = int.from_bytes(digest[:10])
    return "".join(_DIGITS[number >> 5 * place & 31] for place in range(16))
