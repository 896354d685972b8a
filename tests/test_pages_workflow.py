"""The hosted workflow for the pages, its steps run as the host does: by bash, in fresh clones."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from tests.builders import NOON, paper
from tests.loopback import Loopback, loopback, reader

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "deploy" / "pages-workflow.yml").read_text("utf-8")
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["papers"]["steps"]
NOT_HERE = {"Install"}
"""It needs a package index; its two lines are those of README, which are tested elsewhere."""

PROGRAM = """#!/bin/sh
case $1 in run | pages) set -- "$@" --at "$AT" ;; esac
exec {python} -m bot "$@"
"""


@dataclass
class Host:
    """A code host with one repository, at which the workflow is run again and again."""

    folder: Path
    loopback: Loopback
    variables: dict[str, str] = field(default_factory=dict)
    runs: int = 0
    said: str = ""

    @property
    def remote(self) -> Path:
        """The repository."""
        return self.folder / "remote.git"

    def git(self, *words: str, at: Path | None = None) -> str:
        """Run git in the repository, or in a clone."""
        done = subprocess.run(
            ["git", *words], cwd=at or self.remote, env=self._environment(), text=True,
            capture_output=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def begin(self) -> None:
        """Make the repository, with a configuration as its only file."""
        self.remote.mkdir()
        self.git("init", "--quiet", "--bare", "--initial-branch=main")
        first = self.folder / "first"
        (first / "config").mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main", at=first)
        config = self.loopback.config.read_bytes()
        (first / "config" / "daily-papers.toml").write_bytes(config)
        self.git("add", "--all", at=first)
        self.git("commit", "--quiet", "--message=First", at=first)
        self.git("push", "--quiet", str(self.remote), "main", at=first)

    def page(self) -> str:
        """Give the page as it is published."""
        return self.git("show", "main:.github/README.md")

    def run(self, at: str) -> dict[str, str]:
        """Run the job on a new machine, and tell how each step went, by its name."""
        self.runs += 1
        self.said = ""
        work, temporary = self.folder / f"work-{self.runs}", self.folder / f"temp-{self.runs}"
        temporary.mkdir()
        self.git("clone", "--quiet", "--depth=1", f"file://{self.remote}", str(work))
        program = work / ".venv" / "bin" / "daily-papers"
        program.parent.mkdir(parents=True)
        program.write_text(PROGRAM.format(python=sys.executable))
        program.chmod(0o755)
        host = {"AT": at, "RUNNER_TEMP": str(temporary), "GITHUB_REF_NAME": "main"}
        return self._steps(work, self._environment() | host)

    def _steps(self, work: Path, environment: dict[str, str]) -> dict[str, str]:
        outcomes: dict[str, str] = {}
        known: dict[str, str] = {}
        for step in STEPS:
            name = step.get("name", step.get("uses", ""))
            failed = "failure" in outcomes.values()
            if "run" not in step or name in NOT_HERE:
                continue
            if not (_holds(step["if"], known, self.variables) if "if" in step else not failed):
                outcomes[name] = "skipped"
                continue
            told = work.parent / f"output-{self.runs}-{len(outcomes)}"
            given = {key: _value(str(one), known) for key, one in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=work, env=environment | given | {"GITHUB_OUTPUT": str(told)}, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
            self.said += f"--- {name}\n{done.stdout}"
            outcomes[name] = "failure" if done.returncode else "success"
            if "id" in step:
                known[f"{step['id']}.outcome"] = outcomes[name]
            for line in told.read_text().splitlines() if told.exists() else ():
                key, _, value = line.partition("=")
                known[f"{step['id']}.outputs.{key}"] = value
        return outcomes

    def _environment(self) -> dict[str, str]:
        ours = {str(key): str(value) for key, value in WORKFLOW["jobs"]["papers"]["env"].items()}
        return ours | {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GITHUB_WORKFLOW_REF": "ana/papers/.github/workflows/daily-papers.yml@refs/heads/main",
        }


def _holds(condition: str, known: dict[str, str], variables: dict[str, str]) -> bool:
    """Evaluate a condition, of the few words that the workflow uses."""
    text = re.sub(r"steps\.([\w.]+)", lambda one: repr(known.get(one[1], "skipped")), condition)
    text = re.sub(r"vars\.(\w+)", lambda one: repr(variables.get(one[1], "")), text)
    for theirs, ours in (("!cancelled()", "True"), ("always()", "True"), ("&&", "and")):
        text = text.replace(theirs, ours)
    return bool(eval(text.strip("${} ")))


def _value(text: str, known: dict[str, str]) -> str:
    """Fill in what a step is given; there are no secrets here."""
    found = re.fullmatch(r"\$\{\{ (?:steps\.([\w.]+)|[\w.]+) \}\}", text)
    return known.get(found[1] or "", "") if found else text


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give a host whose repository has a topic and one reader, at nine in the morning."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "gh").write_text(f'#!/bin/sh\necho "$@" >>"{tmp_path}/gh.log"\n')
    (tools / "gh").chmod(0o755)
    with loopback(tmp_path, [paper(number) for number in (1, 2, 3)]) as parts:
        parts.configure(reader("ana"))
        made = Host(tmp_path, parts)
        made.begin()
        yield made


def test_actions_are_pinned_and_permissions_least() -> None:
    used = re.findall(r"uses: (\S+)(.*)", TEXT)
    assert len(used) == 4
    for action, version in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", version)
    assert WORKFLOW["permissions"] == {}
    assert WORKFLOW["jobs"]["papers"]["permissions"] == {"contents": "write", "actions": "write"}
    assert WORKFLOW["jobs"]["site"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert WORKFLOW["concurrency"] == {"group": "daily-papers", "cancel-in-progress": False}


def test_it_runs_on_arxivs_evenings_and_by_hand() -> None:
    when = WORKFLOW[True]  # YAML 1.1 takes `on` for a truth
    assert [one["cron"].split()[2:] for one in when["schedule"]] == [["*", "*", "1-5"]] * 2
    assert "workflow_dispatch" in when


def test_it_installs_as_readme_does() -> None:
    (install,) = [step["run"] for step in STEPS if step.get("name") == "Install"]
    readme = (ROOT / "README.md").read_text("utf-8")
    for line in install.splitlines()[1:]:
        assert line in readme


def test_no_text_from_outside_is_part_of_a_script() -> None:
    assert not [step["name"] for step in STEPS if "${{" in step.get("run", "")]


@pytest.mark.slow
def test_each_run_goes_on_from_the_one_before(host: Host) -> None:
    first = host.run("2026-01-05T09:00Z")
    assert set(first.values()) == {"success", "skipped"}, host.said
    assert first["Write the site"] == "skipped"
    assert "a new database is begun" in host.said
    assert host.page().count("| **[A Study") == 3
    assert host.git("rev-list", "--count", "data") == "1"
    assert host.git("ls-tree", "--name-only", "data") == "daily-papers.db.gz.aa"
    assert (host.folder / "gh.log").read_text() == "workflow enable daily-papers.yml\n"

    host.loopback.announce(paper(4, published=NOON, updated=NOON))
    second = host.run("2026-01-06T09:00Z")
    assert set(second.values()) == {"success", "skipped"}, host.said
    assert host.page().count("| **[A Study") == 4
    assert host.git("rev-list", "--count", "data") == "1"
    (mail,) = host.loopback.mail.messages
    assert mail.recipient == "ana@example.org"
    assert b"2601.00004" in mail.content
    assert b"2601.00003" not in mail.content, "what was known in the first run is no news"

    before = host.git("rev-parse", "main")
    third = host.run("2026-01-06T09:00Z")
    assert set(third.values()) == {"success", "skipped"}, host.said
    assert host.git("rev-parse", "main") == before, "nothing has changed"
    assert "The page is as it was." in host.said
    assert len(host.loopback.mail.messages) == 1


@pytest.mark.slow
def test_a_pass_that_fails_is_kept_and_published_and_fails_the_run(host: Host) -> None:
    host.run("2026-01-05T09:00Z")
    before = host.git("rev-parse", "data")
    host.loopback.arxiv.fault = _away
    host.variables["DAILY_PAPERS_SITE"] = "true"
    outcomes = host.run("2026-01-06T09:00Z")
    failed = {name for name, one in outcomes.items() if one != "success"}
    assert failed == {"Poll, compose, deliver"}, host.said
    assert host.git("rev-parse", "data") != before, "what failed is in the ledger"
    assert host.page().count("| **[A Study") == 3
    assert (host.folder / "temp-2" / "site" / "index.html").is_file()


async def _away(request: web.Request) -> web.StreamResponse:
    return web.Response(status=503)


@pytest.mark.slow
def test_a_database_that_cannot_be_read_is_never_replaced(host: Host) -> None:
    host.run("2026-01-05T09:00Z")
    blob = host.git("hash-object", "-w", str(ROOT / "LICENSE"))
    made = subprocess.run(
        ["git", "mktree"], cwd=host.remote, text=True, capture_output=True, check=True,
        input=f"100644 blob {blob}\tdaily-papers.db.gz.aa\n",
    )  # fmt: skip
    commit = host.git("commit-tree", "-m", "Damaged", made.stdout.strip())
    host.git("update-ref", "refs/heads/data", commit)
    before = host.git("rev-parse", "main", "data")
    outcomes = host.run("2026-01-06T09:00Z")
    assert outcomes["Bring back the database"] == "failure"
    assert host.git("rev-parse", "main", "data") == before
    assert outcomes["Keep the schedule alive"] == "success"
    assert set(outcomes.values()) == {"failure", "skipped", "success"}


@pytest.mark.slow
def test_a_page_goes_on_top_of_what_was_pushed_meanwhile(host: Host) -> None:
    hook = host.remote / "hooks" / "update"
    once = host.folder / "once"
    once.touch()
    hook.write_text(f'#!/bin/sh\n[ "$1" != refs/heads/main ] || ! rm "{once}" 2>/dev/null\n')
    hook.chmod(0o755)
    outcomes = host.run("2026-01-05T09:00Z")
    assert outcomes["Publish the page"] == "success", host.said
    assert "Attempt 1 was overtaken" in host.said
    assert host.page().count("| **[A Study") == 3
    assert host.git("rev-list", "--count", "main") == "2"
