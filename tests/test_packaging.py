import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from pydantic import BaseModel
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings, TopicSettings, load

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("deploy/requirements.lock", "deploy/requirements-dev.lock")


def pinned(lock: str) -> dict[str, str]:
    """Read the versions that a lock pins, by name."""
    text = (ROOT / lock).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", text, re.MULTILINE))


def first_commands() -> list[str]:
    """Give the first two lines of README that stand in a block of shell commands."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()][:2]


def section(heading: str) -> str:
    """Give what README says under a heading, up to the next of any level."""
    _, found, rest = README.partition(f"\n{heading}\n")
    assert found, f"README has no heading {heading!r}"
    return re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def files_of_the_tree() -> Iterator[Path]:
    """Give every text file that is part of the project."""
    yield from (
        path
        for path in ROOT.iterdir()
        if path.is_file() and not path.name.startswith((".env", ".coverage"))
    )
    for folder in ("bot", "config", "deploy", "tests", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix not in {".pyc", ".png"}:
                yield path


def keys_of(model: type[BaseModel], table: str = "") -> Iterator[tuple[str, str]]:
    """Give (table, key) of every setting under a settings model."""
    for key, field in model.model_fields.items():
        inner = next(iter(models_in(field.annotation)), None)
        if inner is None:
            yield table, key
        else:
            yield from keys_of(inner, f"{table}.{key}".strip("."))


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Find settings models in an annotation, however they are wrapped."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_host_or_path(lock: str) -> None:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    pin = re.compile(r"[a-z0-9-]+==[A-Za-z0-9.+!-]+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    reason = re.compile(
        r" +#( +via)?( +(-c deploy/requirements\.lock|[a-z0-9-]+)( \([^/():]+\))?)?"
    )
    header = re.compile(r"# [^:/]+ deploy/lock\.sh; not edited by hand\.")
    assert header.fullmatch(lines[0])
    odd = [line for line in lines[1:] if not pin.fullmatch(line) and not reason.fullmatch(line)]
    assert odd == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_gives_every_pin_a_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    bare = [
        line
        for line, following in pairwise(lines)
        if "==" in line and not following.startswith("    --hash=sha256:")
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (LOCKS[0], PROJECT["project"]["dependencies"]),
        (
            LOCKS[1],
            [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]],
        ),
    ],
    ids=LOCKS,
)
def test_a_lock_fits_what_the_project_declares(lock: str, wanted: list[str]) -> None:
    versions = pinned(lock)
    unfit = []
    for text in wanted:
        requirement = Requirement(text)
        version = versions.get(canonicalize_name(requirement.name))
        if version is None or Version(version) not in requirement.specifier:
            unfit.append(text)
    assert unfit == [], "run deploy/lock.sh"


def test_tests_run_against_the_versions_that_a_plain_install_gets() -> None:
    plain, dev = map(pinned, LOCKS)
    assert plain.items() <= dev.items()


@pytest.mark.parametrize("process", ["worker", "web"])
def test_the_procfile_starts_what_is_installed(process: str) -> None:
    processes = dict(
        line.split(": ", 1) for line in (ROOT / "Procfile").read_text("utf-8").splitlines()
    )
    command, *arguments = shlex.split(processes[process])
    assert PROJECT["project"]["scripts"][command] == "bot.cli:main"
    assert CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0


@pytest.mark.parametrize("unit", ["daily-papers", "daily-papers-web"])
def test_a_unit_starts_what_is_installed_and_is_named_in_readme(unit: str) -> None:
    text = (ROOT / f"deploy/{unit}.service").read_text("utf-8")
    (started,) = re.findall(r"^ExecStart=/opt/daily-papers/bin/(.+)$", text, re.MULTILINE)
    command, *arguments = shlex.split(started)
    assert PROJECT["project"]["scripts"][command] == "bot.cli:main"
    assert CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0
    assert f"deploy/{unit}.service" in README


def test_the_two_units_may_do_the_same_and_no_more() -> None:
    def confined(unit: str) -> str:
        text = (ROOT / f"deploy/{unit}.service").read_text("utf-8")
        return text.partition("CapabilityBoundingSet=")[2]

    assert confined("daily-papers") == confined("daily-papers-web") != ""


def test_compose_runs_commands_that_there_are_beside_one_database() -> None:
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))["services"]
    bot, web = services["daily-papers"], services["web"]
    assert CliRunner().invoke(app, [*web["command"], "--help"]).exit_code == 0
    for key in ("image", "build", "volumes", "env_file", "read_only", "cap_drop", "security_opt"):
        assert bot[key] == web[key]
    # Whoever is outside of this machine gets to it through a proxy.
    assert web["ports"] == ["127.0.0.1:8000:8000"]


def test_readme_opens_with_two_commands_that_ci_runs_letter_for_letter() -> None:
    main_job, tests = first_commands()
    ci = (ROOT / ".ci/run").read_text("utf-8")
    assert main_job.endswith("&& .venv/bin/daily-papers demo")
    assert tests.endswith("&& .venv/bin/pytest")
    assert f"bash -c '{main_job}'" in ci
    assert f"bash -c '{tests}'" in ci
    first_screen = README.splitlines()[:40]
    assert {main_job, tests} <= set(first_screen)


def test_readme_documents_every_setting_in_the_table_of_its_section() -> None:
    missing = []
    for table, key in keys_of(Settings):
        many = table in {"topic", "subscriber", "webhook"}
        heading = {"": "### At the top of the file"}.get(table, f"### `[{table}]`")
        if f"\n| `{key}` |" not in section(f"### `[[{table}]]`" if many else heading):
            missing.append((table, key))
    assert missing == []


def test_readme_documents_no_setting_that_does_not_exist() -> None:
    known = {key for _, key in keys_of(Settings)}
    chapter = README.partition("\n## Settings\n")[2].partition("\n## ")[0]
    written = set(re.findall(r"^\| `(\w+)` \|", chapter, re.MULTILINE))
    assert written
    assert written <= known


def test_readme_lists_the_commands_that_there_are() -> None:
    listed = re.findall(r"^\| `daily-papers ([a-z]+)", section("## Commands"), re.MULTILINE)
    root = get_command(app)
    assert set(listed) == set(getattr(root, "commands", ()))


def test_readmes_whole_configuration_loads_as_it_stands(tmp_path: Path) -> None:
    whole, *_ = re.findall(r"^```toml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "daily-papers.toml").write_text(whole, "utf-8")
    settings = load(tmp_path / "daily-papers.toml", env={"DAILY_PAPERS_EMAIL__PASSWORD": "secret"})
    assert [one.address for one in settings.subscriptions()] == ["ana@example.org"]


def test_readmes_topics_are_such_as_can_be_matched() -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", section("## Topics"), re.MULTILINE | re.DOTALL)
    topics = [TopicSettings(**one) for block in blocks for one in tomllib.loads(block)["topic"]]
    assert [one.topic.name for one in topics] == ["SFT", "RAG"]


def test_links_within_readme_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", README):
        inside = target.startswith("#") and target[1:] in anchors
        if not (inside or target.startswith("https://") or (ROOT / target).is_file()):
            broken.append(target)
    assert broken == []


def test_no_file_names_a_package_registry_or_a_place_on_somebodys_machine() -> None:
    # Written so that neither pattern matches its own text.
    registry = re.compile(r"py[p]i\.|python[h]osted|npm[j]s|index-url[ =]h")
    place = re.compile(r"(?<![\w.~-])/(home|root|work|Users)/\w")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files_of_the_tree()
        for pattern in (registry, place)
        for match in pattern.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_the_image_is_built_of_files_that_exist_and_that_docker_may_see() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    shown = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    ]
    assert "pyproject.toml" in copied
    assert [one for one in copied if not (ROOT / one).exists()] == []
    assert [one for one in copied if not any(fnmatch(one, pattern) for pattern in shown)] == []


@pytest.mark.slow
def test_a_wheel_holds_everything_that_a_plain_install_needs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("daily_papers-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("bot/")}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "bot").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {Path(name).suffix for name in wanted} >= {".html", ".txt", ".json", ".typed"}
    assert packed == wanted
