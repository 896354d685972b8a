"""Titles and links alone: every paper once, in texts that a chat system takes."""

import pytest
from hypothesis import given, settings

from bot.core.digest import Digest
from bot.core.model import Entry
from bot.core.plain_texts import plain_texts
from bot.core.slack_blocks import TEXT, payloads, plain_payloads
from bot.core.webhook_text import escaped
from tests.builders import digest, paper
from tests.hostile import hostile_digests

MANY = digest(*(Entry(paper(number), ("RAG",)) for number in range(1, 101)))


def urls(shown: Digest) -> list[str]:
    return [one.paper.url for section in shown.sections for one in section.entries]


@settings(max_examples=20)
@given(hostile_digests())
def test_fault_38_whatever_is_in_a_digest_its_links_are_whole_and_its_texts_fit(
    hostile: Digest,
) -> None:
    texts = plain_texts(hostile, escaped, most=500)
    assert all(len(one.text.encode("utf-16-le")) <= 2 * 500 for one in texts)
    text = "\n".join(one.text for one in texts)
    assert [line for line in text.split("\n") if line in urls(hostile)] == urls(hostile)
    assert texts[-1].through == len(urls(hostile))


@pytest.mark.parametrize("done", [0, 1, 50, 99])
def test_what_was_posted_before_is_not_given_again(done: int) -> None:
    left = plain_payloads(MANY, done=done, part=3)
    text = "\n".join(one.text for one in left)
    assert [url for url in urls(MANY) if url in text] == urls(MANY)[done:]
    assert [one.part for one in left] == list(range(3, 3 + len(left)))
    assert {one.of for one in left} == {2 + len(left)}
    assert left[-1].through == 100
    assert all(len(one.text) <= TEXT and "blocks" not in one.as_json() for one in left)


def test_each_text_tells_how_many_papers_it_and_those_before_it_hold() -> None:
    shown = ""
    for one in plain_payloads(MANY):
        shown += one.text
        assert [url in shown for url in urls(MANY)].count(True) == one.through
    assert all("blocks" in one.as_json() for one in payloads(MANY))


def test_a_title_gives_way_to_its_link() -> None:
    long = digest(Entry(paper(1, title="*_ " * 100), ("RAG",)))
    (first, second) = plain_texts(long, escaped, most=150)
    assert paper(1).url not in first.text
    assert second.text.endswith(paper(1).url)
    assert len(second.text) <= 150
    assert plain_texts(long, lambda _: "x" * 200, most=150)[-1].text == paper(1).url
