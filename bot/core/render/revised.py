"""A revision in the words of its one line: the versions, and what changed between them."""

from bot.core.model import Entry, Former
from bot.core.render.wording import display, shorten
from bot.core.revision import Change, change_of

_TITLE = 160
_ACCEPTED = 160


def versions(entry: Entry) -> str:
    """Write `v2 → v3`, or `v3` where what was before is the same version or not known."""
    former, version = entry.former, entry.paper.version
    if former is None or former.version in (0, version):
        return f"v{version}"
    return f"v{former.version} → v{version}"


def accepted(entry: Entry) -> str:
    """Write where the paper is accepted, if this revision is the first to tell: display text."""
    return shorten(display(_change(entry).accepted), _ACCEPTED)


def withdrawn(entry: Entry, most: int) -> str:
    """Write that the paper is withdrawn, with what its comment says of that."""
    if not entry.paper.withdrawn:
        return ""
    comment = shorten(display(_change(entry).comment, entry.paper.readable), most)
    return f"withdrawn: {comment}" if comment else "withdrawn"


def changes(entry: Entry, most: int) -> tuple[str, ...]:
    """Write what else changed; a comment has at most `most` characters.

    Of a comment that tells acceptance or withdrawal, that is enough.
    """
    change = _change(entry)
    told = bool(change.accepted) or entry.paper.withdrawn
    comment = "" if told else shorten(display(change.comment, entry.paper.readable), most)
    title = shorten(display(change.title), _TITLE)
    words = (
        f"title was “{title}”" if title else "",
        f"comment: {comment}" if comment else "",
        "comment not yet known" if entry.paper.partial else "",
    )
    return tuple(filter(None, words))


def _change(entry: Entry) -> Change:
    """Tell what the entry's paper changed; without a former version, that nothing was known."""
    return change_of(entry.former or Former(0), entry.paper)
