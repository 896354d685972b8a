"""A query's logic as a row of numbers, which an accumulator follows from clause to clause."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bot.core.query.clauses import FIELD_BITS
from bot.core.query.expression import And, Anywhere, Author, Dates, Label, Node, Not, Or, Text

OR, AND, AND_NOT = range(3)
_OPERATION_BITS = 2
_NUMBER_BITS = _OPERATION_BITS + FIELD_BITS
# Below any clause's: begin a group, end it with one of the operations, turn into the opposite.
_BEGIN, _NEGATE = 8, 9
_CLAUSES = 1 << 5

Coded = Callable[[Text | Author | Label | Dates], int]
"""Gives the code of a clause, which is 8 at least."""


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
            yield _NEGATE
        case _:
            yield code(node) << _OPERATION_BITS | OR


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
            yield _BEGIN
            yield from _from_nothing(node, code)
            yield operation
        case _:
            yield code(node) << _OPERATION_BITS | operation


def run(program: bytes, masks: Mapping[int, int], live: Sequence[int], everything: int) -> int:
    """Give the mask of what a program matches, from those of its clauses and of all papers.

    `live` tells by a clause's number whether it may find anything: only of such the mask is asked.
    """
    held = 0
    waiting: list[int] = []
    for step in memoryview(program).cast("I"):
        if step >= _CLAUSES:
            mask = masks[step >> _OPERATION_BITS] if live[step >> _NUMBER_BITS] else 0
            operation = step & 3
        elif step == _BEGIN:
            waiting.append(held)
            held = 0
            continue
        elif step == _NEGATE:
            held ^= everything
            continue
        else:
            mask, held, operation = held, waiting.pop(), step
        if operation == AND:
            held &= mask
        elif mask:
            held = held | mask if operation == OR else held & ~mask
    return held
