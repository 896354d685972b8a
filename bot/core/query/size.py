"""How large a query is: its terms, its wildcards, its parentheses."""

from bot.core.query.expression import And, Anywhere, Author, Node, Not, Or, Pattern, Text
from bot.core.query.words import is_wildcard


def depth(node: Node) -> int:
    """Tell how deep parentheses go where it is printed."""
    match node:
        case Or(nodes):
            return max(map(depth, nodes))
        case And(nodes):
            inside = [one.node if isinstance(one, Not) else one for one in nodes]
            return max(depth(one) + isinstance(one, And | Or) for one in inside)
        case Not(inner):
            return depth(inner) + isinstance(inner, And | Or)
        case _:
            return 0


def count_terms(node: Node) -> int:
    """Tell how many terms there are in the tree."""
    match node:
        case And(nodes) | Or(nodes):
            return sum(count_terms(inner) for inner in nodes)
        case Not(inner):
            return count_terms(inner)
        case _:
            return 1


def count_wildcards(node: Node) -> int:
    """Tell how many words with wildcards there are in the tree."""
    match node:
        case And(nodes) | Or(nodes):
            return sum(count_wildcards(inner) for inner in nodes)
        case Not(inner):
            return count_wildcards(inner)
        case Anywhere(parts):
            return count_wildcards(parts[0])
        case Text(_, pattern):
            return _wild(pattern)
        case Author(given, _, surname):
            return _wild(given) + _wild(surname)
        case _:
            return 0


def _wild(pattern: Pattern) -> int:
    """Count the words of a pattern that stand for many."""
    return sum(any(map(is_wildcard, forms)) for forms in pattern)
