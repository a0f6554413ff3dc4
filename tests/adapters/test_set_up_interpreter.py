"""The environment for Python is made with the interpreter that the repository names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.adapters.claude.plan import USUAL_PATH
from bot.adapters.git import Mirror
from bot.adapters.installed import ToolSelection
from bot.core.environment.values import Tree
from bot.core.set_up import find_set_up, makes_python
from tests.adapters.set_ups import SetUps
from tests.git_host import GitHost


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize("settings", ["", "setup: ['true']\n"], ids=["detected", "declared"])
def test_it_makes_the_environment(git_host: GitHost, mirror: Mirror, tmp_path: Path, settings: str) -> None:
    """Also where the repository says by itself how it is set up. Another interpreter makes another layer."""
    set_ups = SetUps(git_host, mirror, tmp_path)
    commit = set_ups.commit({"requirements.txt": ""})
    python = Path(shutil.which("python3", path=":".join(USUAL_PATH)) or "").resolve()  # by its name with the version

    usual = set_ups.provide(commit, settings)
    named = set_ups.provide(commit, settings, tools=ToolSelection(programs={"python": python}))

    assert usual.steps[0].command.text == 'python3 -m venv "$VIRTUAL_ENV"'
    assert named.steps[0].command.text == f'{python} -m venv "$VIRTUAL_ENV"'
    assert (named.failure, named.has_python) == (None, True)
    assert named.layer is not None
    assert named.layer != usual.layer
    assert f"command = {python} -m venv" in (named.layer / "python/pyvenv.cfg").read_text()


def test_a_name_with_a_blank_is_one_word() -> None:
    files = {"requirements.txt": "x\n"}
    set_up = find_set_up(Tree(frozenset(files), files.get), declared=None, python="/opt/my tools/bin/python3.12")

    assert set_up is not None
    assert set_up.commands[0].text == "'/opt/my tools/bin/python3.12' -m venv \"$VIRTUAL_ENV\""
    assert makes_python(set_up)
