"""Return paths and signatures in [email]: what is taken, and what is refused with its cure."""

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.core.return_path import return_path
from bot.settings import EmailSettings, Settings, load
from tests.settings.configurations import with_section, written

PEM = "-----BEGIN PRIVATE KEY-----\nTm90IGEga2V5Lg==\n-----END PRIVATE KEY-----"


def loaded(folder: Path, lines: str, env: dict[str, str] | None = None) -> Settings:
    return load(written(folder, with_section("email", lines)), env=env or {})


def email(folder: Path, lines: str, env: dict[str, str] | None = None) -> EmailSettings:
    found = loaded(folder, lines, env).email
    assert found is not None
    return found


def problem(folder: Path, lines: str, env: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, lines, env)
    (only,) = caught.value.problems
    return only


def test_nothing_is_signed_nor_comes_back_elsewhere_by_default(tmp_path: Path) -> None:
    empty = 'bounces = ""\ndkim_selector = ""\ndkim_domain = ""\ndkim_key = ""'
    assert email(tmp_path, empty) == email(tmp_path, "")
    assert email(tmp_path, "").bounces is None


@pytest.mark.parametrize(
    ("written_so", "taken_as"),
    [
        ("bounces@example.org", "bounces@example.org"),
        ("Bounces@Bücher.example", "Bounces@xn--bcher-kva.example"),
        (f"{'b' * 33}@example.org", f"{'b' * 33}@example.org"),
    ],
)
def test_an_address_for_bounces_is_one_that_return_paths_can_be_made_of(
    written_so: str, taken_as: str, tmp_path: Path
) -> None:
    found = email(tmp_path, f'bounces = "{written_so}"').bounces
    assert found == taken_as
    assert return_path(found, 10**12, "T" * 22).isascii()


@pytest.mark.parametrize(
    ("lines", "key", "wrong", "cure"),
    [
        (f'bounces = "{"b" * 34}@example.org"', "bounces", "too long", "at most 33"),
        ('bounces = "josé@example.org"', "bounces", "must be ASCII", "bounces@example.org"),
        ('bounces = "nobody"', "bounces", "not an email address", "ana@example.org"),
        ('dkim_selector = "a b"', "dkim_selector", "not a selector", '"papers"'),
        ('dkim_selector = "papers"', "dkim_selector", "without a DKIM key", "Add dkim_key"),
        ('dkim_domain = "example.org"', "dkim_domain", "without a DKIM key", "Add dkim_key"),
        ('dkim_key = "x.pem"', "dkim_selector", "no selector", 'dkim_selector = "papers"'),
        (
            'dkim_selector = "p"\ndkim_key = "x.pem"\ndkim_domain = "a b"',
            *("dkim_domain", "not a domain", "example.org"),
        ),
    ],
)
def test_what_cannot_be_used_is_told_with_its_cure(
    lines: str, key: str, wrong: str, cure: str, tmp_path: Path
) -> None:
    told = problem(tmp_path, lines)
    assert f": email.{key}: " in told
    assert wrong in told
    assert cure in told


def test_a_domain_is_taken_in_its_ascii_form(tmp_path: Path) -> None:
    lines = 'dkim_selector = "p"\ndkim_key = "x.pem"\ndkim_domain = "Bücher.example"'
    found = email(tmp_path, lines)
    assert found.dkim_domain == "xn--bcher-kva.example"
    assert found.dkim_key == Path("x.pem")


class TestPrivateKey:
    def test_it_comes_from_the_environment_in_one_line_or_several(self, tmp_path: Path) -> None:
        for text in (PEM, PEM.replace("\n", "\\n"), PEM.replace("\n", "\r\n") + "\r\n"):
            found = email(tmp_path, 'dkim_selector = "p"', {"DAILY_PAPERS_EMAIL__DKIM_PEM": text})
            assert found.dkim_pem is not None
            assert found.dkim_pem.get_secret_value() == PEM
            assert "Tm90" not in repr(found)

    def test_it_comes_from_a_secrets_directory_and_is_hidden(self, tmp_path: Path) -> None:
        written(tmp_path, PEM + "\n", "secrets/email__dkim_pem")
        env = {"DAILY_PAPERS_SECRETS_DIR": str(tmp_path / "secrets")}
        assert PEM in loaded(tmp_path, 'dkim_selector = "p"', env).secrets()

    def test_it_must_not_stand_in_the_file(self, tmp_path: Path) -> None:
        told = problem(tmp_path, 'dkim_selector = "p"\ndkim_pem = "-----BEGIN X-----"')
        assert "email.dkim_pem: a secret must not stand in the file" in told

    def test_what_is_no_key_is_never_shown(self, tmp_path: Path) -> None:
        env = {"DAILY_PAPERS_EMAIL__DKIM_PEM": "hunter2"}
        told = problem(tmp_path, 'dkim_selector = "p"', env)
        assert "not a private key in PEM" in told
        assert "hunter2" not in told

    def test_two_of_them_are_one_too_many(self, tmp_path: Path) -> None:
        lines = 'dkim_selector = "p"\ndkim_key = "x.pem"'
        told = problem(tmp_path, lines, {"DAILY_PAPERS_EMAIL__DKIM_PEM": PEM})
        assert "Keep one of them" in told
