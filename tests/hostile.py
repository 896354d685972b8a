"""Digests whose every text was written to do harm, for Hypothesis to draw."""

from datetime import timedelta
from itertools import product

from hypothesis import strategies as st

from bot.core.digest import Digest, Layout, Section, Style
from bot.core.marks import Marks, Range
from bot.core.model import Coverage, Entry, Former
from bot.core.render.wording import display
from tests.builders import NOON, paper

HOSTILE = st.text(
    st.one_of(
        st.sampled_from('<>&|!@#*_~`\\"\u202e\u2066\x07\x1b\n\r\t\u2028\ud800 '),
        st.characters(),
    ),
    max_size=900,
) | st.sampled_from(
    ["<!channel>", "<@U12345678>", "<https://evil.example|x>", "𝕏" * 2000, "|" * 900]
)


_PIECES = (
    *(
        "<!channel>",
        "<@U0ANA>",
        "@everyone",
        "<https://evil.example|here>",
        "[x](https://e.example)",
    ),
    *("*bold*", "`code`", "_it_", "~no~", "||spoiler||", "> quote", "# head", "- item", "1. one"),
    *(
        "&amp;",
        "&lt;!here&gt;",
        "\u202e",
        "\x07\x1b[2J",
        "\r\nBcc: x",
        "\u200b",
        "\ue000",
        "𝕏" * 99,
    ),
)


def hostile_papers() -> list[Entry]:
    """Build hundreds of papers, in each of which two ways to do harm meet."""
    pairs = list(product(_PIECES, repeat=2))
    return [
        Entry(
            paper(
                number,
                title=f"{one}{other}",
                abstract=f"{one} RAG {other} RAG{one}",
                comment=f"{other}{one}" * 9,
                authors=(f"{one} {other}", other, one),
            ),
            ("RAG", one[:100]),
            followed=(1,),
            marks=Marks(abstract=((len(one) + 1, len(one) + 4),)),
        )
        for number, (one, other) in enumerate(pairs, start=1)
    ]


def ranges(text: str | None) -> st.SearchStrategy[tuple[Range, ...]]:
    """Draw ranges that do not touch, mostly within a text as it is displayed."""
    ends = st.lists(st.integers(0, len(display(text or "")) + 2), max_size=8, unique=True)
    return ends.map(sorted).map(lambda all_: tuple(zip(all_[::2], all_[1::2], strict=False)))


@st.composite
def hostile_entries(draw: st.DrawFn, number: int, topics: tuple[str, ...]) -> Entry:
    """Draw a paper with marks, some of which no longer fit its text."""
    one = paper(
        number,
        title=draw(HOSTILE),
        abstract=draw(HOSTILE),
        comment=draw(st.none() | HOSTILE),
        authors=tuple(draw(st.lists(HOSTILE, max_size=7))),
        categories=tuple(draw(st.lists(HOSTILE, max_size=3))),
    )
    return Entry(
        one,
        topics,
        draw(st.sampled_from(["new", "cross", "replace"])),
        Former(1, draw(HOSTILE), draw(st.none() | HOSTILE)),
        followed=tuple(place for place in range(len(one.authors)) if draw(st.booleans())),
        marks=Marks((), draw(ranges(one.abstract)), draw(ranges(one.comment))),
    )


@st.composite
def hostile_digests(draw: st.DrawFn) -> Digest:
    """Draw digests whose every text was written to do harm, in every style."""
    topics = draw(st.lists(HOSTILE, min_size=1, max_size=4, unique=True))
    sections = []
    for number, topic in enumerate(topics):
        named = tuple(dict.fromkeys([topic, *topics]))
        papers = range(number * 100, number * 100 + draw(st.integers(1, 6)))
        entries = tuple(draw(hostile_entries(place, named)) for place in papers)
        sections.append(Section(topic, entries))
    sources = tuple(draw(st.lists(HOSTILE, max_size=8)))
    coverage = Coverage(10**6, 999_999, 10**5, sources, NOON - timedelta(days=99), NOON, late=True)
    layouts: list[Layout] = ["full", "compact", "titles"]
    return Digest(
        "ana",
        "UTC",
        NOON,
        tuple(sections),
        test=draw(st.booleans()),
        coverage=coverage,
        style=Style(draw(st.sampled_from(layouts)), draw(st.none() | st.integers(1, 20))),
    )
