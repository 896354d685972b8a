"""Reports of failed deliveries that are not as RFC 3464 has them, but as flufl.bounce knows."""

import logging
from email.message import Message
from typing import Literal

from flufl.bounce import all_failures

# It logs with a traceback, and raises, where a report is not what a detector expects.
logging.getLogger("flufl.bounce").disabled = True


def guess(message: Message) -> Literal["failed", "late"] | None:
    """Tell whether a message reports a failure or a delay in a form that some server has used.

    Whom it names does not matter: of each delivery there is one recipient.
    """
    try:
        late, failed = all_failures(message)
    except Exception:  # noqa: BLE001  # its detectors trust what they read
        return None
    if failed:
        return "failed"
    return "late" if late else None
