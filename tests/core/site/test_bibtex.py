"""BibTeX: read back by two parsers, whatever stands in titles and names."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from pybtex.database import parse_bytes

from bot.core.model import Detail
from bot.core.site.bibtex import bibtex, key_of
from bot.core.site.model import Card
from bot.core.site.names import surname_first
from bot.core.site.tex import tex
from tests.builders import paper
from tests.core.site.corpus import cards
from tests.core.site.samples import TODAY, card
from tests.hostile import HOSTILE, hostile_papers

KEY = re.compile(r"[a-z0-9]+\d{4}[a-z0-9]*-[A-Za-z0-9.-]+")
WILD = HOSTILE | st.lists(
    st.sampled_from(
        [
            *(
                "{",
                "}",
                "\\{",
                "\\}",
                "\\",
                "$",
                "$x$",
                "$$",
                "%",
                "&",
                "#",
                "_",
                "^",
                "~",
                '"',
                "@",
            ),
            *(
                " ",
                ",",
                " and ",
                "others",
                "Jr.",
                "von",
                "BERT",
                "U-Net",
                "\\'e",
                "\\Delta",
                "a\n",
                "@",
            ),
            *("\\(", "\\)", "$O(N)$", "$ 5$", "$}{$", "é", "文", "}\n@misc{x,", "="),
        ]
    ),
    max_size=12,
).map("".join)


def checked(some: list[Card]) -> dict[str, dict[str, str]]:
    """Read entries with both parsers, and give the fields of each by its key."""
    content = bibtex(some)
    ours = parse_bytes(content, "bibtex")
    theirs = parse_string(content.decode())
    assert not theirs.failed_blocks
    assert [entry.key for entry in theirs.entries] == list(ours.entries)
    assert len(ours.entries) == len(some)
    for entry, one in zip(theirs.entries, some, strict=True):
        fields = {field.key: str(field.value) for field in entry.fields}
        assert KEY.fullmatch(entry.key)
        assert fields["eprint"] == one.paper.id
        assert fields["url"] == one.paper.url
        told = ours.entries[entry.key]
        assert told.fields["title"] == fields["title"]
        people = told.persons.get("author", [])
        assert len(people) == fields.get("author", "").count(" and ") + ("author" in fields) or (
            "{" in fields["author"]
        )
        for name in ("title", "author", "note"):
            assert is_sound(fields.get(name, "")), fields[name]
    return {entry.key: {one.key: one.value for one in entry.fields} for entry in theirs.entries}


def is_sound(value: str) -> bool:
    """Tell whether TeX could set a value: dollars in pairs, and nothing that is a command."""
    bare = re.sub(r"\\\(.*?\\\)", "", re.sub(r"\\[\\$%&#_{}^]", "", value))
    outside = re.sub(r"\$\$[^$]*\$\$|\$[^$]*\$", "", bare)
    return (
        bare.count("$") % 2 == 0
        and not re.search(r"[%#&]", bare)
        and (not re.search(r"[_^]", outside))
    )


def test_an_entry_says_what_arxivs_own_says() -> None:
    one = card(
        1,
        title=r"LoRA and U-Net: 100% of $O(N)$ & more",
        authors=("Ana García", "Ludwig van Beethoven", "ATLAS Collaboration"),
        doi="10.1/a_b 10.2/c",
        journal_ref="J. of X & Y 1, 2 (2026)",
    )
    assert bibtex([one]).decode() == (
        "@misc{garcia2026lora-2601.00001,\n"
        r"  title = {{LoRA} and {U-Net}: 100\% of {$O(N)$} \& more},"
        "\n"
        "  author = {Ana García and Ludwig van Beethoven and {ATLAS Collaboration}},\n"
        "  year = {2026},\n"
        "  eprint = {2601.00001},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass = {cs.CL},\n"
        "  doi = {10.1/a_b},\n"
        r"  note = {J. of X \& Y 1, 2 (2026)},"
        "\n"
        "  url = {https://arxiv.org/abs/2601.00001},\n"
        "  month = jan,\n"
        "}\n"
    )


def test_entries_are_parted_by_an_empty_line() -> None:
    assert bibtex([]) == b""
    assert bibtex([card(1), card(2)]).count(b"}\n\n@misc{") == 1
    assert len(checked([card(1), card(2)])) == 2


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"title": "The Attention of $\\alpha$"}, "garcia2026attention-2601.00001"),
        ({"authors": ("Jürgen Schmidhuber Jr.",)}, "schmidhuber2026study-2601.00001"),
        ({"authors": ("Łukasz Kaiser-Øst",), "title": "A"}, "kaiserost2026-2601.00001"),
        ({"authors": (), "title": "文"}, "arxiv2026-2601.00001"),
        ({"authors": (r"J. M\"uller",)}, "muller2026study-2601.00001"),
        ({"id": "hep-th/9901001"}, "garcia2026study-hep-th-9901001"),
        ({"id": "hep-th/9901001", "detail": Detail.FEED}, "garcia1999study-hep-th-9901001"),
    ],
)
def test_a_key_is_ascii_and_holds_the_id(changes: dict[str, object], key: str) -> None:
    assert key_of(paper(1, **changes)) == key


def test_what_is_not_known_is_left_out() -> None:
    one = card(1, authors=("",), title="", detail=Detail.FEED)
    (fields,) = checked([one]).values()
    assert fields["title"] == "arXiv:2601.00001"
    assert {"author", "doi", "note", "month"}.isdisjoint(fields)
    assert fields["year"] == "2026"


def test_the_year_is_that_of_the_first_version() -> None:
    one = card(1, published=datetime(2019, 12, 31, tzinfo=UTC))
    assert b"year = {2019}" in bibtex([one])
    assert b"month = dec" in bibtex([one])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("3D GPT-4's", "{3D} {GPT-4's}"),
        ("Self-Attention is Vitamin A", "Self-Attention is Vitamin A"),
        (r"$\alpha$ and $O(N)$", r"$\alpha$ and {$O(N)$}"),
        (r"\LaTeX by \H{o} and {\'E}cole", r"{\LaTeX} by \H{o} and {\'E}cole"),
        (r"{GAN}s of \emph{BERT}", r"{GAN}s of \emph{BERT}"),
        ("costs $5 and $10 a day", r"costs \$5 and \$10 a day"),
        ("$ x_1 $ or $x_1 $ or $ y $", "$ x_1 $ or $x_1 $ or $ y $"),
        ("$50% of$ a#1", r"$50\% of$ a\#1"),
        (r"\(a_1%\) a_b^c", r"\(a_1\%\) a\_b\textasciicircum{}c"),
        (r"100\% \& \_", r"100\% \& \_"),
        ("Fig.~1 of ~10", r"Fig.~1 of \textasciitilde{}10"),
        ("C:\\1 and \\", r"C:\textbackslash{}1 and \textbackslash{}"),
        ("a {BERT", r"a \textbraceleft{}{BERT}"),
        ("} {", r"\textbraceright{} \textbraceleft{}"),
        (r"\{ a_1", r"\textbraceleft{} a\_1"),
        (r"\} { a", r"\textbraceright{} \textbraceleft{} a"),
        (r"$a&b% \&$", r"$a\&b\% \&$"),
        (
            r"{ $ } $ b_1",
            r"\textbraceleft{} \$ \textbraceright{} \$ b\_1",
        ),
        (r"One \\ {two}\\", "One   {two}"),
        (r"$a\\b$", r"$a\\b$"),
    ],
)
def test_latex_stays_and_the_rest_is_escaped(text: str, written: str) -> None:
    assert tex(text, title=True) == written
    assert is_sound(written)


def test_what_is_known_of_a_text_is_used_where_its_latex_cannot_stay() -> None:
    assert tex("a {b", {"a {b": "known_x BERT"}) == r"known\_x BERT"
    assert tex("a b", {"a b": "known"}) == "a b"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ana García", "García, Ana"),
        ("Ludwig van Beethoven", "van Beethoven, Ludwig"),
        ("Ana de la Cruz", "de la Cruz, Ana"),
        ("Martin Luther King Jr.", "King, Martin Luther, Jr."),
        ("bell hooks", "hooks, bell"),
        ("Plato", "Plato"),
        ("ATLAS Collaboration", "ATLAS Collaboration"),
        ("Davis, Jr., Sammy", "Davis, Jr., Sammy"),
        ("King Jr", "Jr, King"),
    ],
)
def test_surnames_come_first(name: str, written: str) -> None:
    assert surname_first(name) == written


@given(WILD, WILD, WILD, WILD, WILD)
def test_no_text_breaks_an_entry(title: str, name: str, journal: str, doi: str, key: str) -> None:
    one = card(
        1, title=title, authors=(name, "others", name), journal_ref=journal, doi=doi,
        primary_category=key,
    )  # fmt: skip
    assert len(checked([one, card(2)])) == 2


def test_no_two_ways_to_do_harm_break_an_entry() -> None:
    checked([Card(entry.paper, TODAY) for entry in hostile_papers()])


@pytest.mark.slow
def test_recorded_papers_are_read_back(recordings: Path) -> None:
    some = list(cards(recordings, every=40))
    assert len(checked(some)) == len(some) == 500


@pytest.mark.slow
def test_all_recorded_papers_are_read_back(recordings: Path) -> None:
    some = list(cards(recordings))
    assert len(checked(some)) == len(some) > 19_000
