"""The whole configuration as one frozen value, and what the steps need of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, PrivateAttr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.core.enrolment import Enrolment
from bot.core.refusal import Refusal
from bot.core.subscription import Subscription, Topic
from bot.settings import subscriptions
from bot.settings.apprise_urls import secrets_of
from bot.settings.mail import EmailSettings
from bot.settings.places import FilePath
from bot.settings.returned import BouncesSettings
from bot.settings.signup import SignupSettings, enrolment_of
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
from bot.settings.times import Retention
from bot.settings.topic import TopicSettings
from bot.settings.webhook import WebhookSettings


class Settings(BaseSettings):
    """The whole configuration. `bot.settings.load` makes one; made directly, it reads nothing."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="DAILY_PAPERS_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    database: FilePath = Field(
        default=Path("var/daily-papers.db"),
        validate_default=True,
        description="the SQLite file that holds everything",
        examples=['"var/daily-papers.db"'],
    )
    retention: Retention = Field(
        default=timedelta(days=730),
        description="how long papers and settled deliveries are kept",
        examples=['"2y"'],
    )
    owner: OwnerSettings = OwnerSettings()
    arxiv: ArxivSettings = ArxivSettings()
    email: EmailSettings | None = None
    bounces: BouncesSettings = BouncesSettings()
    slack: SlackSettings | None = None
    metrics: MetricsSettings = MetricsSettings()
    web: WebSettings = WebSettings()
    pages: PagesSettings = PagesSettings()
    signup: SignupSettings = SignupSettings()
    acl: AclSettings = AclSettings()
    webhook: tuple[WebhookSettings, ...] = ()
    topic: tuple[TopicSettings, ...] = ()
    subscriber: tuple[SubscriberSettings, ...] = ()
    _refused: tuple[Refusal, ...] = PrivateAttr(())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what is given: `load` reads and layers the sources, to report on each."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def contact(self) -> str | None:
        """Whom arXiv can write to: `arxiv.contact`, else the first address of the owner."""
        return self.arxiv.contact or next(
            (address for address in self.owner.email if address.isascii()), None
        )

    def secrets(self) -> tuple[str, ...]:
        """Every secret there is, for the logs to hide."""
        held = (
            self.email and self.email.password,
            self.email and self.email.dkim_pem,
            self.bounces.password,
            self.slack and self.slack.token,
            *(one.url for one in self.webhook),
        )
        services = [one.get_secret_value() for who in self.subscriber for one in who.apprise]
        heartbeat = (self.owner.heartbeat,) if self.owner.heartbeat else ()
        parts = [part for url in services for part in secrets_of(url)]
        return (*(secret.get_secret_value() for secret in held if secret), *heartbeat, *parts)

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """The topics of the configuration that are not among `topic`, or not as it has them."""
        return self._refused

    def refusing(self, refused: tuple[Refusal, ...]) -> Self:
        """Give the same settings with these topics refused."""
        copy = self.model_copy()
        copy._refused = refused  # noqa: SLF001  # of its own class
        return copy

    def keeping(self, before: "Settings") -> "Settings":
        """Put for each refused topic the one of its name that was in force `before`, if any."""
        known = {one.name: one for one in before.topic}
        topics = list(self.topic)
        missing = 0
        for one in self._refused:
            if one.topic in known:
                topics.insert(one.place - missing, known[one.topic])
            else:
                missing += 1
        kept = (replace(one, stays=one.topic in known) for one in self._refused)
        return self.model_copy(update={"topic": tuple(topics)}).refusing(tuple(kept))

    def shown(self) -> tuple[Topic, ...]:
        """Give the topics of the pages, in their order; none where there is no [pages]."""
        if "pages" not in self.model_fields_set:
            return ()
        wanted = self.pages.topics
        topics = {one.name: one.topic for one in self.topic}
        return tuple(topics[one] for one in wanted or topics if one in topics)

    def enrolment(self) -> Enrolment:
        """Say how those are subscribed who sign up by themselves, and whether they may."""
        return enrolment_of(self)

    def watched(self) -> tuple[Topic, ...]:
        """Give the topics that are polled for though nobody may be subscribed to them.

        Those of the pages, and those that may be chosen by whoever signs up.
        """
        asked = self.enrolment()
        return tuple(dict.fromkeys((*self.shown(), *(asked.topics if asked.open else ()))))

    def subscriptions(self) -> tuple[Subscription, ...]:
        """One for each subscriber, channel and address, in the order of the file."""
        return subscriptions.subscriptions_of(self)
