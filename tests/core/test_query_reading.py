"""The definition of a match: a verdict with its evidence, the words marked, the names found."""

import re
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.query import Query, Verdict, explain, from_keywords, marks, names, parse
from bot.core.query.expression import And, Anywhere, Node, Not, Or, Text
from bot.core.query.passage import occurrences, paired, tokens
from bot.core.query.reading import MOST_MARKED
from bot.core.query.terms import term
from tests import builders

PAPER = builders.paper(
    1,
    title="RAG-Bench: Evaluating LLMs' Retrieval-Augmented Generation",
    abstract="We fine-tune large language models. Optimization of neural and deep networks helps.",
    authors=("Adrian Del Maestro", "Paul Erdős", "Jean-Pierre Serre"),
    categories=("cs.CL", "cs.IR"),
    comment="12 pages, accepted at ACL 2026",
    journal_ref="Phys. Rev. B 99, 1234 (2026)",
    doi="10.1038/418838A",
    report_no="CERN-TH-2026-001",
    affiliations=("Universit\\'e de Pau, LMM", "Max Planck Institute, Munich"),
)


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("ti:rag", ("title",)),
        ("abs:rag", ()),
        ("kw:LLM", ("title",)),
        ("kw:models", ("abstract",)),
        ("co:ACL", ("comment",)),
        ('jr:"Phys Rev B"', ("journal_ref",)),
        ("rn:CERN-TH-2026-001", ("report_no",)),
        ("rn:CERN-TH*", ("report_no",)),
        ("rn:CERN-PH*", ()),
        ("au:serre_j", ("authors",)),
        ("cat:cs.*", ("categories",)),
        ("primary:cs.CL", ("categories",)),
        ("primary:cs", ("categories",)),
        ("primary:cs.IR", ()),
        ("id:2601.00001", ("id",)),
        ("doi:10.1038/418838a", ("doi",)),
        ("submittedDate:[2026 TO 2026]", ("submitted",)),
        ("submittedDate:[2025 TO 2025]", ()),
        ("all:language", ("abstract", "categories")),
        ("all:2026", ("comment", "journal_ref", "report_no")),
        ("all:serre", ("authors",)),
        ("all:cs.IR", ("categories",)),
        ("all:2601.00001", ("id",)),
        ("all:10.1038/418838a", ("doi",)),
        ("ti:generation-augmented", ("title",)),
        ('ti:"generation-augmented"', ()),
        ("ti:bench-neural", ()),
        ("all:bench-neural", ()),
        ("all:network/optimi*", ("abstract",)),
        ("all:computer-retrieval", ("categories",)),
        ('all:"computer science"', ("categories",)),
        ('all:"retrieval computer"', ()),
        ("all:cs", ("categories",)),
        ("all:mathematics", ()),
        ("all:LMM", ("affiliations",)),
        ("all:université", ("affiliations",)),
        ('all:"planck institute"', ("affiliations",)),
        ('all:"lmm max"', ()),
        ("all:munich-pau", ("affiliations",)),
        ("all:munich-science", ()),
        ("au:LMM", ()),
        ("kw:LMM", ()),
    ],
)
def test_a_term_tells_where_it_was_found(query: str, where: tuple[str, ...]) -> None:
    verdict = explain(parse(query), PAPER)
    assert verdict.where == where
    assert verdict.matched is bool(where)


def test_a_verdict_judges_every_clause() -> None:
    query = parse("(ti:rag OR ti:nothing) AND abs:nothing ANDNOT co:ACL")
    verdict = explain(query, PAPER)
    assert verdict.node == query.expression
    assert not verdict.matched
    either, nothing, unless = verdict.inner
    assert (either.matched, nothing.matched, unless.matched) == (True, False, False)
    assert [(one.node.key, one.matched, one.where) for one in either.inner] == [
        ("ti:rag", True, ("title",)),
        ("ti:noth", False, ()),
    ]
    (refused,) = unless.inner
    assert (refused.matched, refused.where) == (True, ("comment",))


def test_the_parts_of_a_term_for_everything_are_judged_too() -> None:
    verdict = explain(parse("all:serre"), PAPER)
    assert [part.where for part in verdict.inner] == [(), ("authors",)]


@pytest.mark.parametrize(
    ("query", "field", "text", "marked"),
    [
        ("ti:rag", "title", "RAG-Bench: a rag", ["RAG", "rag"]),
        ("ti:rag", "abstract", "RAG", []),
        ("abs:graphs", "abstract", "A graph’s Graphs’ end", ["graph’s", "Graphs"]),
        ('abs:"fine tuning"', "abstract", "We fine-tune it. Fine.", ["fine-tune"]),
        ('abs:"state of the art"', "abstract", "A state-of-the-art art", ["state-of-the-art"]),
        ("kw:LLM", "title", "LLMs, llm and LLM’s", ["LLMs", "LLM’s"]),
        ("kw:LLM", "comment", "LLM", []),
        ('ti:"deep network"~2', "title", "Deep and neural networks", ["Deep", "networks"]),
        ('ti:"network deep"~2', "title", "Deep networks", ["Deep", "networks"]),
        ("ti:optimi*", "title", "Optimistic optimization, optimum", ["Optimistic", "optimization"]),
        ("ti:erdos", "title", "The Erdős number, Erdo\u030bs", ["Erdős", "Erdo\u030bs"]),
        ("ti:alpha", "title", "α-stable", ["α"]),
        ("ti:CO2", "title", "CO₂ emission", ["CO₂"]),
        ("ti:rag ANDNOT ti:survey", "title", "A RAG survey", ["RAG"]),
        ("NOT (ti:rag AND NOT ti:survey)", "title", "A RAG survey", ["survey"]),
        ("ti:x OR (ti:rag AND ti:nothing)", "title", "RAG x", ["RAG", "x"]),
        ("all:language", "comment", "A language", ["language"]),
        ("all:language", "report_no", "language-1", ["language"]),
        ("au:rag OR cat:cs.CL", "title", "RAG", []),
        ("abs:fine-tuning", "abstract", "Tuning, fine-tuned", ["Tuning", "fine", "tuned"]),
        ("abs:fine-tuning", "abstract", "Tuning", []),
        ("abs:state-of-the-art", "abstract", "The art of a state", ["art", "state"]),
        ('ti:"aa bb" OR ti:"bb cc"', "title", "w aa bb ccs", ["aa bb ccs"]),
        ("ti:rag", "nowhere", "rag", []),
        ("ti:rag", "title", "", []),
    ],
)  # fmt: skip
def test_the_words_that_match_are_marked(
    query: str, field: str, text: str, marked: list[str]
) -> None:
    ranges = marks(parse(query), field, text)
    assert [text[start:end] for start, end in ranges] == marked
    assert list(ranges) == sorted(ranges)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("au:serre", (2,)),
        ("au:Erdos OR au:maestro_a", (0, 1)),
        ("all:serre", (2,)),
        ("cat:cs.CL ANDNOT au:serre", ()),
        ("ti:serre", ()),
        ('au:"Serre, JP"', (2,)),
        ('au:"Serre, J.P."', (2,)),
        ('au:"Serre, J.-P."', (2,)),
        ('au:"Serre, J P"', (2,)),
        ('au:"Serre, Jean Pierre"', (2,)),
        ('au:"SERRE, JP"', ()),  # a name in capitals as likely as initials
        ('au:"Serre, PJ"', (2,)),
        ('au:"Serre, JPX"', ()),
    ],
)
def test_the_authors_asked_for_are_named(query: str, found: tuple[int, ...]) -> None:
    assert names(parse(query), PAPER) == found


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("Wei Wang, Jr.", 'au:"Wang, Wei"', True),
        ("Wei Wang, Jr.", 'au:"Wang, Wei, Jr."', True),
        ("Wei Wang Jr.", 'au:"Wang Jr., Wei"', True),
        ("Wei Wang", 'au:"Wang, Wei, Jr."', False),
        ("Robert Smith III", 'au:"Smith, R"', True),
        ("Robert Smith III", 'au:"Robert Smith III"', True),
        ("Charles de la Vallée-Poussin", 'au:"de la Vallee Poussin, C"', True),
        ("Charles de la Vallée-Poussin", 'au:"Poussin, C."', True),
        ("Charles de la Vallée-Poussin", 'au:"de la Vallee, C"', False),
        ("Ji-Young Kim", 'au:"Kim, JY"', True),
        ("J.Y. Kim", 'au:"Kim, J. Y."', True),
        ("J.Y. Kim", 'au:"Kim, Ji-Young"', False),
        ("Maria Mariana Rossi", 'au:"Rossi, Maria*, Maria"', True),
        ("Maria Rossi", 'au:"Rossi, Maria*, Maria"', False),
        ("Nguyễn Văn Đức", "au:nguyen_van_duc", True),
        ("Øystein Ore", "au:oeystein_ore", True),
        ("The ATLAS Collaboration", "au:ATLAS", True),
    ],
)
def test_a_name_is_found_under_its_forms(
    name: str,
    query: str,
    found: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert parse(query).matches(builders.paper(authors=("Somebody Else", name))) is found


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("a deep learning model", '"deep learning"~0', True),
        ("deep and learning", '"deep learning"', False),
        ("deep and learning", '"deep learning"~1', True),
        ("deep x y learning", '"deep learning"~1', False),
        ("deep x y learning", '"deep learning"~2', True),
        ("learning deep", '"deep learning"~1', False),
        ("learning deep", '"deep learning"~2', True),
        ("c b a", '"a1 b1 c1"~9', False),
        ("cc bb aa", '"aa bb cc"~3', False),
        ("cc bb aa", '"aa bb cc"~4', True),
        ("köln x", '"koln koeln"~5', False),
        ("köln x köln", '"koln koeln"~5', True),
        ("theory x mind", '"theory of mind"~0', True),
        ("theory mind", '"theory of mind"~0', False),
        ("theory mind", '"theory of mind"~1', True),
        ("deep nets learn", '"deep learn*"~1', True),
    ],
)
def test_the_words_of_a_phrase_may_be_moved_by_so_many_places(
    text: str,
    query: str,
    found: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert parse(f"ti:{query}").matches(builders.paper(title=text)) is found


@given(
    st.lists(st.sampled_from(["aa", "bb", "cc"]), min_size=2, max_size=3, unique=True),
    st.lists(st.sampled_from(["aa", "bb", "cc", "xx"]), max_size=7),
    st.integers(0, 5),
)
def test_a_phrase_is_found_where_some_choice_of_places_is_close_enough(
    wanted: list[str], passage: list[str], slop: int
) -> None:
    sloppy = term("ti", " ".join(wanted), tail=f"~{slop}")
    assert isinstance(sloppy, Text)
    choices = permutations(range(len(passage)), len(wanted))
    close = any(
        all(passage[place] == word for place, word in zip(places, wanted, strict=True))
        and max(moved := [place - number for number, place in enumerate(places)]) - min(moved)
        <= slop
        for places in choices
    )
    assert bool(occurrences(sloppy, tokens(" ".join(passage)))) is close


@given(st.lists(st.lists(st.integers(0, 4), max_size=4, unique=True), max_size=4))
def test_numbers_are_chosen_once_each_where_that_can_be(choices: list[list[int]]) -> None:
    possible = any(
        all(number in given for number, given in zip(chosen, choices, strict=True))
        for chosen in permutations(range(5), len(choices))
    )
    found = paired(choices)
    assert (found is not None) is possible
    if found is not None:
        assert len(set(found)) == len(choices)
        assert all(number in given for number, given in zip(found, choices, strict=True))


@given(
    st.lists(st.sampled_from(["model", "deep", "the", "models", "ne*"]), min_size=2, max_size=4),
    st.lists(st.sampled_from(["model", "deep", "net", "neat"]), max_size=5),
)
def test_what_holds_together_without_quotes_asks_for_each_of_its_words(
    wanted: list[str], title: list[str]
) -> None:
    paper = builders.paper(title=" ".join(title))
    apart = " AND ".join(f"ti:{word}" for word in wanted if word != "the")
    if apart:
        assert parse(f"ti:{'-'.join(wanted)}").matches(paper) is parse(apart).matches(paper)


_WORDS = st.sampled_from(["graph", "graphs", "gravity", "great", "the", "optics", "optical"])


@given(st.lists(_WORDS, max_size=6), st.sampled_from(["gra*", "gr??t", "op*cs", "gr*"]))
def test_a_wildcard_stands_for_whole_words(title: list[str], wildcard: str) -> None:
    pattern = re.compile(wildcard.replace("*", "[a-z]*").replace("?", "[a-z]"))
    paper = builders.paper(title=" ".join(title))
    assert parse(f"ti:{wildcard}").matches(paper) is any(map(pattern.fullmatch, title))
    assert from_keywords([wildcard]).matches(paper) is any(map(pattern.fullmatch, title))


def _leaves(verdict: Verdict) -> list[Verdict]:
    if isinstance(verdict.node, And | Or | Not):
        return [leaf for one in verdict.inner for leaf in _leaves(one)]
    return [verdict]


_QUERIES = st.recursive(
    st.sampled_from(["ti:rag", "abs:rag", "au:serre", "cat:cs.CL", "primary:math", "all:ACL"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda many: f"({' AND '.join(many)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda many: f"({' OR '.join(many)})"),
        inner.map(lambda one: f"(NOT {one})"),
    ),
    max_leaves=8,
).map(parse)


@given(_QUERIES)
def test_a_verdict_follows_from_those_of_its_parts(query: Query) -> None:
    verdict = explain(query, PAPER)
    known = {leaf.node.key: leaf.matched for leaf in _leaves(verdict)}

    def holds(node: Node) -> bool:
        match node:
            case And(nodes):
                return all(map(holds, nodes))
            case Or(nodes):
                return any(map(holds, nodes))
            case Not(inner):
                return not holds(inner)
            case _:
                return known[node.key]

    assert verdict.matched is holds(query.expression) is query.matches(PAPER)
    for leaf in _leaves(verdict):
        assert bool(leaf.where) is leaf.matched
        assert isinstance(leaf.node, Anywhere) or not leaf.inner


def test_in_a_very_long_text_only_the_beginning_is_marked() -> None:
    text = "data " * 4_000
    found = marks(parse("ti:data"), "title", text)
    assert found[0] == (0, 4)
    assert 16_000 < found[-1][1] <= MOST_MARKED
    assert {end - start for start, end in found} == {4}
    halved = "x" * (MOST_MARKED - 5) + " database"
    assert marks(parse("ti:data"), "title", halved) == ()
