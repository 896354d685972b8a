"""What a query that leaves operators out may have meant."""

import pytest

from bot.core.query import implied, parse


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("large language model", ["large AND language AND model", '"large language model"']),
        ("ti:large language", ["ti:large AND language", 'ti:"large language"']),
        ("ti:(large language)", ["ti:large AND ti:language", 'ti:"large language"']),
        ("cat dog OR bird", ["cat AND dog OR bird", '"cat dog" OR bird']),
        ("bird AND cat dog", ["bird AND cat AND dog", 'bird AND "cat dog"']),
        ("bird ANDNOT (cat dog)", ["bird ANDNOT (cat AND dog)", 'bird ANDNOT "cat dog"']),
        ("ti:cat ti:dog", ["ti:cat AND ti:dog"]),
        ('cat "big dog"', ['cat AND "big dog"']),
        ("au:smith neural", ["au:smith AND neural"]),
        ("cat the", ['"cat the"']),
        ("cat cat", ['"cat cat"']),
        ("cat", []),
        ("cat OR dog", []),
        ('"cat dog"', []),
        ("", []),
    ],
)
def test_operators_are_put_where_they_are_missing(text: str, meant: list[str]) -> None:
    assert [one.text.replace("all:", "") for one in implied(text)] == meant


def test_what_was_meant_is_narrowed_like_the_query() -> None:
    both, phrase = implied("cat dog", categories=["cs.CL"])
    assert both == parse("cat AND dog AND cat:cs.CL")
    assert phrase == parse('"cat dog" AND cat:cs.CL')
