"""All that is shown is the same, to the octet, with text read back and with text read anew."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bibliography import Bibliography, Person
from bot.bibliography_report import bibliography_json
from bot.core import latex, readers, slack_blocks
from bot.core.backtest.examples import example_of
from bot.core.bibliography import Work
from bot.core.clauses import clauses
from bot.core.digest import sections_of
from bot.core.model import Entry, Former, Paper
from bot.core.query import parse
from bot.core.readers import Readers
from bot.core.render import encoded
from bot.core.render.wording import display
from bot.notifiers.message import build
from bot.notifiers.webhook import Format, messages_of
from bot.search_report import found_json
from bot.searching import Found
from bot.store import SqliteStore, edition, readable
from bot.store.rows import paper_row, shown_paper_of
from tests.builders import digest, paper, subscription, topic
from tests.engines import recorded
from tests.notifiers.test_email_message import ENVELOPE
from tests.store.scenario import begin

QUERY = parse("all:learning OR all:model OR all:theory OR all:al* OR all:cat")
EVERY = parse("submittedDate:[1991 TO 2100]")
FORMATS: tuple[Format, ...] = ("slack", "mattermost", "discord")
READER = subscription(topics=(topic("Language", QUERY.text),))


def read_back(one: Paper) -> Paper:
    """Give a paper as a row of the ledger holds it, with what people read of it."""
    return shown_paper_of((*paper_row(one), edition.reader(), *readable.reading_of(one)))


def digests(papers: Sequence[Paper]) -> list[Any]:
    """Give a digest of papers and one of their revisions, marked as their reader wants them."""
    news = [Entry(one, ("Language",)) for one in papers]
    changes = [Entry(one, ("Language",), "replace", Former(1, "Before", "Soon")) for one in papers]
    who = (READER.subscriber, READER.channel, READER.address)
    marked = (Readers([READER]).marked(who, some).entries for some in (news, changes))
    return [digest(sections=sections_of(some)) for some in marked]


def outputs(papers: Sequence[Paper]) -> dict[str, Any]:
    """Give all that is shown of papers, where nothing of them is remembered from before."""
    for one in (latex._converted, readers._displayed, encoded._kept):
        one.cache_clear()
    shown: dict[str, Any] = {}
    for number, one in enumerate(digests(papers)):
        shown[f"email {number}"] = build(one, ENVELOPE, key="k").octets
        for form in ("thread", "inline", "posts"):
            posts = slack_blocks.payloads(one, form)
            shown[f"slack {form} {number}"] = [post.as_json() for post in posts]
        for name in FORMATS:
            shown[f"{name} {number}"] = messages_of(one, name)
    works = tuple(Work(one) for one in papers)
    shown["search"] = found_json(Found(tuple(papers)))
    shown["author"] = bibliography_json(Bibliography(works, ()), Person("Li"), None)
    shown["examples"] = [example_of(QUERY, one, one.published.date()) for one in papers]
    shown["why"] = [clauses(QUERY, one) for one in papers]
    return shown


def folded(one: Paper) -> Paper:
    """Fold white space, as sources do before a paper is recorded."""
    comment = one.comment and " ".join(one.comment.split())
    title, abstract = (" ".join(text.split()) for text in (one.title, one.abstract))
    return replace(one, title=title, abstract=abstract, comment=comment)


def genuine(recordings: Path, count: int) -> list[Paper]:
    """Give papers of the corpus, most of which have something to convert."""
    papers = [folded(one) for one in recorded(recordings, 10 * count)]
    marked = [one for one in papers if any(readable.reading_of(one))]
    return [*{one.id: one for one in (*marked[:count], *papers[: count // 5])}.values()]


async def read_by_the_ledger(papers: Sequence[Paper], folder: Path) -> dict[str, Paper]:
    """Give papers back by id, as the ledger has them once it has read them."""
    async with SqliteStore.open(folder / "papers.db") as store:
        await begin(store, *papers)
        while await store.refresh(100):
            pass
        return {one.id: one for one in await store.candidates(EVERY, limit=len(papers))}


@pytest.mark.parametrize("count", [24, pytest.param(250, marks=pytest.mark.slow)])
async def test_of_recorded_papers_nothing_that_is_shown_depends_on_what_is_stored(
    recordings: Path, tmp_path: Path, count: int
) -> None:
    papers = genuine(recordings, count)
    found = await read_by_the_ledger(papers, tmp_path)
    back = [found[one.id] for one in papers]
    assert back == papers
    assert all(one.readable for one in back)
    assert not any(one.readable for one in papers)
    for start in range(0, len(papers), 40):
        some = slice(start, start + 40)
        assert outputs(back[some]) == outputs(papers[some])


PIECES = st.sampled_from(
    [r"\alpha", r"$x^2$", r"\'e", "``cat''", "--", "{", "}", "$", r"\foo{cat}", "cat", "model", "a"]
)
TEXTS = st.lists(PIECES, max_size=12).map(" ".join) | st.text(max_size=40)


@st.composite
def papers_of_texts(draw: st.DrawFn) -> Paper:
    title, abstract = draw(TEXTS), draw(TEXTS)
    comment = draw(st.none() | TEXTS | st.just(title))
    number = draw(st.integers(1, 9))
    return paper(number, version=2, title=title, abstract=abstract, comment=comment)


@given(papers_of_texts())
def test_whatever_the_text_it_is_shown_alike(one: Paper) -> None:
    assert outputs([read_back(one)]) == outputs([one])


@given(papers_of_texts(), TEXTS)
def test_what_was_read_of_other_text_is_never_shown(one: Paper, other: str) -> None:
    changed = replace(read_back(one), title=other, comment=None)
    assert outputs([changed]) == outputs([replace(one, title=other, comment=None)])


@pytest.mark.parametrize("field", ["title", "abstract", "comment"])
def test_what_is_stored_is_what_is_shown_so_that_a_difference_would_tell(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = paper(
        1, version=2, comment="12 pages, a model", abstract=r"A cat of $\alpha$ and a model."
    )

    def wrong(text: str) -> str:
        return display(text).upper() if text == getattr(one, field) else display(text)

    monkeypatch.setattr(readable, "display", wrong)
    found, right = outputs([read_back(one)]), outputs([one])
    different = {name for name in found if found[name] != right[name]}
    assert {"email 0", "slack inline 0", "mattermost 0", "search"} <= different
