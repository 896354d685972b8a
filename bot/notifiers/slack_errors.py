"""What Slack's error codes mean for a delivery, and what a person can do about each.

Sources: Slack's list of errors for chat.postMessage and the conversations methods. A code that
stands in no table was still answered with `ok: false`, and only PARTLY_DONE are documented as
having maybe been done, so the message was refused: such a delivery is tried again later, within
its lifetime, rather than suspending somebody for a code that we do not know.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.core.errors import DeliveryError, PermanentFailure, TemporaryFailure, Uncertain
from bot.core.visible import visible

ADDRESS: Mapping[str, str] = MappingProxyType(
    {
        "channel_not_found": (
            "there is no such channel, or it is private and the bot is not in it: "
            "correct the name, or invite the bot there: /invite @<the bot's name>"
        ),
        "not_in_channel": "invite the bot there: /invite @<the bot's name>",
        "is_archived": "the channel is archived: unarchive it, or name another",
        "restricted_action": "the workspace's rules keep the bot from posting there: ask its admin",
        "restricted_action_read_only_channel": "the channel is read-only: let the bot post there",
        "restricted_action_thread_only_channel": "the channel takes replies only: name another",
        "restricted_action_non_threadable_channel": "the channel takes no replies: name another",
        "user_not_found": "there is no such person: correct the id",
        "user_disabled": "that person's account is deactivated: name another",
        "messages_tab_disabled": "switch the Messages tab on: App Home in the app's settings",
        "cannot_dm_bot": "that id belongs to a bot: name a person or channel",
    }
)
"""At fault is the channel or person; it is suspended."""

WORKSPACE: Mapping[str, str] = MappingProxyType(
    {
        "invalid_auth": "the token is wrong: copy the Bot User OAuth Token again",
        "not_authed": "no token was sent: set DAILY_PAPERS_SLACK__TOKEN",
        "account_inactive": "the token's bot or workspace is gone: install the app again",
        "token_revoked": "the token was revoked: install the app again and copy its new token",
        "token_expired": "the token has expired: install the app again and copy its new token",
        "missing_scope": "give the app the scope that it lacks, then install it again",
        "not_allowed_token_type": "use the Bot User OAuth Token, which starts with xoxb-",
        "ekm_access_denied": "the workspace's admins have suspended posting: ask them",
        "org_login_required": "the workspace is moving to an organisation: try once it is done",
        "team_access_not_granted": "the app may not act in this workspace: ask its admin",
        "access_denied": "the app may not do this in the workspace: ask its admin",
    }
)
"""At fault is the token or the workspace; nothing more is sent to anybody there for a while."""

OURS = frozenset(
    {
        *("msg_too_long", "no_text", "invalid_blocks", "invalid_blocks_format"),
        *("msg_blocks_too_long", "metadata_too_large", "invalid_metadata_format"),
        *("invalid_metadata_schema", "invalid_arguments", "markdown_text_conflict"),
    }
)
"""At fault is the message that we built."""

PARTLY_DONE = frozenset({"internal_error", "fatal_error"})
"""Documented as maybe having been done in part."""

RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})


def refusal(code: str, answer: Mapping[str, Any], retry_after: float | None) -> DeliveryError:
    """Turn an error code, and the rest of the answer that bore it, into what a delivery does."""
    if code in RATE_LIMITED:
        return TemporaryFailure("Slack asks to wait (ratelimited)", retry_after=retry_after)
    if code in ADDRESS:
        return PermanentFailure(f"Slack: {code}: {ADDRESS[code]}", scope="address")
    if code in WORKSPACE:
        needed = visible(str(answer.get("needed", "")))[:100]
        lacking = f" ({needed})" if needed else ""
        return PermanentFailure(f"Slack: {code}{lacking}: {WORKSPACE[code]}", scope="channel")
    if code in OURS:
        return PermanentFailure(f"Slack refused the message itself: {code}", scope="delivery")
    if code in PARTLY_DONE:
        return Uncertain(f"Slack failed half-way ({code})")
    return TemporaryFailure(f"Slack refused: {visible(code)[:100]}", retry_after=retry_after)


def seconds(retry_after: str | None) -> float | None:
    """Read a Retry-After header: whole or fractional seconds, else None."""
    try:
        value = float(retry_after or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
