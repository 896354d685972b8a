"""All sources of the configuration laid over each other, and where each value came from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.core.visible import escaped
from bot.settings import hook_urls
from bot.settings.documents import Document
from bot.settings.environment import Layer
from bot.settings.fields import LISTS, SECRETS, SECTIONS, Loc, example
from bot.settings.problem import Problem
from bot.settings.shown import shown
from bot.settings.translation import secret_cure


class Given:
    """The raw configuration, as `data`.

    `documents` are the main file and then those with more subscribers; `layers` go over them, the
    strongest first. `incomplete` tells of sections that no file has and whose variables do not
    make them whole: they are left out of the data. `unclaimed` tells of URLs of webhooks that no
    table names.
    """

    def __init__(self, documents: Sequence[Document], layers: Sequence[Layer]) -> None:
        self._documents = documents
        self._subscribers: list[tuple[Document, int]] = []
        self.data: dict[str, Any] = dict(documents[0].data)
        self._add_subscribers()
        for layer in reversed(layers):
            self.data = _laid_over(self.data, layer.data)
        hooks = hook_urls.claimed(self.data, layers)
        self.data |= hooks.data
        self._layers = [*layers, Layer({}, hooks.places)]
        self.unclaimed = hooks.unclaimed
        self.incomplete = [
            problem
            for section in SECTIONS.keys() & self.data.keys() - documents[0].data.keys()
            for problem in self._left_out(section)
        ]

    def told(self, problems: Iterable[Problem]) -> list[str]:
        """Write problems with file, line and key, or variable, in the order of the files."""
        placed = [(self._place(problem), problem) for problem in problems]
        placed.sort(key=lambda pair: pair[0][:2])
        return [
            ": ".join(filter(None, [name, self._key(problem.loc), problem.text]))
            for (_, _, name), problem in placed
        ]

    def misplaced(self) -> list[Problem]:
        """Find the secrets that stand in the main file."""
        main = self._documents[0].data
        text = (
            "a secret must not stand in the file. Remove it here, make a new one if others could "
            "read the file, and "
        )
        return [
            Problem((section, key), text + secret_cure((section, key)), in_file=True)
            for section, key in sorted(SECRETS)
            if isinstance(main.get(section), dict) and key in main[section]
        ] + [
            Problem((*loc, "url"), text + hook_urls.cure(row), in_file=True)
            for loc, row in hook_urls.tables(main)
            if "url" in row
        ]

    def _add_subscribers(self) -> None:
        """Append the subscribers of the other files to those of the main one."""
        rows: list[Any] = []
        for document in self._documents:
            own = document.data.get("subscriber", [])
            if isinstance(own, list):
                rows += own
                self._subscribers += [(document, index) for index in range(len(own))]
        if rows and isinstance(self.data.get("subscriber", []), list):
            self.data["subscriber"] = rows

    def _left_out(self, section: str) -> list[Problem]:
        """Leave a section out that lacks what it must have; one of a secret alone is no fault.

        A secret may well be there before the section that will need it.
        """
        given = self.data[section]
        required = [key for key, one in SECTIONS[section].model_fields.items() if one.is_required()]
        lacking = [key for key in required if key not in given]
        if not lacking:
            return []
        del self.data[section]
        open_keys = [key for key in given if (section, key) not in SECRETS]
        cure = " and ".join(example((section, key)) for key in lacking)
        text = (
            f"no file has a section [{section}], and it needs {' and '.join(lacking)} too. "
            f"Add [{section}] with {cure}, or unset the variable."
        )
        return [Problem((section, key), text) for key in open_keys[:1]]

    def from_file(self, loc: Loc) -> bool:
        """Tell whether the value at `loc` comes from no layer above the files."""
        return all(loc[:end] not in layer.places for layer in self._layers for end in _ends(loc))

    def _place(self, problem: Problem) -> tuple[int, int, str]:
        """Give the rank of a source, the line in it, and the name of both."""
        loc = problem.loc
        for layer in () if problem.in_file else self._layers:
            for end in _ends(loc):
                if loc[:end] in layer.places:
                    return len(self._documents), 0, layer.places[loc[:end]]
        document = self._documents[0]
        match loc:
            case ("subscriber", int(index), *rest) if index < len(self._subscribers):
                document, own = self._subscribers[index]
                loc = ("subscriber", own, *rest)
        return self._documents.index(document), document.line(loc), document.place(loc)

    def _key(self, loc: Loc) -> str:
        """Write `loc` for a person: the name of a topic or subscriber, then the key in it."""
        match loc:
            case (str(table), int(index), *inner) if table in LISTS:
                row = self.data[table][index]
                name = row.get("name") if isinstance(row, dict) else None
                which = shown(name) if isinstance(name, str) else f"number {index + 1}"
                return ": ".join(filter(None, [f"{table} {which}", _dotted(inner)]))
        return _dotted(loc)


def _ends(loc: Loc) -> range:
    """Count the parts of `loc` and of what holds it, the longest first."""
    return range(len(loc), 0, -1)


def _dotted(loc: Sequence[str | int]) -> str:
    return ".".join(escaped(part) for part in loc if isinstance(part, str))


def out_of_place(document: Document) -> list[str]:
    """Find what must not stand in a file of subscribers."""
    only = "only [[subscriber]] tables may stand here. Move it to the main file, or remove it."
    double = "this must be a list of tables. Write [[subscriber]], in double brackets."
    wrong = {key: only for key in document.data if key != "subscriber"}
    if not isinstance(document.data.get("subscriber", []), list):
        wrong["subscriber"] = double
    return [f"{document.place((key,))}: {escaped(key)}: {text}" for key, text in wrong.items()]


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one layer over another: tables key by key, everything else as a whole."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            merged[key] = _laid_over(under, value)
        else:
            merged[key] = value
    return merged
