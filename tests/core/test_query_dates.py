"""Ranges of submission dates: how they are written, what they hold, and what is refused."""

from datetime import UTC, datetime

import pytest

from bot.core.query import QuerySyntaxError, parse
from tests import builders


@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("submittedDate:[202301010600 TO 202401010600]", "[202301010600 TO 202401010600]"),
        ('submittedDate:"202001010000 TO 202212312359"', "[202001010000 TO 202212312359]"),
        ("submittedDate:[20230101 TO 20230131]", "[202301010000 TO 202301312359]"),
        ("submittedDate:[202301 TO 202402]", "[202301010000 TO 202402292359]"),
        ("submittedDate:[202301 TO 202312]", "[202301010000 TO 202312312359]"),
        ("submittedDate:[2023 TO 2024]", "[202301010000 TO 202412312359]"),
        ("submittedDate:[20230101060030 TO 20240101060030]", "[202301010600 TO 202401010600]"),
        ("lastUpdatedDate:[2023 TO 2023]", "[202301010000 TO 202312312359]"),
        ("submittedDate: [ 2023\n TO  2023 ]", "[202301010000 TO 202312312359]"),
        ("submittedDate:\uff3b2023 TO 2023\uff3d", "[202301010000 TO 202312312359]"),
    ],
)
def test_a_range_is_printed_to_the_minute(query: str, printed: str) -> None:
    assert str(parse(query)) == f"submittedDate:{printed}"
    assert parse(f"submittedDate:{printed}") == parse(query)


@pytest.mark.parametrize(
    ("published", "found"),
    [
        (datetime(2023, 1, 1, 5, 59, 59, tzinfo=UTC), False),
        (datetime(2023, 1, 1, 6, 0, tzinfo=UTC), True),
        (datetime(2023, 2, 28, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2023, 3, 1, tzinfo=UTC), False),
    ],
)
def test_both_bounds_are_included(
    published: datetime,
    found: bool,  # noqa: FBT001  # a column of the table
) -> None:
    paper = builders.paper(published=published)
    assert parse("submittedDate:[202301010600 TO 202302]").matches(paper) is found
    assert (
        parse("ti:study ANDNOT submittedDate:[202301010600 TO 202302]").matches(paper) is not found
    )


def test_a_range_stands_within_parentheses_and_among_terms() -> None:
    query = parse('ti:("dark matter" AND submittedDate:[2023 TO 2024]) cat:hep-ph')
    assert str(query) == (
        'ti:"dark matter" AND submittedDate:[202301010000 TO 202412312359] OR cat:hep-ph'
    )


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("submittedDate:20230101", 14, "stands in brackets: submittedDate:[20230101 TO"),
        ("submittedDate:", 13, "stands in brackets"),
        ("submittedDate:(2023 TO 2024)", 13, "stands in brackets"),
        ("ti:x submittedDate:[2023 TO 2024", 19, "never closed"),
        ("submittedDate:[2023 2024]", 14, "with TO, in capitals"),
        ("submittedDate:[2023 to 2024]", 14, "with TO, in capitals"),
        ("submittedDate:[2024 TO 2023]", 14, "write [2023 TO 2024]"),
        ("submittedDate:[20240101 TO 20231231]", 14, "ends before it begins"),
        ("submittedDate:[2023 TO *]", 23, "no open ranges: write a year"),
        ("submittedDate:[* TO 2023]", 15, "such as 1991"),
        ("submittedDate:[2023-01-01 TO 2023-12-31]", 15, "such as 20230101"),
        ("submittedDate:[2023-01-01T06:00 TO 2024]", 15, "such as 202301010600"),
        ("submittedDate:[yesterday TO today]", 15, "is no date"),
        ("submittedDate:[202 TO 2024]", 15, "is no date"),
        ("submittedDate:[20230229 TO 2024]", 15, "write 20230228"),
        ("submittedDate:[2023 TO 20240431]", 23, "no day 31 in that month, write 20240430"),
        ("submittedDate:[202313 TO 2024]", 15, "no month 13"),
        ("submittedDate:[202300 TO 2024]", 15, "no month 00"),
        ("submittedDate:[20230100 TO 2024]", 15, "no day 00"),
        ("submittedDate:[202301012400 TO 2024]", 15, "no time of day"),
        ("submittedDate:[20230101235960 TO 2024]", 15, "no time of day"),
        ("submittedDate:[0023 TO 2024]", 15, "from 1991"),
        ("submittedDate:[2023 TO 9999]", 23, "from 1991"),
        ("submittedDate:[\u0662\u0660\u0662\u0663 TO 2024]", 15, "is no date"),
        ("submitteddate:[2023 TO 2024]", 0, "did you mean submittedDate:?"),
        ("date:[2023 TO 2024]", 0, "did you mean submittedDate:?"),
        ("ti:submittedDate:[2023 TO 2024]", 3, "after ti: and not submittedDate:[2023 TO 2024]"),
    ],
)
def test_what_is_no_range_is_refused_at_its_place(query: str, position: int, message: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query)
    assert message in caught.value.message
    assert caught.value.position == position
