"""[signup]: what may be chosen by whom, and what must be there before anybody can sign up."""

from collections.abc import Mapping
from datetime import time
from pathlib import Path

import pytest

from bot.core.enrolment import CHANNEL, ORIGIN, Enrolment
from bot.core.errors import ConfigError
from bot.core.schedule import Schedule
from bot.settings import Settings, load
from bot.settings.signup import SignupSettings
from tests.settings.configurations import WORKING, written

WEB = '[web]\npublic_url = "https://papers.example.org"\n'
AGENTS = '[[topic]]\nname = "Agents"\nkeywords = ["agent"]\n'
NOBODY = WORKING[: WORKING.index("[[subscriber]]")]
"""A configuration in which nobody is subscribed."""


def names(enrolment: Enrolment) -> list[str]:
    return [topic.name for topic in enrolment.topics]


def loaded(
    folder: Path, lines: str = "", *, env: Mapping[str, str] | None = None, whole: str = ""
) -> Settings:
    text = whole or f"{WEB}[signup]\n{lines}\n{WORKING}{AGENTS}"
    return load(written(folder, text), env=env or {})


def problems(folder: Path, lines: str = "", **asked: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, lines, **asked)  # type: ignore[arg-type]  # a test names what it changes
    return caught.value.problems


def test_without_the_table_nobody_can_sign_up(tmp_path: Path) -> None:
    settings = loaded(tmp_path, whole=WORKING)
    assert not settings.enrolment().open
    assert names(settings.enrolment()) == ["RAG"]  # who did once goes on
    assert settings.watched() == ()


def test_the_table_alone_lets_people_choose_of_all_topics(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    signup = settings.signup
    assert (signup.timezone, signup.deliver_at, signup.per_hour) == ("UTC", time(8, 30), 60)
    assert (signup.topics, signup.domains) == (None, ())
    assert signup.days == ("mon", "tue", "wed", "thu", "fri")
    enrolment = settings.enrolment()
    assert names(enrolment) == ["RAG", "Agents"]
    assert enrolment.open
    assert settings.watched() == enrolment.topics


def test_every_key_is_taken(tmp_path: Path) -> None:
    lines = """
topics = ["Agents"]
timezone = "Europe/Madrid"
deliver_at = "07:15"
days = ["tue", "fri"]
domains = ["Example.ORG"]
per_hour = 5
"""
    settings = loaded(tmp_path, lines)
    signup = settings.signup
    assert (signup.topics, signup.timezone, signup.deliver_at) == (
        ("Agents",),
        "Europe/Madrid",
        time(7, 15),
    )
    assert (signup.days, signup.domains, signup.per_hour) == (("tue", "fri"), ("example.org",), 5)
    assert names(settings.enrolment()) == ["Agents"]
    assert [one.name for one in settings.watched()] == ["Agents"]


def test_nobody_need_be_subscribed_by_the_file(tmp_path: Path) -> None:
    settings = loaded(tmp_path, whole=f"{WEB}[signup]\n{NOBODY}")
    assert settings.subscriptions() == ()
    assert settings.enrolment().open
    (told,) = problems(tmp_path, whole=WEB + NOBODY)
    assert "there is no subscriber" in told


def test_all_of_it_may_come_from_the_environment(tmp_path: Path) -> None:
    env = {
        "DAILY_PAPERS_SIGNUP__TOPICS": '["Agents"]',
        "DAILY_PAPERS_SIGNUP__TIMEZONE": "Asia/Tokyo",
        "DAILY_PAPERS_SIGNUP__DELIVER_AT": "06:00",
        "DAILY_PAPERS_SIGNUP__DAYS": '["sun"]',
        "DAILY_PAPERS_SIGNUP__DOMAINS": '["example.org"]',
        "DAILY_PAPERS_SIGNUP__PER_HOUR": "7",
    }
    settings = loaded(tmp_path, env=env, whole=WEB + WORKING + AGENTS)
    signup = settings.signup
    assert settings.enrolment().open
    assert names(settings.enrolment()) == ["Agents"]
    assert (signup.timezone, signup.deliver_at, signup.days) == ("Asia/Tokyo", time(6), ("sun",))
    assert (signup.domains, signup.per_hour) == (("example.org",), 7)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('topics = ["RAGs"]', ("signup.topics", '"RAGs"', 'Did you mean "RAG"')),
        ('topics = ["RAG", "RAG"]', ("signup.topics", "listed twice")),
        ("topics = []", ("signup.topics",)),
        ('timezone = "Madrid"', ("signup.timezone", "Europe/Madrid")),
        ('deliver_at = "immediately"', ("signup.deliver_at", "no hour", '"08:30"')),
        ('deliver_at = "8.30"', ("signup.deliver_at", '"08:30"')),
        ('days = ["monday"]', ("signup.days", 'Did you mean "mon"')),
        ("days = []", ("signup.days",)),
        ('domains = ["@example.org"]', ("signup.domains", "not a domain", '"example.org"')),
        ('domains = ["ana@example.org"]', ("signup.domains", "not a domain")),
        ('domains = [""]', ("signup.domains", "not a domain")),
        ('domains = ["*.example.org"]', ("signup.domains", "not a domain")),
        ("per_hour = 0", ("signup.per_hour", "1")),
        ("per_hour = 10001", ("signup.per_hour", "10000")),
        ("per_hour = true", ("signup.per_hour", "not a number")),
        ("per_day = 3", ("signup.per_day", "per_hour")),
    ],
)
def test_what_is_wrong_is_told_with_its_cure(
    lines: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    (told,) = problems(tmp_path, lines)
    assert all(word in told for word in words), told


def test_without_mail_nobody_can_be_asked(tmp_path: Path) -> None:
    bare = NOBODY[NOBODY.index("[[topic]]") :]
    arxiv = '[arxiv]\ncontact = "ops@example.org"\n'
    (told,) = problems(tmp_path, whole=f"{WEB}[signup]\n{arxiv}{bare}")
    assert "[email] is missing" in told
    assert "[signup]" in told
    assert 'host = "smtp.example.org"' in told


def test_a_section_that_is_missing_for_two_reasons_is_told_once(tmp_path: Path) -> None:
    ana = '[[subscriber]]\nname = "ana"\nemail = ["ana@example.org"]\n'
    topic = NOBODY[NOBODY.index("[[topic]]") :]
    (told,) = problems(tmp_path, whole=f"{WEB}[signup]\n{topic}{ana}")
    assert "[email] is missing" in told


@pytest.mark.parametrize("web", ["", "[web]\nport = 8080\n", '[web]\npublic_url = ""\n'])
def test_without_an_address_no_letter_could_link_to_anything(web: str, tmp_path: Path) -> None:
    (told,) = problems(tmp_path, whole=f"{web}[signup]\n{WORKING}")
    assert "web.public_url" in told
    assert 'public_url = "https://papers.example.org"' in told


@pytest.mark.parametrize(
    ("domains", "address", "taken"),
    [
        ((), "ana@anywhere.example", True),
        (("example.org",), "ana@example.org", True),
        (("example.org",), "ana@lab.example.org", True),
        (("example.org",), "ana@a.b.example.org", True),
        (("example.org",), "ana@notexample.org", False),
        (("example.org",), "ana@example.org.evil.example", False),
        (("example.org",), "ana@example.com", False),
        (("example.org",), "ana@org", False),
        (("example.com", "example.org"), "ana@example.org", True),
        (("xn--bcher-kva.example",), "ana@bücher.example", True),
        (("xn--bcher-kva.example",), "ana@lab.bücher.example", True),
        (("xn--bcher-kva.example",), "ana@bucher.example", False),
        (("example.org",), "ana@EXAMPLE.org", True),
    ],
)
def test_an_address_is_taken_by_its_domain_and_all_above_it(
    domains: tuple[str, ...],
    address: str,
    taken: bool,  # noqa: FBT001  # a column of the table
) -> None:
    assert SignupSettings(domains=domains).takes(address) is taken


def test_a_domain_may_be_written_in_any_script_and_case(tmp_path: Path) -> None:
    signup = loaded(tmp_path, 'domains = ["Bücher.Example"]').signup
    assert signup.takes("ana@xn--bcher-kva.example")
    assert signup.takes("ana@bücher.example")


def test_weekly_digests_come_on_the_first_of_the_days() -> None:
    signup = SignupSettings(days=("wed", "mon"))
    assert signup.schedule("UTC", time(9), "daily").days == {0, 2}
    assert signup.schedule("UTC", time(9), "weekly") == Schedule("UTC", time(9), frozenset({2}))


def test_a_topic_that_cannot_be_read_is_not_offered_and_not_forgotten(tmp_path: Path) -> None:
    text = f"{WEB}[signup]\n{WORKING}{AGENTS}".replace('["agent"]', '["--"]')
    settings = loaded(tmp_path, whole=text)
    enrolment = settings.enrolment()
    assert ([one.name for one in enrolment.topics], enrolment.refused) == (["RAG"], ("Agents",))
    kept = settings.keeping(loaded(tmp_path)).enrolment()  # as it was before the fault
    assert ([one.name for one in kept.topics], kept.refused) == (["RAG", "Agents"], ())
    text = text.replace("[signup]", '[signup]\ntopics = ["RAG"]')
    assert names(loaded(tmp_path, whole=text).enrolment()) == ["RAG"]


def test_somebody_who_signed_up_is_named_by_their_address() -> None:
    schedule = Schedule("UTC", time(8, 30))
    made = Enrolment(refused=("Agents",)).subscription("ana@example.org", schedule)
    assert (made.subscriber, made.address) == ("ana@example.org", "ana@example.org")
    assert (made.channel, made.origin) == (CHANNEL, ORIGIN)
    assert (made.topics, made.refused, made.schedule) == ((), ("Agents",), schedule)
