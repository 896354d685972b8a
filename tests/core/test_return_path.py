"""A return path names its delivery, and none can be forged, cut or taken for another."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.return_path import is_signed, named_by, return_path

BOUNCES = "bounces@papers.example.org"
TOKEN = "mR4tXq0c2dE8a1B7zQ9w3g"
numbers = st.integers(1, 10**12)


@given(numbers, st.text(min_size=1, max_size=30))
def test_a_return_path_is_read_back(delivery: int, token: str) -> None:
    written = return_path(BOUNCES, delivery, token)
    named = named_by(BOUNCES, written)
    assert named is not None
    assert (named.delivery, is_signed(named, token)) == (delivery, True)


@pytest.mark.parametrize("change", [str.upper, str.title, lambda text: f" {text}\r\n"])
def test_what_servers_do_to_an_address_does_no_harm(
    change: Callable[[str], str],
) -> None:
    named = named_by("Bounces@Papers.example.org", change(return_path(BOUNCES, 42, TOKEN)))
    assert named is not None
    assert is_signed(named, TOKEN)


@given(numbers, numbers, st.text(min_size=1, max_size=30))
def test_fault_42_a_report_cannot_be_forged(delivery: int, other: int, token: str) -> None:
    named = named_by(BOUNCES, return_path(BOUNCES, delivery, TOKEN))
    assert named is not None
    assert is_signed(named._replace(delivery=other), TOKEN) == (other == delivery)
    assert is_signed(named, token) == (token == TOKEN)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        BOUNCES,
        "bounces+42@papers.example.org",
        "bounces+42-abc@papers.example.org",
        f"bounces+{'9' * 19}-{'a' * 16}@papers.example.org",
        f"bounces+4٢-{'a' * 16}@papers.example.org",
        return_path(BOUNCES, 42, TOKEN).replace("papers.", "evil."),
        return_path(BOUNCES, 42, TOKEN).replace("bounces+", "bounces+x+"),
        return_path(BOUNCES, 42, TOKEN).replace("bounces+", "other+"),
        return_path(BOUNCES, 42, TOKEN)[:-1],
    ],
)
def test_what_is_no_return_path_names_nothing(address: str) -> None:
    named = named_by(BOUNCES, address)
    assert named is None or not is_signed(named, TOKEN)


def test_an_address_too_long_to_be_told_apart_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        return_path(f"{'b' * 50}@example.org", 42, TOKEN)
