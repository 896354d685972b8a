"""Every fault that the bot must stand has a test that names it, so that none is lost by renaming.

Two tables say what can go wrong: faults of delivery, by number, and failures of arXiv, by a few
words. A test that is named `test_fault_7_…` or `test_row_sort_broken_…` shows what happens then.
"""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
_TEST = re.compile(r"(?m)^ *(?:async )?def (test\w*)\(")

FAULTS = {
    1: "arXiv's host is unknown or takes no connection",
    2: "it is busy: 406, 429 or 503, and may say until when",
    3: "it breaks, or answers with a web page",
    4: "a page without entries where there must be some",
    5: "a page that ends too early, packed or not",
    6: "one entry that cannot be read",
    7: "rows move while pages are turned",
    8: "a later version of a paper",
    9: "one paper several times, or in several categories",
    10: "the bot was away for days",
    11: "a body without end, in size or in time",
    12: "entities that multiply or lead elsewhere",
    13: "the clock jumps",
    14: "an hour that daylight saving skips or repeats",
    15: "killed before a commit",
    16: "killed after a commit, nothing sent yet",
    17: "killed after a send that is not settled",
    18: "no room on the disk",
    19: "a write that fails",
    20: "a database in use, a second instance",
    21: "a damaged database",
    22: "a migration that is interrupted",
    23: "no connection to the mail server, or no answer",
    24: "421 in the middle of a session",
    25: "a recipient is put off",
    26: "a recipient is refused for good",
    27: "a policy against what we send",
    28: "no answer after the final dot",
    29: "TLS taken away, or a certificate of somebody else",
    30: "a log-in that is refused",
    31: "a message that is too large",
    32: "an address that needs SMTPUTF8, and a server without it",
    33: "Slack limits the rate of a channel",
    34: "a channel of Slack that takes nothing",
    35: "Slack's token is revoked",
    36: "Slack's answer to a post is lost",
    37: "a channel that hangs",
    38: "a template that fails",
    39: "text that means to deceive, command or break out",
    40: "somebody leaves while digests are sent",
    41: "a token of a reader that is used again, forged or cut",
    42: "a report of failed mail that is forged, or that answers itself",
    43: "told to stop in the middle of a fan-out",
    44: "a bad configuration on reload",
    45: "one subscriber's query is broken",
}

ROWS = {
    "hold_of_2_to_30_days": "a paper appears weeks after it was submitted",
    "partial_index": "the index still lacks what was announced last",
    "empty_200": "success, and nothing in it",
    "short_page": "fewer rows than were asked for and exist",
    "zero_bytes": "success without a body",
    "rate_exceeded": "two words of plain text in place of a page",
    "400_error": "an entry called Error, which is no paper",
    "html": "a web page in place of a feed",
    "sort_broken": "rows in any order, and papers of years ago",
    "ties_across_pages": "papers of one second change places between pages",
    "unknown_ids": "ids that arXiv silently leaves out",
    "more_than_10_ids": "a list of ids longer than the default answer",
    "feed_stale": "old items under a fresh date",
    "weekend": "a feed of a day without an announcement",
    "holiday": "an empty feed that is nobody's fault",
    "2000_cap": "a feed that is full leaves out the new papers",
    "new_against_cross": "a feed calls a new paper a cross-list",
    "one_paper_in_three_feeds": "all its categories are asked for",
    "v1_to_v2": "a second version is no second paper",
    "withdrawn_as_v2": "nor is one that withdraws it",
    "category_added_later": "a paper comes to readers of another category",
    "oai_record_moves_mid_harvest": "a change meanwhile hides another record",
    "token_expires": "the rest of a list cannot be asked for any more",
    "missing_id_range": "OAI-PMH lacks the papers of a day",
    "offline_for_weeks": "nothing was polled for long",
}


def names() -> set[str]:
    """Collect the names of all tests."""
    return {
        name
        for file in TESTS.rglob("test_*.py")
        for name in _TEST.findall(file.read_text(encoding="utf-8"))
    }


NAMES = names()


@pytest.mark.parametrize("number", FAULTS)
def test_every_fault_of_delivery_has_a_test(number: int) -> None:
    assert [name for name in NAMES if re.search(rf"_fault_{number}(?=_)", name)], FAULTS[number]


@pytest.mark.parametrize("row", ROWS)
def test_every_failure_of_arxiv_has_a_test(row: str) -> None:
    assert [name for name in NAMES if re.search(rf"_row_{row}(?=_|$)", name)], ROWS[row]


def test_no_test_names_a_fault_that_is_in_neither_table() -> None:
    numbers = {int(number) for name in NAMES for number in re.findall(r"_fault_(\d+)", name)}
    assert numbers <= FAULTS.keys()
    known = re.compile(rf"test_row_({'|'.join(ROWS)})(?=_|$)")
    assert [name for name in NAMES if name.startswith("test_row_") and not known.match(name)] == []
