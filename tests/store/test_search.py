"""What the index finds is all that matches: for any query, on any papers, whatever was changed."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from bot.core.arxiv_id import order_of
from bot.core.model import Paper
from bot.core.query import Query, from_keywords, parse
from bot.core.query.expression import (
    Anywhere,
    Author,
    Dates,
    Label,
    LabelField,
    Node,
    Text,
    TextField,
    Word,
    all_of,
    any_of,
    none_of,
)
from bot.core.query.reading import explain
from bot.core.query.words import capitals, fold, stem, words
from bot.store import indexing, search
from bot.store.intake import UPSERT_PAPER
from bot.store.migrations import migrations
from bot.store.rows import paper_row
from tests.builders import NOON, paper

SPOKEN = (
    *("model", "models", "LLM", "LLMs", "LLM's", "gas", "GASs", "optimization", "optimal", "happy"),
    *("flies", "of", "the", "2.5", "K-means", "O'Brien", "Schrödinger", "Schroedinger", "Müller"),
    *(
        "kope",
        "köpe",
        "Größe",
        "ΑΘΉΝΑ",
        "Αθήνα",
        "北京",
        "ﬁne",
        r"Erd\H{o}s",
        "NEAR",
        "AND",
        '"',
        "*",
    ),
    *("a:b", "co", "words", "..", "İx", "GROẞ", "ǆ", "½", "rn", "CERN-TH-2026"),
)
DAYS = tuple(NOON + timedelta(days=number) for number in range(4))
CATEGORIES = ("cs.CL", "cs.LG", "hep-th", "math.AG", "68T05")
IDS = ("2601.00001", "2601.00002", "2512.00001", "hep-th/9901001", "math/9901001", "0704.0001")
DOIS = ("10.1000/X_y", "10.1000/x.y", '10.1000/"(*')

texts = st.lists(st.sampled_from(SPOKEN), max_size=6).map(" ".join) | st.text(max_size=12)
papers = st.lists(
    st.builds(
        lambda identity, changes: paper(1, id=identity, **changes),
        st.sampled_from(IDS),
        st.fixed_dictionaries(
            {
                "title": texts,
                "abstract": texts,
                "comment": st.none() | texts,
                "journal_ref": st.none() | texts,
                "report_no": st.none() | texts,
                "affiliations": st.lists(texts, max_size=2).map(tuple),
                "authors": st.lists(texts, max_size=2).map(tuple),
                "categories": st.lists(st.sampled_from(CATEGORIES), min_size=1).map(tuple),
                "primary_category": st.sampled_from(CATEGORIES),
                "doi": st.none() | st.sampled_from(DOIS),
                "published": st.sampled_from(DAYS),
            }
        ),
    ),
    max_size=5,
    unique_by=lambda one: one.id,
)
spoken = texts.flatmap(lambda text: st.sampled_from(words(text) or ["model"]))


@st.composite
def forms(draw: st.DrawFn, *, stemmed: bool) -> Word:
    word = draw(spoken)
    folded = fold(word)
    if draw(st.integers(0, 4)) == 0:
        cut = draw(st.integers(0, len(folded[0])))
        return (folded[0][:cut] + draw(st.sampled_from(["*", "?", "*?"])),)
    return tuple(dict.fromkeys(stem(folded))) if stemmed else folded


@st.composite
def terms_of_text(draw: st.DrawFn) -> Text:
    field: TextField = draw(st.sampled_from(["ti", "abs", "co", "jr", "rn", "kw", "all"]))
    if draw(st.integers(0, 3)) == 0:
        shouted = draw(st.lists(spoken, min_size=1, max_size=3))
        return Text(field, tuple((capitals(one),) for one in shouted), "t", capitals=True)
    gapped = st.lists(forms(stemmed=True) | st.just(()), max_size=2)
    pattern = (
        draw(forms(stemmed=True)),
        *draw(gapped),
        *draw(st.lists(forms(stemmed=True), max_size=1)),
    )
    while not pattern[-1]:
        pattern = pattern[:-1]
    return Text(field, pattern, "t", slop=draw(st.sampled_from([0, 0, 1, 3])))


@st.composite
def labels(draw: st.DrawFn) -> Label:
    field: LabelField = draw(st.sampled_from(["cat", "primary", "id", "doi"]))
    values = {"id": IDS, "doi": tuple(one.lower() for one in DOIS)}
    names = (*CATEGORIES, "cs.*", "hep-th.*", "math.*", "cs")
    return Label(field, draw(st.sampled_from(values.get(field, names))), "l")


name = st.lists(forms(stemmed=False), min_size=1, max_size=2).map(tuple)
leaves: st.SearchStrategy[Node] = st.one_of(
    terms_of_text(),
    labels(),
    st.builds(Author, name, st.just("a"), st.just(()) | name),
    st.builds(Dates, st.sampled_from(DAYS), st.sampled_from(DAYS), st.just("d")),
    st.builds(
        lambda *parts: Anywhere(parts, "all"),
        terms_of_text(), st.builds(Author, name, st.just("a")), labels(),
    ),
)  # fmt: skip
nodes = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(all_of),
        st.lists(inner, min_size=1, max_size=3).map(any_of),
        inner.map(none_of),
    ),
    max_leaves=6,
)


def asking(node: Node) -> Query:
    return Query("", node.key, node)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Database]:
    """A database in memory, of which each test makes what it wants."""
    db = Database(memory=True)
    migrations.apply(db)
    yield db
    db.close()


def hold(db: Database, held: Sequence[Paper], *, renewed: bool = False) -> None:
    """Let the ledger hold these papers and no others, all indexed."""
    if not renewed:
        gone = [row[0] for row in db.execute("DELETE FROM papers RETURNING id").fetchall()]
        indexing.queue(db, gone)
    db.conn.executemany(UPSERT_PAPER, [(*paper_row(one), "[]") for one in held])
    indexing.queue(db, [one.id for one in held])
    while indexing.enter(db, indexing.prepare(db, 2)):
        pass


def found(db: Database, query: Query, page: int = 2) -> list[Paper]:
    """Read all candidates in pages."""
    rows: list[Paper] = []
    while more := search.candidates(db, query, before=rows[-1].id if rows else None, limit=page):
        rows += more
    return rows


def matching(query: Query, held: Sequence[Paper]) -> set[str]:
    return {one.id for one in held if explain(query, one).matched}


histories = (nodes, papers, papers)
"""What is asked, and papers that came, and that came later, changed or not."""


@settings(max_examples=60)
@given(*histories)
@example(
    Text("ti", (("schroeding",), ("muller",)), "t"), [paper(1, title="Schrödinger Müller")], []
)
def test_what_is_found_holds_all_that_matches(
    ledger: Database, node: Node, before: list[Paper], after: list[Paper]
) -> None:
    check(ledger, node, before, after)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(*histories)
def test_whatever_is_asked_what_is_found_holds_all_that_matches(
    ledger: Database, node: Node, before: list[Paper], after: list[Paper]
) -> None:
    check(ledger, node, before, after)


def check(ledger: Database, node: Node, before: list[Paper], after: list[Paper]) -> None:
    """See that what is found is what the ledger holds now, in order, and all that matches of it."""
    query = asking(node)
    hold(ledger, before)
    hold(ledger, after, renewed=True)
    held = list({one.id: one for one in (*before, *after)}.values())
    candidates = found(ledger, query)
    ids = [one.id for one in candidates]
    assert len(set(ids)) == len(ids)
    assert {one.id: one for one in held if one.id in ids} == {one.id: one for one in candidates}
    assert matching(query, held) == matching(query, candidates)
    assert ids == sorted(ids, key=order_of, reverse=True) or "9901001" in "".join(ids)


FOUND = paper(
    1,
    title=r"LLMs' Optimization of Schr\"odinger Gas for Müller, a Happy State of the Art",
    abstract='We fine-tune GASs; it flies. Models of 2.5 Å and "quotes" NEAR(a b) OR',
    comment="Accepted at the Αθήνα workshop",
    journal_ref="Phys. Rev. B 99, 1234 (2026)",
    report_no="CERN-TH/2026-001",
    affiliations=("Universität Köln, Institut für Physik", "LMM"),
    doi="10.1000/X_y",
    authors=("Adrian Del Maestro", "Paul Erdős", "Nobody"),
    categories=("hep-th", "cs.CL"),
    primary_category="hep-th",
)
OTHER = paper(
    2,
    title="Nothing: muller schroedinger",
    abstract="The state is no art.",
    authors=("Li Wei",),
    categories=("stat.ML",),
    primary_category="stat.ML",
)
QUERIES = (
    *("ti:optimi*", "ti:optimizat*", "ti:optimizati?n", "ti:op*ion", "ti:happ*", "ti:happy"),
    *('ti:"schrodinger gas"', 'ti:"Schroedinger gas"', 'ti:"schroedinger gas mueller"~9'),
    *('ti:"gas mueller"~1', 'ti:"muller gas"~3', 'ti:"state of the art"', 'ti:"happy art"~3'),
    *("abs:flie*", "abs:2.5", "abs:2.5*", "abs:fine-tuning", 'abs:"near a b or"', "abs:quotes"),
    *("co:Αθήνα", "co:Αθη*", 'jr:"phys rev b"', "rn:CERN-TH", 'all:"2026 001"', "all:language"),
    *('au:"Del Maestro, A"', "au:Erd*", "au:erdos", "all:maestro"),
    *("all:LMM", 'all:"universitaet koeln"', "all:physik-institut", "all:universit*", "köln"),
    *("cat:cs.CL", "cat:cs.*", "cat:hep-th", "primary:hep-th", "id:2601.00001v2"),
    *("doi:10.1000/x_y", "NOT ti:nothing", "cat:hep-th ANDNOT ti:nothing"),
    *("ti:gas-llm", "ti:happy-of-schroedinger", "abs:tune-fine/model*", "all:gas-for-muller"),
    *(
        "all:computer-language",
        "all:cs",
        "cat:cs.C*",
        "ti:art-of-müller-and-gas-happy-optimization",
    ),
    *("ti:x OR ti:gas", "kw:LLM", "kw:GAS", 'kw:"state of the art"'),
)
"""What FOUND matches and OTHER does not."""
TOO_VAGUE = ("NOT ti:nothing",)


@pytest.mark.parametrize("query", QUERIES)
def test_what_one_paper_has_is_found_and_what_the_other_lacks_is_not(
    ledger: Database, query: str
) -> None:
    read = parse(query)
    hold(ledger, [FOUND, OTHER])
    assert (read.matches(FOUND), read.matches(OTHER)) == (True, False)
    vague = [OTHER] if query in TOO_VAGUE else []
    assert found(ledger, read) == [*vague, FOUND]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("ti:gas", '{ti} : ("ga")'),
        ("ti:gas OR cat:cs.CL", '({ti} : ("ga") OR {labels} : ("cat.cs.cl"))'),
        ("ti:gas ANDNOT abs:x", '{ti} : ("ga")'),
        ("ti:gas OR NOT abs:x", None),
        ("submittedDate:[202601040000 TO 202601042359]", None),
        ("ti:sch*nger", '{ti words} : ("sch" *)'),
        ('ti:"a b c d"~2', '{ti} : (NEAR("b" "c" "d", 5) OR (".." AND ("b" AND "c" AND "d")))'),
        ("ti:gas-a-b", '{ti} : (("b" AND "ga"))'),
        ("kw:gas-b", '{ti abs} : ("ga b" OR (".." AND ("ga" AND "b")))'),
        ("ti:b-c-d-e-f", '{ti} : (("b" AND "c" AND "d" AND "e" AND "f"))'),
        ('au:"Erd*, P"', '{au} : ("erd" *)'),
    ],
)
def test_a_question_asks_for_what_the_index_can_tell(query: str, asked: str | None) -> None:
    assert search.question_of(parse(query).expression) == asked


def test_a_capital_keyword_is_asked_for_with_its_plural() -> None:
    asked = search.question_of(from_keywords(["GAS"]).expression)
    assert asked == '{ti abs} : (("ga" OR "gass"))'


def test_only_papers_of_the_days_that_are_asked_for_are_read(ledger: Database) -> None:
    days = [paper(number, published=DAYS[number]) for number in range(4)]
    hold(ledger, days)
    one, two = Dates(DAYS[0], DAYS[1], "d"), Dates(DAYS[2], DAYS[3], "d")
    study = parse("ti:study").expression
    for node, wanted in (
        (one, [0]),
        (any_of([one, two]), [2, 1, 0]),
        (all_of([one, two]), []),
        (all_of([study, none_of(one), two]), [2]),
        (any_of([study, one]), [3, 2, 1, 0]),
    ):
        assert [one.id for one in found(ledger, asking(node))] == [days[n].id for n in wanted]


def test_a_question_is_as_deep_as_sqlite_can_read(ledger: Database) -> None:
    hold(ledger, [FOUND, OTHER])
    node = parse("ti:gas").expression
    for level in range(60):
        other = parse(f"ti:x{level}").expression
        wide, narrow = any_of([node, other]), all_of([node, none_of(other)])
        node = wide if level % 2 else narrow
    assert FOUND in found(ledger, asking(node))


def test_a_query_as_long_as_one_may_be_is_answered(ledger: Database) -> None:
    hold(ledger, [FOUND, OTHER])
    anything = from_keywords([f"w{number} v{number}" for number in range(900)] + ["gas"])
    assert found(ledger, anything) == [FOUND]
