"""The error of the query language: what is wrong, where, and what was likely meant."""

import unicodedata

_BEFORE, _AFTER = 60, 36


class Misread(ValueError):
    """What a term cannot be; `at` is the part of it that is wrong, or "" for all of it."""

    def __init__(self, message: str, at: str = "") -> None:
        self.at = at
        super().__init__(message)


class QuerySyntaxError(ValueError):
    """A query that cannot be understood.

    `position` counts characters from 0 in `text`, the query as it was given; `message` says what
    was expected there; `pointed` shows the place.
    """

    def __init__(self, message: str, *, text: str, position: int = 0) -> None:
        self.message = message
        self.text = text
        self.position = position
        super().__init__(f"{message} (at character {position + 1})")

    @property
    def pointed(self) -> str:
        """The line of the query that is wrong, and under it a caret; cut where it is long.

        Neither is wider than 100 columns of a terminal, whatever the width of its letters.
        """
        start = self.text.rfind("\n", 0, self.position) + 1
        line = self.text[start:].partition("\n")[0].rstrip("\r")
        column = self.position - start
        before, after = line[:column], line[column:]
        shown = _fitting(before[::-1], _BEFORE)[::-1]
        if len(shown) < len(before):
            shown = f"…{shown}"
        rest = _fitting(after, _AFTER)
        if len(rest) < len(after):
            rest += "…"
        return f"{_safe(shown + rest)}\n{' ' * _width(_safe(shown))}^"


def _fitting(text: str, columns: int) -> str:
    """Give as much of the beginning of `text` as fits."""
    most = 4 * columns  # a letter may have any number of marks, which take no room
    for number, letter in enumerate(text[:most]):
        columns -= _width(letter)
        if columns < 0:
            return text[:number]
    return text[:most]


def _width(text: str) -> int:
    """Count the columns that text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def _safe(text: str) -> str:
    """Put a space for whatever is not printed."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
