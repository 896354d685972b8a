"""Words that matched, by their places in what is shown."""

from dataclasses import dataclass

Range = tuple[int, int]
"""A half-open range of characters."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Where words that matched stand in a paper's texts as they are displayed.

    The ranges are sorted and do not touch.
    """

    title: tuple[Range, ...] = ()
    abstract: tuple[Range, ...] = ()
    comment: tuple[Range, ...] = ()


NO_MARKS = Marks()
