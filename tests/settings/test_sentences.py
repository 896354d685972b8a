"""The words of an error: values shown short, nearest names, and no jargon whatever is wrong."""

import pytest
from pydantic_core import ErrorDetails

from bot.settings.fields import field_at
from bot.settings.shown import did_you_mean, listed, shown
from bot.settings.translation import sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("ana", '"ana"'),
        ("a\x1b[2J\n\u202e\ud800", r'"a\x1b[2J\n\u202e\ud800"'),
        ("x" * 61, f'"{"x" * 60}…"'),
        (True, "true"),
        (7, "7"),
        (10**100, "a huge number"),
        ([1], "a list"),
        ({"password": "hunter2"}, "a table"),
    ],
)
def test_a_value_is_shown(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_long_value_of_controls_is_cut_too() -> None:
    assert len(shown("\x1b" * 100)) < 260


def test_words_are_listed() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == '"a"'
    assert listed(["a", "b"]) == '"a" or "b"'
    assert listed(["a", "b", "c"]) == '"a", "b" or "c"'
    assert listed(map(str, range(15))).endswith('"11" and 3 more')


def test_the_nearest_word_is_meant_in_whatever_case() -> None:
    assert did_you_mean("EMIAL", ["email", "slack"]) == 'Did you mean "email"?'
    assert did_you_mean("zzz", ["email"], "Remove it.") == "Remove it."


def test_a_finding_without_a_translation_is_still_a_plain_sentence() -> None:
    finding = ErrorDetails(type="of_a_later_pydantic", loc=("email", "port"), msg="", input=1)
    assert sentence(finding) == "this value cannot be used. Write it for example: port = 465"
    finding = ErrorDetails(type="of_a_later_pydantic", loc=("x",), msg="", input=1)
    assert sentence(finding) == "this value cannot be used. Write it as the README shows."


def test_a_place_outside_the_model_has_no_field() -> None:
    assert field_at(("email", "port")) is not None
    assert field_at((0, 1)) is None
