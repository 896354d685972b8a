"""Which channels there are: those of every notifier that is installed, whoever wrote it."""

from importlib.metadata import entry_points

GROUP = "daily_papers.notifiers"
"""The entry point group that a package names its notifiers in."""


def channels() -> frozenset[str]:
    """Name every channel that a notifier is installed for."""
    return frozenset(entry_points(group=GROUP).names)
