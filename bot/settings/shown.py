"""Showing a value inside a message: quoted, short, and with nothing that a terminal would obey."""

from collections.abc import Iterable
from difflib import get_close_matches

from bot.core.visible import escaped

LONGEST = 60


def shown(value: object) -> str:
    """Quote a value as TOML would write it, cut to LONGEST characters, controls escaped.

    Tables and lists are named, not shown: they may hold a secret under a wrong key.
    """
    match value:
        case str():
            text = escaped(value[: LONGEST + 1])
            return f'"{text}"' if len(value) <= LONGEST else f'"{text[:LONGEST]}…"'
        case bool():
            return "true" if value else "false"
        case int() if value.bit_length() > 200:
            return "a huge number"
        case dict():
            return "a table"
        case list() | tuple():
            return "a list"
        case _:
            return escaped(str(value))


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", prefix: str = "") -> str:
    """Give "Did you mean …?" with the nearest known word, else the sentence `otherwise`.

    A `prefix` that all words have is left out of the comparison.
    """
    start = len(prefix)
    by_fold = {name[start:].casefold(): name for name in known}
    wanted = word[start : start + LONGEST].casefold()
    near = get_close_matches(wanted, list(by_fold), n=1, cutoff=0.6)
    return f"Did you mean {shown(by_fold[near[0]])}?" if near else otherwise


def listed(words: Iterable[str]) -> str:
    """Write quoted words as "a", "b" or "c", at most twelve of them."""
    quoted = [shown(word) for word in words]
    if len(quoted) > 12:
        return f"{', '.join(quoted[:12])} and {len(quoted) - 12} more"
    return " or ".join(filter(None, [", ".join(quoted[:-1]), *quoted[-1:]]))
