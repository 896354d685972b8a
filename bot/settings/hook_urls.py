"""Which [[webhook]] table each secret URL belongs to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.settings.environment import Layer
from bot.settings.fields import Loc
from bot.settings.hooks import variable_of
from bot.settings.problem import Problem
from bot.settings.shown import did_you_mean, listed, shown
from bot.settings.translation import secret_cure


class Claimed(NamedTuple):
    """What goes over the data, where each URL stood, and the URLs that no table claims."""

    data: Mapping[str, Any]
    places: Mapping[Loc, str]
    unclaimed: list[Problem]


def claimed(data: Mapping[str, Any], layers: Sequence[Layer]) -> Claimed:
    """Put URLs into copies of the tables that they are for; of several the first layer's counts."""
    known = tables(data)
    places: dict[Loc, str] = {}
    rows = list(data.get("webhook", ())) if known else []
    for loc, row in known:
        name = variable_of(row["name"])
        for layer in layers:
            if name in layer.hooks:
                rows[loc[1]] = {**row, "url": layer.hooks[name]}
                places[*loc, "url"] = layer.places["webhook", name]
                break
    return Claimed({"webhook": rows} if rows else {}, places, _unclaimed(known, layers))


def _unclaimed(
    known: Sequence[tuple[tuple[str, int], Mapping[str, Any]]], layers: Sequence[Layer]
) -> list[Problem]:
    names = {variable_of(row["name"]) for _, row in known}
    found = {name for layer in layers for name in layer.hooks} - names
    cure = "Add a [[webhook]] of that name, or remove the secret."
    return [
        Problem(
            ("webhook", name), f"no [[webhook]] has this name. {did_you_mean(name, names, cure)}"
        )
        for name in sorted(found)
    ]


def lacking(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Find webhooks that a subscriber names and no table describes, or that have no URL."""
    known = {row["name"]: (loc, row) for loc, row in tables(data)}
    silent = {name for name, (_, row) in known.items() if not row.get("url")}
    for loc, subscriber in tables(data, "subscriber"):
        names = subscriber.get("webhook")
        for number, name in enumerate(names if isinstance(names, list) else ()):
            if not isinstance(name, str):
                continue
            if name not in known:
                others = f"Write {listed(sorted(known))}, or add" if known else "Add"
                hint = did_you_mean(name, known, f"{others} a [[webhook]] of that name.")
                place = (*loc, "webhook", number)
                yield Problem(place, f"there is no webhook {shown(name)}. {hint}")
            elif name in silent:
                silent.remove(name)
                who = shown(subscriber["name"])
                text = f"this is missing, but subscriber {who} has the webhook. To mend it, "
                yield Problem((*known[name][0], "url"), text + cure(known[name][1]))


def tables(
    data: Mapping[str, Any], key: str = "webhook"
) -> list[tuple[tuple[str, int], Mapping[str, Any]]]:
    """Give the tables that have a name, with their places."""
    value = data.get(key)
    rows = value if isinstance(value, list) else []
    return [
        ((key, number), row)
        for number, row in enumerate(rows)
        if isinstance(row, Mapping) and isinstance(row.get("name"), str)
    ]


def cure(row: Mapping[str, Any]) -> str:
    """Say where the URL of a webhook may stand."""
    return secret_cure(("webhook", variable_of(row["name"]).lower()))
