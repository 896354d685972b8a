"""[web]: an address below which a reader's page can stand, and where to listen for it."""

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.settings import Settings, load
from tests.settings.configurations import with_section


def loaded(folder: Path, lines: str, env: dict[str, str] | None = None) -> Settings:
    path = folder / "daily-papers.toml"
    path.write_text(with_section("web", lines), encoding="utf-8")
    return load(path, env=env or {})


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("https://papers.example.org", "https://papers.example.org"),
        ("https://papers.example.org/", "https://papers.example.org"),
        ("https://example.org:8443/a/b-c/", "https://example.org:8443/a/b-c"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/papers", "http://127.0.0.1:8000/papers"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("", None),
    ],
)
def test_an_address_is_taken_without_its_last_slash(
    tmp_path: Path, written: str, taken: str | None
) -> None:
    assert loaded(tmp_path, f'public_url = "{written}"').web.public_url == taken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("http://papers.example.org", "Write https://"),
        ("http://127.0.0.1.example.org", "Write https://"),
        ("https://example.org/?list=1", "may hold no query"),
        ("https://example.org/a//b", "cannot have addresses below it"),
        ("https://example.org/über", "letters and signs only those of plain URLs"),
        ("https://exämple.org", "letters and signs only those of plain URLs"),
        ("https://example.org/{token}", "Write one such as"),
        ("https://example.org/a,b", "Write one such as"),
        ("papers.example.org", "Write a whole URL"),
        ("https://ana:hunter2@example.org", "must not hold a user name or password"),
    ],
)
def test_one_that_no_page_can_stand_below_is_refused(
    tmp_path: Path, written: str, said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, f'public_url = "{written}"')
    (problem,) = refused.value.problems
    assert "web.public_url" in problem
    assert said in problem
    assert "hunter2" not in problem


def test_it_listens_on_this_machine_alone_unless_told_otherwise(tmp_path: Path) -> None:
    web = loaded(tmp_path, "").web
    assert (web.host, web.port) == ("127.0.0.1", 8000)
    env = {"DAILY_PAPERS_WEB__HOST": "::", "DAILY_PAPERS_WEB__PORT": "80"}
    web = loaded(tmp_path, "port = 8080", env).web
    assert (web.host, web.port) == ("::", 80)


@pytest.mark.parametrize("port", ["0", "65536", '"http"', "true"])
def test_a_port_is_a_number_that_there_is(tmp_path: Path, port: str) -> None:
    with pytest.raises(ConfigError, match=r"web\.port"):
        loaded(tmp_path, f"port = {port}")
