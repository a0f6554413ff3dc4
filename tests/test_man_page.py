"""The manual page and the completion come from the command line itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from tests.typed import typed

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/nightshift.1"


def test_the_page_is_current() -> None:
    made = subprocess.run(
        [sys.executable, "docs/man_page.py"], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True
    )

    assert made.stdout == PAGE.read_bytes(), "docs/nightshift.1 is not current: run `make docs`"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_page_has_each_command(name: str) -> None:
    assert f".SS nightshift {name}" in PAGE.read_text()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_with_what_it_is_given(shell: str, tmp_path: Path) -> None:
    answer = typed("completion", shell, cwd=tmp_path, environment={})

    assert answer.code == 0
    assert f"_NIGHTSHIFT_COMPLETE={shell}_complete" in answer.out


def test_bash_completes_a_command(tmp_path: Path) -> None:
    """What the printed script asks of `nightshift` while a person types."""
    asks = {"COMP_WORDS": "nightshift doc", "COMP_CWORD": "1", "_NIGHTSHIFT_COMPLETE": "bash_complete"}
    command = "from bot.cli import main; main()"
    told = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, env=asks, capture_output=True, text=True, check=True
    )

    assert told.stdout.splitlines() == ["plain,doctor"]


def test_another_shell_is_refused(tmp_path: Path) -> None:
    answer = typed("completion", "csh", cwd=tmp_path, environment={})

    assert answer.code == 2
    assert "'bash', 'zsh', 'fish'" in answer.err
