"""Papers in Slack's mrkdwn: one described in a few lines, a revision in one, a title alone."""

from bot.core.digest import Digest, Layout
from bot.core.model import Entry, Paper
from bot.core.render.byline import byline
from bot.core.render.page import told
from bot.core.render.revised import accepted, changes, versions, withdrawn
from bot.core.render.wording import NOT_YET_KNOWN, dated, display, names, short_date
from bot.core.slack_text import bold, cost, escaped, link

_ABSTRACT = 420
_COMMENT = 300


def layouts(digest: Digest) -> list[Layout]:
    """Tell for each entry, in the digest's order, how its reader wants to see it."""
    left = told(digest)
    layout: list[Layout] = []
    for section in digest.sections:
        for entry in section.entries:
            layout.append(digest.style.layout if left > 0 else "titles")
            left -= entry.kind != "replace"
    return layout


def described(entry: Entry, layout: Layout) -> str:
    """Describe one paper in at most 3,000 characters even when serialised."""
    if layout == "titles":
        return listed(entry)
    paper = entry.paper
    lines = [f"*{title(paper)}*", _authors(entry), _facts(entry)]
    comment = bold(display(paper.comment or "", paper.readable), entry.marks.comment, _COMMENT)
    lines.append(comment and f"Comment: {comment}")
    if layout == "full":
        lines.append(bold(display(paper.abstract, paper.readable), entry.marks.abstract, _ABSTRACT))
    return "\n".join(line for line in lines if line)


def listed(entry: Entry) -> str:
    """List one paper by its title alone."""
    revised_to = f" ({versions(entry)})" if entry.kind == "replace" else ""
    return f"• {title(entry.paper)}{revised_to}"


def revised(entry: Entry) -> str:
    """Tell a revision in one line."""
    good = escaped(accepted(entry), 300)
    told = [withdrawn(entry, 200), *changes(entry, 200)]
    parts = [title(entry.paper), versions(entry), good and f"*{good}*"]
    parts.append(escaped(" · ".join(filter(None, told)), 600))
    parts.append(escaped(_others(entry), 300))
    return " · ".join(filter(None, parts))


def title(paper: Paper) -> str:
    """Link the paper's title to its abstract page; a withdrawn one says so first."""
    # The first bar in a link ends its URL; Slack is not trusted with a second one.
    label = escaped(display(paper.title, paper.readable).replace("|", "∣"), 400)
    mark = "[withdrawn] " if paper.withdrawn else ""
    return link(paper.url, f"{mark}{label or paper.id}")


def facts(entry: Entry) -> list[str]:
    """Tell what else there is to know of a paper in a few words: outside text, unescaped."""
    paper = entry.paper
    told = [
        display(", ".join(paper.categories)),
        dated(paper) if paper.partial else short_date(paper.published.date()),
        "cross-list" if entry.kind == "cross" else "",
        NOT_YET_KNOWN if paper.partial else "",
        _others(entry),
    ]
    return [one for one in told if one]


def _facts(entry: Entry) -> str:
    told = [escaped(fact, 300) for fact in facts(entry)]
    return " · ".join([*filter(None, told), link(entry.paper.pdf_url, "PDF")])


def _others(entry: Entry) -> str:
    """Name the topics where there are several."""
    return f"in {names(entry.topics, len(entry.topics))}" if len(entry.topics) > 1 else ""


def _authors(entry: Entry) -> str:
    """Name the authors, those in bold who are followed: they are not cut away with the others."""
    left, written = 300, ""
    for words, followed in byline(entry.paper.authors, entry.followed):
        if followed:
            written += f"*{escaped(words, 80)}*"
        elif left > cost("…"):
            before, after = words[:1].isspace(), words[-1:].isspace()
            written += f"{' ' * before}{escaped(words, left)}{' ' * after}"
            left -= min(left, sum(map(cost, words)))
        else:
            written += " "
    return written.strip()
