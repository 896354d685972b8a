"""What a configuration that is right gives: values, defaults, layers and subscriptions."""

import tomllib
from datetime import time as hour
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from bot.core.digest import Style
from bot.core.errors import ConfigError
from bot.settings import Settings, load
from bot.settings.addresses import split_sender
from bot.settings.environment import NAMES
from bot.settings.fields import LISTS, SECRETS, SECTIONS, example
from bot.settings.origins import API_URL, OAI_URL, RSS_URL
from bot.settings.wishes import parsed
from tests.effort import QUADRATIC, growth
from tests.settings.configurations import (
    WORKING,
    with_section,
    with_subscriber,
    with_topic,
    written,
)

EXAMPLE = Path(__file__).parents[2] / "config" / "daily-papers.example.toml"
MINIMAL = '[[topic]]\nname = "A"\nkeywords = ["a"]\n[[subscriber]]\nname = "x"\nmaildir = ["m"]\n'
API = "export.arxiv.org/api/query"
MINE = "http://127.0.0.1:8000/mine"
SECRET_VALUES = {
    "DAILY_PAPERS_EMAIL__PASSWORD": "hunter2",
    "DAILY_PAPERS_SLACK__TOKEN": "xoxb-hunter2",
}
OF_THE_EXAMPLE = SECRET_VALUES | {"DAILY_PAPERS_WEBHOOK__TEAM": "https://hooks.example.org/hunter2"}


def loaded(folder: Path, text: str = WORKING, env: dict[str, str] | None = None) -> Settings:
    return load(written(folder, text), env=env or {})


def problems_of(folder: Path, text: str, env: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, env)
    return caught.value.problems


class TestValues:
    def test_a_file_with_one_topic_and_one_subscriber_is_enough(self, tmp_path: Path) -> None:
        settings = loaded(tmp_path, MINIMAL)
        assert settings.database == Path("var/daily-papers.db")
        assert settings.retention == timedelta(days=730)
        assert settings.arxiv.api_url == "https://export.arxiv.org/api/query"
        assert settings.arxiv.rss_url == "https://rss.arxiv.org/rss"
        assert settings.arxiv.oai_url == "https://oaipmh.arxiv.org/oai"
        assert settings.arxiv.holidays is None
        assert (settings.arxiv.min_interval, settings.arxiv.patience) == (3.0, 600.0)
        assert (settings.email, settings.slack, settings.contact) == (None, None, None)
        assert settings.owner.quiet_after == timedelta(hours=36)
        (subscriber,) = settings.subscriber
        assert (subscriber.timezone, subscriber.deliver_at) == ("UTC", hour(8, 30))
        assert subscriber.days == ("mon", "tue", "wed", "thu", "fri")

    def test_the_documented_example_loads(self) -> None:
        settings = load(EXAMPLE, env=OF_THE_EXAMPLE)
        assert settings.email is not None
        assert settings.email.sender == "Daily Papers <papers@example.org>"
        assert len(settings.subscriptions()) == 4

    def test_the_documented_example_shows_every_setting(self) -> None:
        text = EXAMPLE.read_text(encoding="utf-8")
        for name, table in {**SECTIONS, **LISTS}.items():
            header = f"\n[{name}]\n" if name in SECTIONS else f"\n[[{name}]]\n"
            section = text.partition(header)[2]
            missing = [
                key
                for key in table.model_fields
                if f"{key} = " not in section and (name, key) not in SECRETS
            ]
            assert missing == []
        assert "DAILY_PAPERS_EMAIL__PASSWORD" in text
        assert "DAILY_PAPERS_SLACK__TOKEN" in text

    def test_the_defaults_that_the_example_shows_are_the_defaults(self, tmp_path: Path) -> None:
        plain = EXAMPLE.read_text(encoding="utf-8")
        lines = [
            line[2:] if line.startswith("# ") and " = " in line and "`" not in line else line
            for line in plain.splitlines()
        ]
        shown = loaded(tmp_path, "\n".join(lines), OF_THE_EXAMPLE)
        assert shown == load(EXAMPLE, env=OF_THE_EXAMPLE)
        assert "# min_interval = 3.0" in plain

    @pytest.mark.parametrize(
        ("table", "key"),
        [
            ((name,) if name in SECTIONS else (name, 0), key)
            for name, model in {**SECTIONS, **LISTS}.items()
            for key in model.model_fields
            if (name, key) not in SECRETS
        ],
    )
    def test_every_cure_that_is_shown_works(self, table: tuple[str, ...], key: str) -> None:
        model: type[BaseModel] = {**SECTIONS, **LISTS}[table[0]]
        values = tomllib.loads(example((*table, key)))
        faulty: set[str | int] = set()
        try:
            model.model_validate({**values, "no such key": 1})
        except ValidationError as error:
            faulty = {one["loc"][0] for one in error.errors()}
        assert key not in faulty

    def test_the_usual_port_goes_with_the_kind_of_tls(self, tmp_path: Path) -> None:
        def port(lines: str) -> int:
            email = loaded(tmp_path, with_section("email", lines)).email
            assert email is not None
            return email.port

        assert port("") == 465
        assert port('tls = "starttls"') == 587
        assert port('tls = "starttls"\nport = 2525') == 2525

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
    def test_mail_in_clear_is_for_this_machine(self, host: str, tmp_path: Path) -> None:
        text = with_section("email", 'tls = "none"').replace("smtp.example.org", host)
        email = loaded(tmp_path, text).email
        assert email is not None
        assert (email.host, email.port) == (host.strip("[]"), 25)

    @pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1:1", "[::1]:1"])
    def test_this_machine_may_be_asked_without_a_pause(self, host: str, tmp_path: Path) -> None:
        lines = f'min_interval = 0\napi_url = "http://{host}/api"\nrss_url = ""'
        assert loaded(tmp_path, with_section("arxiv", lines)).arxiv.min_interval == 0

    @pytest.mark.parametrize(
        ("lines", "api", "rss", "oai"),
        [
            ("", API_URL, RSS_URL, OAI_URL),
            ('api_url = "http://export.arxiv.org/api/query"', "http://" + API, RSS_URL, OAI_URL),
            ('api_url = ""', None, RSS_URL, OAI_URL),
            ('rss_url = ""', API_URL, None, OAI_URL),
            ('oai_url = ""', API_URL, RSS_URL, None),
            ('rss_url = ""\noai_url = ""', API_URL, None, None),
            ('api_url = ""\nrss_url = ""', None, None, OAI_URL),
            (f'api_url = "{MINE}"', MINE, None, None),
            ('api_url = "https://notarxiv.org/"', "https://notarxiv.org/", None, None),
            (f'api_url = "{MINE}"\nrss_url = "{MINE}"', MINE, MINE, None),
            (f'api_url = "{MINE}"\noai_url = "{MINE}"', MINE, None, MINE),
            (f'api_url = ""\noai_url = "{MINE}"', None, None, MINE),
            (f'rss_url = "{MINE}"', API_URL, MINE, OAI_URL),
        ],
    )
    def test_what_is_left_out_is_arxivs_own_unless_the_api_is_not(
        self, lines: str, api: str | None, rss: str | None, oai: str | None, tmp_path: Path
    ) -> None:
        arxiv = loaded(tmp_path, with_section("arxiv", lines)).arxiv
        assert (arxiv.api_url, arxiv.rss_url, arxiv.oai_url) == (api, rss, oai)

    def test_the_environment_can_move_a_source_and_only_the_file_turns_it_off(
        self, tmp_path: Path
    ) -> None:
        moved = loaded(tmp_path, env={"DAILY_PAPERS_ARXIV__API_URL": MINE}).arxiv
        assert (moved.api_url, moved.rss_url, moved.oai_url) == (MINE, None, None)
        kept = loaded(tmp_path, env={"DAILY_PAPERS_ARXIV__RSS_URL": ""}).arxiv
        assert kept.rss_url == RSS_URL

    def test_an_owners_calendar_is_a_path_or_nothing(self, tmp_path: Path) -> None:
        text = with_section("arxiv", 'holidays = "~/holidays.toml"')
        assert loaded(tmp_path, text).arxiv.holidays == Path.home() / "holidays.toml"
        assert loaded(tmp_path, with_section("arxiv", 'holidays = ""')).arxiv.holidays is None
        env = {"DAILY_PAPERS_ARXIV__HOLIDAYS": "days.toml"}
        assert loaded(tmp_path, env=env).arxiv.holidays == Path("days.toml")

    @pytest.mark.parametrize(
        ("sender", "kept", "name", "address"),
        [
            ("papers@Example.ORG", "papers@example.org", "", "papers@example.org"),
            ("<a@b.org>", "a@b.org", "", "a@b.org"),
            ("Papérs <a@b.org>", "Papérs <a@b.org>", "Papérs", "a@b.org"),
            ("Papers, daily <a@b.org>", '"Papers, daily" <a@b.org>', "Papers, daily", "a@b.org"),
            (r'"A \"B\"" <a@b.org>', r'"A \"B\"" <a@b.org>', 'A "B"', "a@b.org"),
        ],
    )
    def test_a_sender_is_kept_as_a_header_takes_it(
        self, sender: str, kept: str, name: str, address: str, tmp_path: Path
    ) -> None:
        text = WORKING.replace('"Daily Papers <papers@example.org>"', f"'{sender}'")
        email = loaded(tmp_path, text).email
        assert email is not None
        assert email.sender == kept
        assert split_sender(email.sender) == (name, address)

    @pytest.mark.parametrize("address", ["ana@mail.local", "ana@box.test", "ana@localhost"])
    def test_a_mail_server_of_ones_own_has_addresses_too(
        self, address: str, tmp_path: Path
    ) -> None:
        settings = loaded(tmp_path, WORKING.replace("ana@example.org", address))
        assert settings.subscriber[0].email == (address,)

    def test_the_contact_is_a_url_or_an_address_or_else_the_owner(self, tmp_path: Path) -> None:
        assert loaded(tmp_path).contact == "ops@example.org"
        url = WORKING.replace("ops@example.org", "https://example.org/bot")
        assert loaded(tmp_path, url).contact == "https://example.org/bot"
        owner = with_section("owner", 'email = ["ö@example.org", "o@example.org"]')
        owner = owner.replace('contact = "ops@example.org"', "")
        assert loaded(tmp_path, owner).contact == "o@example.org"

    def test_an_hour_may_be_a_toml_time(self, tmp_path: Path) -> None:
        settings = loaded(tmp_path, with_subscriber("deliver_at = 07:15:30"))
        assert settings.subscriber[0].deliver_at == hour(7, 15)

    @pytest.mark.parametrize(
        ("text", "length"),
        [
            ("0d", timedelta(0)),
            ("36h", timedelta(hours=36)),
            ("2w", timedelta(days=14)),
            ("30d", timedelta(days=30)),
        ],
    )
    def test_lengths_of_time(self, text: str, length: timedelta, tmp_path: Path) -> None:
        settings = loaded(tmp_path, with_subscriber(f'since = "{text}"'))
        assert settings.subscriber[0].since == length

    def test_home_directories_are_found_and_relative_paths_stay_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", "/srv/ana")
        text = 'database = "~/p.db"\n' + with_subscriber('maildir = ["~/mail", "var/mail"]')
        settings = loaded(tmp_path, text)
        assert settings.database == Path("/srv/ana/p.db")
        assert settings.subscriber[0].maildir == ("/srv/ana/mail", "var/mail")

    def test_a_slack_url_ends_with_a_slash(self, tmp_path: Path) -> None:
        settings = loaded(tmp_path, with_section("slack", 'api_url = "https://slack.com/api"'))
        assert settings.slack is not None
        assert settings.slack.api_url == "https://slack.com/api/"

    def test_settings_made_directly_take_values_and_read_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DAILY_PAPERS_DATABASE", "other.db")
        settings = Settings(retention=timedelta(days=90))
        assert settings.retention == timedelta(days=90)
        assert settings.database == Path("var/daily-papers.db")
        assert settings.secrets() == ()

    def test_settings_are_frozen(self, tmp_path: Path) -> None:
        settings = loaded(tmp_path)
        with pytest.raises(ValidationError):
            settings.arxiv.min_interval = 0.0
        with pytest.raises(ValidationError):
            settings.database = Path("other")

    def test_no_secret_is_shown(self, tmp_path: Path) -> None:
        text = with_section("email", 'username = "papers"')
        text = text.replace(
            "[arxiv]", '[owner]\nheartbeat = "https://hc.example.org/uuid"\n[arxiv]'
        )
        settings = loaded(tmp_path, f'[[webhook]]\nname = "team"\n{text}', OF_THE_EXAMPLE)
        heartbeat = "https://hc.example.org/uuid"
        hook = "https://hooks.example.org/hunter2"
        assert settings.secrets() == ("hunter2", "xoxb-hunter2", hook, heartbeat)
        for shown in (repr(settings), str(settings), settings.model_dump_json()):
            assert "hunter2" not in shown
        assert "uuid" not in repr(settings)


class TestWhereTheFileIs:
    def test_the_argument_wins_over_the_environment(self, tmp_path: Path) -> None:
        other = written(tmp_path, "broken", "other.toml")
        settings = load(written(tmp_path), env={"DAILY_PAPERS_CONFIG": str(other)})
        assert settings.subscriber[0].name == "ana"

    def test_the_environment_names_the_file(self, tmp_path: Path) -> None:
        settings = load(env={"DAILY_PAPERS_CONFIG": str(written(tmp_path))})
        assert settings.subscriber[0].name == "ana"

    def test_by_default_it_is_below_the_current_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written(tmp_path, WORKING, "config/daily-papers.toml")
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("DAILY_PAPERS_CONFIG", raising=False)
        assert load().subscriber[0].name == "ana"


class TestSubscribersBesideTheFile:
    def test_they_come_after_those_of_the_file_sorted_by_file(self, tmp_path: Path) -> None:
        for name in ("b", "a"):
            rows = "".join(
                f'[[subscriber]]\nname = "{name}{number}"\nmaildir = ["m"]\n' for number in (1, 2)
            )
            written(tmp_path, rows, f"subscribers.d/{name}.toml")
        written(tmp_path, "broken", "subscribers.d/.#a.toml")
        written(tmp_path, "broken", "subscribers.d/a.toml~")
        names = [subscriber.name for subscriber in loaded(tmp_path).subscriber]
        assert names == ["ana", "a1", "a2", "b1", "b2"]

    def test_they_may_stand_there_alone(self, tmp_path: Path) -> None:
        rows = '[[subscriber]]\nname = "b"\nmaildir = ["m"]\n'
        written(tmp_path, rows, "subscribers.d/b.toml")
        settings = loaded(tmp_path, WORKING.partition("[[subscriber]]")[0])
        assert [subscriber.name for subscriber in settings.subscriber] == ["b"]

    def test_an_error_names_their_file_and_line(self, tmp_path: Path) -> None:
        rows = '[[subscriber]]\nname = "b"\nmaildir = ["m"]\n[[subscriber]]\nname = "c"\n'
        path = written(tmp_path, rows, "subscribers.d/b.toml")
        (problem,) = problems_of(tmp_path, WORKING, {})
        assert problem.startswith(f'{path}:4: subscriber "c": no digest can reach it')

    def test_nothing_else_may_stand_there(self, tmp_path: Path) -> None:
        path = written(tmp_path, 'database = "x"\n', "subscribers.d/b.toml")
        (problem,) = problems_of(tmp_path, WORKING, {})
        assert problem.startswith(f"{path}:1: database: only [[subscriber]] tables may stand here")

    def test_single_brackets_are_told(self, tmp_path: Path) -> None:
        path = written(tmp_path, '[subscriber]\nname = "b"\n', "subscribers.d/b.toml")
        (problem,) = problems_of(tmp_path, WORKING, {})
        assert problem.startswith(f"{path}:1: subscriber: this must be a list of tables")

    def test_broken_files_are_all_told(self, tmp_path: Path) -> None:
        one = written(tmp_path, "a = ", "subscribers.d/1.toml")
        two = written(tmp_path, "[", "subscribers.d/2.toml")
        found = problems_of(tmp_path, "]", {})
        assert [problem.partition(":")[0] for problem in found] == [
            str(tmp_path / "daily-papers.toml"),
            str(one),
            str(two),
        ]

    def test_the_folder_must_be_one(self, tmp_path: Path) -> None:
        path = written(tmp_path, "", "subscribers.d")
        (problem,) = problems_of(tmp_path, WORKING, {})
        assert problem.startswith(f"{path}: it cannot be read")


class TestEnvironment:
    def test_every_setting_of_a_section_has_a_variable(self) -> None:
        assert NAMES["DAILY_PAPERS_EMAIL__PER_MINUTE"] == ("email", "per_minute")
        assert NAMES["DAILY_PAPERS_DATABASE"] == ("database",)
        wanted = {(name, key) for name, table in SECTIONS.items() for key in table.model_fields}
        assert wanted < set(NAMES.values())

    def test_it_wins_over_the_file(self, tmp_path: Path) -> None:
        env = {
            "DAILY_PAPERS_DATABASE": "other.db",
            "DAILY_PAPERS_EMAIL__PORT": "2525",
            "DAILY_PAPERS_ARXIV__MIN_INTERVAL": "4.5",
            "DAILY_PAPERS_OWNER__EMAIL": "a@example.org, b@example.org",
            "DAILY_PAPERS_PAGES__TOPICS": '["RAG"]',
            "DAILY_PAPERS_SLACK__API_URL": "",
        }
        settings = loaded(tmp_path, WORKING, env)
        assert settings.database == Path("other.db")
        assert settings.email is not None
        assert (settings.email.port, settings.email.host) == (2525, "smtp.example.org")
        assert settings.arxiv.min_interval == 4.5
        assert settings.owner.email == ("a@example.org", "b@example.org")
        assert settings.pages.topics == ("RAG",)
        assert settings.slack is None

    def test_a_whole_section_can_come_from_it(self, tmp_path: Path) -> None:
        env = {
            "DAILY_PAPERS_EMAIL__HOST": "smtp.example.org",
            "DAILY_PAPERS_EMAIL__SENDER": "a@example.org",
        }
        settings = loaded(tmp_path, MINIMAL, env)
        assert settings.email is not None
        assert settings.email.host == "smtp.example.org"

    def test_topics_and_subscribers_can_come_from_it_as_json(self, tmp_path: Path) -> None:
        env = {
            "DAILY_PAPERS_TOPIC": '[{"name": "T", "keywords": ["t"]}]',
            "DAILY_PAPERS_SUBSCRIBER": '[{"name": "s", "maildir": ["m"], "days": ["x"]}]',
        }
        (problem,) = problems_of(tmp_path, "", env)
        assert problem.startswith('environment: DAILY_PAPERS_SUBSCRIBER: subscriber "s": days: ')
        env["DAILY_PAPERS_SUBSCRIBER"] = '[{"name": "s", "maildir": ["m"]}]'
        assert [one.name for one in loaded(tmp_path, "", env).subscriber] == ["s"]

    @pytest.mark.parametrize("value", ["[1", "x", "[" * 100_000])
    def test_broken_json_is_no_list(self, value: str, tmp_path: Path) -> None:
        found = problems_of(tmp_path, WORKING, {"DAILY_PAPERS_TOPIC": value})
        assert found[-1].startswith("environment: DAILY_PAPERS_TOPIC: topic")
        assert "Write [[topic]]" in found[-1]

    def test_an_error_names_the_variable(self, tmp_path: Path) -> None:
        (problem,) = problems_of(tmp_path, WORKING, {"DAILY_PAPERS_EMAIL__PORT": "x"})
        assert problem.startswith("environment: DAILY_PAPERS_EMAIL__PORT: email.port: ")

    @pytest.mark.parametrize(
        ("name", "cure"),
        [
            ("DAILY_PAPERS_DATABSE", 'Did you mean "DAILY_PAPERS_DATABASE"?'),
            ("DAILY_PAPERS_EMAIL_PORT", 'Did you mean "DAILY_PAPERS_EMAIL__PORT"?'),
            ("daily_papers_database", 'Did you mean "DAILY_PAPERS_DATABASE"?'),
            ("DAILY_PAPERS_Q", "Unset it."),
        ],
    )
    def test_an_unknown_variable_is_told(self, name: str, cure: str, tmp_path: Path) -> None:
        (problem,) = problems_of(tmp_path, WORKING, {name: "1"})
        assert problem == f"environment: {name}: there is no such setting. {cure}"

    def test_variables_of_others_and_reserved_ones_are_left_alone(self, tmp_path: Path) -> None:
        env = {"PATH": "/bin", "DAILY_PAPERS_RECORDINGS": "x", "DAILY_PAPERS_LOG": "json"}
        assert loaded(tmp_path, WORKING, env).topic[0].name == "RAG"

    def test_a_secret_with_a_line_break_is_refused(self, tmp_path: Path) -> None:
        (problem,) = problems_of(tmp_path, WORKING, {"DAILY_PAPERS_SLACK__TOKEN": "xoxb\nhunter2"})
        assert "holds control characters. Copy it once more." in problem
        assert "hunter2" not in problem


class TestSecretsDirectory:
    TEXT = with_section("email", 'username = "papers"')

    @pytest.mark.parametrize("variable", ["DAILY_PAPERS_SECRETS_DIR", "CREDENTIALS_DIRECTORY"])
    def test_files_in_it_hold_secrets(self, variable: str, tmp_path: Path) -> None:
        written(tmp_path, "hunter2\n", "secrets/email__password")
        written(tmp_path, "whatever", "secrets/of-another-program")
        written(tmp_path, "whatever", "secrets/.hidden__file")
        settings = loaded(tmp_path, self.TEXT, {variable: str(tmp_path / "secrets")})
        assert settings.email is not None
        assert settings.email.password is not None
        assert settings.email.password.get_secret_value() == "hunter2"

    def test_the_environment_wins_over_it(self, tmp_path: Path) -> None:
        written(tmp_path, "old", "secrets/email__password")
        env = {
            "DAILY_PAPERS_SECRETS_DIR": str(tmp_path / "secrets"),
            "DAILY_PAPERS_EMAIL__PASSWORD": "new",
        }
        settings = loaded(tmp_path, self.TEXT, env)
        assert settings.email is not None
        assert settings.email.password is not None
        assert settings.email.password.get_secret_value() == "new"

    @pytest.mark.parametrize(
        ("content", "reason"),
        [(b"\n", "it is empty"), (b"\xff", "it is not UTF-8"), (b"x" * 70_000, "it is too large")],
    )
    def test_a_file_that_holds_no_secret_is_told(
        self, content: bytes, reason: str, tmp_path: Path
    ) -> None:
        path = written(tmp_path, content, "secrets/slack__token")
        env = {"DAILY_PAPERS_SECRETS_DIR": str(path.parent)}
        (problem,) = problems_of(tmp_path, WORKING, env)
        assert problem.startswith(f"{path}: the secret cannot be read: {reason}. Write")

    def test_a_folder_in_the_place_of_a_secret_is_told(self, tmp_path: Path) -> None:
        written(tmp_path, "", "secrets/slack__token/x")
        env = {"DAILY_PAPERS_SECRETS_DIR": str(tmp_path / "secrets")}
        (problem,) = problems_of(tmp_path, WORKING, env)
        assert "slack__token: the secret cannot be read: Is a directory" in problem

    def test_a_misspelt_file_is_told(self, tmp_path: Path) -> None:
        path = written(tmp_path, "x", "secrets/email__pasword")
        env = {"DAILY_PAPERS_SECRETS_DIR": str(path.parent)}
        (problem,) = problems_of(tmp_path, WORKING, env)
        assert problem.startswith(f"{path}: no setting has this name. Did you mean")
        assert '"email__password"' in problem

    def test_a_missing_directory_is_told(self, tmp_path: Path) -> None:
        env = {"DAILY_PAPERS_SECRETS_DIR": str(tmp_path / "none")}
        (problem,) = problems_of(tmp_path, WORKING, env)
        assert problem.startswith("environment: DAILY_PAPERS_SECRETS_DIR: the directory ")

    def test_a_bad_value_names_its_file(self, tmp_path: Path) -> None:
        path = written(tmp_path, "smtps", "secrets/email__port")
        env = {"DAILY_PAPERS_SECRETS_DIR": str(path.parent)}
        (problem,) = problems_of(tmp_path, WORKING, env)
        assert problem.startswith(f"{path}: email.port: ")


class TestSubscriptions:
    def test_there_is_one_for_each_subscriber_channel_and_address(self, tmp_path: Path) -> None:
        text = with_subscriber(
            'slack = ["#a", "#b"]\nmaildir = ["m"]\ntimezone = "Asia/Tokyo"\n'
            'deliver_at = "immediately"\ndays = ["sun"]\ninclude = ["cross", "replace"]\n'
            'since = "7d"\nweekly_note = true'
        )
        found = loaded(tmp_path, text, SECRET_VALUES | {"DAILY_PAPERS_EMAIL__USERNAME": "p"})
        subscriptions = found.subscriptions()
        assert [(one.channel, one.address) for one in subscriptions] == [
            ("email", "ana@example.org"),
            ("slack", "#a"),
            ("slack", "#b"),
            ("maildir", "m"),
        ]
        first = subscriptions[0]
        assert first.subscriber == "ana"
        assert first.origin == "configuration"
        assert (first.schedule.timezone, first.schedule.at) == ("Asia/Tokyo", None)
        assert first.schedule.days == {6}
        assert first.include == {"cross", "replace"}
        assert first.weekly_note
        assert first.since == timedelta(days=7)
        assert first.topics == tuple(one.topic for one in found.topic)

    def test_how_digests_look_and_are_sorted_is_told(self, tmp_path: Path) -> None:
        (usual,) = loaded(tmp_path).subscriptions()
        assert (usual.style, usual.sort) == (Style("full", None), "best")
        lines = 'layout = "titles"\nmax_papers = 7\nsort = "newest"'
        (other,) = loaded(tmp_path, with_subscriber(lines)).subscriptions()
        assert (other.style, other.sort) == (Style("titles", 7), "newest")

    @pytest.mark.parametrize(
        ("lines", "days"),
        [
            ('frequency = "weekly"', {0}),
            ('frequency = "weekly"\ndays = ["fri", "mon"]', {4}),
            ('frequency = "daily"\ndays = ["fri", "mon"]', {0, 4}),
        ],
    )
    def test_once_a_week_is_on_the_first_day_that_is_written(
        self, lines: str, days: set[int], tmp_path: Path
    ) -> None:
        (one,) = loaded(tmp_path, with_subscriber(lines)).subscriptions()
        assert one.schedule.days == days

    def test_topics_stand_in_the_subscribers_order(self, tmp_path: Path) -> None:
        more = with_topic('keywords = ["RAG"]\n[[topic]]\nname = "SFT"\nquery = "ti:SFT"')
        every = loaded(tmp_path, more).subscriptions()[0]
        assert [topic.name for topic in every.topics] == ["RAG", "SFT"]
        chosen = loaded(tmp_path, more + 'topics = ["SFT", "RAG"]\n').subscriptions()[0]
        assert [topic.name for topic in chosen.topics] == ["SFT", "RAG"]

    def test_a_query_is_narrowed_by_categories_and_exclude(self, tmp_path: Path) -> None:
        narrow = with_topic('query = "ti:SFT"\ncategories = ["cs.CL"]\nexclude = ["protein"]')
        (topic,) = (one.topic for one in loaded(tmp_path, narrow).topic)
        (wide,) = (one.topic for one in loaded(tmp_path, with_topic('query = "ti:SFT"')).topic)
        assert topic.scopes == {"cs.CL"}
        assert wide.scopes == {"*"}
        assert topic.key != wide.key

    def test_the_same_query_is_parsed_once(self, tmp_path: Path) -> None:
        parsed.cache_clear()
        topics = "".join(
            f'[[topic]]\nname = "T{number}"\nquery = "ti:same"\n' for number in range(50)
        )
        settings = loaded(tmp_path, topics + '[[subscriber]]\nname = "s"\nmaildir = ["m"]\n')
        settings.subscriptions()
        assert parsed.cache_info().misses == 1

    def test_a_thousand_subscribers_load_in_a_moment(self, tmp_path: Path) -> None:
        def subscribers(count: int) -> str:
            return WORKING + "".join(
                f'[[subscriber]]\nname = "s{number}"\ntimezone = "Europe/Madrid"\n'
                f'deliver_at = "08:30"\ntopics = ["RAG"]\nemail = ["s{number}@example.org"]\n'
                for number in range(count)
            )

        def load_them(text: str) -> int:
            return len(loaded(tmp_path, text).subscriptions())

        assert load_them(subscribers(1000)) == 1001
        assert growth(load_them, subscribers, 1000) < QUADRATIC
