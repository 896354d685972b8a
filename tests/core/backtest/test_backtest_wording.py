"""A backtest in words."""

from datetime import date

import pytest

from bot.core.backtest import Day
from bot.core.backtest.result import Backtest, Overlap
from bot.core.backtest.wording import bars, clause, headline, overlaps, percent, summary
from bot.core.query import parse

QUERY = parse("ti:cat")


def found(*days: Day, elsewhere: int = 0, shared: tuple[int, ...] = ()) -> Backtest:
    topics = tuple(Overlap(f"T{n}", 100, one) for n, one in enumerate(shared))
    return Backtest(QUERY, days, overlaps=topics, elsewhere=elsewhere)


DAYS = (
    Day(date(2026, 1, 8), 1, 1000, 10),
    Day(date(2026, 1, 9), 0),
    Day(date(2026, 1, 11), 1, 500, 5),
)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("all:cat", "cat"),
        ('all:"a cat" AND (all:dog OR ti:all)', '"a cat" AND (dog OR ti:all)'),
        ('ti:"all all:cat" OR all:dog', 'ti:"all all:cat" OR dog'),
        (r'ti:"a \" all:b" OR all:c', r'ti:"a \" all:b" OR c'),
    ],
)
def test_what_is_looked_for_everywhere_has_no_prefix(written: str, shown: str) -> None:
    assert clause(written) == shown


def test_shares_are_written_with_two_digits() -> None:
    shares = (0.0, 0.00048, 0.0123, 0.099, 0.123, 1.0)
    assert [percent(one) for one in shares] == [
        "0 %", "0.048 %", "1.2 %", "9.9 %", "12 %", "100 %"
    ]  # fmt: skip


def test_the_numbers_are_told_in_two_lines() -> None:
    assert headline(found(*DAYS)) == "15 of 1,500 stored papers match (1 %)"
    assert summary(found(*DAYS)) == (
        "8 Jan 2026 to 11 Jan 2026 · 2 announcements · 7.5 matches in each on average · "
        "most on Thu 8 Jan 2026: 10"
    )
    one = Day(date(2026, 1, 8), 1, 1, 0)
    assert headline(found(one)) == "0 of 1 stored paper matches (0 %)"
    assert summary(found(one)) == "8 Jan 2026 to 8 Jan 2026 · 1 announcement"
    assert summary(found()) == "no announcement in those days"


def test_many_days_are_drawn_as_weeks() -> None:
    assert bars(found(*DAYS)) == DAYS
    many = tuple(Day(date(2026, 1 + n // 28, 1 + n % 28), 1, 2, 1) for n in range(63))
    assert bars(found(*many[:62])) == many[:62]
    assert sum(one.matched for one in bars(found(*many))) == 63
    assert len(bars(found(*many))) < 15


def test_each_topic_tells_how_much_it_has_already() -> None:
    assert list(overlaps(found(*DAYS, elsewhere=2, shared=(1, 12, 15, 0, 3)))) == [
        "All are in your topic T2 (which matches 100)",
        "All but 3 are in your topic T1 (which matches 100)",
        "3 are in your topic T4 (which matches 100)",
        "1 is in your topic T0 (which matches 100)",
        "None is in T3",
        "2 would be new to your topics.",
    ]
    assert list(overlaps(found(*DAYS, elsewhere=15, shared=(0, 0)))) == [
        "None is in T0 or T1",
        "Everything would be new to your topics.",
    ]
    assert list(overlaps(found(*DAYS, shared=(15,))))[-1] == "Nothing would be new to your topics."
    assert list(overlaps(found(*DAYS))) == []
    assert list(overlaps(found(Day(date(2026, 1, 8), 1, 5, 0), shared=(0,)))) == []


def test_many_topics_are_not_all_named() -> None:
    lines = list(overlaps(found(*DAYS, shared=(*range(1, 15), *[0] * 12))))
    assert len(lines) == 10
    assert lines[-2].endswith("or 4 more")
