"""Genuine titles, abstracts and comments: what their formulas become, and that nothing is lost."""

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

import pytest

from bot.core.latex.maths import read_maths
from bot.core.latex.text import read_text
from bot.core.render.wording import display
from bot.core.site.mathml import Formula, markup, pieces
from tests.core.site.formulas import check, parsed

_TEXT = re.compile(
    r"<(title|summary|arxiv:comment|dc:title|dc:description|abstract|comments)\b[^>]*>(.*?)</\1>",
    re.DOTALL,
)
_NAMED_OTHERWISE = re.compile(r"choose|\\")  # `\choose` is no word, and `\foo` is two things


def texts(recordings: Path, every: int) -> Iterator[str]:
    with gzip.open(recordings / "corpus" / "papers-20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % every == 0:
                paper = json.loads(line)
                found = (paper["title"], paper["summary"], paper["comment"])
                yield from (" ".join(text.split()) for text in found if text)


def letters(text: str) -> Counter[str]:
    """Count letters and digits, whatever alphabet of mathematics they are in."""
    bare = unicodedata.normalize("NFKD", text)
    return Counter(one for one in bare if one.isalnum() and unicodedata.category(one) != "Lm")


def check_all(found: Iterable[str]) -> tuple[int, int]:
    """Check each text; count them, and those with a formula in MathML."""
    count = with_mathml = 0
    for text in found:
        count += 1
        parts = pieces(text)
        assert "".join(one if isinstance(one, str) else one.unicode for one in parts) == display(
            text
        )
        formulas = [one for one in parts if isinstance(one, Formula)]
        if formulas:
            with_mathml += 1
            check(markup(text))
        for one in formulas:
            nothing_lost(one)
    return count, with_mathml


def nothing_lost(one: Formula) -> None:
    """Check that a formula shows every letter and digit of its Unicode reading."""
    reading = read_maths(one.source, read_text)
    if reading is None or _NAMED_OTHERWISE.search(reading):
        return
    tree = parsed(one.mathml)
    shown = "".join("".join(math.itertext()) for math in tree.iter("math"))
    transposed = Counter("T" * len(re.findall(r"\^\{?\\top", one.source)))
    assert letters(shown) == letters(reading) - transposed, one.source


def test_a_sample_of_1_000_papers(recordings: Path) -> None:
    count, with_mathml = check_all(texts(recordings, 20))
    assert count > 2_000
    assert with_mathml >= 1


def answers(paths: Iterable[Path]) -> Iterator[str]:
    """Yield each text of recorded answers once."""
    found: set[str] = set()
    for path in paths:
        content = path.read_bytes()
        whole = gzip.decompress(content) if path.suffix == ".gz" else content
        said = whole.decode("utf-8", "replace")
        found.update(" ".join(unescape(text).split()) for _, text in _TEXT.findall(said))
    yield from sorted(found)


def test_answers_from_mathematics_and_physics(recordings: Path) -> None:
    count, with_mathml = check_all(answers(recordings.glob("*/*.xml")))
    assert count > 1_000
    assert with_mathml > 10


@pytest.mark.slow
def test_harvests_of_all_of_arxiv(recordings: Path) -> None:
    count, with_mathml = check_all(answers(recordings.glob("oai/*.xml.gz")))
    assert count > 3_000
    assert 0.01 * count < with_mathml < 0.1 * count


@pytest.mark.slow
def test_20_000_papers(recordings: Path) -> None:
    count, with_mathml = check_all(texts(recordings, 1))
    assert count > 40_000
    assert 20 < with_mathml < count / 200
