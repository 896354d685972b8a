"""What a revision's one line has to tell."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Former
from bot.core.revision import Change, acceptances, change_of
from tests.builders import paper

NOW = paper(version=3, title="A Study of Subject 1", comment="12 pages")


def test_a_version_that_changed_nothing_else_says_only_that() -> None:
    assert change_of(Former(2, NOW.title, "12 pages"), NOW) == Change(2)


@pytest.mark.parametrize(
    ("former", "change"),
    [
        (Former(2, "An Early Study", "12 pages"), Change(2, title="An Early Study")),
        (Former(2, "A study of SUBJECT 1", "12 Pages"), Change(2)),
        (Former(1, NOW.title, "9 pages"), Change(1, comment="12 pages")),
        (Former(1, NOW.title), Change(1, comment="12 pages")),
        (Former(0), Change(0, comment="12 pages")),
    ],
    ids=["another title", "another case", "another comment", "no comment before", "not known"],
)
def test_title_and_comment_are_told_where_they_are_others(former: Former, change: Change) -> None:
    assert change_of(former, NOW) == change


def test_the_same_character_written_otherwise_is_no_change() -> None:
    now = paper(title="Poincaré maps", comment="By Erdős")
    assert change_of(Former(1, r"Poincar\'e  maps", r"By Erd\H{o}s"), now) == Change(1)


def test_a_comment_that_was_taken_away_is_not_told() -> None:
    assert change_of(Former(2, NOW.title, "9 pages"), paper(version=3)) == Change(2)


@pytest.mark.parametrize(
    ("comment", "phrase"),
    [
        ("Accepted at ACL 2026", "Accepted at ACL 2026"),
        ("12 pages, 3 figures. Accepted to ACL 2026 Findings", "Accepted to ACL 2026 Findings"),
        ("This paper has been accepted by CVPR 2026. Code: https://x.org", "Accepted by CVPR 2026"),
        ("5 tables.Accepted by MICCAI Workshop on IUGC", "Accepted by MICCAI Workshop on IUGC"),
        ("Accepted by ICML 2026 https://x.org/y", "Accepted by ICML 2026"),
        ("To appear in Phys. Rev. A., 7 pages", "To appear in Phys. Rev. A"),
        ("11 pages; to appear in Proc. FCT'99", "To appear in Proc. FCT'99"),
        ("Will appear in JMLR - with a correction", "Will appear in JMLR"),
        ("published in Nature, 12 single-column pages", "Published in Nature"),
        ("To be published in TMLR", "To be published in TMLR"),
        ("Presented at ICLR 2026 (oral). 9 pages", "Presented at ICLR 2026 (oral)"),
        ("CVPR 2026 accepted", "CVPR 2026 accepted"),
        ("8 pages, 7 figures; ApJ in press", "ApJ in press"),
        ("v5: published version", "V5: published version"),
        ("MICCAI 2026 provisionally accepted", "MICCAI 2026 provisionally accepted"),
        ("Provisionally accepted to MICCAI", "Provisionally accepted to MICCAI"),
        ("Submitted and accepted by IUI 2026", "Accepted by IUI 2026"),
        ("Published in SIGMA at http://www.emis.de/journals", "Published in SIGMA"),
    ],
)
def test_where_a_paper_is_accepted_is_read_from_the_ways_in_which_authors_tell_it(
    comment: str, phrase: str
) -> None:
    assert change_of(Former(1, NOW.title, "v1"), paper(comment=comment)).accepted == phrase


@pytest.mark.parametrize(
    "comment",
    [
        "Submitted to ACL 2026",
        "Under review at ICML, if accepted code will follow",
        "Not accepted anywhere",
        "Unpublished manuscript (1995)",
        "An earlier version appeared in the CVPR 2025 Workshop",
        "The title and the presentation were changed",
        "",
    ],
)
def test_a_hope_or_an_earlier_versions_fate_is_not_taken_for_acceptance(comment: str) -> None:
    assert not change_of(Former(1, NOW.title, "v1"), paper(comment=comment)).accepted


def test_acceptance_is_told_only_by_the_comment_that_first_tells_it() -> None:
    now = paper(comment="Accepted at ACL 2026. To appear in TACL")
    assert change_of(Former(1, "", "accepted at  ACL 2026 (main)"), now).accepted == (
        "To appear in TACL"
    )
    again = paper(comment="Accepted at ACL 2026; typos corrected")
    assert not change_of(Former(1, "", "Accepted at ACL 2026"), again).accepted


def test_a_withdrawal_is_told_once() -> None:
    gone = paper(version=2, comment="This paper has been withdrawn by the author")
    assert change_of(Former(1, gone.title, "12 pages"), gone).withdrawn
    assert change_of(Former(0), gone).withdrawn
    assert not change_of(Former(1, gone.title, "Withdrawn: an error"), gone).withdrawn


@given(st.text() | st.text("accepted to appear in;.,- ()v1"))
def test_no_comment_is_too_strange_to_read(comment: str) -> None:
    for phrase in acceptances(comment):
        assert phrase
        assert phrase.casefold() in comment.casefold() or not comment.isascii()


def test_genuine_comments_that_speak_of_acceptance_are_understood(recordings: Path) -> None:
    """Hold the phrases against all comments of the recorded listing, 9,480 of them."""
    with gzip.open(recordings / "corpus" / "papers-20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        comments = [json.loads(line).get("comment") for line in lines]
    telling = [one for one in comments if one and "accepted" in one.casefold()]
    found = [list(acceptances(one)) for one in telling]
    assert len(telling) > 2_000
    assert sum(map(bool, found)) / len(telling) > 0.97
    phrases = [phrase for one in found for phrase in one]
    assert not [one for one in phrases if "http" in one or ";" in one]
    assert sorted(map(len, phrases))[len(phrases) * 95 // 100] < 120
