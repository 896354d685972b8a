"""Queries over real papers, with answers checked by hand: what a reader of arXiv would expect.

Titles, names, categories and references are arXiv's metadata; abstracts are told in other words.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.model import Paper
from bot.core.query import explain, from_keywords, parse, select
from tests import builders


def _paper(number: str, title: str, authors: str, categories: str, **more: Any) -> Paper:
    """Build a paper; names are separated by semicolons."""
    names = tuple(categories.split())
    return builders.paper(
        id=number,
        title=title,
        authors=tuple(authors.split("; ")),
        categories=names,
        primary_category=names[0],
        **({"abstract": ""} | more),
    )


PAPERS = {
    "helium": _paper(
        "1610.08518",
        "Entanglement area law in superfluid $^4$He",
        "C. M. Herdman; P. -N. Roy; R. G. Melko; A. Del Maestro",
        "cond-mat.other quant-ph",
        abstract="Path integral Monte Carlo at $T=0$ gives Rényi entropies of a quantum liquid.",
        journal_ref="Nature Phys. 13, 556 (2017)",
        published=datetime(2016, 10, 26, 20, 0, 3, tzinfo=UTC),
    ),
    "pyrochlore": _paper(
        "cond-mat/0308092",
        "The Spin Liquid State of the Tb2Ti2O7 Pyrochlore Antiferromagnet: A Puzzling State of "
        "Affairs",
        "M. Enjalran; M. J. P. Gingras; Y. -J. Kao; A. Del Maestro; H. R. Molavian",
        "cond-mat.stat-mech cond-mat.mtrl-sci",
        abstract=r"Tb$_2$Ti$_2$O$_7$ does not order down to 50 mK, far below $\theta_{\rm CW}$.",
        journal_ref="J. Phys.: Condens. Matter 16 (2004) S673",
    ),
    "trees": _paper(
        "2412.12023",
        "Rotating random trees with Skorokhod's $M_1$ topology",
        "Antoine Aurillard",
        "math.PR",
        abstract=r"We show that the $\alpha$-stable looptree is a limit of rotated trees.",
    ),
    "metrics": _paper(
        "math/0507289",
        "Kaehler-Einstein metrics on orbifolds and Einstein metrics on spheres",
        "Alessandro Ghigi; János Kollár",
        "math.DG math.AG",
        abstract=r"Seifert $S^1$-bundles over complex orbifolds carry them; see \v{S}ehitli.",
    ),
    "sylow": _paper(
        "2606.24872",
        "The Sylow Divisor Condition: a Resolution of Erdős Problem 768",
        "Eric Li",
        "math.NT",
        abstract=r"A conjecture of Erd\H{o}s on Sylow's theorem, and C*-algebras of no concern.",
    ),
    "etale": _paper(
        "2606.20448",
        "Étale and Quasicoherent Cohomological Dimensions of Subspace Arrangements",
        "Manolis C. Tsakiris; Matteo Varbaro",
        "math.AG",
    ),
    "astar": _paper(
        "2505.24550",
        "A*-Thought: Efficient Reasoning via Bidirectional Compression for Low-Resource Settings",
        "Xiaoang Xu; Shuo Wang; Xu Han; Zhenghao Liu; Zhiyuan Liu",
        "cs.CL",
        abstract="Large Reasoning Models (LRMs) think long. We search as A* does. LRM tokens fall.",
    ),
    "d2it": _paper(
        "2504.09454",
        "D$^2$iT: Dynamic Diffusion Transformer for Accurate Image Generation",
        "Weinan Jia; Mengqi Huang; Nan Chen; Lei Zhang; Zhendong Mao",
        "cs.CV",
        abstract="Diffusion models (DMs) compress regions alike; a dynamic VAE (DVAE) does not.",
        comment="CVPR 2025",
    ),
    "attention": _paper(
        "1706.03762",
        "Attention Is All You Need",
        "Ashish Vaswani; Noam Shazeer; Llion Jones; Łukasz Kaiser; Illia Polosukhin",
        "cs.CL cs.LG",
        abstract="A new architecture without recurrence, for English-to-German translation.",
        comment="15 pages, 5 figures",
        published=datetime(2017, 6, 12, 17, 57, 34, tzinfo=UTC),
    ),
    "math": _paper(
        "2505.15623",
        r"Can LLMs $\textit{understand}$ Math? -- Exploring the Pitfalls in Mathematical Reasoning",
        "Tiasa Singha Roy; Aditeya Baral; Ayush Rajesh Jhaveri; Yusuf Baig",
        "cs.CL cs.LG",
        abstract="Evaluations of large language models' steps, not only of their final answers.",
    ),
    "unsafe": _paper(
        "2503.11742",
        "Safe Vision-Language Models via Unsafe Weights Manipulation",
        "Moreno D'Incà; Elia Peruzzo; Xingqian Xu; Humphrey Shi; Nicu Sebe",
        "cs.CV cs.AI",
        abstract="VLMs inherit biases. The state-of-the-art is outperformed by a fine-tuned RAG.",
        comment="Work in progress",
    ),
    "fit": _paper(
        "2104.12832",
        "On Determining the Distribution of a Goodness-of-Fit Test Statistic",
        "Sean van der Merwe",
        "stat.ME",
        abstract="Let the p-value be found by simulation; the rag-bag of tests needs none.",
    ),
    "scratch": _paper(
        "2202.06271",
        "Model-based Testing of Scratch Programs",
        "Katharina Götz; Patric Feldmeier; Gordon Fraser",
        "cs.SE",
        report_no="Passau-SE-2022/4",
    ),
    "flaky": _paper(
        "2101.09077",
        "An Empirical Study of Flaky Tests in Python",
        "Martin Gruber; Stephan Lukasczyk; Florian Kroiß; Gordon Fraser",
        "cs.SE",
        abstract="Tests that fail and pass without any change; test-order dependence is common.",
    ),
}
_NAMES = list(PAPERS)


def _found(query: str) -> set[str]:
    read = parse(query)
    places = select([read], list(PAPERS.values()))[read.hash]
    return {_NAMES[place] for place in places}


_TABLE = [
    # inflection, as Porter's stemmer has it
    ("ti:test", {"fit", "scratch", "flaky"}),
    ("ti:tests OR ti:testing", {"fit", "scratch", "flaky"}),
    ("ti:rotation", {"trees"}),
    ("abs:evaluate", {"math"}),
    ("ti:metric", {"metrics"}),
    ("ti:reason", {"astar", "math"}),
    ("ti:reasons", {"astar", "math"}),
    # acronyms and plurals
    ("ti:LLM", {"math"}),
    ("ti:llms", {"math"}),
    ("kw:LLM", {"math"}),
    ("abs:LRM", {"astar"}),
    ("kw:LRMs", {"astar"}),
    ("kw:VLM", {"unsafe"}),
    ("kw:RAG", {"unsafe"}),
    ("kw:rag", {"unsafe", "fit"}),
    ("abs:rag", {"unsafe", "fit"}),
    ("abs:VAE", {"d2it"}),
    ("abs:DVA*", {"d2it"}),
    # hyphens
    ('ti:"goodness of fit"', {"fit"}),
    ("ti:goodness-of-fit", {"fit"}),
    ('ti:"vision language model"', {"unsafe"}),
    ("ti:model-based", {"scratch"}),
    ('abs:"state of the art"', {"unsafe"}),
    ('abs:"fine tuning"', {"unsafe"}),
    ("abs:finetuned", set()),
    ("abs:p-value", {"fit"}),
    ('abs:"English to German"', {"attention"}),
    ("ti:low-resource", {"astar"}),
    ('abs:"test order"', {"flaky"}),
    # possessives
    ("ti:Skorokhod", {"trees"}),
    ('ti:"Skorokhod\'s topology"~2', {"trees"}),
    ('abs:"Sylow theorem"', {"sylow"}),
    ('abs:"large language model"', {"math"}),
    # accents
    ("ti:etale", {"etale"}),
    ("ti:étale", {"etale"}),
    (r"ti:\'Etale", {"etale"}),
    ('ti:"Erdos problem"', {"sylow"}),
    (r'ti:"Erd\H{o}s problem"', {"sylow"}),
    ("abs:Erdős", {"sylow"}),
    ("abs:renyi", {"helium"}),
    ('ti:"Kähler Einstein"', {"metrics"}),
    ('ti:"Kahler Einstein"', set()),
    ("abs:Šehitli", {"metrics"}),
    # mathematics and chemistry as they are shown
    ("ti:4He", {"helium"}),
    ('ti:"superfluid ⁴He"', {"helium"}),
    ("abs:Tb2Ti2O7", {"pyrochlore"}),
    ("Tb2Ti2O7", {"pyrochlore"}),
    (r"abs:Tb$_2$Ti$_2$O$_7$", {"pyrochlore"}),
    ("ti:M1", {"trees"}),
    ("abs:alpha-stable", {"trees"}),
    ("abs:α-stable", {"trees"}),
    (r'abs:"$\alpha$-stable"', {"trees"}),
    ("abs:θ", {"pyrochlore"}),
    ("ti:D2iT", {"d2it"}),
    ("ti:understand", {"math"}),
    ("ti:textit", set()),
    ('ti:"A*-Thought"', {"astar"}),
    ('abs:"C*-algebra"', {"sylow"}),
    # stop words hold their place
    ('ti:"attention is all you need"', {"attention"}),
    ('ti:"attention all you need"', set()),
    ('ti:"Can LLMs understand Math?"', {"math"}),
    ('ti:"state of affairs"', {"pyrochlore"}),
    # proximity and wildcards
    ('ti:"diffusion image"~3', {"d2it"}),
    ('ti:"diffusion image"~2', set()),
    ('ti:"transformer diffusion"~2', {"d2it"}),
    ("ti:cohomolog*", {"etale"}),
    ("ti:manip*on", {"unsafe"}),
    ("ti:tes?", {"fit"}),
    ('ti:"random tree*"', {"trees"}),
    # authors
    ("au:del_maestro", {"helium", "pyrochlore"}),
    ('au:"Del Maestro, A"', {"helium", "pyrochlore"}),
    ('au:"A. Del Maestro"', {"helium", "pyrochlore"}),
    ("au:del_mae*", {"helium", "pyrochlore"}),
    ('au:"Roy, P.-N."', {"helium"}),
    ('au:"Roy, PN"', {"helium"}),
    ('au:"Roy, P"', {"helium"}),
    ("au:roy", {"helium", "math"}),
    ('au:"Kao, Y. J."', {"pyrochlore"}),
    ('au:"Gingras, MJP"', {"pyrochlore"}),
    ('au:"Gingras, M. J."', {"pyrochlore"}),
    ('au:"Gingras, J. M."', {"pyrochlore"}),
    ('au:"Gingras, K"', set()),
    ("au:kollar_j", {"metrics"}),
    (r"au:Koll\'ar", {"metrics"}),
    ("au:Goetz", {"scratch"}),
    ("au:Gotz", {"scratch"}),
    ('au:"Götz, K"', {"scratch"}),
    ("au:Kroiss", {"flaky"}),
    ("au:Kroiß", {"flaky"}),
    ("au:Kaiser_L", {"attention"}),
    ('au:"Lukasz Kaiser"', {"attention"}),
    (r'au:"{\L}ukasz Kaiser"', {"attention"}),
    ("au:dinca", {"unsafe"}),
    ('au:"D\'Incà, M"', {"unsafe"}),
    ("au:D\u2019Inca", {"unsafe"}),
    ('au:"van der Merwe"', {"fit"}),
    ('au:"van der Merwe, S"', {"fit"}),
    ('au:"Merwe, Sean van der"', {"fit"}),
    ('au:"Liu, Zhiyuan"', {"astar"}),
    ('au:"Xu, X"', {"astar", "unsafe"}),
    ('au:"Xu Han"', {"astar"}),
    ('au:"Han, Xu"', {"astar"}),
    ('au:"Xu, Han"', set()),
    ('au:"Zhenghao Zhiyuan"', set()),
    ("au:fraser AND ti:flaky", {"flaky"}),
    # categories
    ("cat:cs.*", {"astar", "d2it", "attention", "math", "unsafe", "scratch", "flaky"}),
    ("cat:math", {"trees", "metrics", "sylow", "etale"}),
    ("cat:cs.LG", {"attention", "math"}),
    ("primary:cs.LG", set()),
    ("primary:cs.CV", {"d2it", "unsafe"}),
    ("cat:cs.AI", {"unsafe"}),
    ("cat:cond-mat", {"helium", "pyrochlore"}),
    ("cat:quant-ph ANDNOT primary:cond-mat", set()),
    # other fields
    ('jr:"Nature Phys"', {"helium"}),
    ('jr:"J. Phys.: Condens. Matter"', {"pyrochlore"}),
    ("co:CVPR", {"d2it"}),
    ('co:"work in progress"', {"unsafe"}),
    ("rn:Passau*", {"scratch"}),
    ("rn:SE-2022/4", {"scratch"}),
    ("id:cond-mat/0308092", {"pyrochlore"}),
    ("id:1706.03762v5", {"attention"}),
    ("submittedDate:[2016 TO 2016]", {"helium"}),
    ("submittedDate:[201706121757 TO 201706121757]", {"attention"}),
    ("submittedDate:[201610 TO 201706] ANDNOT au:vaswani", {"helium"}),
    # everywhere
    ("all:kollar", {"metrics"}),
    ('"Nature Phys"', {"helium"}),
    ("all:statistics", {"fit", "pyrochlore"}),  # in cond-mat.stat-mech, Statistical Mechanics
    # operators and negations
    ("cat:cs.CV ANDNOT kw:RAG", {"d2it"}),
    ("cat:cs.CV AND NOT abs:rag", {"d2it"}),
    ("NOT cat:cs AND NOT cat:math AND NOT cat:cond-mat", {"fit"}),
    ("(ti:test OR ti:model) ANDNOT (cat:stat OR cat:cs.SE)", {"unsafe"}),
    ("ti:test ANDNOT ti:flaky OR au:vaswani", {"fit", "scratch", "attention"}),
    ("cat:math.AG ANDNOT (au:kollar OR ti:etale)", set()),
    ("ti:einstein ti:sylow", {"metrics", "sylow"}),
    ("au:(fraser OR merwe) AND ti:(test ANDNOT flaky)", {"scratch", "fit"}),
]


@pytest.mark.parametrize(("query", "found"), _TABLE)
def test_a_query_finds_the_papers_that_a_reader_expects(query: str, found: set[str]) -> None:
    read = parse(query)
    assert {name for name, paper in PAPERS.items() if explain(read, paper).matched} == found
    assert _found(query) == found
    assert _found(str(read)) == found


@pytest.mark.parametrize(
    ("keywords", "exclude", "found"),
    [
        (["large language models", "vision-language model"], [], {"math", "unsafe"}),
        (["reasoning"], ["LRM"], {"math"}),
        (["Reasoning"], ["lrms"], {"math"}),
        (["CLIP", "D2iT"], [], {"d2it"}),
        (["A*-Thought", "C*-algebras"], ["Erdos"], {"astar"}),
        (["cohomolog*"], [], {"etale"}),
        (["erdős problem"], [], {"sylow"}),
        (["state-of-the-art"], [], {"unsafe"}),
        (["the art"], [], {"unsafe"}),
    ],
)
def test_keywords_find_the_papers_that_a_reader_expects(
    keywords: list[str], exclude: list[str], found: set[str]
) -> None:
    query = from_keywords(keywords, exclude=exclude)
    assert {name for name, paper in PAPERS.items() if query.matches(paper)} == found
