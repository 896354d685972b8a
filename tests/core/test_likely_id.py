import pytest

from bot.core.likely_id import typed_id


@pytest.mark.parametrize(
    ("text", "base", "version"),
    [
        ("2401.01234", "2401.01234", None),
        ("2401.01234v2", "2401.01234", 2),
        ("https://arxiv.org/abs/2401.01234v3", "2401.01234", 3),
        ("https://arxiv.org/pdf/2401.01234.pdf", "2401.01234", None),
        ("oai:arXiv.org:2401.01234", "2401.01234", None),
        ("math.GT/0309136", "math/0309136", None),
        ("0704.0001", "0704.0001", None),
    ],
)
def test_every_form_of_an_id_is_read(text: str, base: str, version: int | None) -> None:
    assert typed_id(text) == (base, version)


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("2401.1234", "2401.01234"),
        ("2401.1234v2", "2401.01234v2"),
        ("2401-01234", "2401.01234"),
        ("240101234", "2401.01234"),
        ("see 2401.01234, please", "2401.01234"),
        ("1412.01234", "1412.1234"),
        ("hep-th9901001", "hep-th/9901001"),
        ("hep-th 9901001", "hep-th/9901001"),
        ("MATH/0309136", "math/0309136"),
    ],
)
def test_a_slip_is_told_with_what_was_likely_meant(text: str, likely: str) -> None:
    with pytest.raises(ValueError, match=rf"is no arXiv id: did you mean {likely}\?"):
        typed_id(text)


@pytest.mark.parametrize(
    "text", ["", "rubbish", "2413.01234", "2401.00000", "0612.0001", "1412.12345", "hep-th/9913001",
             "10.1038/418838a", "9" * 5000],
)  # fmt: skip
def test_what_is_like_no_id_is_told_how_one_looks(text: str) -> None:
    with pytest.raises(ValueError, match="is no arXiv id: write one such as"):
        typed_id(text)
