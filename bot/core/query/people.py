"""Names of people to follow, in whatever form they are written, as terms of a query."""

import re

from bot.core.query.expression import Node, any_of
from bot.core.query.terms import term, typed

_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_HYPHEN = re.compile(r"(?<=[^\W\d_]{2})[-\u2010\u2011](?=[^\W\d_]{2})")


def person(name: str) -> Node:
    """Read `Peiyang Liu`, `Liu, Peiyang`, `P. Liu` or `liu_p`; raises ValueError.

    What is written is asked for: a full name asks for that name, and only an initial for every
    name that begins with it. Without a comma the parts may stand in any order and among others, as
    in "Liu Peiyang" and "Peiyang B. Liu"; what stands before a comma ends the name. "Jr." says
    nothing, and a hyphen is as good as none: "Guo-Jun Qi" is "Guojun Qi" too.
    """
    if ";" in name:
        raise ValueError("write each name by itself, in quotes")
    parts = [part.split() for part in typed(name).split(",")]
    parts = [kept for part in parts if (kept := _without_suffix(part))]
    if len(parts) > 2:
        raise ValueError('write each name by itself, such as "Liu, Peiyang"')
    plain = ", ".join(" ".join(part) for part in parts)
    forms = dict.fromkeys((plain, _HYPHEN.sub("", plain)))
    return any_of(term("au", form) for form in forms)


def _without_suffix(words: list[str]) -> list[str]:
    """Drop what tells a son from his father at the end: it is often left out."""
    while words and _SUFFIX.fullmatch(words[-1]):
        words = words[:-1]
    return words
