"""The configuration: TOML, the environment and a secrets directory become frozen settings."""

from bot.settings.loading import load
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

__all__ = [
    "AclSettings",
    "ArxivSettings",
    "EmailSettings",
    "MetricsSettings",
    "OwnerSettings",
    "PagesSettings",
    "Settings",
    "SlackSettings",
    "SubscriberSettings",
    "TopicSettings",
    "WebSettings",
    "load",
]
