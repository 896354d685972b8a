"""arXiv identifiers in every form in which they are met, and their order."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.arxiv_id import ArxivId, id_of, month_of, order_of, order_or_least, parse_id

NEW = st.builds(
    "{:02d}{:02d}.{:05d}".format, st.integers(15, 90), st.integers(1, 12), st.integers(1, 99_999)
)
OLD = st.builds(
    "{}/{:02d}{:02d}{:03d}".format,
    st.sampled_from(["hep-th", "math", "cs", "quant-ph", "q-bio", "acc-phys"]),
    st.sampled_from([91, 99, 0, 7]),
    st.integers(1, 12),
    st.integers(1, 999),
)
BASES = NEW | OLD
VERSIONS = st.none() | st.integers(1, 9_999)


@pytest.mark.parametrize(
    ("text", "base", "version"),
    [
        ("2503.11731", "2503.11731", None),
        ("2503.11731v2", "2503.11731", 2),
        ("0704.0001v12", "0704.0001", 12),
        ("hep-th/9901001", "hep-th/9901001", None),
        ("hep-th/9901001v3", "hep-th/9901001", 3),
        ("cs/0501001", "cs/0501001", None),
        ("math.GT/0309136", "math/0309136", None),
        ("math.GT/0309136v1", "math/0309136", 1),
        ("  2503.11731v1\n", "2503.11731", 1),
        ("arXiv:2503.11731", "2503.11731", None),
        ("arxiv: 2503.11731v4", "2503.11731", 4),
        ("oai:arXiv.org:2503.11731v4", "2503.11731", 4),
        ("oai:arXiv.org:math/0309136", "math/0309136", None),
        ("http://arxiv.org/abs/2503.11731v1", "2503.11731", 1),
        ("https://arxiv.org/abs/cond-mat/0011267v1", "cond-mat/0011267", 1),
        ("https://www.arxiv.org/abs/2503.11731", "2503.11731", None),
        ("http://export.arxiv.org/abs/2503.11731", "2503.11731", None),
        ("arxiv.org/abs/2503.11731", "2503.11731", None),
        ("HTTPS://ARXIV.ORG/ABS/2503.11731", "2503.11731", None),
        ("https://arxiv.org/abs/2503.11731?context=cs.CL", "2503.11731", None),
        ("https://arxiv.org/html/2503.11731v2#S1.p2", "2503.11731", 2),
        ("https://arxiv.org/abs/2503.11731/", "2503.11731", None),
        ("https://arxiv.org/pdf/2503.11731v2.pdf", "2503.11731", 2),
        ("https://arxiv.org/pdf/2503.11731.pdf?download=1#page=3", "2503.11731", None),
        ("https://arxiv.org/pdf/hep-th/9901001", "hep-th/9901001", None),
        ("https://arxiv.org/e-print/2503.11731", "2503.11731", None),
        ("10.48550/arXiv.2503.11731", "2503.11731", None),
        ("doi:10.48550/arXiv.2503.11731", "2503.11731", None),
        ("https://doi.org/10.48550/arXiv.hep-th/9901001", "hep-th/9901001", None),
    ],
)
def test_every_form_gives_the_base_id_and_the_version(
    text: str, base: str, version: int | None
) -> None:
    assert parse_id(text) == ArxivId(base, version)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arXiv:",
        "2503.117",
        "2503.117311",
        "2513.11731",
        "2500.11731",
        "hep-th/9913001",
        "hep-th/990100",
        "hep-th/99010011",
        "9901001",
        "HEP-TH/9901001",
        "2503.11731v0",
        "2503.11731v",
        "2503.11731v99999",
        "2503.11731.pdf",
        "2503.11731?context=cs",
        "2503.11731 2503.11732",
        "２５０３.１１７３１",
        "2503.11731\nv2",
        "https://arxiv.org/abs/continual_rl",
        "https://arxiv.org/list/cs.CL/recent",
        "https://arxiv.org.example.com/abs/2503.11731",
        "https://evilarxiv.org/abs/2503.11731",
        "https://example.com/abs/2503.11731",
        "ftp://arxiv.org/abs/2503.11731",
        "http://arxiv.org/api/errors#incorrect_id_format_for_1",
        "10.1000/arXiv.2503.11731",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        parse_id(text)


def test_an_error_shows_no_more_than_a_line_of_what_was_given() -> None:
    with pytest.raises(ValueError, match="not an arXiv id") as failure:
        parse_id("x\n" * 5_000)
    assert len(str(failure.value)) < 200


@given(
    BASES,
    VERSIONS,
    st.sampled_from(
        [
            "{}",
            "arXiv:{}",
            "oai:arXiv.org:{}",
            "http://arxiv.org/abs/{}",
            "https://arxiv.org/pdf/{}.pdf",
            "https://export.arxiv.org/abs/{}?a=b",
            "https://doi.org/10.48550/arXiv.{}",
        ]
    ),
)
def test_an_id_survives_being_written_and_read(base: str, version: int | None, form: str) -> None:
    written = base if version is None else f"{base}v{version}"
    assert parse_id(form.format(written)) == (base, version)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        base, version = parse_id(text)
    except ValueError:
        return
    assert parse_id(base) == (base, None)
    assert version is None or version >= 1


@pytest.mark.parametrize(
    ("base", "month"),
    [
        ("2503.11731", 202503),
        ("0704.0001", 200704),
        ("hep-th/9108001", 199108),
        ("cs/9912012", 199912),
        ("math/0001001", 200001),
        ("q-bio/0703999", 200703),
        ("9012.00001", 209012),
    ],
)
def test_an_id_tells_its_month(base: str, month: int) -> None:
    assert month_of(base) == month


def test_ids_are_ordered_as_arxiv_gave_them() -> None:
    given_order = [
        "hep-th/9108001",
        "hep-th/9108002",
        "cs/9912012",
        "math/0001001",
        "q-bio/0703999",
        "0704.0001",
        "0704.0010",
        "1412.9999",
        "1501.00001",
        "2503.09999",
        "2503.10000",
        "2504.00001",
    ]
    assert all(order_of(one) < order_of(other) for one, other in pairwise(given_order))


@given(NEW, NEW)
def test_ids_of_five_digits_are_ordered_like_their_text(one: str, other: str) -> None:
    assert (order_of(one) < order_of(other)) == (one < other)


@pytest.mark.parametrize(
    ("month", "number", "base"),
    [
        (200704, 1, "0704.0001"),
        (201412, 8999, "1412.8999"),
        (201501, 1, "1501.00001"),
        (202601, 12345, "2601.12345"),
    ],
)
def test_a_month_and_a_number_give_the_id(month: int, number: int, base: str) -> None:
    assert id_of(month, number) == base
    assert order_of(base) == (month, number)


@given(BASES)
def test_no_id_comes_before_all_ids(base: str) -> None:
    assert order_or_least("") < order_or_least(base) == order_of(base)
