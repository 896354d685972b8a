"""A query's logic as a row of numbers, which an accumulator follows from clause to clause."""

from array import array
from collections.abc import Callable, Iterable, Iterator

from bot.core.query.expression import And, Anywhere, Author, Dates, Label, Node, Not, Or, Text

OR, AND, AND_NOT, END, BEGIN, NEGATE = 0, 1, 2, 3, 6, 7
"""What a step does: the first three with a clause, the others without.

BEGIN puts the accumulator aside and empties it; END, to which is added OR, AND or AND_NOT, joins
it to what was put aside.
"""
SHIFT = 30
CODE = (1 << SHIFT) - 1
"""A step with a clause is what it does, SHIFT higher, and the clause's code.

Of one without, the lower bits tell how much what it does is more than END.
"""

Coded = Callable[[Text | Author | Label | Dates], int]
"""Gives the code of a clause, which is below 2**30."""


def compiled(node: Node, code: Coded) -> bytes:
    """Write an expression as a program."""
    return array("I", _from_nothing(node, code)).tobytes()


def _from_nothing(node: Node, code: Coded) -> Iterator[int]:
    """Give the steps that lead from an empty accumulator to what a node matches."""
    match node:
        case And(nodes):
            # What is wanted first, so that the rest only takes away.
            first, *rest = sorted(nodes, key=lambda one: isinstance(one, Not))
            yield from _from_nothing(first, code)
            yield from _each(rest, AND, code)
        case Or(nodes) | Anywhere(nodes):
            yield from _each(nodes, OR, code)
        case Not(inner):
            yield from _from_nothing(inner, code)
            yield _bare(NEGATE)
        case _:
            yield code(node)


def _bare(done: int) -> int:
    """Give a step without a clause."""
    return END << SHIFT | done - END


def _each(nodes: Iterable[Node], operation: int, code: Coded) -> Iterator[int]:
    for node in nodes:
        yield from _joined(node, operation, code)


def _joined(node: Node, operation: int, code: Coded) -> Iterator[int]:
    """Give the steps that join what a node matches with what the accumulator holds."""
    match node, operation:
        case (Or(nodes) | Anywhere(nodes), 0 | 2) | (And(nodes), 1):
            yield from _each(nodes, operation, code)
        case Not(inner), 1 | 2:
            yield from _joined(inner, AND_NOT if operation == AND else AND, code)
        case ((And() | Or() | Anywhere() | Not()), _):
            yield _bare(BEGIN)
            yield from _from_nothing(node, code)
            yield _bare(END + operation)
        case _:
            yield operation << SHIFT | code(node)
