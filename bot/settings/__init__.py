"""The configuration: TOML, the environment and a secrets directory become frozen settings."""

from bot.settings.loading import load, subscribers_at
from bot.settings.mail import EmailSettings
from bot.settings.model import Settings
from bot.settings.returned import BouncesSettings
from bot.settings.tables import (
    AclSettings,
    ArxivSettings,
    MetricsSettings,
    OwnerSettings,
    PagesSettings,
    SlackSettings,
    SubscriberSettings,
    WebSettings,
)
from bot.settings.topic import TopicSettings
from bot.settings.webhook import WebhookSettings

__all__ = [
    "AclSettings",
    "ArxivSettings",
    "BouncesSettings",
    "EmailSettings",
    "MetricsSettings",
    "OwnerSettings",
    "PagesSettings",
    "Settings",
    "SlackSettings",
    "SubscriberSettings",
    "TopicSettings",
    "WebSettings",
    "WebhookSettings",
    "load",
    "subscribers_at",
]
