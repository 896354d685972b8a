"""arXiv's holidays: the file that comes with the program, and an owner's own over it."""

from datetime import date
from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.settings.holidays import calendar_of


def written(folder: Path, text: str) -> Path:
    path = folder / "holidays.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_published_years_come_with_the_program() -> None:
    calendar = calendar_of(None)
    assert set(calendar.holidays) == {2024, 2025, 2026}
    assert date(2026, 11, 26) in calendar.holidays[2026]
    assert all(day.year == year for year, days in calendar.holidays.items() for day in days)


def test_a_year_of_the_owners_file_replaces_that_year_and_leaves_the_others(
    tmp_path: Path,
) -> None:
    own = written(tmp_path, "[2026]\nholidays = [2026-05-05]\n[2027]\nholidays = []\n")
    calendar = calendar_of(own)
    assert calendar.holidays[2026] == {date(2026, 5, 5)}
    assert calendar.holidays[2027] == frozenset()
    assert calendar.holidays[2025] == calendar_of(None).holidays[2025]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[holidays]\ndays = []\n", "[holidays]: this is not a year. Write one, such as [2027]"),
        ("[1066]\nholidays = []\n", "[1066]: this is not a year"),
        ("[20270]\nholidays = []\n", "[20270]: this is not a year"),
        ('["２０２７"]\nholidays = []\n', "this is not a year"),
        ("[2027]\n", "[2027]: it must hold one key and no other: holidays = ["),
        ("[2027]\nholidays = []\nmore = 1\n", "[2027]: it must hold one key and no other"),
        ("2027 = 1\n", "[2027]: it must hold one key"),
        ('[2027]\nholidays = "2027-01-01"\n', "holidays: this is not a list of dates"),
        ('[2027]\nholidays = ["2027-01-01"]\n', '"2027-01-01" is not a date of that year'),
        ("[2027]\nholidays = [2026-01-01]\n", "2026-01-01 is not a date of that year. Write it as"),
        ("[2027]\nholidays = [2027-01-01T09:00:00]\n", "is not a date of that year"),
        ("[2027]\nholidays = [[]]\n", "a list is not a date of that year"),
        ("[2027\n", "TOML"),
    ],
)
def test_a_faulty_file_is_refused_with_its_name_its_key_and_the_cure(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        calendar_of(written(tmp_path, text))
    assert said in str(refused.value)
    assert "holidays.toml" in str(refused.value)


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    own = written(tmp_path, "[2027]\nholidays = [2026-01-01, 1]\n[next]\nholidays = []\n")
    with pytest.raises(ConfigError) as refused:
        calendar_of(own)
    assert len(refused.value.problems) == 3
    assert "holidays.toml:1: [2027]" in refused.value.problems[0]
    assert "holidays.toml:3: [next]" in refused.value.problems[2]


def test_a_file_that_is_missing_is_named_with_its_key_and_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: there is no such file") as refused:
        calendar_of(tmp_path / "nowhere.toml")
    assert "Correct arxiv.holidays" in str(refused.value)
    assert "daily-papers init" not in str(refused.value)
