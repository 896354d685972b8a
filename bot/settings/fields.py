"""Finding the field of the model that a place in the configuration belongs to."""

from typing import TypeAlias

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.settings.installed import channels
from bot.settings.mail import EmailSettings
from bot.settings.model import Settings
from bot.settings.returned import BouncesSettings
from bot.settings.signup import SignupSettings
from bot.settings.tables import (
    AclSettings,
    ArxivSettings,
    MetricsSettings,
    OwnerSettings,
    PagesSettings,
    SlackSettings,
    SubscriberSettings,
    WebSettings,
)
from bot.settings.topic import TopicSettings
from bot.settings.webhook import WebhookSettings

Loc: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the top of the configuration down to a value."""

SECTIONS: dict[str, type[BaseModel]] = {
    "owner": OwnerSettings,
    "arxiv": ArxivSettings,
    "email": EmailSettings,
    "bounces": BouncesSettings,
    "slack": SlackSettings,
    "metrics": MetricsSettings,
    "web": WebSettings,
    "pages": PagesSettings,
    "signup": SignupSettings,
    "acl": AclSettings,
}
"""The tables that stand once."""
LISTS: dict[str, type[BaseModel]] = {
    "topic": TopicSettings,
    "subscriber": SubscriberSettings,
    "webhook": WebhookSettings,
}
"""The tables that repeat."""
SECRETS: frozenset[tuple[str, str]] = frozenset(
    {
        ("bounces", "password"),
        ("email", "dkim_pem"),
        ("email", "password"),
        ("slack", "token"),
        ("webhook", "url"),
    }
)


HIDDEN: frozenset[tuple[str, str]] = SECRETS | {("subscriber", "apprise")}
"""What is never shown: a secret, wherever it may stand."""


def table_at(loc: Loc) -> type[BaseModel] | None:
    """Give the model of the table at `loc`, or None where there is no table."""
    match loc:
        case ():
            return Settings
        case (str(key),):
            return SECTIONS.get(key)
        case (str(key), int()):
            return LISTS.get(key)
        case _:
            return None


def is_secret(loc: Loc) -> bool:
    """Tell whether the value at `loc` must not stand in the file, nor be shown."""
    return _keys(loc) in SECRETS


def is_hidden(loc: Loc) -> bool:
    """Tell whether the value at `loc` must not be shown, though it may stand in the file."""
    return _keys(loc) in HIDDEN


def _keys(loc: Loc) -> tuple[str, ...]:
    return tuple(part for part in loc if isinstance(part, str))


def field_at(loc: Loc) -> FieldInfo | None:
    """Give the field that `loc`, or an item of its list, belongs to."""
    while loc:
        *parent, key = loc
        table = table_at(tuple(parent))
        if table is not None and isinstance(key, str):
            return table.model_fields.get(key)
        loc = tuple(parent)
    return None


def example(loc: Loc) -> str:
    """Write the setting at `loc` as the file would have it, or nothing if it has no example."""
    field = field_at(loc)
    if field is None or not field.examples:
        return ""
    key = next(part for part in reversed(loc) if isinstance(part, str))
    return f"{key} = {field.examples[0]}"


def keys_of(loc: Loc) -> list[str]:
    """List the keys that the file may hold in the table at `loc`, secrets left out."""
    table = table_at(loc)
    foreign = sorted(channels() - table.model_fields.keys()) if table is SubscriberSettings else []
    own = [key for key in (table.model_fields if table else ()) if not is_secret((*loc, key))]
    return [*own, *foreign]
