"""What is said to somebody who wrote something else than they meant."""

import unicodedata

import pytest

from bot.core.query import QuerySyntaxError, parse


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        # prefixes
        ("tit:graphene", 0, "did you mean ti:?"),
        ("author:kim", 0, "did you mean au:?"),
        ("subject:cs.CL", 0, "did you mean cat:?"),
        ("prim:cs.CL", 0, "did you mean primary:?"),
        ("intitle:graphene", 0, "did you mean ti:?"),
        ("arxiv:2301.00001", 0, "did you mean id:?"),
        ("graphene AND year:2023", 13, "did you mean submittedDate:?"),
        ("title=graphene", 5, "write ti: for title="),
        ("ti=graphene", 2, "write ti: for ti="),
        ("ti :graphene", 3, "a prefix right before its colon"),
        ("zzz:x", 0, "there are ti: abs: au:"),
        # operators of other places
        ("graphene && oxide", 9, "write AND for &&"),
        ("graphene | oxide", 9, "write OR for |"),
        ("ti:graphene -ti:survey", 12, "write ANDNOT ti:survey after the others"),
        ("graphene -survey", 9, "write ANDNOT survey after the others"),
        ("graphene +oxide", 9, "write AND oxide after the others"),
        ("!graphene", 0, "write ANDNOT graphene"),
        ("abs:-survey", 4, "write ANDNOT abs:survey"),
        ("graphene NEAR/3 oxide", 9, '"deep learning"~3'),
        ("graphene w/5 oxide", 9, '"deep learning"~5'),
        ("ti:x AND AND ti:y", 9, "after AND, not AND: leave one of them out"),
        ("ti:x OR OR ti:y", 8, "after OR, not OR: leave one of them out"),
        ("ti:x ANDNOT AND ti:y", 12, "leave one of them out"),
        ("ti:x andnot ti:y", 5, "write ANDNOT in capitals"),
        # likeness, weights, commas
        ("ti:graphen~", 10, "not matched by likeness"),
        ("ti:graphen~0.8", 10, "not matched by likeness"),
        ("ti:graphene^5", 11, "no weights"),
        ("abs:x,y", 5, 'write abs:(x AND y), abs:(x OR y) or the phrase abs:"x y"'),
        ("graphene,oxide", 8, "write (graphene AND oxide)"),
        ("co:ACL,2024", 6, "a comma joins nothing"),
        # quotes
        ("ti:``dark matter''", 3, "double quotes"),
        ('ti:"dark matter" AND abs:"dark', 25, "never closed"),
        ('"', 0, "never closed"),
        # web addresses
        ("cat:cs.CL+OR+cat:cs.LG", 9, "web address"),
        ("submittedDate:%5B2023+TO+2024%5D", 14, "stands in brackets"),
        ("ti:dark%20matter", 7, "web address"),
        # categories
        ('cat:"machine learning"', 4, "cs.LG (Machine Learning) or stat.ML (Machine Learning)"),
        ("cat:machine learning", 4, "cs.LG (Machine Learning) or stat.ML"),
        ('cat:"Computation and Lanuage"', 4, "did you mean cs.CL"),
        ("cat:cs.NLP", 4, "did you mean cs.CL"),
        ("cat:AI", 4, "did you mean cs.AI"),
        ("cat:csCL", 4, "did you mean cs.CL"),
        ("cat:cs-CL", 4, "did you mean cs.CL"),
        ("cat:robotics", 4, "did you mean cs.RO"),
        ("cat:cs.CL,cs.LG", 4, "did you mean (cs.CL OR cs.LG)?"),
        ("cat:*-bio", 4, "did you mean q-bio.*?"),
        ("cat:*.LG", 4, "did you mean cs.LG?"),
        ("cat:csq.*", 4, "did you mean cs.* or"),
        ("cat:zz*", 4, "write one such as cs.CL"),
        ("primary:math.Z*", 8, "did you mean math.* or"),
        ("cat:physics.zzzz", 4, "did you mean physics.*"),
        ("primary:cs.CX", 8, "did you mean cs."),
        ("cat:nothing-of-the-kind", 4, "write one such as cs.CL"),
        # wildcards
        ("ti:*former", 3, "at least 2 letters before it, such as optimi*"),
        ('ti:"*former"', 4, "at least 2 letters"),
        ("ti:t?st", 4, "at least 2 letters before it, such as optimi?"),
        ("ti:a*", 4, "or quotes where it is a sign"),
        ("ti:C*-algebra", 4, 'as in "C*-algebra"'),
        ('ti:"deep * learning"', 9, '"deep learning"~2'),
        ("all:*", 4, "at least 2 letters"),
        ("ti:ab*c*d*e*f*", 3, "has 5 wildcards: a word has at most 4"),
        ("au:*smith", 3, "at least 2 letters"),
        # proximity
        ('ti:"dark matter"~', 16, "expected ~ and a number up to 50"),
        ('ti:"dark matter"~51', 16, "expected ~ and a number up to 50"),
        ('ti:"dark matter"~x', 16, "expected ~ and a number up to 50"),
        ('ti:"aa bb of aa"~9', 16, "say each word once"),
        ('ti:"models bb model"~9', 20, "say each word once"),
        ('ti:"model* bb mode"~9', 19, "say each word once"),
        ('all:"opt* optimi?e"~9', 19, "or leave ~ out"),
        ('au:"Li Wei"~2', 11, "~ moves the words of a phrase"),
        ('cat:"cs.CL"~2', 11, "leave it out"),
        (f'ti:"{"ab " * 21}"~2', 68, "at most 20 words"),
        ("id:2301", 3, "not an arXiv id"),
        ("rn:--", 3, "no letter or digit"),
    ],
)  # fmt: skip
def test_an_error_points_at_its_place_and_says_what_to_write(
    query: str, position: int, message: str
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query)
    assert message in caught.value.message
    assert caught.value.position == position


@pytest.mark.parametrize(
    "query",
    [
        "au:Maestro,A",
        "au:(Kim,J OR Lee,K)",
        "ti:1,000",
        "ti:N=4",
        "ti:p-adic",
        "au:O'Brien",
        'ti:"x,y"',
        'ti:"title=graphene"',
        'ti:"-survey"',
        "doi:10.1000/a,b",
        "abs:~100",
        "W/O",
    ],
)
def test_what_only_looks_like_a_slip_is_read(query: str) -> None:
    assert parse(str(parse(query))) == parse(query)


def _columns(line: str) -> int:
    """Count columns from what Unicode says of each letter."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in line)
    return len(line) + wide - sum(bool(unicodedata.combining(one)) for one in line)


@pytest.mark.parametrize("before", ["ti:量子力学 OR ", "ti:e\u0301te\u0301 OR ", "ti:ｆｕｌｌ OR "])
def test_the_caret_stands_under_the_place_whatever_the_width_of_letters(before: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(f"{before}foo:x")
    line, caret = caught.value.pointed.split("\n")
    assert caret == f"{' ' * _columns(before)}^"
    assert line == f"{before}foo:x"


@pytest.mark.parametrize("filler", ["ti:dark OR ", "ti:量子力学 OR ", "ti:e\u0301 OR "])
def test_a_long_line_is_cut_on_both_sides_and_says_so(filler: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(f"{filler * 60}foo:x {filler * 60}")
    line, caret = caught.value.pointed.split("\n")
    assert _columns(line) <= 100
    assert line.startswith("…")
    assert line.endswith("…")
    place = line.index("foo:x")
    assert len(caret) - 1 == _columns(line[:place])


def test_a_letter_with_a_thousand_marks_is_cut_too() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(f"foo:x{chr(0x301) * 1000}")
    assert len(caught.value.pointed) < 300
