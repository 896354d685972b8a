"""Slack's limits on a message, documented or not, held strictly: what its error code would be."""

import json
import re
from collections.abc import Mapping
from typing import Any

BLOCKS = 50
SECTION = 3_000
HEADER = 150
ELEMENTS = 10
FIELDS = 10
FIELD = 2_000
TEXT = 40_000
ALL_BLOCKS = 13_200
"""Undocumented: serialised characters from which on Slack was seen to refuse."""
METADATA = 8_000

_KEYS = {
    "header": {"type", "block_id", "text"},
    "section": {"type", "block_id", "text", "fields", "accessory", "expand"},
    "context": {"type", "block_id", "elements"},
    "divider": {"type", "block_id"},
}
"""The blocks that a digest may use, and the keys that each may have."""
_TEXT_KEYS = {"mrkdwn": {"verbatim"}, "plain_text": {"emoji"}}
_ARGUMENTS = {
    *("channel", "text", "blocks", "metadata", "thread_ts", "reply_broadcast"),
    *("unfurl_links", "unfurl_media", "mrkdwn", "parse", "link_names", "username"),
}
_LINK = re.compile(r"<(https?://|mailto:)[^<>|\s]+(\|[^<>|\n]+)?>")
_ESCAPE = re.compile(r"&(amp|lt|gt);")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def fault_of(message: Mapping[str, Any]) -> str | None:
    """Give the error code for arguments of chat.postMessage that break a limit, else None.

    Slack itself lets unescaped text, mentions and characters that reorder text pass; here they
    are `invalid_blocks`, because nothing in a digest may hold them.
    """
    blocks, text = message.get("blocks"), message.get("text")
    broken = {
        "invalid_arguments": not message.keys() <= _ARGUMENTS,
        "no_text": not text and not blocks,
        "msg_too_long": isinstance(text, str) and len(text) > TEXT,
        "msg_blocks_too_long": bool(blocks) and len(json.dumps(blocks)) > ALL_BLOCKS,
        "invalid_metadata_format": not _valid_metadata(message.get("metadata")),
        "invalid_blocks": not (blocks is None or _valid_blocks(blocks)) or not _clean(text or ""),
    }
    return next((code for code, found in broken.items() if found), None)


def _valid_blocks(blocks: object) -> bool:
    if not isinstance(blocks, list) or not 0 < len(blocks) <= BLOCKS:
        return False
    return all(isinstance(block, dict) and _valid(block) for block in blocks)


def _valid(block: Mapping[str, Any]) -> bool:
    """Tell whether a block is of a known kind, within its limits, and has no other keys."""
    known = _KEYS.get(str(block.get("type")))
    if known is None or not block.keys() <= known:
        return False
    match block:
        case {"type": "header", "text": text}:
            return _is_text(text, HEADER, ("plain_text",))
        case {"type": "section", "text": text}:
            return _is_text(text, SECTION) and ("fields" not in block or _are(block["fields"]))
        case {"type": "section", "fields": fields}:
            return _are(fields)
        case {"type": "context", "elements": [*elements]}:
            return 0 < len(elements) <= ELEMENTS and all(_is_text(one, SECTION) for one in elements)
        case _:
            return bool(block["type"] == "divider")


def _are(fields: object) -> bool:
    """Tell whether a value is the fields of a section."""
    return (
        isinstance(fields, list)
        and 0 < len(fields) <= FIELDS
        and all(_is_text(one, FIELD) for one in fields)
    )


def _is_text(value: object, most: int, kinds: tuple[str, ...] = ("mrkdwn", "plain_text")) -> bool:
    """Tell whether a value is a text object of one of these kinds, with no other keys."""
    match value:
        case {"type": str(kind), "text": str(text), **others}:
            fits = kind in kinds and others.keys() <= _TEXT_KEYS[kind]
            return fits and 0 < len(text) <= most and _clean(text)
        case _:
            return False


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
        case {"event_type": str(kind), "event_payload": {**payload}, **others}:
            sound = re.fullmatch(r"[a-z0-9_.-]{1,80}", kind) and not others
            plain = all(isinstance(value, str | int | float | bool) for value in payload.values())
            return bool(sound) and plain and len(json.dumps(metadata)) <= METADATA
        case _:
            return False
