"""How queries are read and printed, and what is said of one that cannot be read."""

import pytest

from bot.core.query import QuerySyntaxError, from_keywords, parse, restrict
from bot.core.query.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from bot.core.query.taxonomy import category


@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("graphene", "all:graphene"),
        ("ti: graphene", "ti:graphene"),
        ('ti:"  dark   matter "', 'ti:"dark matter"'),
        ("ti:dark abs:matter", "ti:dark OR abs:matter"),
        ("ti:dark matter", "ti:dark OR all:matter"),
        ("ti:(dark matter)", "ti:dark OR ti:matter"),
        ("ti:(dark AND (matter OR au:Time))", "ti:dark AND (ti:matter OR au:Time)"),
        ("ti:dark AND ti:matter OR ti:wave", "ti:dark AND ti:matter OR ti:wave"),
        ("ti:dark AND (ti:matter OR ti:wave)", "ti:dark AND (ti:matter OR ti:wave)"),
        ("ti:dark OR (ti:matter AND ti:wave)", "ti:dark OR ti:matter AND ti:wave"),
        ("ti:dark ti:matter AND ti:wave", "ti:dark OR ti:matter AND ti:wave"),
        ("ti:dark NOT ti:matter", "ti:dark ANDNOT ti:matter"),
        ("ti:dark AND NOT ti:matter", "ti:dark ANDNOT ti:matter"),
        ("ANDNOT ti:dark", "NOT ti:dark"),
        ("ti:dark OR (ANDNOT ti:matter)", "ti:dark OR NOT ti:matter"),
        ("NOT ti:dark ANDNOT ti:matter", "NOT ti:dark ANDNOT ti:matter"),
        ("NOT (ti:dark AND ti:matter)", "NOT (ti:dark AND ti:matter)"),
        ("ti:wave ANDNOT (ti:dark AND ti:matter)", "ti:wave ANDNOT (ti:dark AND ti:matter)"),
        ("NOT (NOT ti:dark)", "ti:dark"),
        ("(((ti:dark)))", "ti:dark"),
        ("ti:dark OR ti:Dark", "ti:Dark"),
        ("cat:cs.cl", "cat:cs.CL"),
        ("cat:CS", "cat:cs.*"),
        ("cat:hep-th.*", "cat:hep-th"),
        ("cat:PHYSICS.ao-ph", "cat:physics.ao-ph"),
        ("au:del_maestro", "au:del_maestro"),
        ('ti:"AND"', None),
        ('ti:"NOR"', "ti:NOR"),
        ("doi:10.1038/418838a", 'doi:"10.1038/418838a"'),
        ("id:hep-th/9901001v2", 'id:"hep-th/9901001v2"'),
        (r'au:"Schr\"odinger"', r'au:"Schr\"odinger"'),
        ("kw:RAG", "kw:RAG"),
        ("title:graphene", "ti:graphene"),
        # a stop word finds nothing
        ("deep learning of graphs", "all:deep OR all:learning OR all:graphs"),
        ("all:with OR all:Linformer", "all:Linformer"),
        ("ti:dark ANDNOT ti:the", "ti:dark"),
        ("ti:dark OR (ti:the AND ti:matter)", "ti:dark"),
        ("ti:dark AND (ti:the OR ti:matter)", "ti:dark AND ti:matter"),
        ("ti:dark AND NOT (ti:the AND ti:matter)", "ti:dark"),
        ("NOT ti:the AND ti:dark", "ti:dark"),
        ("ti:dark OR abs:of-the", "ti:dark"),
        # what holds together without quotes is no phrase
        ("ti:Conv-Linformer", "ti:Conv-Linformer"),
        ('ti:"Conv-Linformer"', 'ti:"Conv-Linformer"'),
        ("abs:foo/bar", "abs:foo/bar"),
        ("abs:self-improv*", "abs:self-improv*"),
        (r"abs:Erd\H{o}s-R\'enyi", r"abs:Erd\H{o}s-R\'enyi"),
        ("abs:foo\\bar\\", "abs:foo;bar"),
        ("all:10.1038/418838a", "all:10.1038/418838a"),
        ("all:cs.CL", "all:cs.CL"),
        ("ti:1,000", 'ti:"1,000"'),
        # wildcards of categories
        ("cat:cs.L*", "cat:cs.LG OR cat:cs.LO"),
        ("cat:cs* AND ti:x", "cat:cs.* AND ti:x"),
        (
            "cat:CS.?L AND ti:x",
            "(cat:cs.CL OR cat:cs.DL OR cat:cs.FL OR cat:cs.GL OR cat:cs.PL) AND ti:x",
        ),
        ("cat:astro-ph*", "cat:astro-ph.*"),
        ("cat:q-*", "cat:q-bio.* OR cat:q-fin.*"),
        ("cat:math*", "cat:math.* OR cat:math-ph"),
        ("primary:hep-t*", "primary:hep-th"),
        ("NOT cat:cs.L*", "NOT (cat:cs.LG OR cat:cs.LO)"),
        ('kw:"OR"', 'kw:"OR"'),
    ],
)
def test_a_query_is_printed_in_canonical_syntax(query: str, printed: str | None) -> None:
    if printed is None:
        with pytest.raises(QuerySyntaxError, match="leaves out words"):
            parse(query)
        return
    assert str(parse(query)) == printed
    assert parse(printed) == parse(query)


@pytest.mark.parametrize(
    "typed",
    [
        "ti:\u201cdark matter\u201d",
        "ti:\u201edark matter\u201c",
        "ti:\u00abdark matter\u00bb",
        "ti\uff1a\uff02dark matter\uff02",
        "\uff08ti:\u201cdark\u00a0matter\u201d\uff09",
    ],
)
def test_what_phones_and_word_processors_make_of_quotes_is_understood(typed: str) -> None:
    assert parse(typed) == parse('ti:"dark matter"')


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ti:cats", "ti:cat"),
        ("ti:RAG", "ti:rag"),
        ('ti:"fine-tuning"', 'ti:"fine tuning"'),
        ("ti:fine-tuning", "ti:tuned-fine"),
        ("ti:fine-tuning", "ti:fine/tuning/fine"),
        ("ti:state-of-the-art", "ti:art/state"),
        ("ti:state-of-the-states", "ti:state"),
        ("ti:cs.CL", 'ti:"cs CL"'),
        ("kw:fine-tuning", 'kw:"fine tuning"'),
        ("ti:topology", "ti:topological"),
        ("title:x AND Title", "ti:x AND Title"),
        ("title:(x AND y)", "ti:x AND ti:y"),
        ("ti:a_b ti:x", "ti:x ti:b"),
        ("au:Erdős", r'au:"Erd\H{o}s"'),
        ("au:sparaciari_c", 'au:"C. Sparaciari"'),
        ("ti:x AND ti:y", "ti:y AND ti:x"),
        ("ti:x OR (ti:y OR ti:z)", "(ti:z OR ti:x) OR ti:y"),
        ("ti:x AND ti:x", "ti:x"),
        ("id:2503.11731v2", 'id:"https://arxiv.org/abs/2503.11731"'),
        ("doi:10.1038/418838A", "doi:10.1038/418838a"),
        ('doi:"https://doi.org/10.1038/418838a"', "doi:10.1038/418838a"),
    ],
)
def test_queries_that_mean_the_same_are_equal_and_have_one_hash(one: str, other: str) -> None:
    assert parse(one) == parse(other)
    assert parse(one).hash == parse(other).hash
    assert len({parse(one), parse(other)}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ti:x", "abs:x"),
        ("ti:fine-tuning", 'ti:"fine tuning"'),
        ("ti:fine-tuning", "ti:fine AND ti:tuning"),
        ("all:10.1038/418838a", 'all:"418838a 10.1038"'),
        ("ti:x OR ti:y", "ti:x AND ti:y"),
        ("ti:x", "NOT ti:x"),
        ('ti:"x y"', 'ti:"y x"'),
        ("kw:RAG", "kw:rag"),
        ("cat:cs.*", "cat:cs.CL"),
        ('au:"Li, Wei"', 'au:"Wei, Li"'),
        ('ti:"x of y"', 'ti:"x y"'),
        ("all:2503.11731", 'all:"2503 11731"'),
    ],
)
def test_queries_that_differ_have_different_hashes(one: str, other: str) -> None:
    assert parse(one) != parse(other)
    assert parse(one).hash != parse(other).hash


def test_the_hash_is_the_same_in_every_process_and_release() -> None:
    # Cursors are kept under it: another value would make every topic begin anew.
    assert parse('ti:RAG OR abs:"retrieval augmented"').hash == "e7bfae70f08478495a148831bf74392a"
    assert from_keywords(["SFT"], categories=["cs.CL"]).hash == "2a3ae267cd2699e539f9ce7df8581d42"
    assert parse("ti:fine-tuning").meaning == "ti:fine tune~*"


@pytest.mark.parametrize(
    ("query", "categories"),
    [
        ("ti:x", None),
        ("cat:cs.CL", {"cs.CL"}),
        ("cat:cs", {"cs.*"}),
        ("cat:cs.CL OR cat:cs.LG", {"cs.CL", "cs.LG"}),
        ("cat:cs.CL OR ti:x", None),
        ("ti:x AND cat:cs.CL", {"cs.CL"}),
        ("ti:x ANDNOT cat:cs.CL", None),
        ("NOT cat:cs.CL", None),
        ("cat:cs.CL AND cat:math.NA", {"cs.CL"}),
        ("cat:cs.* AND cat:math.NA", {"math.NA"}),
        ("(cat:cs.CL OR cat:cs.LG) AND cat:stat.ML", {"stat.ML"}),
        ("cat:cs.CL OR cat:cs.* OR cat:hep-th", {"cs.*", "hep-th"}),
        ("(ti:x AND cat:cs.CL) OR (ti:y AND cat:hep-th)", {"cs.CL", "hep-th"}),
        ("all:cs.CL", None),
    ],
)
def test_the_categories_that_every_match_must_have_are_known(
    query: str, categories: set[str] | None
) -> None:
    assert parse(query).categories == (None if categories is None else frozenset(categories))


@pytest.mark.parametrize(
    ("query", "reads"),
    [
        ("co:CVPR", True),
        ("jr:Nature", True),
        ("doi:10.1038/418838a", True),
        ("graphene", True),
        ("cat:cs.CL AND (ti:dark OR co:CVPR)", True),
        ("cat:cs.CL ANDNOT co:withdrawn", True),
        ("ti:dark AND abs:matter", False),
        ("au:Time OR cat:cs.CL OR id:2601.00001", False),
        ("kw:RAG ANDNOT ti:survey", False),
    ],
)
def test_a_query_knows_whether_it_reads_what_a_feed_does_not_tell(
    query: str,
    reads: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert parse(query).reads_comments is reads


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ("", 0, "the query is empty"),
        ("  \n ", 0, "the query is empty"),
        ("Title:graphene", 0, "did you mean ti:?"),
        ("abstract:graphene", 0, "did you mean abs:?"),
        ("ti:title:x", 3, "after ti: and not title:"),
        ("ti:x OR autor:y", 8, "did you mean au:?"),
        ("ti:x OR foo:y", 8, "there are ti: abs: au:"),
        ("Ti:x", 0, "did you mean ti:?"),
        ("ti:", 3, "expected a word or a phrase in quotes after ti:"),
        ("ti: AND ti:x", 4, 'write ti:"AND"'),
        ("ti:au:x", 3, "after ti: and not au:"),
        ("ti:x AND", 8, "after AND, not the end"),
        ("AND ti:x", 0, "expected a word or a phrase, not AND"),
        ("ti:x AND OR ti:y", 9, "after AND, not OR: leave one of them out"),
        ("NOT NOT ti:x", 4, "leave one of them out"),
        ("ti:x and ti:y", 5, "write AND in capitals"),
        ("ti:x Or ti:y", 5, "write OR in capitals"),
        ("ti:(dark and matter)", 9, "write AND in capitals"),
        ("(ti:x OR (ti:y)", 0, "never closed"),
        ("ti:z (ti:x OR (ti:y", 14, "never closed"),
        ("ti:x)", 4, "closes nothing"),
        ("()", 1, "after (, not )"),
        ('ti:x OR "dark matter', 8, "never closed"),
        ('ti:""', 3, "nothing to find"),
        ("ti:--", 3, "no letter or digit"),
        ("ti:the", 3, "quote the phrase"),
        ('"a the of"', 0, "every paper has: add a word that tells more"),
        ("https://arxiv.org/abs/2601.16917v2", 0, "no query: write id:2601.16917"),
        ("ti:x OR (http://arxiv.org/pdf/hep-th/9901001)", 9, "write id:hep-th/9901001"),
        ("all:https://example.org/x", 4, "this is a web address and no query: write the words"),
        ("ti:x AND (ti:the OR abs:of)", 13, "'the' alone finds nothing"),
        ('ti:x AND abs:"of the"', 13, "as it stands the query finds nothing"),
        ("all:of-the", 4, "as it stands the query finds nothing"),
        ("NOT the", 4, "as it stands the query finds every paper"),
        ("ti:x OR NOT (with AND ti:y)", 13, "as it stands the query finds every paper"),
        ("ti:'dark matter'", 3, "double quotes"),
        ("ti:\u2018dark matter\u2019", 3, "double quotes"),
        ("ti:x+AND+ti:y", 4, "web address"),
        ("ti:%22dark+matter%22", 3, "web address"),
        ("ti:x:y", 3, "quote words that hold a colon"),
        ("ti:x-1:y", 6, "in quotes"),
        ("au:x", 3, "needs a surname"),
        ("au:--", 3, "no letter or digit"),
        ("cat:cs.CX", 4, "did you mean cs."),
        ("cat:computing", 4, "no category 'computing'"),
        ("cat:*", 4, "such as cs.CL"),
        ("id:graphene", 3, "not an arXiv id"),
        ("doi:graphene", 4, "no DOI"),
        ("ti:x\n  OR ti:y and ti:z", 15, "write AND"),
    ],
)
def test_an_error_points_at_its_place_and_says_what_to_write(
    query: str, position: int, message: str
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(query)
    assert caught.value.position == position
    assert message in caught.value.message
    assert f"at character {position + 1}" in str(caught.value)


def test_a_pointed_error_shows_the_line_with_a_caret_under_the_place() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse("ti:dark\r\nOR\tti:matter and ti:wave\r\nOR ti:x")
    assert caught.value.pointed == "OR ti:matter and ti:wave\n             ^"


def test_a_pointed_error_of_a_long_line_is_cut_about_the_place() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse("ti:dark OR " * 200 + "tite:x")
    line, caret = caught.value.pointed.split("\n")
    assert len(line) <= 100
    assert line[caret.index("^") :] == "tite:x"


def test_a_pointed_error_holds_nothing_that_commands_a_terminal() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse("ti:x OR \x1b[2Jfoo:y title:z")
    assert "\x1b" not in caught.value.pointed + str(caught.value)


def test_length_terms_and_depth_are_bounded() -> None:
    deepest = "(" * MAX_DEPTH + "ti:x" + ")" * MAX_DEPTH
    assert parse(deepest) == parse("ti:x")
    for text, message in (
        (f"({deepest})", "deep"),
        ("(" * 10_000 + "x", "deep"),
        ("x " * (MAX_TERMS + 1), "more than 1000 words"),
        ("x" * (MAX_LENGTH + 1), "too long"),
    ):
        with pytest.raises(QuerySyntaxError, match=message):
            parse(text)


def test_a_query_that_grows_too_long_when_written_out_is_refused() -> None:
    # What is stored must be readable again.
    phrases = " ".join(f'"word{"x" * 13}{number:03}"' for number in range(690))
    assert len(phrases) < MAX_LENGTH
    with pytest.raises(QuerySyntaxError, match="written out"):
        parse(phrases)


def test_narrowing_obeys_the_same_bounds() -> None:
    wide = parse(" ".join(f"ti:w{number}" for number in range(MAX_TERMS)))
    with pytest.raises(QuerySyntaxError, match="too long"):
        restrict(wide, exclude=["protein"])


def test_a_chain_as_long_as_may_be_is_read() -> None:
    chain = " AND ".join(f"ti:w{number}" for number in range(MAX_TERMS))
    assert str(parse(chain)) == chain


@pytest.mark.parametrize("text", ["cs.cl", " cs.CL ", "CS.CL"])
def test_a_category_is_spelled_as_arxiv_does(text: str) -> None:
    assert category(text) == "cs.CL"
