"""What a file does is judged alike, whichever way leads to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooks.policy import Context, judge
from hooks.policy.shell.work import LINKS_LIMIT
from tests.hooks.sessions import PlayedSession

PUSHES = 'require("child_process").execSync("git push")'
TEST = 'import subprocess\ndef test_a():\n    subprocess.run("rm -rf src", shell=True)\n'


def session(tmp_path: Path, files: dict[str, str]) -> PlayedSession:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return PlayedSession(Context(workspace=workspace, home=Path("/home/agent")), files)


@pytest.mark.parametrize("command", ["pytest", "make test"])
def test_a_test_of_the_session_is_its_own_with_any_program(tmp_path: Path, command: str) -> None:
    written: tuple[str, dict[str, object]] = ("Write", {"file_path": "test/test_a.py", "content": TEST})

    assert session(tmp_path, {"Makefile": "test:\n\tpytest\n"}).play(written, command).rule == "delete.recursive"


@pytest.mark.parametrize("options", ["-a", "-t", "-rt", "-at"])
def test_a_copy_by_rsync_is_judged_as_what_was_copied(tmp_path: Path, options: str) -> None:
    """Its `-t` keeps times, and names no folder."""
    command = f"printf 'git push' > evil.sh && rsync {options} evil.sh run.sh && bash run.sh"

    assert session(tmp_path, {}).call(command).rule == "git.push"


@pytest.mark.parametrize("program", ["x.rb", "boot.rb"])
def test_a_file_that_code_evaluates_is_the_session_s(tmp_path: Path, program: str) -> None:
    command = f"printf 'system(\"rm -rf src\")' > x.rb && ruby {program}"

    assert session(tmp_path, {"boot.rb": 'eval(open("x.rb").read())'}).call(command).rule == "delete.recursive"


@pytest.mark.parametrize("program", ["python", "pypy", "node", "zx"])
def test_a_folder_is_run_by_each_name_of_an_interpreter(tmp_path: Path, program: str) -> None:
    files = {"d/__main__.py": 'import os\nos.system("git push")\n', "d/index.js": PUSHES}

    assert session(tmp_path, files).call(f"{program} d").rule == "git.push"


@pytest.mark.parametrize("name", ["requirements.txt", "conf/req.txt"])
def test_a_settings_file_behind_a_link_of_the_repository_is_the_same_file(tmp_path: Path, name: str) -> None:
    played = session(tmp_path, {"conf/req.txt": "pytest\n"})
    (played.context.workspace / "requirements.txt").symlink_to("conf/req.txt")
    command = f"printf 'x @ git+https://example.com/x' > conf/req.txt && pip install -r {name}"

    assert not played.call(command).granted


def test_links_of_earlier_calls_do_not_use_up_the_limit_of_one(tmp_path: Path) -> None:
    context = Context(workspace=tmp_path, home=Path("/home/agent"), born_empty=(Path("/tmp"),))
    played = PlayedSession(context)
    for number in range(LINKS_LIMIT + 2):
        assert played.call(f"ln -s /tmp/a /tmp/link-{number}").granted

    many = "; ".join(f"ln -s a link-{number}" for number in range(LINKS_LIMIT + 2))
    assert judge("Bash", {"command": many}, context).rule == "unresolved.shell"
