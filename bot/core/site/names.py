"""Taking authors' names apart, for formats that want the surname first."""

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_GROUPS = frozenset(
    {
        *("collaboration", "collaborations", "consortium", "team", "group", "project", "network"),
        *("committee", "organization", "institute", "university", "others", "and"),
    }
)
_PARTING = frozenset(",;&:/()")


def is_person(name: str) -> bool:
    """Tell whether a name is of one person, with a surname that is its last word."""
    return " " in name and _GROUPS.isdisjoint(name.lower().split(" ")) and _PARTING.isdisjoint(name)


def surname_first(name: str) -> str:
    """Write `Ludwig van Beethoven` as `van Beethoven, Ludwig`, and what is no person's as it is."""
    if not is_person(name):
        return name
    words = name.split(" ")
    suffix = words.pop() if _is_suffix(words[-1]) and len(words) > 2 else ""
    first = next((place for place, word in enumerate(words) if place and word[0].islower()), -1)
    parts = [" ".join(words[first:]), " ".join(words[:first]), suffix]
    return ", ".join(filter(None, parts))


def surname(name: str) -> str:
    """Give the last word of a name, which is the surname as far as a name can tell."""
    words = name.split(" ")
    return words[-2] if len(words) > 2 and _is_suffix(words[-1]) else words[-1]


def _is_suffix(word: str) -> bool:
    return word.rstrip(".").lower() in _SUFFIXES
