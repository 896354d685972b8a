"""Finding the field of the model that a place in the configuration belongs to."""

from typing import TypeAlias

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.settings.model import Settings
from bot.settings.tables import (
    AclSettings,
    ArxivSettings,
    EmailSettings,
    MetricsSettings,
    OwnerSettings,
    PagesSettings,
    SlackSettings,
    SubscriberSettings,
    WebSettings,
)
from bot.settings.topic import TopicSettings

Loc: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the top of the configuration down to a value."""

SECTIONS: dict[str, type[BaseModel]] = {
    "owner": OwnerSettings,
    "arxiv": ArxivSettings,
    "email": EmailSettings,
    "slack": SlackSettings,
    "metrics": MetricsSettings,
    "web": WebSettings,
    "pages": PagesSettings,
    "acl": AclSettings,
}
"""The tables that stand once."""
LISTS: dict[str, type[BaseModel]] = {"topic": TopicSettings, "subscriber": SubscriberSettings}
"""The tables that repeat."""
SECRETS: frozenset[tuple[str, str]] = frozenset({("email", "password"), ("slack", "token")})


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
    return [key for key in (table.model_fields if table else ()) if (*loc, key) not in SECRETS]
