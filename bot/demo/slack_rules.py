"""Slack's limits on a message, documented or not, held strictly: what its error code would be."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

BLOCKS = 50
SECTION = 3_000
HEADER = 150
ELEMENTS = 10
TEXT = 40_000
ALL_BLOCKS = 13_200
"""Undocumented: serialised characters from which on Slack was seen to refuse."""
METADATA = 8_000

_LINK = re.compile(r"<(https?://|mailto:)[^<>|\s]+(\|[^<>|\n]+)?>")
_ESCAPE = re.compile(r"&(amp|lt|gt);")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def fault_of(message: Mapping[str, Any]) -> str | None:
    """Give the error code for arguments of chat.postMessage that break a limit, else None.

    Slack itself lets unescaped text, mentions and characters that reorder text pass; here they
    are `invalid_blocks`, because nothing in a digest may hold them.
    """
    blocks, text = message.get("blocks"), message.get("text")
    if not text and not blocks:
        return "no_text"
    if isinstance(text, str) and len(text) > TEXT:
        return "msg_too_long"
    if blocks and len(json.dumps(blocks)) > ALL_BLOCKS:
        return "msg_blocks_too_long"
    if not _valid_metadata(message.get("metadata")):
        return "invalid_metadata_format"
    if blocks is not None and not _valid_blocks(blocks):
        return "invalid_blocks"
    return None if _clean(text or "") else "invalid_blocks"


def _valid_blocks(blocks: object) -> bool:
    if not isinstance(blocks, list) or not 0 < len(blocks) <= BLOCKS:
        return False
    return all(isinstance(block, dict) and _valid(block) for block in blocks)


def _valid(block: Mapping[str, Any]) -> bool:
    """Tell whether a block is of a kind that a digest uses, and within its limits."""
    match block:
        case {"type": "header", "text": {"type": "plain_text", "text": str(text)}}:
            return 0 < len(text) <= HEADER and _clean(text)
        case {"type": "section", "text": {"type": "mrkdwn" | "plain_text", "text": str(text)}}:
            return 0 < len(text) <= SECTION and _clean(text)
        case {"type": "context", "elements": [*elements]}:
            texts = list(_texts(elements))
            return 0 < len(elements) == len(texts) <= ELEMENTS and all(
                0 < len(text) <= SECTION and _clean(text) for text in texts
            )
        case {"type": "divider"}:
            return True
        case _:
            return False


def _texts(elements: list[Any]) -> Iterator[str]:
    for element in elements:
        match element:
            case {"type": "mrkdwn" | "plain_text", "text": str(text)}:
                yield text


def _clean(text: str) -> bool:
    """Tell whether nothing but links and the three escapes uses Slack's own characters."""
    rest = _ESCAPE.sub("", _LINK.sub(_label, text))
    return not set("&<>") & set(rest) and not _FORBIDDEN.search(rest)


def _label(link: re.Match[str]) -> str:
    return link[2] or ""


def _valid_metadata(metadata: object) -> bool:
    match metadata:
        case None:
            return True
        case {"event_type": str(), "event_payload": {}}:
            return len(json.dumps(metadata)) <= METADATA
        case _:
            return False
