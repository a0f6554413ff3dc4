"""What a refusal advises is granted, and works: an agent that follows the advice must not meet the next refusal."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hooks.policy import Context, judge
from hooks.policy.rules import rules

NO_COMMAND = re.compile(
    r"needs_info|blocked|&|--dry-run|\.env\.example|\.claude/|\.mcp\.json|\.git/hooks|\.git/config|tempfile\.mkdtemp\(\)"
)
"""Words in backticks that are no commands: states, options, signs and paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A command that a rule advises; `before` is what precedes it in the same call, and `runs` whether it runs here."""

    rule: str
    command: str
    before: str = ""
    runs: bool = True


KNOWN = {
    "kill %1": "sleep 60 & ",
    "kill $!": "sleep 60 & ",
    "wait": "sleep 0 & ",
    "echo $! > server.pid": "sleep 60 & ",
    "kill $(cat server.pid)": "sleep 60 & echo $! > server.pid; ",
    "git stash": "echo more >> FILE; ",
    "git restore FILE": "echo more >> FILE; ",
    "git revert": "",
    "git branch -d": "git branch merged; ",
}
"""What a command needs before it."""
COMPLETED = {
    "git revert": "git revert --no-edit HEAD",
    "git branch -d": "git branch -d merged",
    "echo $! > server.pid": "echo $! > server.pid; kill $!",
}
INSTALLS = ("npm ci", "pip install", "uv sync", "poetry install")
"""They need a network."""


def advised() -> list[Advice]:
    found = []
    for rule in rules().values():
        for text in re.findall(r"`([^`]+)`", rule.instead):
            if not NO_COMMAND.fullmatch(text):
                command = COMPLETED.get(text, text)
                runs = not command.startswith(INSTALLS)
                found.append(Advice(rule=rule.name, command=command, before=KNOWN.get(text, ""), runs=runs))
    return found


ADVICE = advised()


@pytest.fixture
def repository(tmp_path: Path) -> Context:
    """Two commits, the last of which can be reverted; no settings but these."""
    workspace = tmp_path / "workspace"
    (workspace / "src").mkdir(parents=True)
    (workspace / "src" / "main.py").write_text("print(1)\n")
    (workspace / "notes.txt").write_text("one\n")
    for command in ("init -q -b main", "add -A", "commit -qm one", "commit -q --allow-empty -m two"):
        run(f"git {command}", workspace)
    (workspace / "notes.txt").write_text("two\n")
    run("git commit -qam three", workspace)
    return Context(workspace=workspace, home=tmp_path / "home")


def run(command: str, workspace: Path) -> subprocess.CompletedProcess[str]:
    names = {
        f"GIT_{who}_{what}": f"{who}@example.com".lower()
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(workspace.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=workspace,
        env=environment | names,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def fill(text: str) -> str:
    """The command with a file and a folder of the repository in place of the names that stand for them."""
    return re.sub(r"\bFILE\b", "notes.txt", re.sub(r"\bFOLDER\b", "src", text))


def test_advice_was_found() -> None:
    """At least one command of each kind: deleting, git, processes, packages."""
    commands = {each.command for each in ADVICE}

    assert {"rm FILE", "git rm -r FOLDER", "git rm FILE", "kill $!", "npm ci", "chmod +x FILE"} <= commands
    assert len(ADVICE) >= 18


@pytest.mark.parametrize("advice", ADVICE, ids=lambda advice: f"{advice.rule}: {advice.command}")
def test_what_a_rule_advises_is_granted_and_works(advice: Advice, repository: Context) -> None:
    """As an agent would type it, in a repository with a file and a folder that are tracked."""
    command = fill(advice.before + advice.command)
    in_a_cell = replace(repository, born_empty=(Path("/tmp"),))

    for context in (repository, in_a_cell):
        ruling = judge("Bash", {"command": command}, context)
        assert ruling.granted, ruling.sentence()

    if advice.runs:
        ended = run(command, repository.workspace)
        assert ended.returncode == 0, ended.stderr
