"""Reads the authors' names out of the one TeX text in which OAI-PMH has them."""

import re
from collections.abc import Iterator

from bot.core.latex import to_unicode

_SEPARATOR = re.compile(r"\s*(?:[,;]|:\s|\band\s|\\?&)\s*")
_ON_BEHALF = re.compile(
    r"\s+(?:for|on\s+behalf\s+of)\s+(?=[^,;]{0,80}collaboration)", re.IGNORECASE
)
_ARTICLE = re.compile(r"the\s+(?=.{0,80}collaboration)", re.IGNORECASE)
_OTHERS = re.compile(r"(?:^others|\bet\.?[ ~]{1,5}al)\.?$", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:[JS]r\.?|I{2,3}|IV)$")
_PLAIN = re.compile(r"[^\\(){}~&;:`$]+")
_WORD = re.compile(r"\w+")
_UNUSUAL = frozenset({"et", "others", "jr", "sr", "ii", "iii", "iv"})
_NEXT = re.compile(r",(?: ?and )?| and ")
_SPACING = re.compile(r"\\[,;:! ]")


def authors_of(text: str) -> tuple[str, ...]:
    r"""Give the names in their order, in Unicode: `A. B\"ohm (CERN), C. Li and D. Roe, Jr.` has 3.

    What stands in parentheses is an affiliation or a note, and is left out; "et al." is nobody.
    A text that holds nothing else comes back as one name, and an empty one as none.
    """
    if _is_plain(text):
        folded = _folded(text)
        plain = (part.strip(", ") for part in _NEXT.split(folded))
        return tuple(filter(None, plain)) or tuple(filter(None, [folded]))
    folded = _folded(_SPACING.sub(" ", text))
    names: list[str] = []
    for name in _parts(_folded(_without_notes(folded))):
        if names and _SUFFIX.match(name):
            names[-1] = f"{names[-1]} {name}"
        elif name:
            names.append(name)
    return tuple(map(to_unicode, names or filter(None, [folded])))


def _is_plain(text: str) -> bool:
    """Tell whether a list is nothing but names between commas or "and", as most are."""
    if _PLAIN.fullmatch(text) is None:
        return False
    words = text.casefold()
    if "collaboration" in words or "--" in words:
        return False
    return _UNUSUAL.isdisjoint(_WORD.findall(words))


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


def _folded(text: str) -> str:
    """Fold white space: the patterns take long where there is much of it."""
    return " ".join(text.split())
