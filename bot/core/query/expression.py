"""What a query means, as a tree: terms joined by and, or, not.

A node's `key` tells its meaning: two nodes that say the same have the same key, however they were
written and ordered. `write` prints a node in the syntax that the parser reads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from bot.core.query.taxonomy import family_of

Word = tuple[str, ...]
"""The forms that a word may have, any of which will do; no form stands for any one word.

A form with `*` or `?` is a wildcard, and is held against the folded word, not against its stem.
"""
Pattern = tuple[Word, ...]
ANY_DISTANCE = 1 << 30
"""The slop of words that may stand anywhere in the field, in any order."""
TextField = Literal["ti", "abs", "co", "jr", "rn", "kw", "all"]
LabelField = Literal["cat", "primary", "id", "doi"]


@dataclass(frozen=True)
class Text:
    """Adjacent words, in order; stemmed, or with `capitals` as acronyms are.

    With a `slop` they may be moved by so many places in all: a word that trades places with its
    neighbour moves by two. With ANY_DISTANCE the words are sorted, each said once.
    """

    field: TextField
    pattern: Pattern
    written: str
    capitals: bool = False
    slop: int = 0

    @cached_property
    def key(self) -> str:
        """The meaning."""
        near = "" if not self.slop else "~*" if self.slop == ANY_DISTANCE else f"~{self.slop}"
        return f"{self.field}{'!' * self.capitals}:{_spelled(self.pattern)}{near}"


@dataclass(frozen=True)
class Author:
    """Names of one author: the `surname`, where it is told apart, ends the author's name.

    `given` are the other words, sorted because their order says nothing; one letter stands for a
    name that begins with it.
    """

    given: Pattern
    written: str
    surname: Pattern = ()

    @cached_property
    def key(self) -> str:
        """The meaning."""
        return f"au:{_spelled(self.surname)},{_spelled(self.given)}"


@dataclass(frozen=True)
class Label:
    """One of a paper's categories, or a family; its primary one, likewise; its id; its DOI."""

    field: LabelField
    value: str
    written: str

    @cached_property
    def key(self) -> str:
        """The meaning."""
        return f"{self.field}:{self.value}"


@dataclass(frozen=True)
class Dates:
    """When the first version was submitted: from an instant to before another, both in UTC."""

    start: datetime
    end: datetime
    written: str

    @cached_property
    def key(self) -> str:
        """The meaning."""
        return f"submitted:{self.start:%Y%m%d%H%M}-{self.end:%Y%m%d%H%M}"


@dataclass(frozen=True)
class Anywhere:
    """`all:`, written as one term: any of its parts."""

    parts: tuple["Text | Author | Label", ...]
    written: str

    @cached_property
    def key(self) -> str:
        """The meaning."""
        return f"all[{'; '.join(part.key for part in self.parts)}]"


@dataclass(frozen=True)
class And:
    """All of two or more nodes."""

    nodes: tuple["Node", ...]

    @cached_property
    def key(self) -> str:
        """The meaning."""
        return f"({' & '.join(sorted(node.key for node in self.nodes))})"


@dataclass(frozen=True)
class Or:
    """Any of two or more nodes."""

    nodes: tuple["Node", ...]

    @cached_property
    def key(self) -> str:
        """The meaning."""
        return f"({' | '.join(sorted(node.key for node in self.nodes))})"


@dataclass(frozen=True)
class Not:
    """What a node does not match."""

    node: "Node"

    @cached_property
    def key(self) -> str:
        """The meaning."""
        return f"-{self.node.key}"


Term = Text | Author | Label | Dates | Anywhere
Node = Term | And | Or | Not


def all_of(nodes: Iterable[Node]) -> Node:
    """Join one or more nodes with AND."""
    joined = _distinct(
        inner for node in nodes for inner in (node.nodes if isinstance(node, And) else (node,))
    )
    return joined[0] if len(joined) == 1 else And(joined)


def any_of(nodes: Iterable[Node]) -> Node:
    """Join one or more nodes with OR."""
    joined = _distinct(
        inner for node in nodes for inner in (node.nodes if isinstance(node, Or) else (node,))
    )
    return joined[0] if len(joined) == 1 else Or(joined)


def none_of(node: Node) -> Node:
    """Negate a node."""
    return node.node if isinstance(node, Not) else Not(node)


def _distinct(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Leave out what was said before."""
    return tuple({node.key: node for node in nodes}.values())


def _spelled(pattern: Sequence[Word]) -> str:
    """Write a pattern for a key; words hold letters, digits and points only."""
    return " ".join("/".join(forms) or "*" for forms in pattern)


def write(node: Node) -> str:
    """Print a node; the parser reads its key back from that."""
    match node:
        case Or(nodes):
            return " OR ".join(write(inner) for inner in nodes)
        case And(nodes):
            wanted = [inner for inner in nodes if not isinstance(inner, Not)]
            unwanted = [inner.node for inner in nodes if isinstance(inner, Not)]
            first = " AND ".join(_grouped(inner) for inner in wanted)
            rest = [f"{'ANDNOT' if first or place else 'NOT'} {_grouped(inner, also=And)}"
                    for place, inner in enumerate(unwanted)]  # fmt: skip
            return " ".join([first, *rest] if first else rest)
        case Not(inner):
            return f"NOT {_grouped(inner, also=And)}"
        case _:
            return node.written


def _grouped(node: Node, also: type[Node] | None = None) -> str:
    """Print a node, in parentheses where it binds less tightly than what stands around it."""
    loose = isinstance(node, Or) or (also is not None and isinstance(node, also))
    return f"({write(node)})" if loose else write(node)


def reads_comments(node: Node) -> bool:
    """Tell whether it asks for comment, journal or DOI, which a feed does not tell."""
    return _asks_for(node, ("co", "jr", "rn", "doi", "all"))


def reads_report_numbers(node: Node) -> bool:
    """Tell whether it asks for the report number, which only a harvest tells."""
    return _asks_for(node, ("rn", "all"))


def reads_affiliations(node: Node) -> bool:
    """Tell whether it asks for affiliations, which only the API tells."""
    return _asks_for(node, ("all",))


def _asks_for(node: Node, fields: Sequence[str]) -> bool:
    """Tell whether a term looks into one of the fields."""
    match node:
        case Text(field) | Label(field):
            return field in fields
        case And(nodes) | Or(nodes) | Anywhere(nodes):
            return any(_asks_for(inner, fields) for inner in nodes)
        case Not(inner):
            return _asks_for(inner, fields)
        case _:
            return False


def categories_of(node: Node) -> frozenset[str] | None:
    """Name the categories and families one of which every match must have; None if any will do.

    Where several demands hold at once, the narrowest is named: a paper may have many categories,
    so that `cat:cs.CL AND cat:cs.LG` has matches, all of them in cs.CL.
    """
    match node:
        case Label("cat" | "primary", value):
            return frozenset({value})
        case Or(nodes):
            return _united([categories_of(inner) for inner in nodes])
        case And(nodes):
            demands = [found for inner in nodes if (found := categories_of(inner)) is not None]
            return min(demands, key=_breadth, default=None)
        case _:
            return None


def _united(demands: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    """Unite the demands of alternatives, without categories whose family is named too."""
    named: set[str] = set()
    for demand in demands:
        if demand is None:
            return None
        named |= demand
    return frozenset(name for name in named if name.endswith("*") or family_of(name) not in named)


def _breadth(demand: frozenset[str]) -> tuple[int, int, list[str]]:
    """Order demands by how much they let through: families weigh more than categories."""
    return sum(name.endswith("*") for name in demand), len(demand), sorted(demand)
