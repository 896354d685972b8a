"""One thing to mend, before it is told with its file and line."""

from typing import NamedTuple

from bot.settings.fields import Loc


class Problem(NamedTuple):
    """What is wrong at a place in the configuration, and the cure, in sentences.

    `in_file` says that the fault is what the file holds, whatever lies over it; `in_query` that it
    is one of a topic's query alone.
    """

    loc: Loc
    text: str
    in_file: bool = False
    in_query: bool = False
