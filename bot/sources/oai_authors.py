"""Reads the authors' names out of the one TeX text in which OAI-PMH has them."""

import re
from collections.abc import Iterator

from bot.core.latex import to_unicode
from bot.sources.white_space import folded

_SEPARATOR = re.compile(r"\s*(?:[,;]|:\s|\band\s|\\?&)\s*")
_ON_BEHALF = re.compile(
    r"\s+(?:for|on\s+behalf\s+of)\s+(?=[^,;]{0,80}collaboration)", re.IGNORECASE
)
_ARTICLE = re.compile(r"the\s+(?=.{0,80}collaboration)", re.IGNORECASE)
_OTHERS = re.compile(r"(?:^others|\bet\.?[ ~]{1,5}al)\.?$", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:[JS]r\.?|I{2,3}|IV)$")
_UNPLAIN = re.compile(r"[^\w\s,.'’-]|--")
_MARKS = ",.'’-"
_UNUSUAL = frozenset({"et", "others", "jr", "sr", "ii", "iii", "iv"})
_NEXT = re.compile(r",(?: ?and )?| and ")
_SPACING = re.compile(r"\\[,;:! ]")


def authors_of(text: str) -> tuple[str, ...]:
    r"""Give the names in their order, in Unicode: `A. B\"ohm (CERN), C. Li and D. Roe, Jr.` has 3.

    What stands in parentheses is an affiliation or a note, and is left out; "et al." is nobody.
    A text that holds nothing else comes back as one name, and an empty one as none.
    """
    if _is_plain(text):
        line = folded(text)
        names = [name for part in _NEXT.split(line) if (name := part.strip(", "))]
        return tuple(names or filter(None, [line]))
    line = folded(_SPACING.sub(" ", text))
    names = []
    for name in _parts(folded(_without_notes(line))):
        if names and _SUFFIX.match(name):
            names[-1] = f"{names[-1]} {name}"
        elif name:
            names.append(name)
    return tuple(map(to_unicode, names or filter(None, [line])))


def _is_plain(text: str) -> bool:
    """Tell whether a list is nothing but names between commas or "and", as most are."""
    if not text or _UNPLAIN.search(text):
        return False
    words = text.casefold()
    for mark in _MARKS:
        if mark in words:
            words = words.replace(mark, " ")
    return "collaboration" not in words and _UNUSUAL.isdisjoint(words.split())


def _parts(text: str) -> Iterator[str]:
    """Split a list where names end."""
    for part in _SEPARATOR.split(_ON_BEHALF.sub(", ", text)):
        name = _OTHERS.sub("", part).strip("~ ")
        article = _ARTICLE.match(name)
        yield name[article.end() :] if article else name


def _without_notes(text: str) -> str:
    """Leave out what stands in parentheses, however deep; an unmatched one goes alone."""
    if "(" not in text and ")" not in text:
        return text
    kept: list[str] = []
    opened: list[int] = []
    for char in text:
        if char == "(":
            opened.append(len(kept))
            kept.append(" ")
        elif char != ")":
            kept.append(char)
        elif opened:
            del kept[opened.pop() :]
            kept.append(" ")
    return "".join(kept)
