"""The error of the query language: what is wrong, where, and what was likely meant."""


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
        """The line of the query that is wrong, and under it a caret; cut where it is long."""
        start = self.text.rfind("\n", 0, self.position) + 1
        line = self.text[start:].partition("\n")[0].replace("\t", " ").rstrip("\r")
        column = self.position - start
        cut = max(0, column - 60)
        shown = "".join(letter if letter.isprintable() else " " for letter in line[cut : cut + 100])
        return f"{shown}\n{' ' * (column - cut)}^"
