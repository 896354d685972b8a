"""[bounces]: a Maildir or an IMAP server, whose connection is protected."""

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.settings import BouncesSettings, load
from tests.settings.configurations import WORKING, with_section, written

HOST = 'host = "imap.example.org"\nusername = "bounces"\n'
PASSWORD = {"DAILY_PAPERS_BOUNCES__PASSWORD": "hunter2"}


def loaded(folder: Path, lines: str, env: dict[str, str] | None = None) -> BouncesSettings:
    text = with_section("bounces", lines) if lines else WORKING
    return load(written(folder, text), env=env if env is not None else PASSWORD).bounces


def problem(folder: Path, lines: str, env: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, lines, env)
    (only,) = caught.value.problems
    assert "hunter2" not in only
    return only


def test_nothing_is_configured_by_default(tmp_path: Path) -> None:
    found = loaded(tmp_path, "", {})
    assert (found.maildir, found.host, found.username) == (None, None, None)


@pytest.mark.parametrize("lines", ["", 'maildir = "var/bounces"', 'host = ""'])
def test_a_password_that_is_set_before_there_is_a_host_harms_nothing(
    lines: str, tmp_path: Path
) -> None:
    assert loaded(tmp_path, lines).host is None


@pytest.mark.parametrize(
    ("lines", "port"),
    [
        ("", 993),
        ('tls = "starttls"', 143),
        ('tls = "starttls"\nport = 1143', 1143),
        ('tls = "none"', 143),
    ],
)
def test_the_usual_port_goes_with_the_kind_of_tls(lines: str, port: int, tmp_path: Path) -> None:
    host = HOST.replace("imap.example.org", "localhost")
    assert loaded(tmp_path, host + lines).port == port


def test_all_of_it_may_come_from_the_environment(tmp_path: Path) -> None:
    env = {"DAILY_PAPERS_BOUNCES__HOST": "imap.example.org"}
    env |= {"DAILY_PAPERS_BOUNCES__USERNAME": "x", "DAILY_PAPERS_BOUNCES__TLS": "starttls"}
    found = loaded(tmp_path, "", env | PASSWORD)
    assert (found.host, found.username, found.port) == ("imap.example.org", "x", 143)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (HOST + 'maildir = "m"', ("maildir", "Keep one of them")),
        (HOST + 'tls = "none"', ("tls", "read mail from", "imap.example.org", "993")),
        (HOST + 'tls = "ssl"', ("tls", "implicit")),
        (HOST + 'folder = "Entwürfe"', ("folder", "ASCII", "INBOX/bounces", "&APw-")),
        (HOST + 'folder = ""', ("folder", "INBOX")),
        (HOST + 'password = "hunter2"', ("secret", "DAILY_PAPERS_BOUNCES__PASSWORD")),
        ('host = "imap.example.org"', ("password is set, but no username", "[bounces]")),
        (HOST.replace(".org", ".org:993"), ("host", "port has its own key")),
    ],
)
def test_what_is_wrong_is_told_with_its_cure(
    lines: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    told = problem(tmp_path, lines)
    assert all(word in told for word in words), told


def test_a_server_wants_a_log_in(tmp_path: Path) -> None:
    told = problem(tmp_path, HOST, {})
    assert "a username is set, but no password" in told
    assert "DAILY_PAPERS_BOUNCES__PASSWORD" in told
    told = problem(tmp_path, 'host = "imap.example.org"', {})
    assert "a host is set, but no username" in told
    assert "DAILY_PAPERS_BOUNCES__PASSWORD" in told
