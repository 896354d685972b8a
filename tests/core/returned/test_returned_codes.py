"""Hard, soft and policy, by the enhanced code."""

import pytest

from bot.core.returned.status_code import code_in, kind_of


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("5.1.0", "hard"),
        ("5.1.1", "hard"),
        ("5.1.2", "hard"),
        ("5.1.3", "hard"),
        ("5.1.6", "hard"),
        ("5.1.10", "hard"),
        ("5.2.1", "hard"),
        ("5.1.7", "policy"),
        ("5.1.8", "policy"),
        ("5.2.0", "soft"),
        ("5.2.2", "soft"),
        ("5.2.3", "policy"),
        ("5.3.0", "soft"),
        ("5.3.4", "policy"),
        ("5.4.4", "soft"),
        ("4.4.7", "soft"),
        ("5.5.0", "soft"),
        ("5.6.1", "policy"),
        ("5.7.1", "policy"),
        ("5.7.515", "policy"),
        ("4.7.28", "policy"),
        ("4.1.1", "soft"),
        ("4.2.1", "soft"),
        ("5.0.0", "soft"),
        ("", "soft"),
    ],
)
def test_a_code_is_sorted(code: str, kind: str) -> None:
    assert kind_of(code) == kind


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ((), ""),
        (("nothing",), ""),
        (("5.0.0", "5.1.1"), "5.1.1"),
        (("5.0.0", "4.0.0"), "5.0.0"),
        (("#5.1.1)",), "5.1.1"),
        (("from 192.5.1.1",), ""),
        (("5.1.1.7 is no code",), ""),
        (("15.1.1", "5.1.1234", "3.1.1"), ""),
        (("550-5.7.26 no",), "5.7.26"),
    ],
)
def test_a_code_is_found(texts: tuple[str, ...], code: str) -> None:
    assert code_in(*texts) == code
