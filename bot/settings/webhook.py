"""[[webhook]] as a frozen value: an incoming webhook of a chat system, whose URL is a secret."""

from typing import Literal

from pydantic import Field

from bot.settings.hooks import HookName, HookUrl
from bot.settings.tables import Table


class WebhookSettings(Table):
    """One [[webhook]]; its URL comes from the environment or a secrets directory."""

    name: HookName = Field(
        description="what subscribers call it; each name once", examples=['"team"']
    )
    format: Literal["slack", "mattermost", "discord"] = Field(
        default="slack",
        description="what it takes; Rocket.Chat takes what Mattermost does",
        examples=['"slack"', '"mattermost"'],
    )
    url: HookUrl | None = Field(default=None, description="where to post", examples=[])
