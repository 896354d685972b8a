"""A digest as Slack messages: one for the channel, and where it is long the rest after it.

Slack allows 50 blocks a message, 3,000 characters a section and 150 a header, and refuses some
13,200 serialised characters in all without documenting it (slackapi/bolt-js #2509). Everything is
therefore measured as it will be serialised, in ASCII, and kept well below that.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

from bot.core.digest import Digest, Layout, Section
from bot.core.model import Entry
from bot.core.plain_texts import plain_texts
from bot.core.render.completeness import completeness, note
from bot.core.render.wording import ACKNOWLEDGEMENT, headline, part_of, tally, weekday_date
from bot.core.slack_papers import described, layouts, listed, revised
from bot.core.slack_text import escaped

Arrangement = Literal["thread", "inline", "posts"]
"""Where papers stand: all in the thread of a first message that sums them up; in the first message
and then its thread; or in messages one after the other, where there are no threads."""

IN_SIGHT = {"full": 3, "compact": 5, "titles": 10}
"""So many papers of a layout fill no more of a screen than the message that would sum them up: they
stand in the channel, whatever the arrangement, as nobody should have to open a thread for one."""
_SUMMED_UP = 10
"""How many titles the first message of a thread shows, and how many a topic."""
_SUMMED_UP_A_TOPIC = 5

BLOCKS = 50
SECTION = 3_000
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

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Payload:
    """One message: Block Kit `blocks`, and `text` that links the same papers on its own.

    `part` of `of` numbers the messages; `through` is how many of the digest's papers this message
    and those before it hold: none where it only sums them up. A plain one has no blocks.
    """

    text: str
    blocks: list[Block]
    part: int
    of: int
    through: int

    def as_json(self) -> Block:
        """Give the message's own part of the request, without where it goes."""
        return {"text": self.text, **({"blocks": self.blocks} if self.blocks else {})}


def payloads(
    digest: Digest, arrangement: Arrangement = "inline", *, done: int = 0, part: int = 1
) -> list[Payload]:
    """Give the messages of a digest in order; but for "posts", the first opens the thread.

    With `part` above 1, give only the replies from that number on, with what is left after the
    first `done` papers. No paper is ever left out.
    """
    begins = part == 1 and not done
    drafts = [_opening(digest, arrangement)] if begins else []
    entries = [(section.topic, entry) for section in digest.sections for entry in section.entries]
    layout = layouts(digest)
    for place, (topic, entry) in enumerate(entries[done:], start=done):
        continued = place > 0 and entries[place - 1][0] == topic
        if not drafts or not drafts[-1].take(topic, entry, layout[place], continued=continued):
            drafts.append(_Draft())
            drafts[-1].take(topic, entry, layout[place], continued=continued)
    of = part - 1 + len(drafts)
    if begins:
        drafts[0].blocks.append(_footer(digest, drafts[0], arrangement, of))
    if arrangement == "posts":
        for number, draft in enumerate(drafts[1:], start=2):
            draft.title = f"{_title(digest)} · message {number} of {of}"
            draft.blocks.insert(0, _context(draft.title))
    through = accumulate((draft.papers for draft in drafts), initial=done)
    return [
        Payload(draft.text(before, digest.count), draft.blocks, number, of, before + draft.papers)
        for number, (draft, before) in enumerate(zip(drafts, through, strict=False), start=part)
    ]


def plain_payloads(digest: Digest, *, done: int = 0, part: int = 1) -> list[Payload]:
    """Give messages of titles and links alone, for when `payloads` fails; its numbers hold."""
    texts = plain_texts(digest, lambda text: escaped(text, TEXT // 2), most=TEXT, done=done)
    of = part - 1 + len(texts)
    return [
        Payload(one.text, [], number, of, one.through) for number, one in enumerate(texts, part)
    ]


@dataclass(slots=True)
class _Draft:
    """A message while papers still go into it; `size` is what it will come to, serialised.

    `closed` to papers is one that only sums them up. `lines` are those of its text.
    """

    title: str = ""
    blocks: list[Block] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    papers: int = 0
    closed: bool = False
    topic: str | None = None
    before: Literal["paper", "title", "revision"] | None = None
    size: int = _ENVELOPE
    written: int = 0

    def take(self, topic: str, entry: Entry, layout: Layout, *, continued: bool) -> bool:
        """Take the paper, under its topic's heading where that is new here, if there is room."""
        blocks = [] if topic == self.topic else [_heading(topic, continued=continued)]
        if entry.kind == "replace":
            if blocks or self.before != "revision":
                blocks.append(_context("*Revised*"))
            blocks.append(_context(revised(entry)))
        elif not self._joins(entry, layout, blocks):
            blocks.append(_section(described(entry, layout)))
        if self.closed or not self._has_room(blocks, [listed(entry)]):
            return False
        if not blocks:
            self.blocks[-1]["text"]["text"] += f"\n{listed(entry)}"
        self.topic, self.papers = topic, self.papers + 1
        if entry.kind == "replace":
            self.before = "revision"
        else:
            self.before = "title" if layout == "titles" else "paper"
        return True

    def sum_up(self, sections: Sequence[Section]) -> None:
        """Show the first titles of each topic, as far as there is room, and take no paper."""
        self.closed = True
        each = max(1, min(_SUMMED_UP_A_TOPIC, _SUMMED_UP // len(sections)))
        for section in sections[:_SUMMED_UP]:
            lines = [listed(entry) for entry in section.entries[:each]]
            more = len(section.entries) - len(lines)
            told = [f"*{escaped(section.topic, 120) or 'Papers'}* · {tally(section)}", *lines]
            told += [f"… and {more} more"] if more else []
            if not self._has_room([_section("\n".join(told))], lines):
                return

    def text(self, before: int, count: int) -> str:
        """Write the message without blocks: for notifications, screen readers, as a last resort."""
        first, last = before + 1, before + self.papers
        which = f"Papers {first}–{last}" if first < last else f"Paper {last}"
        title = self.title or f"{which} of {count}"
        return "\n".join([title, *self.lines])

    def _joins(self, entry: Entry, layout: Layout, blocks: Sequence[Block]) -> bool:
        """Tell whether a bare title goes into the list of titles that the last block is."""
        if layout != "titles" or blocks or self.before != "title":
            return False
        written = self.blocks[-1]["text"]["text"] + listed(entry)
        return len(json.dumps(written)) < SECTION

    def _has_room(self, blocks: list[Block], lines: list[str]) -> bool:
        """Put blocks, and lines of the text, at the end if no limit is passed."""
        told = sum(len(json.dumps(line)) for line in lines)
        # A title that joins a list stands in the text and, without a block of its own, in the list.
        shown = len(json.dumps(blocks)) if blocks else told
        size, written = self.size + told + shown, self.written + told
        if len(self.blocks) + len(blocks) >= BLOCKS or size > SERIALISED or written > TEXT - _TITLE:
            return False
        self.blocks += blocks
        self.lines += lines
        self.size, self.written = size, written
        return True


def _opening(digest: Digest, arrangement: Arrangement) -> _Draft:
    """Begin the first message: the date, and how many papers there are for each topic."""
    title = _title(digest)
    summary = headline(digest)
    topics = " · ".join(f"{one.topic} {tally(one)}" for one in digest.sections)
    if topics:
        summary += f": {escaped(topics, 1500)}"
    if digest.test:
        summary = f"A test digest, sent because somebody asked for it. {summary}"
    blocks = [_header(title), _context(summary)]
    if digest.is_note:
        blocks.append(_section(escaped(" ".join(note(digest)), _COVERAGE)))
    title = f"{title}: {headline(digest)}"
    size = _ENVELOPE + len(json.dumps([blocks, _covered(digest)]))
    draft = _Draft(title, blocks, size=size)
    if arrangement == "thread" and digest.count > IN_SIGHT[digest.style.layout]:
        draft.sum_up(digest.sections)
    return draft


def _title(digest: Digest) -> str:
    title = " · ".join(filter(None, ["Daily Papers", weekday_date(digest.date), part_of(digest)]))
    return f"TEST · {title}" if digest.test else title


def _footer(digest: Digest, first: _Draft, arrangement: Arrangement, of: int) -> Block:
    """End the first message: where the other papers are, what there was, and arXiv's due."""
    more = digest.count - first.papers
    where = "the thread of this message"
    if arrangement == "posts":
        where = f"the message{'s' if of > 2 else ''} after this one, 1 of {of}"
    which = f"All {more} are" if first.closed else f"{more} more"
    told = f"{which} in {where}. " if more else ""
    return _context(told + _covered(digest) + ACKNOWLEDGEMENT)


def _covered(digest: Digest) -> str:
    """Write the line on completeness, if there is one."""
    return f"{escaped(completeness(digest.coverage), _COVERAGE)} " if digest.coverage else ""


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
