"""What would be sent, in every form that a channel would carry it."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.core import slack_blocks
from bot.core.digest import Digest
from bot.core.render import forms, subject
from bot.core.subscription import Subscription
from bot.notifiers.webhook import messages_of
from bot.settings import Settings


def rendered(
    previews: Sequence[tuple[Subscription, Sequence[Digest]]], settings: Settings
) -> list[dict[str, Any]]:
    """Render each digest as HTML, text and Slack JSON; for a webhook as what it is posted, too."""
    return [
        _rendered(subscription, digest, settings)
        for subscription, digests in previews
        for digest in digests
    ]


def _rendered(subscription: Subscription, digest: Digest, settings: Settings) -> dict[str, Any]:
    """Render one digest in the forms in which it would be sent."""
    text, html = next(iter(forms(digest)))
    papers = settings.slack.papers if settings.slack else "thread"
    formats = {one.name: one.format for one in settings.webhook}
    posted = {}
    if subscription.channel == "webhook":
        posted["webhook"] = messages_of(digest, formats[subscription.address])
    return {
        "subscriber": subscription.subscriber,
        "channel": subscription.channel,
        "address": subscription.address,
        "subject": subject(digest),
        "papers": digest.count,
        "text": text,
        "html": html,
        "slack": [payload.as_json() for payload in slack_blocks.payloads(digest, papers)],
        **posted,
    }


def written(shown: Sequence[dict[str, Any]], folder: Path) -> list[str]:
    """Write each rendering into `folder`, and tell the files' names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number, one in enumerate(shown, start=1):
        stem = re.sub(r"[^A-Za-z0-9.]+", "-", f"{number:02d} {one['subscriber']} {one['channel']}")
        for ending, content in (
            ("html", one["html"]),
            ("txt", one["text"]),
            *(
                (f"{form}.json", json.dumps(one[form], indent=2, ensure_ascii=False))
                for form in ("slack", "webhook")
                if form in one
            ),
        ):
            path = folder / f"{stem[:100]}.{ending}"
            path.write_text(content, encoding="utf-8")
            names.append(str(path))
    return names
