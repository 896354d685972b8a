"""The first configuration works as it stands, whatever was answered."""

import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import ConfigError
from bot.settings import Settings, load
from bot.settings.machine import login_name, system_zone
from bot.settings.starter import Answers, starter
from tests.settings.configurations import written

SECRETS = {"DAILY_PAPERS_EMAIL__PASSWORD": "x", "DAILY_PAPERS_SLACK__TOKEN": "x"}
FULL = Answers(
    name="ana",
    timezone="Europe/Madrid",
    deliver_at="07:45",
    topic="Dark",
    keywords=("dark matter", "axion"),
    categories=("astro-ph.CO", "hep-ph"),
    contact="ana@example.org",
    email="ana@example.org",
    host="smtp.example.org",
    port=587,
    tls="starttls",
    username="ana",
    sender="Papers <papers@example.org>",
    slack="#papers",
)


def loaded(folder: Path, answers: Answers, env: dict[str, str] | None = None) -> Settings:
    return load(written(folder, starter(answers)), env=env or {})


def test_without_any_answer_it_needs_no_server_and_no_secret(tmp_path: Path) -> None:
    found = loaded(tmp_path, Answers(name="ana", timezone="Europe/Madrid"))
    (subscription,) = found.subscriptions()
    assert (subscription.channel, subscription.address) == ("maildir", "var/mail")
    assert subscription.schedule.timezone == "Europe/Madrid"
    assert [topic.name for topic in subscription.topics] == ["RAG"]
    assert "*" not in subscription.topics[0].scopes


def test_every_answer_lands_in_its_setting(tmp_path: Path) -> None:
    found = loaded(tmp_path, FULL, SECRETS)
    assert found.email is not None
    assert (found.email.host, found.email.port, found.email.tls) == (
        "smtp.example.org",
        587,
        "starttls",
    )
    assert (found.email.username, found.email.sender) == ("ana", "Papers <papers@example.org>")
    assert found.contact == "ana@example.org"
    (topic,) = found.topic
    assert (topic.name, topic.keywords) == ("Dark", ("dark matter", "axion"))
    assert topic.categories == ("astro-ph.CO", "hep-ph")
    (subscriber,) = found.subscriber
    assert subscriber.deliver_at is not None
    assert subscriber.deliver_at.isoformat() == "07:45:00"
    assert (subscriber.email, subscriber.slack) == (("ana@example.org",), ("#papers",))


def test_what_is_missing_is_told_when_a_secret_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, FULL)
    token, password = caught.value.problems
    assert "DAILY_PAPERS_SLACK__TOKEN" in token
    assert "DAILY_PAPERS_EMAIL__PASSWORD" in password


def test_a_topic_is_named_after_its_first_keyword(tmp_path: Path) -> None:
    found = loaded(tmp_path, Answers(keywords=("axion", "dark matter")))
    assert found.topic[0].name == "axion"
    assert found.topic[0].categories == ()


@pytest.mark.parametrize(("keyword", "name"), [("x" * 200, "x" * 100), ("a\tb ", "ab")])
def test_a_keyword_that_cannot_be_a_name_is_made_one(
    keyword: str, name: str, tmp_path: Path
) -> None:
    assert loaded(tmp_path, Answers(keywords=(keyword,))).topic[0].name == name


def test_the_usual_port_and_the_address_stand_in_for_what_was_not_said(tmp_path: Path) -> None:
    answers = replace(FULL, port=None, sender=None, username=None, slack=None, maildir=None)
    found = loaded(tmp_path, answers)
    assert found.email is not None
    assert (found.email.port, found.email.sender) == (587, "ana@example.org")
    assert found.subscriber[0].maildir == ()


def test_the_hints_are_right_when_their_number_signs_are_removed(tmp_path: Path) -> None:
    keys = ["contact", "host", "tls", "username", "sender", "exclude", "email", "slack", "since"]
    keys.append("frequency")
    lines = [
        line.removeprefix("# ")
        if line.startswith(("# [", *(f"# {key} = " for key in keys)))
        else line
        for line in starter(Answers()).splitlines()
    ]
    found = load(written(tmp_path, "\n".join(lines)), env=SECRETS)
    assert {one.channel for one in found.subscriptions()} == {"email", "slack", "maildir"}
    assert found.subscriptions()[0].schedule.days == {0}


def test_no_line_is_long() -> None:
    assert max(len(line) for line in starter(FULL).splitlines()) <= 100


TEXTS = {one.name: st.text() for one in fields(Answers) if one.type in {"str", str}}


@settings(max_examples=150, deadline=None)
@given(st.builds(Answers, **TEXTS, keywords=st.lists(st.text(), max_size=3).map(tuple)))
def test_whatever_is_answered_stands_in_quotes(answers: Answers) -> None:
    data = tomllib.loads(starter(answers))
    assert data["subscriber"][0]["name"] == answers.name.encode("utf-8", "replace").decode()
    assert set(data) == {"database", "arxiv", "topic", "subscriber"}


@settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.builds(Answers, **TEXTS))
def test_a_bad_answer_is_told_like_any_bad_setting(tmp_path: Path, answers: Answers) -> None:
    problems: tuple[str, ...] = ()
    try:
        loaded(tmp_path, answers)
    except ConfigError as error:
        problems = error.problems
    assert all("subscriber" in problem for problem in problems)


def test_the_login_name_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ana")
    assert login_name() == "ana"
    monkeypatch.setattr("getpass.getuser", lambda: "a\nb")
    assert login_name() == "me"


def test_a_user_without_a_name_is_me(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert login_name() == "me"


class TestSystemZone:
    def test_the_variable_comes_first(self, tmp_path: Path) -> None:
        assert system_zone({"TZ": ":Asia/Tokyo"}, tmp_path) == "Asia/Tokyo"

    def test_then_what_localtime_points_to(self, tmp_path: Path) -> None:
        (tmp_path / "etc").mkdir()
        link = tmp_path / "etc" / "localtime"
        link.symlink_to("/usr/share/zoneinfo/Europe/Madrid")
        assert system_zone({"TZ": "CET-1CEST"}, tmp_path) == "Europe/Madrid"

    def test_then_the_name_that_debian_writes(self, tmp_path: Path) -> None:
        written(tmp_path, "Europe/Lisbon\n", "etc/timezone")
        assert system_zone({}, tmp_path) == "Europe/Lisbon"

    def test_else_universal_time(self, tmp_path: Path) -> None:
        assert system_zone({}, tmp_path) == "UTC"

    def test_universal_time_has_one_name(self, tmp_path: Path) -> None:
        assert system_zone({"TZ": "Etc/UTC"}, tmp_path) == "UTC"

    def test_a_machine_always_has_one(self) -> None:
        assert system_zone()
