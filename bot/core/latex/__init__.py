r"""Turning arXiv's LaTeX into Unicode for people, without losing what the authors wrote.

What can be said exactly in Unicode is; everything else stays as it stands, which is legible. The
reading is our own, because pylatexenc's reader leaves out what it does not know (a bare `%` takes
the rest of its line, an author's own `\method` vanishes) and fails on some abstracts; its tables
of symbols are what we use of it.
"""

import re
from functools import lru_cache

from bot.core.latex.text import read_text

LONGEST = 20_000
"""Characters beyond which text is left alone: arXiv's own limit for an abstract is 1,920."""
DEEPEST = 20
"""Braces within braces beyond which text is left alone."""

_MARKUP = re.compile(r"[\\${`~]|--")
_UNSEEN = re.compile(
    r"\\(?:(?:text)?color(?:\[[^][]{0,20}\])?|unicode|href|hyperlink)\s*\{[^{}]*\}|\\[a-z]\{[a-z]{2,}\}|\\[A-Za-z]+"
)


def to_unicode(text: str) -> str:
    """Give `text` with accents, text macros and simple mathematics as Unicode; never raises.

    Text without markup comes back as it is, and so does one that would lose more than a fifth of
    its visible letters and digits, or come out blank. The result is still outside text: escape it
    where it lands.
    """
    if len(text) > LONGEST or _MARKUP.search(text) is None:
        return text
    return _converted(text)


@lru_cache(maxsize=4096)  # of a day of 2,000 papers 400 have markup, and of a week 2,000
def _converted(text: str) -> str:
    """Convert text that has markup; kept, since many subscribers are shown the same papers."""
    if _depth(text) > DEEPEST:
        return text
    read = read_text(text)
    if not read.strip():
        return text
    return read if _weight(read) >= 0.8 * _weight(text) else text


def _weight(text: str) -> int:
    """Count the letters and digits that a reader would miss: no commands, colours and targets."""
    return sum(map(str.isalnum, _UNSEEN.sub("", text)))


def _depth(text: str) -> int:
    """Tell how deep braces are nested at most, counting every opening one as real."""
    depth = deepest = 0
    for brace in re.findall(r"[{}]", text):
        depth = depth + 1 if brace == "{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest
