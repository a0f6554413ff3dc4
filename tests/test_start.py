"""What each command imports: the cost of a start, counted in modules, never in seconds.

Seconds are measured by `nightshift bench start` (docs/benchmarks.md).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from bot.cli import COMMANDS
from tests.patience import within

ROOT = Path(__file__).parents[1]
_RUN = """
import atexit, json, sys
loaded = open(sys.argv[1], "w")
atexit.register(lambda: json.dump(sorted(sys.modules), loaded))
sys.argv[1:] = sys.argv[2:]
from bot.cli import main
main()
"""
_LOAD_WORKER = """
import json, sys
from bot.cli import COMMANDS
COMMANDS["worker"].load()
import bot.wiring
json.dump(sorted(sys.modules), open(sys.argv[1], "w"))
"""
_LOAD_WEB_SERVER = """
import json, sys
import bot.webhooks
json.dump(sorted(sys.modules), open(sys.argv[1], "w"))
"""
_RUN_SUPERVISED = """
import json, os, sys
from bot.adapters import supervise
code = supervise.main([str(os.getppid()), "1", "true"])
json.dump(sorted(sys.modules), open(sys.argv[1], "w"))
sys.exit(code)
"""
_SETTINGS = {"GITHUB_TOKEN": "ghp_x", "REPOSITORIES": "octo/clock", "ANTHROPIC_API_KEY": "sk-x"}
SIMULATION = {"bot.rehearsal", "bot.bench", "jsonschema_rs"}
WEB_SERVER = {"bot.webhooks", "flask", "gunicorn", "werkzeug", "jinja2"}
SERVICES = {"bot.wiring", "bot.runner", "bot.adapters.claude", "bot.adapters.git", "bot.core.messages", "hooks"}
ATTEMPTS = {"bot.runner", "bot.steps.preparation", "bot.core.detection", "bot.core.reports.reading"}
NETWORK = {"github", "requests", "urllib3", "cryptography", "bot.adapters.github"}
DATA = {"pydantic", "sqlalchemy", "bot.adapters.settings", "bot.adapters.store"}


def modules_of(folder: Path, program: str, *arguments: str, environment: Mapping[str, str] = _SETTINGS) -> set[str]:
    """The modules that a process holds at its end."""
    written = folder / "modules.json"
    subprocess.run(
        [sys.executable, "-c", program, str(written), *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.DEVNULL,
        timeout=within(120),
        check=True,
    )
    return set(json.loads(written.read_text()))


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] in {"bot", "hooks"}}


def without_migrations(modules: set[str]) -> set[str]:
    """Each change of the ledger adds one."""
    return {name for name in ours(modules) if ".migrations.m0" not in name}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_the_command_line_alone(tmp_path: Path, option: str) -> None:
    loaded = modules_of(tmp_path, _RUN, option, environment={})

    assert ours(loaded) == {"bot", "bot.cli", "bot.importing"}
    assert not loaded & (DATA | NETWORK | {"rich", "logging", "yaml"})
    assert len(loaded) <= 180


def test_list_loads_settings_and_ledger_alone(tmp_path: Path) -> None:
    """It works without a network, so it loads nothing that talks to GitHub or runs Claude Code."""
    loaded = modules_of(tmp_path, _RUN, "list")

    assert not loaded & (SIMULATION | WEB_SERVER | SERVICES | NETWORK)
    assert not loaded & {"markdown_it", "rich", "yaml", "psutil", "sqlalchemy.dialects.postgresql"}
    assert len(without_migrations(loaded)) <= 125
    assert len(loaded) <= 552  # Python 3.14 loads some more modules of the standard library than 3.11


def test_the_worker_loads_neither_web_server_nor_rehearsal(tmp_path: Path) -> None:
    """Nor what the first attempt needs: how to run it, to detect checks, to read reports, to find secrets."""
    loaded = modules_of(tmp_path, _LOAD_WORKER)

    assert not loaded & (SIMULATION | WEB_SERVER | ATTEMPTS)
    assert not loaded & {"detect_secrets", "rich", "sqlalchemy.dialects.postgresql"}
    assert len(without_migrations(loaded)) <= 486
    assert len(loaded - ours(loaded)) <= 926


def test_the_web_server_loads_no_rehearsal(tmp_path: Path) -> None:
    loaded = modules_of(tmp_path, _LOAD_WEB_SERVER)

    assert not loaded & (SIMULATION | ATTEMPTS)
    assert not loaded & {"detect_secrets", "rich", "sqlalchemy.dialects.postgresql"}
    assert len(without_migrations(loaded)) <= 456
    assert len(loaded - ours(loaded)) <= 1040


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_help_shows_what_each_command_says_of_itself(name: str) -> None:
    """The table of commands repeats their first sentence, so that `--help` loads none of them."""
    command = COMMANDS[name].load()

    assert command.name == name
    assert (command.help or "").split("\n\n")[0].replace("\n", " ").startswith(COMMANDS[name].help)
    assert isinstance(command, click.Command)


def test_no_command_loads_the_rehearsal_unless_it_is_asked_for() -> None:
    outside = {name for name, command in COMMANDS.items() if command.module.startswith(("bot.rehearsal", "bot.bench"))}

    assert outside == {"rehearse", "github", "bench"}


def test_a_command_that_leaves_nothing_behind_is_supervised_without_psutil(tmp_path: Path) -> None:
    """Each session and each command of a check starts a supervisor; psutil takes as long to load as all the rest."""
    assert "psutil" not in modules_of(tmp_path, _RUN_SUPERVISED)


@pytest.mark.parametrize(("given", "code", "says"), [("--help", 0, ""), ("", 1, "pip install 'nightshift[fleet]'")])
def test_a_host_without_the_packages_of_a_fleet_says_how_to_get_them(
    tmp_path: Path, given: str, code: int, says: str
) -> None:
    """Every other command does without them, too: only this one and those of a fleet load them."""
    program = "import sys; sys.modules['temporalio'] = None; from bot.cli import main; main(sys.argv[1:])"
    key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
    ended = subprocess.run(
        [sys.executable, "-c", program, "executor", *given.split()],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "TEMPORAL_ADDRESS": "127.0.0.1:1", "PAYLOAD_KEY": key},
        capture_output=True,
        text=True,
        timeout=within(60),
        check=False,
    )

    assert ended.returncode == code
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
