"""A reader's own link is whole in one header line, or not there at all."""

import pytest

from bot.core.links import TOKEN_LENGTH, longest_public_url, manage_url, unsubscribe_url

TOKEN = "mR4tXq0c2dE8a1B7zQ9w3g"


@pytest.mark.parametrize(
    ("public_url", "written"),
    [
        ("https://papers.example.org", f"https://papers.example.org/u/{TOKEN}"),
        ("https://papers.example.org/", f"https://papers.example.org/u/{TOKEN}"),
        ("https://example.org/papers", f"https://example.org/papers/u/{TOKEN}"),
        ("http://127.0.0.1:8025", f"http://127.0.0.1:8025/u/{TOKEN}"),
        ("", ""),
        (None, ""),
    ],
)
def test_the_link_stands_below_the_public_url(public_url: str | None, written: str) -> None:
    assert unsubscribe_url(public_url, TOKEN) == written


def test_without_a_token_there_is_no_link() -> None:
    assert unsubscribe_url("https://papers.example.org", "") == ""


def test_a_link_that_would_not_fit_a_line_is_left_out() -> None:
    assert len(TOKEN) == TOKEN_LENGTH
    longest = "https://".ljust(longest_public_url(), "x")
    assert len(f" <{unsubscribe_url(longest, TOKEN)}>,") == 78
    assert unsubscribe_url(f"{longest}x", TOKEN) == ""


def test_the_page_of_a_reader_is_named_where_there_is_one_however_long_its_address() -> None:
    assert manage_url("https://papers.example.org/", TOKEN) == (
        f"https://papers.example.org/m/{TOKEN}"
    )
    long = f"https://{'x' * 200}.example.org"
    assert manage_url(long, TOKEN) == f"{long}/m/{TOKEN}"
    assert manage_url(long, "") == manage_url("", TOKEN) == manage_url(None, TOKEN) == ""
