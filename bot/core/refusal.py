"""A topic that is left out: its query cannot be read, or fails when it is evaluated."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One topic, and why it is left out.

    `error` says where the fault is, what it is and how to mend it, in one line or more; `case`
    tells it from other faults, wherever it stands. `stays` tells that the query which the topic had
    before is still in force. `place` is the topic's among those of the configuration, from 0.
    """

    topic: str
    error: str
    case: str
    stays: bool = False
    place: int = 0

    @property
    def meanwhile(self) -> str:
        """What happens to its papers until it is mended."""
        if self.stays:
            return "the previous query stays until it is mended or the bot starts again"
        return "its papers wait until it is mended"
