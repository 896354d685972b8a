"""Genuine titles, abstracts and comments: nothing is lost but markup."""

import gzip
import json
import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from bot.core.latex import to_unicode

_WORD = re.compile(r"[A-Za-z]{4,}")
_FIGURE = re.compile(r"(?<![\\\w$.])\d+(?:\.\d+)?(?=\\?%)")
_MARKUP = re.compile(
    r"\\(?:text)?color(?:\[\w+\])?\{[^}]*\}"  # names of colours
    r"|\\hyperlink\{[^}]*\}|\\href\{github\}"
    r"|\\[A-Za-z]+(?:\{(?:em|bf)\})?"
)
_TEXT = re.compile(
    r"<(title|summary|arxiv:comment|dc:title|dc:description|abstract|comments)\b[^>]*>(.*?)</\1>",
    re.DOTALL,
)
_ACCENTED = re.compile(r"""\S*\\(?:['"`^~=.]|[cvuHkrbd](?![A-Za-z]))\S*""")


def texts(recordings: Path, every: int) -> Iterator[str]:
    with gzip.open(recordings / "corpus" / "papers-20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % every == 0:
                paper = json.loads(line)
                found = (paper["title"], paper["summary"], paper["comment"], *paper["authors"])
                yield from (" ".join(text.split()) for text in found if text)


def lost(text: str, shown: str) -> set[str]:
    """Give the words and percentages that stand in `text` outside markup and not in `shown`."""
    bare = _MARKUP.sub(" ", _ACCENTED.sub(" ", text))
    plain = unicodedata.normalize("NFKD", shown)
    return {word for word in _WORD.findall(bare) if word not in plain} | {
        figure for figure in _FIGURE.findall(text) if f"{figure}%" not in shown
    }


def check(recordings: Path, every: int) -> tuple[int, int]:
    """Convert one in `every` papers; tell how many texts changed and how many kept a macro."""
    changed = raw = 0
    for text in texts(recordings, every):
        shown = to_unicode(text)
        assert not lost(text, shown), (lost(text, shown), text, shown)
        changed += shown != text
        raw += bool(re.search(r"\\[A-Za-z]|\$\\", shown))
    return changed, raw


def test_a_sample_of_500_papers_loses_nothing_but_markup(recordings: Path) -> None:
    changed, raw = check(recordings, 40)
    assert changed > 80
    assert raw < changed / 20


def test_answers_from_mathematics_and_physics_lose_nothing_but_markup(recordings: Path) -> None:
    found = {
        " ".join(unescape(text).split())
        for path in recordings.glob("*/*.xml")
        for _, text in _TEXT.findall(path.read_text("utf-8", "replace"))
    }
    shown = {text: to_unicode(text) for text in found}
    assert {text: lost(text, read) for text, read in shown.items() if lost(text, read)} == {}
    assert sum(text != read for text, read in shown.items()) > 100


@pytest.mark.slow
def test_20_000_papers_lose_nothing_but_markup(recordings: Path) -> None:
    changed, raw = check(recordings, 1)
    assert changed > 3_500
    assert raw < changed / 20
