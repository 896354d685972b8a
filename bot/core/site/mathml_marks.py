"""The marks of a formula's source, one after the other: commands, numbers, letters and signs."""

import re

_MARK = re.compile(r"\\[A-Za-z]+|\\.|\s+|\d+(?:\.\d+)*|:=|<<|>>|.[\u0300-\u036f\u20d7]*", re.DOTALL)


class Unreadable(Exception):
    """The formula holds something that is not known, or that nobody should guess."""


class Marks:
    """A place in a formula's source, which moves on as marks are taken."""

    def __init__(self, source: str) -> None:
        self._marks = _MARK.findall(source)
        self._at = 0

    def ahead(self) -> str:
        """Give the mark that comes next; "" at the end."""
        return self._marks[self._at] if self._at < len(self._marks) else ""

    def next(self) -> str:
        """Take the mark that comes next, white space included; "" at the end."""
        mark = self.ahead()
        self._at += 1
        return mark

    def skip(self) -> str:
        """Pass over white space, and give the mark that follows, which is left."""
        while self.ahead().isspace():
            self._at += 1
        return self.ahead()

    def take(self) -> str:
        """Take the next mark that is no white space; "" at the end."""
        self.skip()
        return self.next()

    def take_one(self) -> str:
        """Do the same, but take of a number its first digit only, as TeX does."""
        mark = self.take()
        if mark[:1].isdigit() and len(mark) > 1:
            self._marks[self._at : self._at] = _MARK.findall(mark[1:])
        return mark[:1] if mark[:1].isdigit() else mark

    def take_source(self) -> str:
        """Take the source of a group, without its braces, or of one mark; Unreadable at the end."""
        first = self.take_one()
        if first in {"", "}"}:
            raise Unreadable
        if first != "{":
            return first
        start, depth = self._at, 1
        while depth:
            mark = self.next()
            if not mark:
                raise Unreadable
            depth += {"{": 1, "}": -1}.get(mark, 0)
        return "".join(self._marks[start : self._at - 1])
