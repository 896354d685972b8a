"""A digest as Slack messages: one for the channel, the rest as replies in its thread.

Slack allows 50 blocks a message, 3,000 characters a section and 150 a header, and refuses some
13,200 serialised characters in all without documenting it (slackapi/bolt-js #2509). Everything is
therefore measured as it will be serialised, in ASCII, and kept well below that.
"""

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from bot.core.digest import Digest
from bot.core.model import Entry, Paper
from bot.core.render.byline import byline
from bot.core.render.completeness import completeness, note
from bot.core.render.revised import accepted, changes, versions, withdrawn
from bot.core.render.wording import (
    ACKNOWLEDGEMENT,
    NOT_YET_KNOWN,
    dated,
    display,
    headline,
    names,
    part_of,
    short_date,
    tally,
    weekday_date,
)
from bot.core.visible import visible

BLOCKS = 50
SERIALISED = 10_000
"""Characters of one request's JSON."""
TEXT = 4_000
"""Slack's recommendation for `text`; it cuts at 40,000."""
_ENVELOPE = 900
"""What channel, thread, metadata, the title in `text` and the footer take of SERIALISED."""
_COVERAGE = 900
"""What the line on completeness, or a note that nothing matched, takes at most."""
_TITLE = 300
"""What the title takes of TEXT."""
_COSTS = {"&": 5, "<": 4, ">": 4, '"': 2, "\\": 2}

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Payload:
    """One message: Block Kit `blocks`, and `text` that links the same papers on its own.

    `part` of `of` numbers the messages; `through` is how many of the digest's papers this message
    and those before it hold.
    """

    text: str
    blocks: list[Block]
    part: int
    of: int
    through: int

    def as_json(self) -> Block:
        """Give the message's own part of the request, without where it goes."""
        return {"text": self.text, "blocks": self.blocks}


def payloads(digest: Digest, *, done: int = 0, part: int = 1) -> list[Payload]:
    """Give the messages of a digest in order; the first opens the thread, the rest reply to it.

    With `done`, give only the replies that carry what is left after the first `done` papers,
    numbered from `part` on. No paper is ever left out.
    """
    drafts = [] if done else [_opening(digest)]
    entries = [(section.topic, entry) for section in digest.sections for entry in section.entries]
    for place, (topic, entry) in enumerate(entries[done:], start=done):
        continued = place > 0 and entries[place - 1][0] == topic
        if not drafts or not drafts[-1].take(topic, entry, continued=continued):
            drafts.append(_Draft())
            drafts[-1].take(topic, entry, continued=continued)
    if not done:
        drafts[0].blocks.append(_footer(digest, drafts[0].papers))
    of = part - 1 + len(drafts)
    messages = []
    for number, draft in enumerate(drafts, start=part):
        through = done + draft.papers
        text = draft.text(done, digest.count)
        messages.append(Payload(text, draft.blocks, number, of, through))
        done = through
    return messages


@dataclass(slots=True)
class _Draft:
    """A message while papers still go into it; `size` is what it will come to, serialised."""

    title: str = ""
    blocks: list[Block] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    topic: str | None = None
    revising: bool = False
    size: int = _ENVELOPE
    written: int = 0

    @property
    def papers(self) -> int:
        """How many papers it holds."""
        return len(self.lines)

    def take(self, topic: str, entry: Entry, *, continued: bool) -> bool:
        """Take the paper, under its topic's heading where that is new here, if there is room."""
        blocks = [] if topic == self.topic else [_heading(topic, continued=continued)]
        revising = entry.kind == "replace"
        if revising and (blocks or not self.revising):
            blocks.append(_context("*Revised*"))
        blocks.append(_context(_revised(entry)) if revising else _section(_described(entry)))
        line = f"• {_title(entry.paper)}{f' ({versions(entry)})' if revising else ''}"
        written = self.written + len(json.dumps(line))
        size = self.size + len(json.dumps(line)) + len(json.dumps(blocks))
        if len(self.blocks) + len(blocks) >= BLOCKS or size > SERIALISED or written > TEXT - _TITLE:
            return False
        self.blocks += blocks
        self.lines.append(line)
        self.topic, self.revising, self.size, self.written = topic, revising, size, written
        return True

    def text(self, before: int, count: int) -> str:
        """Write the message without blocks: for notifications, screen readers, as a last resort."""
        first, last = before + 1, before + self.papers
        which = f"Papers {first}–{last}" if first < last else f"Paper {last}"
        title = self.title or f"{which} of {count}"
        return "\n".join([title, *self.lines])


def _opening(digest: Digest) -> _Draft:
    """Begin the first message: the date, and how many papers there are for each topic."""
    title = " · ".join(filter(None, ["Daily Papers", weekday_date(digest.date), part_of(digest)]))
    summary = headline(digest)
    topics = " · ".join(f"{one.topic} {tally(one)}" for one in digest.sections)
    if topics:
        summary += f": {escaped(topics, 1500)}"
    if digest.test:
        title = f"TEST · {title}"
        summary = f"A test digest, sent because somebody asked for it. {summary}"
    blocks = [_header(title), _context(summary)]
    if digest.is_note:
        blocks.append(_section(escaped(" ".join(note(digest)), _COVERAGE)))
    title = f"{title}: {headline(digest)}"
    size = _ENVELOPE + len(json.dumps([blocks, _covered(digest)]))
    return _Draft(title, blocks, size=size)


def _footer(digest: Digest, held: int) -> Block:
    """End the first message: where the other papers are, what there was, and arXiv's due."""
    more = digest.count - held
    thread = f"{more} more in the thread of this message. " if more else ""
    return _context(thread + _covered(digest) + ACKNOWLEDGEMENT)


def _covered(digest: Digest) -> str:
    """Write the line on completeness, if there is one."""
    return f"{escaped(completeness(digest.coverage), _COVERAGE)} " if digest.coverage else ""


def _described(entry: Entry) -> str:
    """Describe one paper in mrkdwn, in at most 3,000 characters even when serialised."""
    paper = entry.paper
    date = dated(paper) if paper.partial else short_date(paper.published.date())
    facts = [escaped(", ".join(paper.categories), 200), date]
    if entry.kind == "cross":
        facts.append("cross-list")
    if paper.partial:
        facts.append(NOT_YET_KNOWN)
    if len(entry.topics) > 1:
        facts.append(escaped(f"in {names(entry.topics, len(entry.topics))}", 300))
    facts.append(_link(paper.pdf_url, "PDF"))
    lines = [f"*{_title(paper)}*", _authors(entry), " · ".join(filter(None, facts))]
    comment = escaped(display(paper.comment or ""), 300)
    lines.append(comment and f"Comment: {comment}")
    lines.append(escaped(display(paper.abstract), 420))
    return "\n".join(line for line in lines if line)


def _authors(entry: Entry) -> str:
    """Name the authors, those in bold who are followed: they are not cut away with the others."""
    left, written = 300, ""
    for words, followed in byline(entry.paper.authors, entry.followed):
        if followed:
            # An asterisk in a name would end its bold type.
            written += f"*{escaped(words.replace('*', '∗'), 80)}*"
        elif left > _cost("…"):
            before, after = words[:1].isspace(), words[-1:].isspace()
            written += f"{' ' * before}{escaped(words, left)}{' ' * after}"
            left -= min(left, sum(map(_cost, words)))
        else:
            written += " "
    return written.strip()


def _revised(entry: Entry) -> str:
    """Tell a revision in one line of mrkdwn."""
    good = escaped(accepted(entry), 300)
    told = [withdrawn(entry, 200), *changes(entry, 200)]
    facts = [_title(entry.paper), versions(entry), good and f"*{good}*"]
    facts.append(escaped(" · ".join(filter(None, told)), 600))
    if len(entry.topics) > 1:
        facts.append(escaped(f"in {names(entry.topics, len(entry.topics))}", 300))
    return " · ".join(filter(None, facts))


def _title(paper: Paper) -> str:
    """Link the paper's title to its abstract page; a withdrawn one says so first."""
    # The first bar in a link ends its URL; Slack is not trusted with a second one.
    label = escaped(display(paper.title).replace("|", "∣"), 400)
    mark = "[withdrawn] " if paper.withdrawn else ""
    return _link(paper.url, f"{mark}{label or paper.id}")


def _heading(topic: str, *, continued: bool) -> Block:
    """Head a topic's papers; later messages repeat it."""
    return _header((escaped(topic, 120) or "Papers") + (" (continued)" if continued else ""))


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _section(mrkdwn: str) -> Block:
    return {"type": "section", "text": _mrkdwn(mrkdwn)}


def _context(mrkdwn: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(mrkdwn)]}


def _mrkdwn(text: str) -> Block:
    # Without `verbatim` Slack would make mentions and channel links of words in outside text.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _link(url: str, label: str) -> str:
    return f"<{url}|{label}>"


def escaped(text: str, limit: int) -> str:
    """Make outside text safe where Slack shows it, in at most `limit` characters of ASCII JSON.

    It is cut at a word where there is one near, with "…", and never inside an escape.
    """
    text = visible(text)
    costs = list(accumulate(_cost(character) for character in text))
    if costs and costs[-1] > limit:
        text = _cut(text, bisect_right(costs, limit - _cost("…")))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, length: int) -> str:
    """Cut to `length` characters or a few less, so that no word is broken if that can be."""
    kept = text[:length]
    if not text[length : length + 1].isspace():
        words, _, broken = kept.rpartition(" ")
        kept = words if len(broken) < length // 2 else kept
    return kept.rstrip(" ,;:.") + "…"


def _cost(character: str) -> int:
    """How many characters of ASCII JSON one character takes once it is escaped."""
    if character.isascii():
        return _COSTS.get(character, 1)
    return 6 if character <= "\uffff" else 12
