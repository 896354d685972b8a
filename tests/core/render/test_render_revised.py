"""Revisions as one line each, and papers of which only a feed has told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import render
from bot.core.model import Detail, Entry, Former
from tests.builders import digest, paper
from tests.core.render.outline import Outline, page

Form = render.Form
TITLE = "A Study of Subject 1"


def revised(number: int = 1, *topics: str, former: Former | None = None, **changes: Any) -> Entry:
    """Build the revision of a paper from version 2 to 3, under RAG."""
    one = paper(number, **({"version": 3} | changes))
    before = Former(2, one.title) if former is None else former
    return Entry(one, topics or ("RAG",), "replace", before, 40 + number)


def line(entry: Entry) -> str:
    """Read the line of a revision's that the page shows."""
    (shown,) = page(entry).texts("p", "comment")
    return shown


def test_a_revision_is_a_linked_title_its_versions_and_nothing_of_the_abstract() -> None:
    outline = page(revised())
    assert line(revised()) == f"{TITLE} · v2 → v3"
    assert outline.links()[0] == "https://arxiv.org/abs/2601.00001"
    assert outline.texts("h3") == ["Revised"]
    assert "We study subject" not in render.html(digest(revised()))


@pytest.mark.parametrize(
    ("former", "versions"),
    [(Former(1), "v1 → v3"), (Former(3), "v3"), (Former(0), "v3")],
    ids=["two versions at once", "the same version, known better", "not known before"],
)
def test_the_versions_are_told_as_far_as_they_are_known(former: Former, versions: str) -> None:
    assert line(revised(former=former)) == f"{TITLE} · {versions}"


def test_without_what_it_replaced_a_revision_still_renders() -> None:
    assert line(Entry(paper(version=2), ("RAG",), "replace", None, 4)) == f"{TITLE} · v2"


@pytest.mark.parametrize(
    ("before", "comment", "told"),
    [
        (Former(2, TITLE), "Accepted at ACL 2026, 12 pages", "Accepted at ACL 2026"),
        (Former(2, "An Early Study", "9 pages"), "9 pages", "title was “An Early Study”"),
        (Former(2, TITLE, "9 pages"), "Theorem 2 corrected", "comment: Theorem 2 corrected"),
        (Former(2, TITLE, "v1"), "Withdrawn: an error", "withdrawn: Withdrawn: an error"),
        (Former(1, TITLE, "Withdrawn"), "Withdrawn", "withdrawn"),
        (
            Former(2, "An Early Study", "9 pages"),
            "To appear in JMLR",
            "To appear in JMLR · title was “An Early Study”",
        ),
    ],
)
def test_what_changed_is_told(before: Former, comment: str, told: str) -> None:
    entry = revised(former=before, comment=comment)
    version = before.version
    assert line(entry) == f"{TITLE} · v{version} → v3 · {told}"
    text = " ".join(render.text(digest(entry)).split())
    assert f"* {TITLE} · v{version} → v3 · {told} https://arxiv.org/abs/2601.00001" in text


def test_acceptance_and_withdrawal_stand_out() -> None:
    outline = page(
        revised(1, comment="Accepted at ACL 2026"), revised(2, comment="Withdrawn: an error")
    )
    assert outline.texts("strong", "good") == ["Accepted at ACL 2026"]
    assert outline.texts("strong", "bad") == ["withdrawn: Withdrawn: an error"]


def test_other_topics_of_a_revision_are_named() -> None:
    assert line(revised(1, "RAG", "SFT")).endswith("· also in SFT")


def test_latex_and_long_comments_are_made_readable() -> None:
    entry = revised(former=Former(2, r"Poincar\'e maps"), comment="word " * 200)
    shown = line(entry)
    assert "title was “Poincaré maps”" in shown
    assert shown.endswith("word…")
    assert len(shown) < 450
    (short,) = Outline(render.html(digest(entry), Form("compact"))).texts("p", "comment")
    assert len(short) < len(shown)


def test_a_revision_whose_title_shows_nothing_is_named_by_its_id() -> None:
    assert line(revised(title="\u200b")).startswith("arXiv:2601.00001 ·")


def test_revisions_stand_after_the_papers_of_their_topic() -> None:
    outline = page(
        Entry(paper(5), ("RAG",)),
        revised(1),
        revised(2),
        revised(3, "SFT"),
        Entry(paper(6), ("X",)),
    )
    assert outline.texts("h2") == ["RAG 1 + 2 revised", "SFT 1 revised", "X 1"]
    headings = [
        (name, " ".join(words)) for name, _, words in outline.elements if name in {"h2", "h3"}
    ]
    assert [name for name, _ in headings] == ["h2", "h3", "h3", "h2", "h3", "h2", "h3"]
    text = render.text(digest(Entry(paper(5), ("RAG",)), revised(1)))
    assert text.index("We study subject 5") < text.index("Revised\n-------\n* A Study")


@pytest.mark.parametrize(
    ("entries", "headline"),
    [
        ((Entry(paper(7), ("RAG",)), revised(1), revised(2)), "1 new paper, 2 revised"),
        ((revised(1), revised(2)), "2 revised papers"),
        ((revised(1),), "1 revised paper"),
    ],
)
def test_subject_and_summary_count_papers_and_revisions(
    entries: tuple[Entry, ...], headline: str
) -> None:
    assert render.subject(digest(*entries)) == f"{headline} · RAG · Mon 5 Jan 2026"
    assert page(*entries).texts("p", "sum") == [headline]


def test_the_plain_list_marks_revisions() -> None:
    assert f"{TITLE} (v2 → v3)\nhttps://arxiv.org/abs/2601.00001\n" in render.plain(
        digest(revised())
    )


def test_a_digest_of_revisions_alone_does_not_speak_of_abstracts() -> None:
    assert "abstracts" not in render.html(digest(revised()), Form("compact"))


def test_fifty_of_both_fit_into_a_message() -> None:
    long = {"comment": "c " * 900, "title": "Long words of a title " * 8}
    entries = [Entry(paper(n, **long), ("RAG",)) for n in range(25)]
    entries += [
        revised(n, former=Former(1, "Other words of a title " * 9), **long) for n in range(25, 50)
    ]
    _, source = next(render.forms(digest(*entries)))
    assert len(source.encode()) <= render.HTML_BUDGET


HOSTILE = st.text(max_size=60) | st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=y>', "{{ 7*7 }}", "Accepted at <b>X</b>"]
)


@settings(max_examples=60, deadline=None)
@given(title=HOSTILE, before=HOSTILE, comment=HOSTILE, topic=HOSTILE)
def test_no_text_of_a_revision_becomes_markup(
    title: str, before: str, comment: str, topic: str
) -> None:
    entry = revised(1, topic, "B", title=title, comment=comment, former=Former(1, before, None))
    outline = page(entry)
    known = {"strong", *(name for name, _, _ in page(revised()).elements)}
    assert {name for name, _, _ in outline.elements} <= known
    assert set(outline.links()) == {"https://arxiv.org/abs/2601.00001", "https://arxiv.org"}


# What only a feed has told

FED = datetime(2026, 11, 18, 5, tzinfo=UTC)
"""Midnight in New York, which is all the date that a feed gives."""


def fed(**changes: Any) -> Entry:
    values: dict[str, Any] = {"detail": Detail.FEED, "published": FED, "updated": FED}
    return Entry(paper(**(values | changes)), ("RAG",))


def test_a_partial_paper_is_marked_and_not_given_a_date_of_submission() -> None:
    outline = page(fed())
    assert outline.texts("span", "yet") == ["comment and dates not yet known"]
    assert outline.texts("p", "meta line") == ["cs.CL · announced 18 Nov 2026"]
    text = render.text(digest(fed()))
    assert "  cs.CL · announced 18 Nov 2026\n  comment and dates not yet known\n" in text
    compact = render.html(digest(fed()), Form("compact"))
    assert Outline(compact).texts("span", "yet") == ["comment and dates not yet known"]
    assert "submitted" not in render.html(digest(fed())) + text + compact


def test_a_partial_later_version_tells_which_it_is() -> None:
    told = "cs.CL · version 2 announced 18 Nov 2026"
    assert page(fed(version=2)).texts("p", "meta line") == [told]


def test_a_partial_revision_says_that_its_comment_may_tell_more() -> None:
    entry = revised(detail=Detail.FEED, published=FED, updated=FED)
    assert line(entry) == f"{TITLE} · v2 → v3 · comment not yet known"
