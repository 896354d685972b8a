"""Outside text may not hide, reorder or command anything where people see it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.visible import visible, visible_lines
from tests.effort import QUADRATIC, growth

PERSIAN = "می\u200cخواهم"  # a non-joiner between two letters is spelling
FAMILY = "👩\u200d👧"
DEVANAGARI = "क्\u200dष"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Subject\r\nBcc: all@example.org", "Subject Bcc: all@example.org"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a b c d e f"),
        ("a\tb  c \u3000 d\xa0e", "a b c d e"),
        ("  edges\n", "edges"),
        ("\x1b[31mred\x1b[0m \x07bell\x9b1m", "[31mred[0m bell1m"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066isolate\u2069 \u200emark\u200f \u061cletter", "isolate mark letter"),
        ("zero\u200bwidth\u2060join\ufeffbom\xadsoft", "zerowidthjoinbomsoft"),
        ("pay\u200cpal and a\u200d", "paypal and a"),
        ("hidden\U000e0041\U000e0042 tags", "hidden tags"),
        ("null\x00 and delete\x7f", "null and delete"),
        ("blank\u3164letter", "blank letter"),
        ("lone \ud800 surrogate, \uffff none", "lone \ufffd surrogate, \ufffd none"),
        ("Z" + "\u0301" * 40 + "algo", "Z" + "\u0301" * 3 + "algo"),
        ("a\ufe0f\ufe0f\ufe0f", "a\ufe0f"),
        (f"\u200d{FAMILY}\u200d\u200d", FAMILY),
        ("", ""),
        ("\u202e\u200b", ""),
    ],
)
def test_fault_39_what_deceives_is_made_harmless(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "A Plain Title",
        "Möbius, 山田 花子, محمد الحسيني, Ольга, Nguyễn Thị Hạnh",
        PERSIAN,
        DEVANAGARI,
        FAMILY,
        "❤️ x̂ ∈ ℝᵈ – “quoted” … 10⁻³",
    ],
)
def test_honest_text_of_any_script_is_left_alone(text: str) -> None:
    assert visible(text) == text


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_comes_out_on_one_line_writable_and_without_controls(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert not [
        letter
        for letter in shown
        if unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(letter) in {"LRE", "RLE", "PDF", "LRO", "RLO"}
        or unicodedata.bidirectional(letter) in {"LRI", "RLI", "FSI", "PDI"}
    ]


@given(st.text(alphabet=st.sampled_from("aא\u200c\u200d\u200b \n\u0301\ufe0f\u3164\ud800é👩\x1b")))
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize("piece", ["\u200d", "\u0301", "\u202e", " ", "\n", "a\u200c"])
def test_hostile_text_takes_no_time(piece: str) -> None:
    assert growth(visible, piece.__mul__, 200_000) < QUADRATIC


def test_lines_stay_and_keep_the_spaces_that_they_begin_with() -> None:
    assert visible_lines("wrong:\n    ti:(\x1b\n        ^ ") == "wrong:\n    ti:(\n        ^"
    assert visible_lines("one\r\ntwo\u2028three") == "one\ntwo three"
