"""Authors in a digest: the first few, and whoever is followed, marked in every form."""

import json
import re

import pytest

from bot.core import render
from bot.core.model import Entry
from bot.core.render.byline import Piece, byline
from bot.core.slack_blocks import payloads
from tests.builders import digest, paper
from tests.core.render.outline import page

MANY = tuple(f"Author Number{n}" for n in range(20))


def written(authors: tuple[str, ...], *followed: int) -> str:
    """Write a byline with the names that are followed between asterisks."""
    pieces = byline(authors, followed)
    assert all(one.words for one in pieces)
    return "".join(f"*{words}*" if mark else words for words, mark in pieces)


@pytest.mark.parametrize(
    ("authors", "followed", "shown"),
    [
        ((), (), ""),
        (("A",), (0,), "*A*"),
        (("A", "B"), (0, 1), "*A* and *B*"),
        (("A", "B", "C"), (1,), "A, *B* and C"),
        (("A", "B", "C"), (2,), "A, B and *C*"),
        (tuple("ABCDEFG"), (1,), "A, *B*, C, D, E and 2 more"),
        (tuple("ABCDEFG"), (5,), "A, B, C, D, E, *F* and 1 more"),
        (tuple("ABCDEFG"), (6,), "A, B, C, D, E, … *G* and 1 more"),
        (tuple("ABCDEF"), (5,), "A, B, C, D, E and *F*"),
        (tuple("ABCDEFGHI"), (6, 8), "A, B, C, D, E, … *G*, … *I* and 2 more"),
    ],
)
def test_whoever_is_followed_is_never_among_the_others(
    authors: tuple[str, ...], followed: tuple[int, ...], shown: str
) -> None:
    assert written(authors, *followed) == shown


def test_a_name_that_fits_hundreds_does_not_list_them_all() -> None:
    shown = written(MANY, *range(20))
    assert shown.count("*") == 2 * 10
    assert shown.endswith(" and 10 more")


def test_names_without_anybody_followed_are_one_piece() -> None:
    assert byline(("Ana García", "Li Wei")) == (Piece("Ana García and Li Wei"),)


def test_an_email_sets_a_followed_name_off() -> None:
    entry = Entry(paper(authors=MANY), ("RAG",), followed=(12,))
    outline = page(entry)
    assert outline.texts("strong", "who") == ["Author Number12"]
    assert "Author Number4, … Author Number12 and 14 more" in " ".join(outline.texts("p"))
    lines = " ".join(render.text(digest(entry)).split())
    assert "Author Number4, … *Author Number12* and 14 more" in lines


def test_a_followed_name_stands_out_where_abstracts_had_to_go() -> None:
    one = digest(Entry(paper(), ("RAG",), followed=(1,)))
    options = render.Form("compact")
    assert re.search(r'<strong class="who"[^>]*>Li Wei</strong>', render.html(one, options))
    assert "*Li Wei*" in render.text(one, options)


def test_a_followed_name_is_escaped() -> None:
    one = digest(Entry(paper(authors=("<b>Eve</b>\u202e",)), ("RAG",), followed=(0,)))
    assert ">&lt;b&gt;Eve&lt;/b&gt;</strong>" in render.html(one)


def slack_line(*followed: int, authors: tuple[str, ...]) -> str:
    """Give the line of authors in a Slack post."""
    (message,) = payloads(digest(Entry(paper(authors=authors), ("RAG",), followed=followed)))
    texts = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    return str(texts[0].split("\n")[1])


def test_slack_shows_a_followed_name_in_bold() -> None:
    assert slack_line(1, authors=("Ana García", "Li Wei")) == "Ana García and *Li Wei*"
    assert slack_line(12, authors=MANY).endswith(", … *Author Number12* and 14 more")


def test_slack_is_given_no_mark_up_in_a_name() -> None:
    assert slack_line(0, authors=("E*v*e <!channel>",)) == "*E∗v∗e &lt;!channel&gt;*"


def test_a_followed_name_is_shown_in_slack_after_names_without_end() -> None:
    long = tuple(f"The {'very ' * 30}large Collaboration {n}" for n in range(9))
    line = slack_line(7, authors=(*long[:7], "Li Wei", *long[7:]))
    assert "… *Li Wei*" in line
    assert len(json.dumps(line)) < 450
