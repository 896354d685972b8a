"""[[webhook]] tables, and the secrets that hold their URLs."""

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.settings import Settings, load
from tests.settings.configurations import WORKING, with_subscriber, written

URL = "https://hooks.slack.com/services/T000/B000/very-secret"
OTHER = "https://chat.example.org/hooks/very-secret"
TEAM = {"DAILY_PAPERS_WEBHOOK__TEAM": URL}
USING = with_subscriber('webhook = ["team"]')


def hook(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("[[webhook]]", *lines))


def loaded(folder: Path, text: str, env: dict[str, str] | None = None) -> Settings:
    return load(written(folder, text), env=env or {})


def refused(folder: Path, text: str, env: dict[str, str] | None = None) -> str:
    """Give the errors, from the file's name on, none of which may show a URL."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, env)
    said = str(caught.value)
    assert "very-secret" not in said
    return said.replace(f"{folder}/", "")


def test_a_subscriber_names_a_webhook_whose_url_is_in_the_environment(tmp_path: Path) -> None:
    settings = loaded(tmp_path, hook('name = "team"') + USING, TEAM)
    assert [(one.channel, one.address) for one in settings.subscriptions()] == [
        ("email", "ana@example.org"),
        ("webhook", "team"),
    ]
    (one,) = settings.webhook
    assert one.format == "slack"
    assert one.url is not None
    assert one.url.get_secret_value() == URL
    assert URL in settings.secrets()
    assert "very-secret" not in repr(settings)


def test_a_hyphen_in_a_name_is_an_underscore_in_the_variable(tmp_path: Path) -> None:
    text = hook('name = "Chat-b"', 'format = "mattermost"')
    settings = loaded(tmp_path, text + WORKING, {"DAILY_PAPERS_WEBHOOK__CHAT_B": OTHER})
    assert settings.webhook[0].url is not None


def test_the_url_may_lie_in_a_secrets_directory_below_the_environment(tmp_path: Path) -> None:
    written(tmp_path, f"{URL}\n", "secrets/webhook__team")
    env = {"DAILY_PAPERS_SECRETS_DIR": str(tmp_path / "secrets")}
    text = hook('name = "team"') + USING
    assert URL in loaded(tmp_path, text, env).secrets()
    above = {**env, "DAILY_PAPERS_WEBHOOK__TEAM": OTHER}
    assert loaded(tmp_path, text, above).secrets() == (OTHER,)


def test_a_webhook_that_nobody_uses_needs_no_url(tmp_path: Path) -> None:
    assert loaded(tmp_path, hook('name = "team"') + WORKING).webhook[0].url is None


@pytest.mark.parametrize(
    ("text", "env", "said"),
    [
        (
            USING,
            {},
            (
                'daily-papers.toml:15: subscriber "ana": webhook: there is no webhook "team". '
                "Add a [[webhook]] of that name."
            ),
        ),
        (
            hook('name = "teem"') + USING,
            {},
            (
                'daily-papers.toml:17: subscriber "ana": webhook: there is no webhook "team". '
                'Did you mean "teem"?'
            ),
        ),
        (
            hook('name = "team"') + USING + '[[subscriber]]\nname = "b"\nwebhook = ["team"]\n',
            {},
            (
                'daily-papers.toml:1: webhook "team": url: this is missing, but subscriber "ana" '
                "has the webhook. To mend it, set the environment variable "
                "DAILY_PAPERS_WEBHOOK__TEAM, or write it into a file webhook__team in the "
                "directory that DAILY_PAPERS_SECRETS_DIR names."
            ),
        ),
        (
            hook('name = "team"', f'url = "{URL}"') + USING,
            {},
            (
                'daily-papers.toml:3: webhook "team": url: a secret must not stand in the file. '
                "Remove it here, make a new one if others could read the file, and set the "
                "environment variable DAILY_PAPERS_WEBHOOK__TEAM, or write it into a file "
                "webhook__team in the directory that DAILY_PAPERS_SECRETS_DIR names."
            ),
        ),
        (
            hook('name = "team"') + USING,
            {"DAILY_PAPERS_WEBHOOK__TEAM": "http://hooks.example.org/very-secret"},
            (
                'environment: DAILY_PAPERS_WEBHOOK__TEAM: webhook "team": url: the URL of a '
                "webhook is a secret: it must begin with https://."
            ),
        ),
        (
            hook('name = "team"') + USING,
            {"DAILY_PAPERS_WEBHOOK__TEAM": "very-secret"},
            (
                'environment: DAILY_PAPERS_WEBHOOK__TEAM: webhook "team": url: this is not the '
                "URL of a webhook. Copy it once more, whole."
            ),
        ),
        (
            hook('name = "team"') + USING,
            {**TEAM, "DAILY_PAPERS_WEBHOOK__TEEM": URL},
            (
                "environment: DAILY_PAPERS_WEBHOOK__TEEM: webhook.TEEM: no [[webhook]] has this "
                'name. Did you mean "TEAM"?'
            ),
        ),
        (
            WORKING,
            TEAM,
            (
                "environment: DAILY_PAPERS_WEBHOOK__TEAM: webhook.TEAM: no [[webhook]] has this "
                "name. Add a [[webhook]] of that name, or remove the secret."
            ),
        ),
        (
            hook('name = "a-b"') + hook('name = "A_B"') + WORKING,
            {},
            (
                'daily-papers.toml:4: webhook "A_B": name: another webhook has this name too '
                "(names are compared without case, and - is as _). Rename one of them, or remove "
                "it."
            ),
        ),
        (
            hook('name = "a b"') + WORKING,
            {},
            (
                'daily-papers.toml:2: webhook "a b": name: "a b" cannot be a webhook\'s name, '
                "which is part of an environment variable's. Write 1 to 40 letters, digits, - or "
                "_, such as team."
            ),
        ),
        (
            hook('name = "team"', 'format = "irc"') + WORKING,
            {},
            (
                'daily-papers.toml:3: webhook "team": format: "irc" is not possible here. '
                'Write "slack", "mattermost" or "discord".'
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_webhook_is_told_with_its_place_and_cure(
    tmp_path: Path, text: str, env: dict[str, str], said: str
) -> None:
    assert refused(tmp_path, text, env) == said


@pytest.mark.parametrize("value", ["7", '"team"', '[1, "team"]', "[7]"])
def test_what_is_no_table_of_webhooks_is_told_as_anywhere_else(tmp_path: Path, value: str) -> None:
    said = refused(tmp_path, f"webhook = {value}\n{USING}")
    assert "webhook" in said
    assert 'there is no webhook "team"' in said


@pytest.mark.parametrize("value", ["7", "[7]"])
def test_what_is_no_list_of_names_is_told_as_anywhere_else(tmp_path: Path, value: str) -> None:
    assert "webhook" in refused(tmp_path, with_subscriber(f"webhook = {value}"))
