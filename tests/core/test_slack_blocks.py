"""The messages of a digest, as Slack would judge them."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.digest import Digest, Layout, Style, sections_of
from bot.core.marks import Marks
from bot.core.model import Coverage, Detail, Entry, Former
from bot.core.slack_blocks import IN_SIGHT, Arrangement, Payload, payloads
from bot.demo.slack_rules import fault_of
from tests.builders import NOON, paper
from tests.hostile import hostile_digests

LONG = "We study long abstracts, at length. " * 42


def digest(*entries: Entry, **changes: Any) -> Digest:
    """Build ana's digest of NOON."""
    return Digest("ana", "Europe/Madrid", NOON, sections_of(entries), **changes)


def many(count: int, **changes: Any) -> Digest:
    """Build a digest of `count` papers with abstracts of 1,500 characters."""
    return digest(
        *(Entry(paper(n, abstract=LONG), ("RAG",)) for n in range(1, count + 1)), **changes
    )


def strings(blocks: Any) -> list[str]:
    """List every text that the blocks show."""
    if isinstance(blocks, dict):
        blocks = [value for key, value in blocks.items() if key != "type"]
    if isinstance(blocks, list):
        return [text for one in blocks for text in strings(one)]
    return [blocks] if isinstance(blocks, str) else []


def shown(messages: list[Payload]) -> str:
    """Join all that the blocks of the messages show."""
    return "\n".join(text for message in messages for text in strings(message.blocks))


def test_a_paper_shows_all_that_a_reader_decides_by() -> None:
    (message,) = payloads(
        digest(
            Entry(
                paper(
                    7,
                    title="Retrieval at Scale",
                    categories=("cs.CL", "cs.IR"),
                    comment="Accepted at ACL",
                ),
                ("RAG", "Search"),
                "cross",
            )
        )
    )
    described = (
        "*<https://arxiv.org/abs/2601.00007|Retrieval at Scale>*\n"
        "Ana García and Li Wei\n"
        "cs.CL, cs.IR · 4 Jan 2026 · cross-list · in RAG and Search"
        " · <https://arxiv.org/pdf/2601.00007|PDF>\n"
        "Comment: Accepted at ACL\n"
        "We study subject 7 and report what we found."
    )
    assert strings(message.blocks) == [
        "Daily Papers · Mon 5 Jan 2026",
        "1 new paper: RAG 1",
        "RAG",
        described,
        "Thank you to arXiv for use of its open access interoperability.",
    ]


def test_the_fallback_text_links_every_paper_after_a_summary() -> None:
    (message,) = payloads(digest(Entry(paper(1), ("RAG",)), Entry(paper(2), ("SFT",))))
    assert message.text.splitlines() == [
        "Daily Papers · Mon 5 Jan 2026: 2 new papers",
        "• <https://arxiv.org/abs/2601.00001|A Study of Subject 1>",
        "• <https://arxiv.org/abs/2601.00002|A Study of Subject 2>",
    ]


def test_authors_beyond_five_are_counted() -> None:
    names = tuple(f"Author {n}" for n in range(1, 9))
    text = shown(payloads(digest(Entry(paper(authors=names), ("RAG",)))))
    assert "Author 1, Author 2, Author 3, Author 4, Author 5 and 3 more" in text
    assert "Author 6" not in text


def test_latex_is_read_for_people() -> None:
    text = shown(payloads(digest(Entry(paper(title=r"Poincar\'e maps"), ("RAG",)))))
    assert "Poincaré maps" in text


def test_a_withdrawn_paper_says_so() -> None:
    text = shown(payloads(digest(Entry(paper(comment="This paper has been withdrawn"), ("RAG",)))))
    assert "|[withdrawn] A Study of Subject 1>" in text


def test_a_test_digest_is_marked_in_header_and_text() -> None:
    (message,) = payloads(digest(Entry(paper(), ("RAG",)), test=True))
    assert strings(message.blocks)[0].startswith("TEST · ")
    assert message.text.startswith("TEST · ")
    assert "A test digest" in strings(message.blocks)[1]


def test_a_digest_in_parts_says_which_this_is() -> None:
    (message,) = payloads(digest(Entry(paper(), ("RAG",)), part=2, parts=3))
    assert strings(message.blocks)[0] == "Daily Papers · Mon 5 Jan 2026 · part 2 of 3"


def test_a_digest_without_papers_is_one_message() -> None:
    (message,) = payloads(digest(test=True))
    assert message.text == "TEST · Daily Papers · Mon 5 Jan 2026: no new papers"
    assert message.through == 0
    assert fault_of(message.as_json()) is None


COVERAGE = Coverage(1482, 1480, 1, ("arxiv_api",), NOON - timedelta(days=2), NOON, topics=("RAG",))


def test_a_note_that_nothing_came_is_one_friendly_message() -> None:
    (message,) = payloads(digest(coverage=COVERAGE))
    assert message.text == "Daily Papers · Mon 5 Jan 2026: no new papers this week"
    assert fault_of(message.as_json()) is None
    assert strings(message.blocks)[1:3] == [
        "no new papers this week",
        (
            "arXiv announced 1,482 papers in your categories since 3 Jan 2026. The 1,480 that have "
            "come so far were looked through, and nothing among them was for RAG. Daily Papers is "
            "at work, and writes again as soon as something comes for you."
        ),
    ]


def test_the_first_message_tells_how_complete_the_digest_is() -> None:
    first, *replies = payloads(many(40, coverage=COVERAGE))
    line = (
        "Sun 4 Jan: 1,482 papers announced in your categories, 1,480 received so far, 1 matched; "
        "from the query API. What is missing comes in a later digest. Thank you to arXiv"
    )
    assert line in strings(first.blocks)[-1]
    assert "announced in your categories" not in shown(replies)


def test_revisions_stand_under_their_topic_in_one_line_each() -> None:
    former = Former(1, "Before", "9 pages")
    (message,) = payloads(
        digest(
            Entry(paper(9), ("RAG",)),
            Entry(
                paper(1, version=2, comment="Accepted at ACL 2026"),
                ("RAG", "SFT"),
                "replace",
                former,
                4,
            ),
            Entry(paper(2, version=2, comment="Withdrawn"), ("RAG",), "replace", former, 5),
            Entry(paper(3, version=2), ("SFT",), "replace", Former(1, paper(3).title), 6),
        )
    )
    texts = strings(message.blocks)
    assert texts[1] == "1 new paper, 3 revised: RAG 1 + 2 revised · SFT 1 revised"
    assert texts[4:9] == [
        "*Revised*",
        (
            "<https://arxiv.org/abs/2601.00001|A Study of Subject 1> · v1 → v2"
            " · *Accepted at ACL 2026* · title was “Before” · in RAG and SFT"
        ),
        (
            "<https://arxiv.org/abs/2601.00002|[withdrawn] A Study of Subject 2> · v1 → v2"
            " · withdrawn: Withdrawn · title was “Before”"
        ),
        "SFT",
        "*Revised*",
    ]
    assert "• <https://arxiv.org/abs/2601.00001|A Study of Subject 1> (v1 → v2)" in message.text
    assert fault_of(message.as_json()) is None


def test_a_partial_paper_is_marked() -> None:
    one = paper(detail=Detail.FEED, published=NOON, updated=NOON)
    text = shown(payloads(digest(Entry(one, ("RAG",)))))
    assert "cs.CL · announced 5 Jan 2026 · comment and dates not yet known · " in text


def test_each_topic_has_a_heading_and_its_count() -> None:
    entries = [Entry(paper(n), ("RAG",) if n < 3 else ("SFT",)) for n in range(1, 6)]
    (message,) = payloads(digest(*entries))
    headers = [block["text"]["text"] for block in message.blocks if block["type"] == "header"]
    assert headers[1:] == ["RAG", "SFT"]
    assert "5 new papers: RAG 2 · SFT 3" in strings(message.blocks)


def test_a_long_digest_continues_in_the_thread_and_says_so() -> None:
    first, *replies = payloads(many(40))
    assert replies
    assert f"{40 - first.through} more in the thread" in strings(first.blocks)[-1]
    assert replies[0].blocks[0]["text"]["text"] == "RAG (continued)"
    assert replies[0].text.startswith(f"Papers {first.through + 1}–{replies[0].through} of 40\n")
    assert [(one.part, one.of) for one in (first, *replies)] == [
        (n, len(replies) + 1) for n in range(1, len(replies) + 2)
    ]


def test_a_reply_with_one_paper_says_which_it_is() -> None:
    (reply,) = payloads(many(10), done=9, part=2)
    assert reply.text.startswith("Paper 10 of 10\n")


def test_a_topic_that_begins_in_a_reply_is_not_called_continued() -> None:
    first = payloads(many(40))[0].through
    abstract = "We study long abstracts, at length. " * 42
    entries = [
        Entry(paper(n, abstract=abstract), ("RAG",) if n <= first else ("SFT",))
        for n in range(1, 41)
    ]
    assert payloads(digest(*entries))[1].blocks[0]["text"]["text"] == "SFT"


def test_messages_of_short_papers_stop_at_fifty_blocks() -> None:
    entries = [
        Entry(paper(n, abstract="", authors=(), categories=(), title="T"), (f"Topic {n}",))
        for n in range(1, 101)
    ]
    messages = payloads(digest(*entries))
    assert all(len(one.blocks) <= 50 for one in messages)
    assert any(len(one.blocks) >= 49 for one in messages)
    assert messages[-1].through == 100


@pytest.mark.parametrize("done", [1, 9, 39, 40])
def test_what_is_left_can_be_given_alone(done: int) -> None:
    rest = payloads(many(40), done=done, part=3)
    ids = re.findall(r"abs/2601\.(\d+)\|", "\n".join(one.text for one in rest))
    assert [int(one) for one in ids] == list(range(done + 1, 41))
    assert [one.part for one in rest] == list(range(3, 3 + len(rest)))
    assert not rest or rest[-1].through == 40


def topics(*counts: int) -> Digest:
    """Build a digest of topics with so many papers each."""
    entries = [
        Entry(paper(place * 100 + n, abstract=LONG), (f"T{place}",))
        for place, count in enumerate(counts, start=1)
        for n in range(count)
    ]
    return digest(*entries)


def test_a_thread_begins_with_a_message_that_sums_it_up_and_holds_no_paper() -> None:
    first, *replies = payloads(topics(7, 2), "thread")
    shown_first = strings(first.blocks)
    assert shown_first[1:3] == [
        "9 new papers: T1 7 · T2 2",
        "*T1* · 7\n"
        + "\n".join(
            f"• <https://arxiv.org/abs/2601.00{n}|A Study of Subject {n}>" for n in range(100, 105)
        )
        + "\n… and 2 more",
    ]
    assert shown_first[3].startswith("*T2* · 2\n•")
    assert "more" not in shown_first[3]
    assert shown_first[-1].startswith("All 9 are in the thread of this message. ")
    assert (first.through, first.part, first.of) == (0, 1, 1 + len(replies))
    assert replies[0].blocks[0]["text"]["text"] == "T1"
    assert replies[0].text.startswith("Papers 1–")
    assert replies[-1].through == 9
    assert shown(replies).count("|A Study of Subject 100>") == 1


@pytest.mark.parametrize(("layout", "most"), sorted(IN_SIGHT.items()))
def test_a_few_papers_stand_in_the_channel_whatever_the_arrangement(
    layout: Layout, most: int
) -> None:
    few, one_more = (many(count, style=Style(layout)) for count in (most, most + 1))
    assert payloads(few, "thread") == payloads(few, "inline")
    assert payloads(few, "thread")[0].through == most
    assert payloads(one_more, "thread")[0].through == 0


def test_a_digest_of_many_topics_is_summed_up_with_a_title_each_as_far_as_there_is_room() -> None:
    first, *_ = payloads(topics(*[2] * 15), "thread")
    texts = strings(first.blocks)[2:-1]
    assert [text.partition(" ")[0] for text in texts] == [f"*T{n}*" for n in range(1, 11)]
    assert all(text.endswith("… and 1 more") for text in texts)
    long = digest(*(Entry(paper(n, title="T" * 900), (f"T{n}",)) for n in range(1, 31)))
    first, *_ = payloads(long, "thread")
    assert fault_of(first.as_json()) is None
    assert 2 < len(strings(first.blocks)[2:-1]) < 10


def test_a_thread_that_began_goes_on_with_all_papers_where_none_was_posted() -> None:
    whole, rest = payloads(many(40), "thread"), payloads(many(40), "thread", part=2)
    assert rest == whole[1:]


def test_posts_stand_alone_and_say_which_they_are() -> None:
    messages = payloads(many(40), "posts")
    count = len(messages)
    first, second, *_ = messages
    assert f"more in the messages after this one, 1 of {count}. " in strings(first.blocks)[-1]
    title = f"Daily Papers · Mon 5 Jan 2026 · message 2 of {count}"
    assert strings(second.blocks)[:2] == [title, "RAG (continued)"]
    assert second.text.splitlines()[0] == title
    assert messages[-1].through == 40
    two = payloads(many(14), "posts")
    assert len(two) == 2
    assert "more in the message after this one, 1 of 2. " in strings(two[0].blocks)[-1]


def test_a_compact_digest_has_no_abstracts() -> None:
    one = paper(7, comment="9 pages", abstract="An abstract.")
    text = shown(payloads(digest(Entry(one, ("RAG",)), style=Style("compact"))))
    assert "Ana García and Li Wei\ncs.CL · 4 Jan 2026" in text
    assert "Comment: 9 pages" in text
    assert "An abstract." not in text


def test_titles_stand_in_lists_that_keep_within_a_section() -> None:
    (message,) = payloads(many(4, style=Style("titles")))
    assert strings(message.blocks)[2:-1] == [
        "RAG",
        "\n".join(
            f"• <https://arxiv.org/abs/2601.0000{n}|A Study of Subject {n}>" for n in range(1, 5)
        ),
    ]
    assert message.text.splitlines()[1:] == strings(message.blocks)[3].splitlines()
    entries = [Entry(paper(n, title="T" * 390), ("RAG",)) for n in range(1, 9)]
    (message,) = payloads(digest(*entries, style=Style("titles")))
    assert len(strings(message.blocks)[3:-1]) == 2
    assert fault_of(message.as_json()) is None


def test_of_more_papers_than_wanted_the_rest_are_titles() -> None:
    entries = [Entry(paper(n), ("RAG",) if n < 3 else ("SFT",)) for n in range(1, 6)]
    old = Entry(paper(9), ("RAG",), "replace", Former(1), 1)
    texts = strings(payloads(digest(entries[0], old, *entries[1:], style=Style(most=3)))[0].blocks)
    full = [text for text in texts if "We study subject" in text]
    starts = [f"*<https://arxiv.org/abs/2601.0000{n}|" for n in (1, 2, 3)]
    assert [text[: len(starts[0])] for text in full] == starts
    assert texts[-2].count("• <https://arxiv.org/abs/") == 2
    later = digest(entries[0], style=Style(most=50), part=2, parts=2)
    assert "We study subject" not in shown(payloads(later))


def test_marked_words_are_bold_in_abstract_and_comment() -> None:
    marks = Marks(title=((2, 7),), abstract=((9, 16),), comment=((12, 15),))
    one = Entry(paper(7, comment="Accepted at ACL 2026"), ("RAG",), marks=marks)
    text = shown(payloads(digest(one)))
    assert "*<https://arxiv.org/abs/2601.00007|A Study of Subject 7>*" in text
    assert "\nWe study *subject* 7 and" in text
    assert "Comment: Accepted at *ACL* 2026" in text


@settings(max_examples=60, deadline=None)
@given(hostile_digests(), st.sampled_from(["thread", "inline", "posts"]))
def test_nothing_in_a_paper_breaks_a_limit_or_smuggles_markup(
    given_digest: Digest, arrangement: Arrangement
) -> None:
    messages = payloads(given_digest, arrangement)
    for message in messages:
        assert fault_of(message.as_json()) is None
        assert len(json.dumps(message.as_json())) <= 10_000
        assert len(message.text) <= 4_000
    assert messages[-1].through == given_digest.count
    messages = [one for one in messages if one.through]
    links = [
        f"<{entry.paper.url}|" for section in given_digest.sections for entry in section.entries
    ]
    blocks, text = shown(messages), "\n".join(one.text for one in messages)
    assert [blocks.count(link) for link in links] == [1] * len(links)
    assert [text.count(link) for link in links] == [1] * len(links)
    ours = re.sub(r"<https://arxiv\.org/(abs|pdf)/[\d.]+\|([^<>|]*)>", r"\2", blocks + text)
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", ours)


@settings(max_examples=40, deadline=None)
@given(hostile_digests(), st.data())
def test_a_thread_taken_up_again_holds_exactly_what_was_left(
    given_digest: Digest, data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, given_digest.count))
    rest = payloads(given_digest, done=done)
    assert [one.through for one in rest] == sorted(one.through for one in rest)
    shown_now = re.findall(r"• <https://arxiv\.org/abs/", "\n".join(one.text for one in rest))
    assert len(shown_now) == given_digest.count - done
