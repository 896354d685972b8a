"""Which papers queries match: a table checked by hand, and a plain program that agrees."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Paper
from bot.core.query import Query, from_keywords, parse, restrict, select
from bot.core.query.expression import And, Node, Not, Or, Text, all_of, any_of, none_of, write
from bot.core.query.terms import term
from tests import builders

RAG = builders.paper(
    1,
    title="RAG-Bench: Evaluating LLMs' Retrieval-Augmented Generation",
    abstract="We fine-tune large language models (LLMs). SFT-based training helps; DPO does not.",
    authors=("Adrian Del Maestro", "Paul Erdős", "Seán O'Brien"),
    categories=("cs.CL", "cs.IR"),
    comment="12 pages, accepted at ACL 2026",
    journal_ref="Phys. Rev. B 99, 1234 (2026)",
    doi="10.1038/418838A",
)
QUANTUM = builders.paper(
    2,
    id="hep-th/9901001",
    title=r"Schr\"odinger equations for rotatable random sequences in $d=3$ dimensions",
    abstract="The state of the art ragged lattices. Vitamin D. The theory of mind and the rag.",
    authors=("Jean-Pierre Serre", r"Erwin Schr\"{o}dinger", "Thomas James", "Wei Wang, Jr."),
    categories=("math-ph", "hep-th", "astro-ph.CO"),
    primary_category="math-ph",
)
PLAIN = builders.paper(
    3,
    title="Graphs of Neural Networks",
    abstract="GPT-4.1 and Qwen2.5 differ from GPT-3. As seen in R, K-means is naive.",
    authors=("Li Wei", "Li Li", "The ATLAS Collaboration", "Plato"),
    categories=("stat.ML", "68T05"),
    primary_category="stat.ML",
)
PAPERS = (RAG, QUANTUM, PLAIN)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        # case, plurals, inflection
        ("ti:rag", [0]),
        ("abs:RAG", [1]),
        ("ti:graph", [2]),
        ("ti:network", [2]),
        ('ti:"neural network"', [2]),
        ('ti:"networks neural"', []),
        ("abs:training", [0]),
        ('ti:"rotation random"', [1]),
        ("ti:llm", [0]),
        ("abs:lattice", [1]),
        # hyphens, possessives, numbers
        ('abs:"fine tuning"', [0]),
        ("abs:fine-tuning", [0]),
        ("abs:finetuning", []),
        ("ti:retrieval-augmented", [0]),
        ('abs:"state-of-the-art"', [1]),
        ("abs:GPT-3", [2]),
        ("abs:GPT-4", []),
        ("abs:qwen2.5", [2]),
        # accents and TeX
        ('ti:"Schrödinger equation"', [1]),
        ('ti:"schrodinger equation"', [1]),
        ('ti:"Schroedinger equation"', [1]),
        (r'ti:"Schr\"odinger equation"', [1]),
        ("abs:naïve", [2]),
        # stop words hold their place and match any word
        ('abs:"theory of mind"', [1]),
        ('abs:"theory in mind"', [1]),
        ('abs:"theory mind"', []),
        ('abs:"vitamin A"', [1]),
        # fields do not run into each other, nor do papers
        ('ti:"generation we"', []),
        ('all:"generation fine"', []),
        # authors
        ("au:del_maestro", [0]),
        ('au:"Del Maestro, A"', [0]),
        ('au:"Del Maestro, Adrian"', [0]),
        ('au:"Del Maestro, B"', []),
        ('au:"A. Del Maestro"', [0]),
        ("au:maestro_a", [0]),
        ("au:Erdos", [0]),
        (r'au:"Erd\H{o}s, P."', [0]),
        ("au:erdo", []),
        ('au:"Paul Maestro"', []),
        ("au:obrien", [0]),
        ('au:"Serre, J-P"', [1]),
        ("au:Schroedinger", [1]),
        ('au:"Thomas, James"', []),
        ('au:"James, Thomas"', [1]),
        ('au:"Wang, W"', [1]),
        ('au:"Wang, Wei"', [1]),
        ('au:"Wang, X"', []),
        ('au:"Li Li"', [2]),
        ('au:"Wei Wei"', []),
        ('au:"Li, L"', [2]),
        ('au:"Li, K"', []),
        ('au:"Very Long Surname Indeed, A"', []),
        ("au:ATLAS", [2]),
        ('au:"Plato,"', [2]),
        ('au:"Plato Zhang,"', []),
        ("au:nobody", []),
        # comments, journals, identifiers, categories
        ("co:accepted", [0]),
        ('jr:"Phys. Rev. B"', [0]),
        ("doi:10.1038/418838a", [0]),
        ("id:hep-th/9901001v3", [1]),
        ("id:2601.00001", [0]),
        ("cat:cs.IR", [0]),
        ("cat:cs.*", [0]),
        ("cat:hep-th", [1]),
        ("cat:astro-ph", [1]),
        ("cat:stat.AP", []),
        # everywhere
        ("all:maestro", [0]),
        ("all:accepted", [0]),
        ("all:2601.00001", [0]),
        ("all:10.1038/418838A", [0]),
        ("all:hep-th", [1]),
        ("all:cosmology", [1]),
        ("all:rag", [0, 1]),
        ('all:"Wei Li"', [2]),
        ("rag", [0, 1]),
        # operators
        ("ti:rag AND abs:sft", [0]),
        ("ti:rag ANDNOT abs:sft", []),
        ("NOT abs:rag", [0, 2]),
        ("NOT ti:rag ANDNOT ti:graph", [1]),
        ("ti:rag OR NOT abs:rag", [0, 2]),
        ("ti:graph ti:rag AND abs:nothing", [2]),
        ("(ti:graph ti:rag) AND abs:nothing", []),
        ("abs:the_nothing OR cat:stat.ML", [2]),
    ],
)
def test_a_query_matches_what_a_person_expects(query: str, found: list[int]) -> None:
    read = parse(query)
    assert select([read], PAPERS) == {read.hash: found}
    assert [n for n, paper in enumerate(PAPERS) if read.matches(paper)] == found


@pytest.mark.parametrize(
    ("keyword", "found"),
    [
        ("RAG", [0]),
        ("rag", [0, 1]),
        ("Rag", [0, 1]),
        ("LLM", [0]),
        ("SFT", [0]),
        ("supervised", []),
        ("retrieval augmented generation", [0]),
        ("Large Language Model", [0]),
        ("Del Maestro", []),
        ("cosmology", []),
        ("accepted", []),
        ("vitamin A", []),
        ("vitamin D", [1]),
        ("theory of mind", [1]),
        ("theory in mind", []),
        ("the", [1]),
        ("GPT-3", [2]),
        ("gpt-3", [2]),
        ("R", [2]),
        ("A", []),
        ("naive", [2]),
        ("Schrödinger equation", [1]),
        ('say "rag"', []),
        ('the "rag"', [1]),
    ],
)
def test_a_keyword_matches_in_title_or_abstract(keyword: str, found: list[int]) -> None:
    query = from_keywords([keyword])
    assert select([query], PAPERS)[query.hash] == found


def test_a_query_whose_keywords_are_alternatives_is_narrowed_by_categories_and_exclusions() -> None:
    either = from_keywords(["RAG", "graphs", "lattice"])
    in_cs = from_keywords(["RAG", "graphs", "lattice"], categories=["cs.IR", "stat"])
    without = from_keywords(["RAG", "graphs", "lattice"], exclude=["SFT", "K-means"])
    found = select([either, in_cs, without], PAPERS)
    assert found == {either.hash: [0, 1, 2], in_cs.hash: [0, 2], without.hash: [1]}


def test_categories_alone_are_a_query() -> None:
    query = from_keywords([], categories=["cs.CL", "hep-th"])
    assert query.categories == frozenset({"cs.CL", "hep-th"})
    assert select([query], PAPERS)[query.hash] == [0, 1]


def test_an_exclusion_in_capitals_leaves_the_small_word_alone() -> None:
    query = from_keywords(["theory", "retrieval"], exclude=["RAG"])
    assert select([query], PAPERS)[query.hash] == [1]


def test_a_query_can_be_narrowed_too() -> None:
    query = restrict(parse("ti:rag OR ti:graph"), categories=["cs"], exclude=["DPO"])
    assert str(query) == "(ti:rag OR ti:graph) AND cat:cs.* ANDNOT kw:DPO"
    assert query.categories == frozenset({"cs.*"})
    assert not select([query], PAPERS)[query.hash]
    assert restrict(query) == query


@pytest.mark.parametrize(
    ("keywords", "categories", "exclude", "message"),
    [
        ([], [], [], "neither keywords nor categories"),
        ([], [], ["rag"], "neither keywords nor categories"),
        (["rag", " "], [], [], "keyword ' ': there is nothing to find"),
        (["rag", "--"], [], [], "keyword '--': there is no letter or digit"),
        (["rag"], [], [""], "keyword '': there is nothing to find"),
        (["rag"], ["cs.XX"], [], "arXiv has no category 'cs.XX'"),
    ],
)
def test_an_error_names_the_keyword_or_category_at_fault(
    keywords: list[str], categories: list[str], exclude: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        from_keywords(keywords, categories=categories, exclude=exclude)


def test_no_papers_and_no_queries_are_no_trouble() -> None:
    query = parse("NOT ti:x")
    assert select([], PAPERS) == {}
    assert select([query], []) == {query.hash: []}


def test_queries_that_mean_the_same_are_answered_once() -> None:
    assert select([parse("ti:graphs"), parse("ti:Graph")], PAPERS) == {parse("ti:graph").hash: [2]}


def test_an_answer_is_the_callers_own() -> None:
    one, other = parse("ti:rag"), parse("abs:sft")
    found = select([one, other], PAPERS)
    found[one.hash].clear()
    assert found[other.hash] == [0]


# A small language whose stems are known by heart, for a program that needs no index to be right.
_STEMS = {"cat": "cat", "cats": "cat", "Cats": "cat", "dog": "dog", "DOG": "dog", "DOGs": "dog",
          "dogs": "dog", "the": "the", "eel": "eel"}  # fmt: skip
_texts = st.lists(st.sampled_from([*_STEMS, "cat-dog"]), max_size=6).map(" ".join)
_papers = st.lists(
    st.builds(
        lambda number, title, abstract, categories: builders.paper(
            number, title=title, abstract=abstract, categories=tuple(categories)
        ),
        st.integers(1, 99),
        _texts,
        _texts,
        st.lists(st.sampled_from(["cs.CL", "cs.LG", "hep-th"]), min_size=1, max_size=2),
    ),
    max_size=5,
)
_bodies = st.lists(
    st.sampled_from([word for word in _STEMS if word != "the"]), min_size=1, max_size=3
).map(" ".join)
_leaves = st.one_of(
    st.builds(term, st.sampled_from(["ti", "abs", "kw"]), _bodies),
    st.sampled_from([term("kw", "dog the cat"), term("ti", "dog the cat")]),
    st.sampled_from(["cs.CL", "cs", "hep-th"]).map(lambda name: term("cat", name)),
)  # fmt: skip
_nodes = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(all_of),
        st.lists(inner, min_size=1, max_size=3).map(any_of),
        inner.map(none_of),
    ),
    max_leaves=8,
)


def _holds(text: str, body: str, *, keyword: bool) -> bool:
    """Tell whether the words of `body` stand side by side in `text`, word by word."""
    there, wanted = re.findall(r"\w+", text), body.split()
    shouted = keyword and body.isupper()

    def same(word: str, other: str) -> bool:
        if shouted:
            return word.removesuffix("s") == other
        return _STEMS[word] == _STEMS[other] or (other == "the" and not keyword)

    return any(
        all(same(*pair) for pair in zip(there[start:], wanted, strict=False))
        for start in range(len(there) - len(wanted) + 1)
    )


def _plainly(node: Node, paper: Paper) -> bool:
    """Decide from the definition, one paper and one clause at a time."""
    match node:
        case And(nodes):
            return all(_plainly(inner, paper) for inner in nodes)
        case Or(nodes):
            return any(_plainly(inner, paper) for inner in nodes)
        case Not(inner):
            return not _plainly(inner, paper)
        case Text(field=field, written=written):
            body = written.partition(":")[2].strip('"')
            texts = {"ti": [paper.title], "abs": [paper.abstract]}
            where = texts.get(field, [paper.title, paper.abstract])
            return any(_holds(text, body, keyword=field == "kw") for text in where)
        case _:
            name = node.written.removeprefix("cat:")
            return any(
                one == name or one.startswith(name.removesuffix("*")) for one in paper.categories
            )


@given(st.lists(_nodes, max_size=4), _papers)
def test_the_index_agrees_with_reading_each_paper(nodes: list[Node], papers: list[Paper]) -> None:
    queries = [parse(write(node)) for node in nodes]
    found = select(queries, papers)
    for node, query in zip(nodes, queries, strict=True):
        assert found[query.hash] == [n for n, one in enumerate(papers) if _plainly(node, one)]
        assert found[query.hash] == [n for n, one in enumerate(papers) if query.matches(one)]


@given(_nodes, _nodes, _papers)
def test_negation_turns_and_into_or(one: Node, other: Node, papers: list[Paper]) -> None:
    left = _query(none_of(any_of([one, other])))
    right = _query(all_of([none_of(one), none_of(other)]))
    found = select([left, right], papers)
    assert found[left.hash] == found[right.hash]


@given(_nodes, _papers)
def test_a_match_has_one_of_the_categories_that_the_query_names(
    node: Node, papers: list[Paper]
) -> None:
    query = _query(node)
    named = query.categories
    for number in select([query], papers)[query.hash]:
        own = papers[number].categories
        families = {f"{name.partition('.')[0]}.*" for name in own}
        assert named is None or named & {*own, *families}


def _query(node: Node) -> Query:
    return parse(write(node))
