"""A configuration file that cannot be read as TOML says so, and where."""

import errno
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import ConfigError
from bot.settings import load
from bot.settings.documents import read
from tests.settings.configurations import WORKING, written


def problem_of(path: Path | None, env: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, env=env or {})
    (problem,) = caught.value.problems
    return problem


def test_a_missing_file_says_how_to_make_one_or_name_another(tmp_path: Path) -> None:
    problem = problem_of(tmp_path / "none.toml")
    assert problem.startswith(f"{tmp_path / 'none.toml'}: there is no such file")
    assert "daily-papers init" in problem
    assert "--config" in problem


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    assert "this is a directory" in problem_of(tmp_path)


def test_a_file_below_a_file_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read" in problem_of(written(tmp_path) / "x.toml")


def test_a_file_without_permission_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> None:  # permissions do not keep the superuser away
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    path = written(tmp_path)
    monkeypatch.setattr(Path, "open", refuse)
    assert "Let this user read it" in problem_of(path)


def test_an_impossible_name_is_told(tmp_path: Path) -> None:
    assert problem_of(Path("a\0b")).startswith(r"a\x00b: it cannot be read")
    problem = problem_of(None, {"DAILY_PAPERS_CONFIG": "a\nb"})
    assert problem.startswith("environment: DAILY_PAPERS_CONFIG: ")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    assert "larger than 16 MB" in problem_of(written(tmp_path, b"#" * (16 * 1024 * 1024 + 1)))


def test_text_that_is_not_utf_8_is_located(tmp_path: Path) -> None:
    path = written(tmp_path, b'a = 1\nb = "\xff"\n')
    assert problem_of(path).startswith(f"{path}:2: the text on line 2 is not UTF-8. Save")


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + WORKING.encode())
    assert load(path, env={}).subscriber[0].name == "ana"


def test_line_ends_of_other_systems_are_no_problem(tmp_path: Path) -> None:
    path = written(tmp_path, WORKING.replace("\n", "\r\n"))
    assert load(path, env={}).subscriber[0].name == "ana"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a = 1\nb = hunter2\n", 2, "line 2, column 5: invalid value"),
        ("a = 1\na = 2\n", 2, "cannot overwrite a value"),
        ("[a]\n[a]\n", 2, "twice"),
        ('a = "hunter2', 1, "at its end"),
        ("a = 1\n[email\n", 2, "line 2"),
        ("a = \x01\n", 1, "line 1"),
    ],
)
def test_a_slip_in_toml_is_told_with_line_and_cure_but_without_the_value(
    text: str, line: int, says: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text)
    problem = problem_of(path)
    assert problem.startswith(f"{path}:{line}: this is not TOML, ")
    assert says in problem
    assert "Mend that line" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\nname = “ana”\n",
        "a = 1\nname = [“ana”]\n",
        "a = 1\n“name” = 1\n",
        'a = 1\nname = "ana”\n',
        "a = 1\nname = ‘ana’\n",
    ],
)
def test_typographic_quotes_are_told_apart(text: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    problem = problem_of(path)
    assert problem.startswith(f"{path}:2: ")
    assert "typographic quotation mark" in problem
    assert 'Write straight ones: "…"' in problem
    assert "ana" not in problem.removeprefix(str(path))


@pytest.mark.parametrize("text", ['a = "“ana”" x', 'a = "“ana”" x\n', 'a = ["“ana”",', "a = '’"])
def test_a_curly_quote_inside_straight_ones_is_not_blamed(text: str, tmp_path: Path) -> None:
    blamed = "typographic" in problem_of(written(tmp_path, text))
    assert blamed == (text == "a = '’")


def test_a_string_that_ends_in_a_typographic_quote_with_the_file_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, 'a = 1\nname = "ana”')
    assert problem_of(path).startswith(f"{path}:2: ")
    assert "typographic quotation mark" in problem_of(path)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("0830", "08:30"),
        ("08:30", "08:30"),
        ("8:30  # early", "08:30"),
        ("08.30", "08:30"),
        ("23h05", "23:05"),
        ("08:75", "08:30"),
    ],
)
def test_an_hour_without_quotes_is_told(value: str, meant: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"a = 1\n  deliver_at = {value}\n")
    problem = problem_of(path)
    assert problem.startswith(f"{path}:2: the hour must stand in quotes. ")
    assert f'Write deliver_at = "{meant}"' in problem


def test_toml_that_no_memory_holds_is_refused(tmp_path: Path) -> None:
    assert "nested too deeply" in problem_of(written(tmp_path, "a = " + "[" * 5000))
    assert "this is not TOML" in problem_of(written(tmp_path, "a = " + "1" * 5000))


def test_lines_are_found_only_where_they_are(tmp_path: Path) -> None:
    document = read(written(tmp_path, "a = 1\n[b]\nc = 2\n"))
    assert document.place(("b", "c")).endswith(":3")
    assert document.place(("b", "missing")).endswith(":2")
    assert document.place(("missing",)) == str(document.path)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
SECTIONS = ["owner", "arxiv", "email", "slack", "web", "pages", "topic", "subscriber", "database"]
KEYS = [
    *("name", "timezone", "deliver_at", "days", "topics", "email", "slack", "maildir", "include"),
    *("since", "query", "keywords", "categories", "exclude", "min_interval", "api_url", "tls"),
    *("host", "port", "sender", "password", "token", "username"),
]


def toml(value: object) -> str:
    match value:
        case None:
            return '"none"'
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case list():
            return f"[{', '.join(toml(item) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{toml(key)} = {toml(item)}' for key, item in value.items())}}}"
        case _:
            text = "".join(
                letter if letter.isalnum() else f"\\U{ord(letter):08x}"
                for letter in str(value)
                if not 0xD800 <= ord(letter) <= 0xDFFF
            )
            return f'"{text}"'


@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.dictionaries(
        st.sampled_from(SECTIONS) | st.text(max_size=8),
        JUNK
        | st.dictionaries(st.sampled_from(KEYS), JUNK, max_size=4)
        | st.lists(st.dictionaries(st.sampled_from(KEYS), JUNK, max_size=4), max_size=3),
        max_size=5,
    )
)
def test_whatever_stands_in_the_file_only_problems_come_of_it(
    tmp_path: Path, data: dict[str, object]
) -> None:
    lines = [f"{toml(key)} = {toml(value)}" for key, value in data.items()]
    path = written(tmp_path, "\n".join(lines))
    with pytest.raises(ConfigError) as caught:
        load(path, env={})
    assert all(problem.startswith(str(path)) for problem in caught.value.problems)


@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.binary(max_size=200))
def test_whatever_bytes_stand_in_the_file_only_problems_come_of_it(
    tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(ConfigError):
        load(written(tmp_path, content), env={})
