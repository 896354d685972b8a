"""What a change of any rule of reading does to the texts by which rules are told apart."""

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from bot.core import latex, visible
from bot.core.latex import braces, maths, symbols, text, touchstones
from bot.core.latex.symbols import symbols_of_formulas
from bot.store import edition

NEVER = re.compile("(?!)")
MODULES = (latex, braces, maths, symbols, text, visible)
NO_RULES = frozenset({"_TAKING"})
"""What is made of other tables."""
OF_SIGNS = frozenset({"_TAKEN", "_BETTER", "_OF_FORMULAS"})
"""Tables of which some entries change nothing, since pylatexenc has them too, or has not."""
FAILURES = (AssertionError, LookupError, re.error)
"""What rules that lack a part may fail with, which shows as well."""

RULES = [
    pytest.param(module, name, id=f"{module.__name__}.{name}")
    for module in MODULES
    for name in vars(module)
    if name.lstrip("_").isupper() and name not in NO_RULES
]


def one_less(value: Any) -> Iterator[Any]:
    """Give tables that each lack one entry of this one; nothing for what is no table."""
    if isinstance(value, dict):
        yield from ({key: value[key] for key in value.keys() - {one}} for one in value)
    elif isinstance(value, frozenset):
        yield from (value - {one} for one in sorted(value))


def none_of(value: Any) -> Any:
    """Give a pattern that matches nothing, an empty table, or another bound."""
    if isinstance(value, re.Pattern):
        return NEVER
    return value - 1 if isinstance(value, int) else type(value)()


def forget() -> None:
    """Remember nothing that was read by other rules."""
    for one in (latex._converted, symbols.symbols, symbols_of_formulas, edition.rules_of_reading):
        one.cache_clear()


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    forget()


def told(name: str, rule: Any, other: Any) -> tuple[str, object]:
    """Read by another rule wherever this one is used: tell the rules apart, and all signs."""
    forget()
    with pytest.MonkeyPatch.context() as patched:
        for module in (*MODULES, touchstones):
            if vars(module).get(name) is rule:
                patched.setattr(module, name, other)
        try:
            return edition.rules_of_reading(), symbols_of_formulas()
        except FAILURES as failure:
            return f"failed: {failure}", None


@pytest.mark.parametrize(("module", "name"), RULES)
def test_a_rule_that_is_not_there_shows(module: ModuleType, name: str) -> None:
    rule = getattr(module, name)
    rules, _ = told(name, rule, rule)
    assert told(name, rule, none_of(rule))[0] != rules


@pytest.mark.slow
@pytest.mark.parametrize(("module", "name"), RULES)
def test_any_entry_of_a_table_that_is_not_there_shows(module: ModuleType, name: str) -> None:
    rule = getattr(module, name)
    rules, signs = told(name, rule, rule)
    for other in one_less(rule):
        found, known = told(name, rule, other)
        assert found != rules or (name in OF_SIGNS and known == signs), set(rule) - set(other)
