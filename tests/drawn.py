"""Queries and papers that Hypothesis draws from few words, so that much is found."""

from datetime import timedelta

from hypothesis import strategies as st

from bot.core.model import Paper
from bot.core.query import Query, parse
from bot.core.query.expression import Node, all_of, any_of, none_of
from bot.core.query.terms import term
from tests import builders

# Few words, so that much is found; some with two forms, with one stem, in capitals, with wildcards.
_WORDS = ["cat", "cats", "CAT", "dog", "dogs", "DOGs", "the", "eel", "eels", "Köln", "Koeln",
          "Koln", "catalog", "x2.5", "o'cat"]  # fmt: skip


TEXTS = st.lists(st.sampled_from(_WORDS), max_size=9).map(" ".join)


_names = st.lists(
    st.sampled_from(["Ana", "A.", "Köln", "Koeln", "Cat", "Li", "Wei", "Jr."]),
    min_size=1,
    max_size=4,
).map(" ".join)


_categories = ["cs.CL", "cs.LG", "hep-th"]


@st.composite
def a_paper(draw: st.DrawFn) -> Paper:
    categories = draw(st.lists(st.sampled_from(_categories), min_size=1, max_size=3))
    return builders.paper(
        draw(st.integers(1, 9)),
        title=draw(TEXTS),
        abstract=draw(TEXTS),
        comment=draw(st.none() | TEXTS),
        journal_ref=draw(st.none() | TEXTS),
        report_no=draw(st.none() | TEXTS),
        affiliations=tuple(draw(st.lists(TEXTS, max_size=2))),
        doi=draw(st.sampled_from([None, "10.1038/Cat"])),
        authors=tuple(draw(st.lists(_names, max_size=3))),
        categories=tuple(categories),
        primary_category=categories[0],
        published=builders.NOON - timedelta(days=draw(st.integers(0, 9))),
    )


PAPERS = st.lists(a_paper(), max_size=6)


_bodies = st.lists(
    st.sampled_from(
        [*_WORDS, "cat-dog", "cat-cats", "eel-the-ca*", "ca*", "do?s", "ca?*g", "ko*ln"]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)


_authors = st.sampled_from(
    ["Li", "Wei Li", "Li, W", "Köln", "Koeln, A", "Cat, Ana", "A Cat", "Wei Wei", "li*", "Ka*, A",
     "Jr, Li", "Ana Li Wei", "Ana Cat, Li"]
)  # fmt: skip


@st.composite
def a_term(draw: st.DrawFn) -> Node:
    kind = draw(st.sampled_from(["text", "text", "text", "author", "label", "dates"]))
    if kind == "author":
        return term("au", draw(_authors), quoted=False)
    if kind == "label":
        labels = ["cat:cs.CL", "cat:cs.*", "primary:cs.LG", "primary:hep-th", "id:2601.00003",
                  "doi:10.1038/cat", "all:2601.00003", "all:cs.CL", "all:language"]  # fmt: skip
        return parse(draw(st.sampled_from(labels))).expression
    if kind == "dates":
        start = draw(st.integers(1, 9))
        return parse(f"submittedDate:[2025123{start % 2} TO 2026010{start}]").expression
    field = draw(st.sampled_from(["ti", "abs", "co", "jr", "rn", "kw", "all"]))
    tail = draw(st.sampled_from(["", "", "~1", "~2", "~7"]))
    try:
        return term(field, draw(_bodies), quoted=bool(tail) or draw(st.booleans()), tail=tail)
    except ValueError:  # stop words alone, a wildcard without letters, a word twice to be near
        return term(field, "dog the cat")


_nodes = st.recursive(
    a_term(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(all_of),
        st.lists(inner, min_size=2, max_size=4).map(any_of),
        inner.map(none_of),
    ),
    max_leaves=8,
)


QUERIES = _nodes.map(lambda node: Query("", node.key, node))
