"""Outside text in mrkdwn: what is escaped, where it is cut, and what can be bold."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.marks import Range
from bot.core.render.wording import display
from bot.core.slack_text import bold, escaped
from tests.hostile import HOSTILE, ranges


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("plain", 20, "plain"),
        ("a < b & c > d", 40, "a &lt; b &amp; c &gt; d"),
        ("<!channel> <@U123>", 60, "&lt;!channel&gt; &lt;@U123&gt;"),
        ("one two three", 15, "one two three"),
        ("one two three four", 17, "one two…"),
        ("one two three four", 13, "one two…"),
        ("one two three four", 19, "one two three four"),
        ("one two, three", 13, "one two…"),
        ("unbreakable", 10, "unbr…"),
        ("&&&&", 19, "&amp;&amp;…"),
        ("é" * 5, 24, "ééé…"),
        ("𝕏𝕏𝕏", 30, "𝕏𝕏…"),
        ("left\u202eright\nnext", 40, "leftright next"),
        ("", 10, ""),
    ],
)
def test_outside_text_is_escaped_and_cut_between_words(
    text: str, limit: int, expected: str
) -> None:
    assert escaped(text, limit) == expected


@given(HOSTILE, st.integers(20, 400))
def test_escaped_text_keeps_its_limit_and_whole_escapes(text: str, limit: int) -> None:
    safe = escaped(text, limit)
    assert len(json.dumps(safe)) - 2 <= limit
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", safe)


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        ("RAG works", [(0, 3)], "*RAG* works"),
        ("We use RAG", [(7, 10)], "We use *RAG*"),
        ("dense retrieval (RAG), tuned", [(17, 20)], "dense retrieval (*RAG*), tuned"),
        ("RAG-based", [(0, 3)], "*RAG*-based"),
        ("two of two", [(0, 3), (7, 10)], "*two* of *two*"),
        ("fine-tuning of LLMs", [(0, 11)], "*fine-tuning* of LLMs"),
        ("R&D", [(0, 3)], "*R&amp;D*"),
    ],
)
def test_marked_words_are_bold(text: str, marks: list[Range], expected: str) -> None:
    assert bold(text, marks, 400) == expected


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("GraphRAG", (5, 8)),
        ("RAGs", (0, 3)),
        ("snake_RAG", (6, 9)),
        ("RAG_snake", (0, 3)),
        ("检索RAG增强", (2, 5)),
        ("“RAG”", (1, 4)),
        ("RAG&more", (0, 3)),
        ("RAG<more", (0, 3)),
        ("RAG@home", (0, 3)),
        ("C++ is", (0, 3)),
        ("a RAG b", (1, 5)),
        ("RAG", (1, 1)),
        ("RAG", (0, 4)),
        ("RAG", (3, 2)),
        ("", (0, 1)),
    ],
)
def test_a_mark_that_slack_would_show_as_asterisks_is_left_plain(text: str, mark: Range) -> None:
    assert bold(text, [mark], 400) == escaped(text, 400)


def test_asterisks_and_backticks_of_others_pair_with_none_of_ours() -> None:
    assert bold("*a RAG `b*", [(3, 6)], 400) == "∗a *RAG* ˋb∗"


def test_a_mark_that_is_cut_is_plain_and_counts_before() -> None:
    assert bold("one two three four", [(4, 7), (14, 18)], 19) == "one *two*…"
    assert bold("one two three four", [(4, 7), (14, 18)], 21) == "one *two* three…"
    assert bold("one two three four", [(4, 7), (14, 18)], 22) == "one *two* three *four*"


@given(HOSTILE.map(display), st.data(), st.integers(20, 400))
def test_bold_text_keeps_its_limit_and_its_words(
    text: str, data: st.DataObject, limit: int
) -> None:
    marks = data.draw(ranges(text))
    shown = bold(text, marks, limit)
    assert len(json.dumps(shown)) - 2 <= limit
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", shown)
    spans = re.findall(r"\*[^*]*\*", shown)
    assert shown.count("*") == 2 * len(spans) <= 2 * len(marks)
    if not shown.endswith("…"):
        assert shown.replace("*", "") == escaped(text, 10**6)
