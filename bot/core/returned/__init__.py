"""Mail that comes back: reports of failed deliveries, and readers who leave by mail."""

from bot.core.returned.opening import LARGEST
from bot.core.returned.reading import Guess, Ignored, Leave, Returned, read

__all__ = ["LARGEST", "Guess", "Ignored", "Leave", "Returned", "read"]
