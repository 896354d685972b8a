"""URLs of Apprise's services, their public names, and channels of notifiers of others."""

import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import ConfigError
from bot.settings import Settings, apprise_services, installed, load
from bot.settings.apprise_urls import public_name, secrets_of
from tests.settings.configurations import WORKING, with_subscriber, written

MATRIX = "matrixs://bot:very-secret@example.org/#papers"


def loaded(folder: Path, text: str) -> Settings:
    return load(written(folder, text), env={})


def refused(folder: Path, lines: str) -> str:
    """Give the errors, from the file's name on, none of which may show a password."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, with_subscriber(lines))
    said = str(caught.value)
    assert "very-secret" not in said
    return said.replace(f"{folder}/", "")


@pytest.fixture
def _nothing_tried_yet() -> None:
    apprise_services._fault.cache_clear()


def test_a_subscriber_has_urls_and_the_ledger_their_names(tmp_path: Path) -> None:
    settings = loaded(tmp_path, with_subscriber(f'apprise = ["{MATRIX}"]'))
    (_, one) = settings.subscriptions()
    assert (one.channel, one.address) == ("apprise", public_name(MATRIX))
    assert {MATRIX, "very-secret"} <= set(settings.secrets())
    assert "very-secret" not in f"{settings!r} {settings} {settings.subscriptions()}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (MATRIX, "matrixs://example.org#"),
        ("MATRIXS://bot:very-secret@Example.org:8448/#papers", "matrixs://example.org:8448#"),
        ("json://127.0.0.1:8080/path", "json://127.0.0.1:8080#"),
        ("json://[::1]:8080/path", "json://[::1]:8080#"),
        ("json://localhost/path", "json://localhost#"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "tgram://#"),
        ("ntfys://a-secret-topic", "ntfys://#"),
        ("sendgrid://SG.abc123.def456:me@example.org", "sendgrid://example.org#"),
        ("sendgrid://SG.abcdef123/me", "sendgrid://#"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "slack://#"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord://#"),
        ("mailto://bot:very-secret@example.org?to=ana@example.com", "mailto://example.org#"),
    ],
)
def test_a_name_shows_the_service_and_a_host_where_there_is_one(url: str, shown: str) -> None:
    name = public_name(url)
    assert name[:-8] == shown
    assert int(name[-8:], 16) >= 0


def test_a_name_stands_for_one_place_and_outlives_its_password() -> None:
    assert public_name(MATRIX) == public_name(MATRIX.replace("very-secret", "another"))
    others = [
        MATRIX.replace("papers", "rag"),
        MATRIX.replace("bot", "bob"),
        MATRIX.replace("example", "example2"),
        MATRIX.replace("matrixs", "matrix"),
        MATRIX + "?format=html",
    ]
    assert len({public_name(one) for one in [MATRIX, *others]}) == 6


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        (MATRIX, "very-secret"),
        ("json://bot:p%40ss%21word@example.org/", "p@ss!word"),
        ("json://bot:p%40ss%21word@example.org/", "p%40ss%21word"),
        ("tgram://123456789:abcdefg1hijklmnop/12315544/", "abcdefg1hijklmnop"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", "TIiajkdnlazkcOXrIdevi7FQ"),
        ("pover://user@azGDORePK8gMaC0QOYAMyEEuzJnyUi", "azGDORePK8gMaC0QOYAMyEEuzJnyUi"),
        ("msteams://team/c?token=azGDORePK8gMaC0QOYAMy", "azGDORePK8gMaC0QOYAMy"),
    ],
)
def test_what_must_not_be_seen_is_the_url_and_what_it_is_logged_in_with(
    url: str, secret: str
) -> None:
    assert {url, secret} <= set(secrets_of(url))
    assert not {"example.org", "papers", "bot"} & set(secrets_of(url))


@given(st.text(max_size=60), st.text(alphabet="abc123:@/?#[].%", max_size=60))
def test_whatever_is_a_url_has_a_name_that_is_harmless(login: str, rest: str) -> None:
    name = public_name(f"json://{login}@{rest}")
    assert name.startswith("json://")
    assert name.isascii()
    assert name.isprintable()
    secrets_of(f"json://{login}@{rest}")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('apprise = ["very-secret"]', "this is not the URL of a service."),
        ('apprise = ["json://"]', "this is not the URL of a service."),
        ('apprise = ["json:///very-secret"]', "this is not the URL of a service."),
        ('apprise = ["json://very-secret\\n"]', "this is not the URL of a service."),
        ("apprise = [7]", 'this is not text. Write it in quotes, for example: apprise = ["matrixs'),
        (f'apprise = "{MATRIX}"', "this must be a list."),
        (f'apprise = ["{MATRIX}", "{MATRIX}"]', "this URL is listed twice. Remove one of them."),
        (
            'apprise = ["matrxs://bot:very-secret@example.org"]',
            'Apprise knows no service "matrxs". Did you mean "matrixs"?',
        ),
        ('apprise = ["qqqqqq://very-secret"]', "All are listed at appriseit.com/services."),
        (
            'apprise = ["tgram://very-secret"]',
            "Apprise cannot read this tgram:// URL. Compare it with https://",
        ),
        (
            'apprise = ["matrixs://bot:very-secret@example.org/#a/#b"]',
            "this matrixs:// URL names several recipients, and what one of them misses",
        ),
        (
            'apprise = ["kodi://bot:very-secret@example.org"]',
            "kodi:// shows too little for a paper's title and URL. Choose another service.",
        ),
    ],
)
def test_what_cannot_be_sent_to_is_told_with_its_place_and_cure(
    tmp_path: Path, lines: str, said: str
) -> None:
    errors = refused(tmp_path, lines)
    assert errors.startswith('daily-papers.toml:15: subscriber "ana": apprise: ')
    assert said in errors
    assert errors.count("\n") == 0


@pytest.mark.usefixtures("_nothing_tried_yet")
def test_without_the_package_the_error_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    said = "Apprise is not installed. Run pip install 'daily-papers[apprise]', then try again."
    assert said in refused(tmp_path, f'apprise = ["{MATRIX}"]')
    apprise_services._fault.cache_clear()
    loaded(tmp_path, WORKING)  # which needs it for nothing


def test_a_service_whose_packages_are_missing_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.custom_xml import NotifyXML

    monkeypatch.setattr(NotifyXML, "enabled", False)
    cured = {"packages_required": ["paho-mqtt < 2.0"]}
    for needed, cure in ((cured, "Run pip install 'paho-mqtt < 2.0'."), ({}, "Choose another.")):
        monkeypatch.setattr(NotifyXML, "requirements", needed)
        apprise_services._fault.cache_clear()
        said = refused(tmp_path, 'apprise = ["xml://very-secret.example.org"]')
        assert f"xml:// does not work on this machine: a package is missing. {cure}" in said
    apprise_services._fault.cache_clear()


@pytest.fixture
def _pigeon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a notifier of somebody else's."""

    def found(*, group: str) -> EntryPoints:
        assert group == installed.GROUP
        return EntryPoints([EntryPoint("pigeon", "loft:Pigeon", group)])

    monkeypatch.setattr(installed, "entry_points", found)


@pytest.mark.usefixtures("_pigeon")
def test_an_installed_notifiers_channel_is_a_key_of_subscribers(tmp_path: Path) -> None:
    text = WORKING.replace('email = ["ana@example.org"]', 'pigeon = ["Loft 3", "Loft 4"]')
    found = loaded(tmp_path, text).subscriptions()
    assert [(one.channel, one.address) for one in found] == [
        ("pigeon", "Loft 3"),
        ("pigeon", "Loft 4"),
    ]


@pytest.mark.usefixtures("_pigeon")
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('pigeon = "Loft 3"', 'pigeon: this must be a list of texts, such as pigeon = ["…"].'),
        ("pigeon = [3]", 'pigeon: this must be a list of texts, such as pigeon = ["…"].'),
        ('pigeon = [""]', 'pigeon: this must be a list of texts, such as pigeon = ["…"].'),
        ('pigeon = ["a\\nb"]', 'pigeon: this must be a list of texts, such as pigeon = ["…"].'),
        ('pigeon = ["a", "a"]', 'pigeon: "a" is listed twice. Remove one of them.'),
        ('pidgeon = ["Loft 3"]', 'pidgeon: there is no such key. Did you mean "pigeon"?'),
        ("deliver = 5", 'deliver: there is no such key. Did you mean "deliver_at"?'),
        ('apprize = ["a"]', 'apprize: there is no such key. Did you mean "apprise"?'),
    ],
)
def test_a_misspelt_key_is_told_as_ever(tmp_path: Path, lines: str, said: str) -> None:
    errors = refused(tmp_path, lines)
    assert errors == f'daily-papers.toml:15: subscriber "ana": {said}'


def test_a_key_of_a_notifier_that_is_not_installed_is_no_key(tmp_path: Path) -> None:
    assert "pigeon: there is no such key." in refused(tmp_path, 'pigeon = ["Loft 3"]')
