"""White space is folded as split and join would do it, and in time however much there is."""

from hypothesis import given
from hypothesis import strategies as st

from bot.sources.white_space import folded

BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


@given(st.text(st.sampled_from(BLANKS + "abé\u200b") | st.characters(), max_size=60))
def test_what_is_folded_is_as_split_and_joined(text: str) -> None:
    assert folded(text) == " ".join(text.split())


@given(st.text(st.sampled_from("".join(filter(str.isascii, BLANKS)) + "ab"), max_size=60))
def test_ascii_is_folded_as_split_and_joined(text: str) -> None:
    assert folded(text) == " ".join(text.split())


def test_much_white_space_is_folded() -> None:
    assert folded("a" + " \n" * 1_000_000 + "b") == "a b"
