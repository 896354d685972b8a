"""A digest as posts of Markdown: what each shows, within the limits of the chat systems."""

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.digest import Digest, Style, sections_of
from bot.core.marks import Marks
from bot.core.model import Coverage, Detail, Entry, Former
from bot.core.webhook_text import DISCORD, MATTERMOST, Dialect, escaped, posts, titled
from tests.builders import NOON, paper
from tests.hostile import HOSTILE, hostile_digests

SIZES = [
    Dialect(limit=160, abstract=0, links=False, plain=True, head=80),
    Dialect(limit=160, abstract=0, links=False, head=0),
    Dialect(limit=1_024, abstract=300, links=False, plain=True, head=0),
    Dialect(limit=8_000, abstract=420, links=False, plain=True, head=100),
]
"""What services take that send short messages, notifications and long texts."""
CALL = r"(?<![^\W_])@\w|@(?:everyone|here)|@(?:all|channel)(?![^\W_])"
LONG = "We study long abstracts, at length. " * 42


def digest(*entries: Entry, **changes: object) -> Digest:
    """Build ana's digest of NOON."""
    values: dict[str, object] = {"sections": sections_of(entries)}
    return Digest("ana", "Europe/Madrid", NOON, **(values | changes))  # type: ignore[arg-type]


def many(count: int, **changes: object) -> Digest:
    return digest(
        *(Entry(paper(n, abstract=LONG), ("RAG",)) for n in range(1, count + 1)), **changes
    )


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_a_paper_shows_all_that_a_reader_decides_by() -> None:
    marks = Marks(abstract=((9, 16),), comment=((12, 15),))
    one = paper(7, categories=("cs.CL", "cs.IR"), comment="Accepted at ACL")
    entry = Entry(one, ("RAG", "Search"), "cross", followed=(1,), marks=marks)
    (text,) = posts(digest(entry), MATTERMOST)
    assert text.splitlines() == [
        "**Daily Papers · Mon 5 Jan 2026**",
        "1 new paper: RAG 1",
        "",
        "**RAG**",
        "**[A Study of Subject 7](https://arxiv.org/abs/2601.00007)**",
        "Ana García and **Li Wei**",
        (
            "cs.CL, cs.IR · 4 Jan 2026 · cross-list · in RAG and Search"
            " · [PDF](https://arxiv.org/pdf/2601.00007)"
        ),
        "Comment: Accepted at **ACL**",
        "We study **subject** 7 and report what we found.",
        "",
        "Thank you to arXiv for use of its open access interoperability.",
    ]


def test_discord_has_addresses_in_brackets_and_shorter_abstracts() -> None:
    (text,) = posts(many(1), DISCORD)
    assert "**A Study of Subject 1** <https://arxiv.org/abs/2601.00001>\n" in text
    assert "](" not in text
    assert len(text) < len(posts(many(1), MATTERMOST)[0]) - 200


def test_a_long_digest_is_several_posts_that_say_which_they_are_and_repeat_headings() -> None:
    texts = posts(many(20), MATTERMOST)
    assert len(texts) > 2
    for place, text in enumerate(texts, start=1):
        first, second, *_ = text.splitlines()
        assert first == f"**Daily Papers · Mon 5 Jan 2026 · message {place} of {len(texts)}**"
        assert place == 1 or second == "**RAG**"
    assert texts[-1].endswith("interoperability.")


def test_a_test_digest_and_one_in_parts_say_so() -> None:
    (text,) = posts(digest(test=True, part=2, parts=3), MATTERMOST)
    assert text.startswith("**TEST · Daily Papers · Mon 5 Jan 2026 · part 2 of 3**\nA test digest")


def test_a_note_that_nothing_came_says_what_was_looked_through() -> None:
    coverage = Coverage(1482, 1480, 1, (), NOON - timedelta(days=2), NOON, topics=("RAG",))
    (text,) = posts(digest(coverage=coverage), DISCORD)
    assert "no new papers this week" in text
    assert "nothing among them was for RAG" in text
    assert "1,482 papers announced in your categories" in text


def test_titles_and_revisions_stand_in_lines_side_by_side() -> None:
    former = Former(1, "Before")
    shown = digest(
        Entry(paper(1), ("RAG",)),
        Entry(paper(2), ("RAG",)),
        Entry(paper(3, version=2, comment="Withdrawn"), ("RAG",), "replace", former, 4),
        Entry(paper(4), ("SFT",)),
        style=Style("titles"),
    )
    (text,) = posts(shown, MATTERMOST)
    assert text.splitlines()[3:9] == [
        "**RAG**",
        "• [A Study of Subject 1](https://arxiv.org/abs/2601.00001)",
        "• [A Study of Subject 2](https://arxiv.org/abs/2601.00002)",
        (
            "• [(withdrawn) A Study of Subject 3](https://arxiv.org/abs/2601.00003) · v1 → v2"
            " · withdrawn: Withdrawn · title was “Before”"
        ),
        "",
        "**SFT**",
    ]
    (text,) = posts(shown, DISCORD)
    assert "\n• A Study of Subject 1 <https://arxiv.org/abs/2601.00001>\n" in text


def test_a_compact_digest_has_no_abstracts_and_the_rest_are_titles() -> None:
    (text,) = posts(many(3, style=Style("compact", 2)), MATTERMOST)
    assert "long abstracts" not in text
    assert text.count("Ana García") == 2
    assert "\n\n• [A Study of Subject 3](" in text


def test_a_partial_paper_is_marked_and_a_nameless_one_has_its_id() -> None:
    one = paper(1, title="", detail=Detail.FEED, published=NOON, updated=NOON)
    (text,) = posts(digest(Entry(one, ("RAG",))), MATTERMOST)
    assert "[2601.00001](" in text
    assert "comment and dates not yet known" in text


def test_marked_words_beside_each_other_keep_their_space() -> None:
    marks = Marks(abstract=((0, 2), (3, 8), (9, 16)))
    (text,) = posts(digest(Entry(paper(1), ("RAG",), marks=marks)), DISCORD)
    assert "\n**We** **study** **subject** 1 and" in text


def test_an_address_is_not_torn_by_a_mark() -> None:
    words = "Code of RAG at https://example.org/RAG_code and <b>RAG</b>"
    marks = Marks(comment=((8, 11), (35, 38), (51, 54)))
    one = Entry(paper(1, comment=words), ("RAG",), marks=marks)
    (text,) = posts(digest(one), MATTERMOST)
    shown = "Comment: Code of **RAG** at https://example.org/RAG_code and < b>**RAG**< /b>"
    assert shown in text


def test_a_character_that_stands_for_bold_is_not_taken_from_others() -> None:
    one = paper(1, comment="a \ue000b\ue000", authors=("\ue000Eve",))
    (text,) = posts(digest(Entry(one, ("RAG",), followed=(0,))), MATTERMOST)
    assert "**\ufffdEve**" in text
    assert "Comment: a \ufffdb\ufffd" in text


def test_what_does_not_fit_into_a_post_goes_without_what_can_be_missed() -> None:
    wide = "𝕏𝕏𝕏 " * 900
    one = paper(1, title=wide, comment=wide, abstract=wide, authors=(wide,) * 5)
    texts = posts(digest(Entry(one, ("RAG",)), Entry(paper(2), ("RAG",))), DISCORD)
    assert all(units(text) <= 2_000 for text in texts)
    whole = "\n".join(texts)
    assert "<https://arxiv.org/abs/2601.00001>\n𝕏" in whole
    assert whole.count("4 Jan 2026") == 2
    assert "Comment: 𝕏" not in whole
    assert "We study subject 2" in whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a*b_c `d` ~e~ #f |g| [h](i)", r"a\*b\_c \`d\` \~e\~ \#f \|g\| \[h\](i)"),
        ("- no list", r"\- no list"),
        ("> no quotation", r"\> no quotation"),
        ("2. no list", r"2\. no list"),
        ("2) no list", r"2\) no list"),
        ("2 of 3.", "2 of 3."),
        ("@everyone and @ana", "@ everyone and @ ana"),
        ("me@here", "me@ here"),
        ("_@ana_ a_@all_", r"\_@ ana\_ a\_@ all\_"),
        ("ana@allen.example ana@all", "ana@allen.example ana@ all"),
        ("Recall@10 @ ACL", "Recall@10 @ ACL"),
        ("<@123> <!channel> p<0.05 p < 0.05", "< @ 123> < !channel> p< 0.05 p < 0.05"),
        ("at https://github.com/a_b/c_d.", "at https://github.com/a_b/c_d."),
        ("https://a.example/@everyone", "https://a.example/@ everyone"),
        ("<https://a.example|b>", r"< https://a.example\|b>"),
        ("left\u202eright\nnext", "leftright next"),
        ("a <", "a < "),
        ("", ""),
    ],
)
def test_outside_text_means_nothing_in_markdown_and_calls_nobody(text: str, expected: str) -> None:
    assert escaped(text) == expected


@given(HOSTILE)
def test_escaping_hides_nothing_and_leaves_no_mark_alone(text: str) -> None:
    safe = escaped(text)
    plain = re.sub(r"https?://[\w/.~%?=&+#:,-]*[\w/]", "", safe, flags=re.ASCII)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]#~|]", re.sub(r"\\[^\\]", "", plain))
    assert not re.search(rf"<\S|{CALL}", plain, re.IGNORECASE)


@settings(max_examples=60, deadline=None)
@given(hostile_digests(), st.sampled_from([MATTERMOST, DISCORD, *SIZES]))
def test_nothing_in_a_paper_breaks_a_limit_or_calls_somebody(
    given_digest: Digest, dialect: Dialect
) -> None:
    apart = [one.body for one in titled(given_digest, dialect)]
    texts = posts(given_digest, dialect) if dialect.head else apart
    assert all(0 < units(text) <= dialect.limit for text in texts)
    whole = "\n".join(texts)
    for section in given_digest.sections:
        for entry in section.entries:
            before, end = ("(", ")") if dialect.links else ("<", ">")
            shown = entry.paper.url if dialect.plain else f"{before}{entry.paper.url}{end}"
            assert whole.count(shown) == 1
    assert not re.search(CALL, whole, re.IGNORECASE)
    assert not re.search(r"<(?!https://arxiv\.org/abs/[\d.]+>)\S", whole)


def test_plain_text_has_bare_addresses_and_no_marks() -> None:
    marks = Marks(abstract=((9, 16),))
    one = paper(7, title="On *stars* and A_b", comment="Accepted at ACL")
    entry = Entry(one, ("RAG",), followed=(1,), marks=marks)
    ((title, body),) = titled(digest(entry), SIZES[3])
    assert title == "Daily Papers · Mon 5 Jan 2026"
    assert body.splitlines() == [
        "1 new paper: RAG 1",
        "",
        "RAG",
        "On *stars* and A_b https://arxiv.org/abs/2601.00007",
        "Ana García and Li Wei",
        "cs.CL · 4 Jan 2026",
        "Comment: Accepted at ACL",
        "We study subject 7 and report what we found.",
        "",
        "Thank you to arXiv for use of its open access interoperability.",
    ]


def test_short_messages_are_titles_with_addresses_each_whole_and_numbered() -> None:
    found = titled(many(9), SIZES[0])
    assert [one.title for one in found] == [
        f"Daily Papers · Mon 5 Jan 2026 · message {place} of {len(found)}"
        for place in range(1, len(found) + 1)
    ]
    assert all(units(one.title) <= 80 and 0 < units(one.body) <= 80 for one in found)
    whole = "\n".join(one.body for one in found)
    for number in range(1, 10):
        assert f"• A Study of Subject {number} https://arxiv.org/abs/2601.0000{number}" in whole
    assert "We study" not in whole


def test_a_short_test_message_says_so_and_a_note_is_cut_to_fit() -> None:
    covered = Coverage(446, 446, 12, ("cs.CL",), NOON - timedelta(days=1), NOON)
    note = titled(digest(coverage=covered), SIZES[0])
    assert all(0 < units(one.body) <= 80 for one in note)
    tested = titled(digest(Entry(paper(1), ("RAG",)), test=True), SIZES[0])
    assert tested[0].title.startswith("TEST · ")
    assert "A test digest, sent because somebody asked for it." in tested[0].body


def test_a_withdrawn_paper_and_a_revision_are_titles_in_short_messages() -> None:
    gone = paper(1, comment="This paper has been withdrawn by the authors", title="T" * 300)
    entry = Entry(gone, ("RAG",), "replace", Former(1, "T", None))
    whole = "\n".join(one.body for one in titled(digest(entry), SIZES[0]))
    assert "https://arxiv.org/abs/2601.00001" in whole
