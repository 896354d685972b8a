"""Pydantic's findings in plain sentences, each with its cure."""

from collections.abc import Callable

from pydantic_core import ErrorDetails

from bot.settings.fields import LISTS, SECRETS, SECTIONS, Loc, example, field_at, is_hidden, keys_of
from bot.settings.shown import did_you_mean, listed, shown


def sentence(error: ErrorDetails) -> str:
    """Say what is wrong, and what to write instead."""
    loc, kind = tuple(error["loc"]), error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    for types, translate in _TRANSLATIONS:
        if kind in types:
            return translate(loc, error)
    return f"this value cannot be used. {_cure(loc)}"


def secret_cure(loc: Loc) -> str:
    """Say where a secret may stand."""
    name = "__".join(str(part) for part in loc)
    return (
        f"set the environment variable DAILY_PAPERS_{name.upper()}, or write it into a file "
        f"{name} in the directory that DAILY_PAPERS_SECRETS_DIR names."
    )


def unknown_key(loc: Loc) -> str:
    """Say that a key is not known, and which one may have been meant."""
    parent, key = loc[:-1], str(loc[-1])
    known = keys_of(parent)
    if parent and key in _TOP:
        return f"{key} stands at the top of the main file. Move it above the first table."
    for secret in SECRETS:
        if secret[:-1] == parent and did_you_mean(key, [*known, str(secret[-1])]).count(
            shown(secret[-1])
        ):
            cure = f"If it is the {secret[-1]}, remove it here, and {secret_cure(secret)}"
            return f"there is no such key. {cure}"
    return "there is no such key. " + did_you_mean(
        key, known, f"Remove it, or write {listed(known)}."
    )


def _missing(loc: Loc, _: ErrorDetails) -> str:
    return f"this key is missing. Add it, for example: {example(loc)}"


def _no_table(loc: Loc, _: ErrorDetails) -> str:
    name = str(loc[0])
    if name in SECTIONS:
        return f"this must be a table. Write [{name}] on a line, and its keys below it."
    return f"this must be a table. Write [[{name}]] on a line, and its keys below it."


def _no_list(loc: Loc, _: ErrorDetails) -> str:
    if len(loc) == 1 and loc[0] in LISTS:
        return f"this must be a list of tables. Write [[{loc[0]}]], in double brackets."
    return f"this must be a list. Write it in square brackets, such as {example(loc)}"


def _no_text(loc: Loc, error: ErrorDetails) -> str:
    return f"{_value(loc, error)} is not text. {_cure(loc, 'in quotes, ')}"


def _no_whole_number(loc: Loc, error: ErrorDetails) -> str:
    return f"{_value(loc, error)} is not a whole number. {_cure(loc)}"


def _no_number(loc: Loc, error: ErrorDetails) -> str:
    return f"{_value(loc, error)} is not a number. {_cure(loc)}"


def _no_switch(loc: Loc, error: ErrorDetails) -> str:
    return f"{_value(loc, error)} is neither true nor false. {_cure(loc, 'without quotes, ')}"


def _too_small(loc: Loc, error: ErrorDetails) -> str:
    limits = error["ctx"]
    bound = f"at least {limits['ge']:g}" if "ge" in limits else f"more than {limits['gt']:g}"
    return f"{_value(loc, error)} is too small. Write {bound}."


def _too_large(loc: Loc, error: ErrorDetails) -> str:
    return f"{_value(loc, error)} is too large. Write at most {error['ctx']['le']:g}."


def _empty(loc: Loc, _: ErrorDetails) -> str:
    field = field_at(loc)
    optional = ", or leave the key out" if field and not field.is_required() else ""
    return f"the list is empty. Write at least one{optional}: {example(loc)}"


def _not_a_choice(loc: Loc, error: ErrorDetails) -> str:
    field = field_at(loc)
    choices = [str(choice) for choice in getattr(field and field.annotation, "__args__", ())]
    value = error["input"]
    hint = did_you_mean(value, choices) if isinstance(value, str) else ""
    return f"{_value(loc, error)} is not possible here. {hint} Write {listed(choices)}.".replace(
        ".  ", ". "
    )


def _value(loc: Loc, error: ErrorDetails) -> str:
    return "this" if is_hidden(loc) else shown(error["input"])


def _cure(loc: Loc, how: str = "") -> str:
    wanted = example(loc)
    return f"Write it {how}for example: {wanted}" if wanted else "Write it as the README shows."


_TOP = frozenset(keys_of(())) - SECTIONS.keys() - LISTS.keys()
_NUMBERS = {"float_type", "float_parsing"}
_WHOLE = {"int_type", "int_parsing", "int_parsing_size", "int_from_float"}
_TABLES = {"model_type", "model_attributes_type", "dict_type"}
_TRANSLATIONS: tuple[tuple[set[str], Callable[[Loc, ErrorDetails], str]], ...] = (
    ({"extra_forbidden"}, lambda loc, _: unknown_key(loc)),
    ({"missing"}, _missing),
    (_TABLES, _no_table),
    ({"tuple_type", "list_type"}, _no_list),
    ({"string_type", "string_unicode", "secret_str_type"}, _no_text),
    (_WHOLE, _no_whole_number),
    (_NUMBERS, _no_number),
    ({"bool_type"}, _no_switch),
    ({"greater_than_equal", "greater_than"}, _too_small),
    ({"less_than_equal", "less_than"}, _too_large),
    ({"too_short"}, _empty),
    ({"literal_error"}, _not_a_choice),
)
