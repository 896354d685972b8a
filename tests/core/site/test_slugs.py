"""Names as parts of addresses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.site.slugs import slug_of, slugs


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("RAG", "rag"),
        ("Large Language Models", "large-language-models"),
        ("Erdős & Rényi", "erdos-renyi"),
        ("  C++ / Rust ", "c-rust"),
        ("a" * 80, "a" * 60),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_letters_and_digits_of_a_name_stay(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize("name", ["大模型", "index", "CON", "…", "模型 A", "Θεωρία"])
def test_a_name_with_too_little_left_or_one_that_is_taken_ends_with_a_hash(name: str) -> None:
    assert re.fullmatch(r"([a-z0-9]+-)?[0-9a-f]{8}", slug_of(name))


def test_names_that_would_have_one_slug_have_two_whatever_their_order() -> None:
    first, second, third = slugs(["C++", "C#", "Rust"])
    assert first != second
    assert {first[:2], second[:2]} == {"c-"}
    assert third == "rust"
    assert slugs(["Rust", "C#", "C++"]) == (third, second, first)


@given(st.lists(st.text(max_size=70), unique=True, max_size=8))
def test_slugs_are_different_and_safe(names: list[str]) -> None:
    given_ = slugs(names)
    assert len(set(given_)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one) and len(one) <= 70 for one in given_)
