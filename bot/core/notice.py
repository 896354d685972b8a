"""A notice: a few plain lines to a person, about the bot and not about papers."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A subject and paragraphs of plain text, as of an instant."""

    subject: str
    lines: tuple[str, ...]
    at: datetime
