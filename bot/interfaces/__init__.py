"""Every seam: what sources, the store and notifiers promise to whoever works with them."""

from bot.interfaces.abilities import (
    Measurable,
    People,
    Preferences,
    Prunable,
    Searchable,
    Shelving,
    Telling,
)
from bot.interfaces.signing import SignUps
from bot.interfaces.steps import (
    Checkable,
    Following,
    Messenger,
    Notifier,
    Paced,
    Probe,
    Reporting,
    Source,
    Store,
)

__all__ = [
    "Checkable",
    "Following",
    "Measurable",
    "Messenger",
    "Notifier",
    "Paced",
    "People",
    "Preferences",
    "Probe",
    "Prunable",
    "Reporting",
    "Searchable",
    "Shelving",
    "SignUps",
    "Source",
    "Store",
    "Telling",
]
