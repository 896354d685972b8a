"""A query's logic as a row of numbers, which an accumulator follows from clause to clause."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bot.core.query.clauses import FIELD_BITS
from bot.core.query.expression import And, Anywhere, Author, Dates, Label, Node, Not, Or, Text

OR, AND, AND_NOT, _OTHER = range(4)
# A step is an operation, and below it the code of the clause that it is done with. OR is 0, so
# that such a step is a code.
_SHIFT = 30
_CODE = (1 << _SHIFT) - 1
# Steps without a clause; a group ends with the operation that joins it to what was before.
_END, _BEGIN, _NEGATE = (_OTHER << _SHIFT | number for number in (0, 3, 4))

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
            yield _NEGATE
        case _:
            yield code(node)


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
            yield _END | operation
        case _:
            yield operation << _SHIFT | code(node)


def run(program: bytes, masks: Mapping[int, int], live: Sequence[int], everything: int) -> int:
    """Give the mask of what a program matches, from those of its clauses and of all papers.

    `live` tells by a clause's number whether it may find anything: only of such the mask is asked.
    """
    held = 0
    waiting: list[int] = []
    for step in memoryview(program).cast("I"):
        if step <= _CODE:
            if live[step >> FIELD_BITS]:
                held = held | masks[step] if held else masks[step]
            continue
        operation = step >> _SHIFT
        if operation != _OTHER:
            code = step & _CODE
            mask = masks[code] if live[code >> FIELD_BITS] else 0
        elif step == _BEGIN:
            waiting.append(held)
            held = 0
            continue
        elif step == _NEGATE:
            held ^= everything
            continue
        else:
            mask, held, operation = held, waiting.pop(), step & 3
        if operation == AND:
            held &= mask
        elif mask:
            held = held | mask if operation == OR else held & ~mask
    return held
