"""When digests come, in the words of the form, the letter and the page."""

from datetime import time

import pytest

from bot.core.schedule import Schedule
from bot.web.rhythm import days, rhythm


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (range(7), "Every day"),
        (range(5), "Every weekday"),
        ([0], "Every Monday"),
        ([6], "Every Sunday"),
        ([3, 0], "Mondays and Thursdays"),
        ([5, 6], "Saturdays and Sundays"),
        ([0, 2, 4], "Mondays, Wednesdays and Fridays"),
        (range(6), "Mondays, Tuesdays, Wednesdays, Thursdays, Fridays and Saturdays"),
    ],
)
def test_days_are_named_as_people_name_them(wanted: list[int], said: str) -> None:
    assert days(frozenset(wanted)) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (time(8, 5), "Every weekday at 08:05 (Europe/Madrid)"),
        (time(0), "Every weekday at 00:00 (Europe/Madrid)"),
        (None, "Every weekday, at once (Europe/Madrid)"),
    ],
)
def test_the_hour_goes_with_its_zone(at: time | None, said: str) -> None:
    assert rhythm(Schedule("Europe/Madrid", at, frozenset(range(5)))) == said
