"""Names as parts of addresses and of file names: lower-case ASCII letters, digits and hyphens."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256

_LONGEST = 60
_RESERVED = frozenset({"", "index", "con", "prn", "aux", "nul"})
"""Names that would be the folder's own page, or that some systems keep for devices."""


def slug_of(name: str) -> str:
    """Give the letters and digits of a name; where too little of it is left, a hash of it.

    Two names may have the same.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_LONGEST].strip("-")
    kept = sum(character.isalnum() for character in slug)
    wanted = sum(character.isalnum() for character in name)
    if slug in _RESERVED or 2 * kept < min(wanted, _LONGEST):
        return f"{slug}-{_hash(name)}".strip("-")
    return slug


def slugs(names: Sequence[str]) -> tuple[str, ...]:
    """Give each name one of its own; whose another name has too ends with a hash.

    They hang on the names alone and not on their order, so that an address stays what it was when
    the configuration is sorted anew.
    """
    first = [slug_of(name) for name in names]
    several = _repeated(first)
    return tuple(
        f"{slug}-{_hash(name)}" if slug in several else slug
        for slug, name in zip(first, names, strict=True)
    )


def _repeated(slugs: Iterable[str]) -> frozenset[str]:
    seen: set[str] = set()
    return frozenset(slug for slug in slugs if slug in seen or seen.add(slug))  # type: ignore[func-returns-value]  # None is false


def _hash(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
