"""What an incoming webhook's answer means for a delivery, and what a person can do about it.

Slack answers a word of plain text, Mattermost and Rocket.Chat JSON, Discord either. Sources:
Slack's page on incoming webhooks and their errors, Mattermost's app/webhook.go, Rocket.Chat's
integrations and Discord's documentation of Slack-compatible webhooks.
"""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType

from bot.core.errors import DeliveryError, PermanentFailure, TemporaryFailure, Uncertain
from bot.notifiers.slack_errors import seconds

GONE: Mapping[str, str] = MappingProxyType(
    {
        "no_service": "the webhook was removed or switched off: make a new one and set its URL",
        "no_service_id": "the URL is not whole: copy it once more",
        "no_team": "there is no such workspace: copy the URL once more",
        "no_active_hooks": "the webhook was switched off: make a new one and set its URL",
        "invalid_token": "the URL is wrong: copy it once more",
        "team_disabled": "the workspace is switched off: ask its admin",
        "channel_not_found": "its channel is gone: make a new one and set its URL",
        "channel_is_archived": "its channel is archived: unarchive it, or make a new webhook",
        "user_not_found": "its owner is gone: make a new one and set its URL",
        "action_prohibited": "an admin has forbidden it: ask them",
        "posting_to_general_channel_denied": "it may not post to #general: name another channel",
        "incoming_webhook.disabled": "the server has incoming webhooks switched off: ask its admin",
        "incoming_webhook.invalid": "there is no such webhook: make a new one and set its URL",
        "incoming_webhook.channel": "its channel is gone: make a new one and set its URL",
        "incoming_webhook.permissions": "its owner may not post there: make a new one",
        "incoming_webhook.user": "its owner is gone: make a new one and set its URL",
    }
)
"""At fault is the webhook; it is suspended."""

OURS = frozenset(
    {
        *("invalid_payload", "no_text", "too_many_attachments", "invalid_blocks"),
        *("invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"),
        *("incoming_webhook.text", "incoming_webhook.parse", "incoming_webhook.split_props"),
    }
)
"""At fault is the message that we built."""

_GONE = frozenset({401, 403, 404, 405, 410, 501})
_OURS = frozenset({400, 413, 415, 422})
_MAKE = "make a new webhook and set its URL"
_DISCORD_GONE = 10015
_WORD = re.compile(r"[a-z_.]{1,60}")


def accepted(status: int, said: str) -> bool:
    """Tell whether an answer says that the post was taken.

    What is not refused in so many words counts as taken: a channel that was posted to once more at
    each of a hundred tries, because a server has a word of its own for "ok", is worse.
    """
    answer = _json(said)
    denied = answer.get("success") is False or answer.get("ok") is False
    is_page = said.lstrip().startswith("<")
    return 200 <= status < 300 and not (denied or is_page or _code(said, answer) in {*GONE, *OURS})


def refusal(status: int, said: str, retry_after: str | None) -> DeliveryError:
    """Turn any other answer into what a delivery does."""
    code = _code(said, _json(said))
    if status == 429:
        wait = seconds(retry_after)
        return TemporaryFailure("the webhook asks to wait (429)", retry_after=wait)
    if code in OURS or (code not in GONE and status in _OURS):
        return PermanentFailure(f"the webhook refused the message itself: {code or status}")
    if code in GONE or status in _GONE:
        cure = f"{code}: {GONE[code]}" if code in GONE else f"HTTP {status}: {_MAKE}"
        return PermanentFailure(f"webhook: {cure}", scope="address")
    if status < 300 or status >= 500:
        # A gateway may answer so when what stands behind it has accepted the message.
        return Uncertain(f"the webhook answered HTTP {status} without saying ok")
    if status < 400:
        return TemporaryFailure(f"the webhook redirects (HTTP {status}), which is not followed")
    return TemporaryFailure(f"the webhook answered HTTP {status}")


def lives(status: int, said: str) -> DeliveryError | None:
    """Judge Slack's answer to a post without text: None where the webhook would post one."""
    if _code(said, _json(said)) in OURS:
        return None
    if accepted(status, said):
        return Uncertain("it answers as Slack does not: is the URL right?")
    return refusal(status, said, None)


def _code(said: str, answer: Mapping[str, object]) -> str:
    """Give the word by which the answer names its error, as GONE has it; empty if there is none."""
    if answer.get("code") == _DISCORD_GONE:
        return "no_service"
    told = answer.get("id") or answer.get("error") or ""
    word = str(told) if answer else said.strip()
    word = word.removeprefix("web.").removesuffix(".app_error")
    return word if _WORD.fullmatch(word) else ""


def _json(said: str) -> Mapping[str, object]:
    try:
        answer = json.loads(said)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
