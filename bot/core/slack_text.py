"""Outside text as Slack's mrkdwn: escaped, cut to what it takes in JSON, with words in bold.

An asterisk makes text bold only at the edge of a word, so it is written only where Slack is known
to take it: at the ends of the text, beside a space, and beside most ASCII punctuation
(pocka/slack-message-parser #34). Within outside text it is replaced, or it would pair with ours.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from bot.core.marks import Range
from bot.core.visible import visible

_COSTS = {"&": 5, "<": 4, ">": 4, '"': 2, "\\": 2}
_PLAIN = str.maketrans({"*": "∗", "`": "ˋ"})
"""What would pair with the asterisks of ours, or show them as they are; as long as before."""
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_BEFORE = frozenset(" ([{\"'-/")
_AFTER = frozenset(" ~!#$%^)-+={}[];:'\",.?/")


def cost(character: str) -> int:
    """How many characters of ASCII JSON one character takes once it is escaped."""
    if character.isascii():
        return _COSTS.get(character, 1)
    return 6 if character <= "\uffff" else 12


def escaped(text: str, limit: int) -> str:
    """Make outside text safe where Slack shows it, in at most `limit` characters of ASCII JSON.

    It is cut at a word where there is one near, with "…", and never inside an escape.
    """
    return bold(visible(text), (), limit)


def bold(text: str, marks: Sequence[Range], limit: int) -> str:
    """Do the same with text that is `visible` already, and write what is marked in bold.

    `marks` are ranges of characters. One that Slack would not show in bold is left plain, and so is
    one that is cut.
    """
    kept = [one for one in marks if _shows(text, one)]
    text = text.translate(_PLAIN)
    costs = [cost(character) for character in text]
    for _, end in kept:
        costs[end - 1] += 2
    sums = list(accumulate(costs))
    length, more = len(text), ""
    if sums and sums[-1] > limit:
        length, more = _cut(text, bisect_right(sums, limit - cost("…"))), "…"
    return "".join(_pieces(text[:length], kept)) + more


def link(url: str, label: str) -> str:
    """Link text that is escaped already."""
    return f"<{url}|{label}>"


def _pieces(text: str, marks: Sequence[Range]) -> Iterator[str]:
    at = 0
    for start, end in marks:
        if end > len(text):
            break
        yield text[at:start].translate(_ESCAPES)
        yield f"*{text[start:end].translate(_ESCAPES)}*"
        at = end
    yield text[at:].translate(_ESCAPES)


def _shows(text: str, mark: Range) -> bool:
    """Tell whether Slack shows a range in bold, if asterisks stand about it."""
    start, end = mark
    before, after = text[:start][-1:] or " ", text[end : end + 1] or " "
    if not 0 <= start < end <= len(text) or before not in _BEFORE or after not in _AFTER:
        return False
    return text[start].isalnum() and text[end - 1].isalnum()


def _cut(text: str, length: int) -> int:
    """Give `length` or a little less, so that no word is broken if that can be."""
    kept = text[:length]
    if not text[length : length + 1].isspace():
        words, _, broken = kept.rpartition(" ")
        kept = words if len(broken) < length // 2 else kept
    return len(kept.rstrip(" ,;:."))
