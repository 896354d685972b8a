"""Asking the ledger why a paper came to a subscriber or did not; nothing is fetched or changed."""

from datetime import datetime
from difflib import get_close_matches

from bot.core.errors import ConfigError
from bot.core.likely_id import typed_id
from bot.core.story import Story
from bot.core.subscription import polled_for
from bot.core.why import Answer, Question, answer
from bot.interfaces import Telling
from bot.settings import Settings
from bot.stored import everybody, reading


async def inquire(settings: Settings, subscriber: str, paper: str, now: datetime) -> Answer:
    """Answer for a subscriber by name and a paper by any form of its id; a bot may be running.

    Raises ConfigError, with what was likely meant, for a subscriber that neither the configuration
    nor the ledger knows, and for what is no id.
    """
    try:
        asked = typed_id(paper)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    story = Story(asked.base)
    async with reading(settings) as store:
        subscriptions = await everybody(store, settings)
        if isinstance(store, Telling):
            story = await store.story(subscriber, asked.base, now)
    names = [one.name for one in settings.subscriber]
    if subscriber not in names and not story.held:
        raise ConfigError(_unknown(subscriber, names))
    wanted = [one for one in subscriptions if one.subscriber == subscriber]
    scopes = polled_for(subscriptions, story.head.baselined, settings.watched())
    return answer(Question(subscriber, asked, wanted, scopes, now), story)


def _unknown(subscriber: str, names: list[str]) -> str:
    """Say that nobody has the name, and who was likely meant."""
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(subscriber.casefold(), list(folded), n=1, cutoff=0.6)
    if near:
        return f"no subscriber is named {subscriber!r}: did you mean {folded[near[0]]}?"
    return f"no subscriber is named {subscriber!r}. There are: {', '.join(sorted(names))}."
