"""A mask is written out as the places of its bits."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.query.places import Found, Places

SIZE = 300


@given(st.integers(1, SIZE).flatmap(lambda size: st.sets(st.integers(0, size - 1))))
def test_a_mask_has_the_places_of_its_bits(places: set[int]) -> None:
    mask = sum(1 << place for place in places)
    assert Places(SIZE)[mask] == tuple(sorted(places))


def test_what_is_found_is_a_mapping() -> None:
    found = Found({"a": 0b101, "b": 0b10, "c": 0b101}, 3)
    assert dict(found) == {"a": (0, 2), "b": (1,), "c": (0, 2)}
    assert found["a"] is found["c"]
    assert (len(found), list(found), found.get("d", ())) == (3, ["a", "b", "c"], ())
    assert found == {"a": (0, 2), "b": (1,), "c": (0, 2)}


def test_what_others_match_of_the_same_papers_is_joined() -> None:
    joined = Found({"a": 0b1, "b": 0b1}, 2) | Found({"b": 0b10}, 2)
    assert joined == {"a": (0,), "b": (1,)}


def test_what_any_query_matches_is_told() -> None:
    assert Found({"a": 0b1001, "b": 0b11}, 4).anywhere() == (0, 1, 3)
    assert Found({}, 4).anywhere() == ()
