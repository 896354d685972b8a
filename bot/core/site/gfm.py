"""Writing outside text into Markdown as code hosts read it, so that it stays text.

A code host reads a file twice: its Markdown, and then the text of what came out, in which it looks
for maths, mentions, references and emoji. Against the first, whatever has a meaning is written as a
character reference, which is text to every reader, in a table and beside HTML too. Against the
second, a character that would begin something stands in an element of its own, as GitHub's guide
to maths asks for a dollar that is none; nothing of that is seen or copied.
"""

import re
from html import escape

_MEANING = re.compile(r"[\\`*_\[\]{}<>|~#&@]")
_BEGINS = re.compile(
    r"\$"  # maths
    r"|\\(?=[(\[])"  # maths elsewhere
    r"|[@#!~%&](?=\w)"  # @person, #12, and what GitLab has besides
    r"|:(?=\S)"  # https://…, :emoji:
    r"|(?<=[wW]{3})\."  # www.…
)
_NUMBERED = re.compile(r"[0-9]{1,9}[.)]")


def inline(text: str) -> str:
    """Write text that is visible and on one line so that it is read as it stands, in any cell."""
    parts = []
    done = 0
    for found in _BEGINS.finditer(text):
        parts.append(_referenced(text[done : found.start()]))
        parts.append(f"<span>{_reference(found[0])}</span>")
        done = found.end()
    return "".join(parts) + _referenced(text[done:])


def paragraph(text: str) -> str:
    """Write the same as a paragraph of its own, which begins no list and no line across."""
    first = _NUMBERED.match(text)
    if first:
        return f"{text[: first.end() - 1]}{_reference(first[0][-1])}{inline(text[first.end() :])}"
    if text[:1] in {"-", "+", "="}:
        return f"{_reference(text[0])}{inline(text[1:])}"
    return inline(text)


def address(url: str) -> str:
    """Write an address as the target of a link."""
    return escape(re.sub(r"[\s<>()|\\`*_$\[\]{}]", _percent, url))


def _referenced(text: str) -> str:
    return _MEANING.sub(lambda found: _reference(found[0]), text)


def _reference(character: str) -> str:
    return f"&#{ord(character)};"


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{octet:02X}" for octet in found[0].encode("utf-8", "replace"))
