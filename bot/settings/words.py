"""Names, words, categories, numbers and secrets as the configuration writes them."""

from math import isfinite
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.core.query.people import person
from bot.core.query.taxonomy import category
from bot.core.query.terms import keyword
from bot.core.visible import escaped
from bot.settings.shown import did_you_mean, listed, shown

KINDS = ("new", "cross", "replace")


def _number(value: object) -> object:
    # Python counts True as 1, and pydantic would follow it; TOML has nan and inf.
    if isinstance(value, bool) or (isinstance(value, float) and not isfinite(value)):
        raise ValueError(f"{shown(value)} is not a number. Write digits, without quotes.")
    return value


def _kind(value: str) -> str:
    if value not in KINDS:
        hint = did_you_mean(value, KINDS, f"Write {listed(KINDS)}.")
        raise ValueError(f"{shown(value)} is not a kind of announcement. {hint}")
    return value


def _name(value: str) -> str:
    if not value or value != value.strip() or not value.isprintable() or len(value) > 100:
        raise ValueError(
            f"{shown(value)} cannot be a name. Write 1 to 100 visible characters, without spaces "
            "at either end."
        )
    return value


def _line(value: str) -> str:
    if not (value.isprintable() and len(value) <= 500):
        raise ValueError(
            f"{shown(value)} cannot be shown. Write one line of at most 500 visible characters."
        )
    return value.strip()


def _phrase(value: str) -> str:
    if not value.strip() or len(value) > 500:
        raise ValueError(
            f"{shown(value)} cannot be searched for. Write a word or a phrase of at most 500 "
            "characters."
        )
    return value


def _keyword(value: str) -> str:
    if "*" in value:
        raise ValueError(
            f"{shown(value)} holds a *, which is understood only in categories such as "
            '"cs.*". Leave it out: words match in all their inflections anyway.'
        )
    try:
        keyword(value)
    except ValueError as error:
        raise ValueError(
            f"{shown(value)} cannot be searched for: {escaped(str(error))}. "
            "Write a word or a phrase."
        ) from None
    return value


def _person(value: str) -> str:
    try:
        person(value)
    except ValueError as error:
        found = escaped(str(error)).rstrip(".")
        raise ValueError(
            f'{shown(value)} cannot be followed: {found}. Write a name such as "Peiyang Liu", '
            '"Liu, Peiyang" or "P. Liu".'
        ) from None
    return value


def _category(value: str) -> str:
    try:
        return category(value)
    except ValueError as error:
        found = escaped(str(error))
        cure = "" if found.endswith("?") else ". All are listed at arxiv.org/category_taxonomy."
        raise ValueError(f"{found}{cure}") from None


def _secret(value: SecretStr) -> SecretStr:
    # It goes into a header or a log-in: a line break in it is a slip, or worse.
    text = value.get_secret_value()
    if not text or not text.isprintable():
        raise ValueError("the secret is empty or holds control characters. Copy it once more.")
    return value


def _private_key(value: SecretStr) -> SecretStr:
    # Never shown. A variable of one line may have its breaks written out.
    text = value.get_secret_value().replace("\\n", "\n").replace("\r\n", "\n").strip()
    if not text.startswith("-----BEGIN ") or not text.endswith("-----"):
        raise ValueError(
            "this is not a private key in PEM, which begins with -----BEGIN. Copy it once more."
        )
    return SecretStr(text)


def _login(value: str) -> str:
    if not value or not value.isprintable():
        raise ValueError(
            "the user name is empty or holds control characters. Copy it once more, or leave the "
            "key out."
        )
    return value


Whole = Annotated[int, BeforeValidator(_number)]
Seconds = Annotated[float, BeforeValidator(_number)]
Kinds = tuple[Annotated[str, AfterValidator(_kind)], ...]
Name = Annotated[str, AfterValidator(_name)]
Line = Annotated[str, AfterValidator(_line)]
"""A line of words for people, or none."""
Phrase = Annotated[str, AfterValidator(_phrase)]
Keyword = Annotated[Phrase, AfterValidator(_keyword)]
"""A word or phrase that can be looked for, in the simple form of a topic."""
PersonName = Annotated[Phrase, AfterValidator(_person)]
"""The name of an author, in any form in which people write it."""
Category = Annotated[str, AfterValidator(_category)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
PrivateKey = Annotated[SecretStr, AfterValidator(_private_key)]
"""A key in PEM, its lines ended by LF."""
Login = Annotated[str, AfterValidator(_login)]
