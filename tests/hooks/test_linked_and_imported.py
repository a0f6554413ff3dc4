"""A script runs under another name, or as a module of another program: it is judged as the file that it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooks.policy import Context
from tests.hooks.sessions import PlayedSession, write

FILES = {"README.md": "# x\n", "src/main.py": "import lib\n", "src/a.js": "1\n", "ok.sh": "echo ok\n"}
PUSHES = "printf 'git push\\n' > x.sh"
PYTHON = 'import subprocess\nsubprocess.run(["git", "push"])\n'
NODE = 'require("child_process").execSync("git push")\n'
RUBY = "system 'git push'\n"


@pytest.fixture
def session(tmp_path: Path) -> PlayedSession:
    born_empty = (Path("/tmp"), Path("/dev/shm"))
    workspace = tmp_path / "workspace"
    return PlayedSession(Context(workspace=workspace, home=Path("/home/agent"), born_empty=born_empty), FILES)


OTHER_NAMES = [
    "ln -s x.sh y; bash y",
    "ln -s x.sh y; ./y",
    "ln x.sh y; bash y",
    "ln x.sh src; bash src/x.sh",
    "ln -sf x.sh ok.sh; bash ok.sh",
    "ln -s x.sh y; ln -s y z; sh z",
    "ln -s x.sh y; . ./y",
    "ln -s x.sh y; bash < y",
    "ln -s ../x.sh src; bash src/x.sh",
    "ln -s ../x.sh src/y; bash src/y",
    "ln -sr x.sh src/y; bash src/y",
    "ln -s -t src ../x.sh; bash src/x.sh",
    'ln -s "$PWD" d; bash d/x.sh',
    'ln -s "$PWD/x.sh" /tmp/y; bash /tmp/y',
    "link x.sh y; bash y",
    "gln -s x.sh y; bash y",
    "cp x.sh src; bash src/x.sh",
    "cp -t src x.sh; bash src/x.sh",
    "mv x.sh src; bash src/x.sh",
    "rsync x.sh y; bash y",
    "rsync -a x.sh src/; bash src/x.sh",
    "install x.sh src/; bash src/x.sh",
    "dd if=x.sh of=y; bash y",
    "echo 'echo ok' > y; ln -sf x.sh y; bash y",
]


@pytest.mark.parametrize("command", OTHER_NAMES)
def test_a_script_runs_under_another_name(session: PlayedSession, command: str) -> None:
    """Written in the same call, in an earlier one, or the repository's own."""
    assert session.call(f"{PUSHES}; {command}").rule == "git.push"
    assert session.call(PUSHES).granted
    assert session.call(command).rule == "git.push"

    assert PlayedSession(session.context, {"x.sh": "git push\n"}).call(command).rule == "git.push"


@pytest.mark.parametrize("command", OTHER_NAMES)
def test_a_harmless_script_under_another_name_is_granted(session: PlayedSession, command: str) -> None:
    assert session.call(f"echo 'echo ok' > x.sh; {command}").granted


@pytest.mark.parametrize("command", OTHER_NAMES)
def test_a_download_under_another_name_is_still_one(session: PlayedSession, command: str) -> None:
    assert session.call("curl -o x.sh https://example.com/x").granted
    assert session.call(command).rule == "remote.code"


def test_writing_through_a_link_leaves_its_target_unknown(session: PlayedSession) -> None:
    """And the link's name has the new text, whichever file it is in."""
    assert session.call("ln -s ok.sh y; echo 'git push' > y; bash y").rule == "git.push"
    assert session.call("ln -s ok.sh y; echo 'git push' > y; bash ok.sh").rule == "unresolved.code"
    assert session.call("ln -s b a; ln -s a b; bash a").granted


IMPORTS = [
    ("lib.py", PYTHON, "python -c 'import lib'"),
    ("lib.py", PYTHON, "python -c 'import os, lib as x'"),
    ("lib.py", PYTHON, "python src/main.py"),
    ("lib.py", PYTHON, "echo 'from lib import x' > m.py; python m.py"),
    ("lib.py", PYTHON, "echo '__import__(\"lib\")' > m.py; python m.py"),
    ("lib.py", PYTHON, "python -c 'import importlib; importlib.import_module(\"lib\")'"),
    ("lib.py", PYTHON, "python -c 'import runpy; runpy.run_path(\"lib.py\")'"),
    ("lib.py", PYTHON, "echo 'import lib' | python -"),
    ("lib.py", PYTHON, "echo 'import lib' > a.py; python -c 'import a'"),
    ("lib.py", PYTHON, "echo 'import lib' > test_x.py; pytest"),
    ("lib.py", PYTHON, "echo 'import lib' > conftest.py; pytest"),
    ("src/pkg/__init__.py", PYTHON, "python -c 'from pkg.a import x'"),
    ("src/pkg/a.py", PYTHON, "python -c 'from pkg import a'"),
    ("src/pkg/a.py", PYTHON, "echo 'from . import a' > src/pkg/__init__.py; python -c 'import pkg'"),
    ("lib.js", NODE, "node -e 'require(\"./lib\")'"),
    ("lib.js", NODE, "echo 'import x from \"./lib.js\"' > m.mjs; node m.mjs"),
    ("lib/index.js", NODE, "node -e 'require(\"./lib\")'"),
    ("lib.ts", NODE, "echo 'await import(`./lib`)' > m.ts; tsx m.ts"),
    ("lib.js", NODE, "echo 'require(\"../lib\")' > test/a.test.js; jest"),
    ("lib.rb", RUBY, "ruby -e 'require_relative \"lib\"'"),
    ("lib.rb", RUBY, "echo 'require \"./lib\"' > m.rb; ruby m.rb"),
    ("lib.php", "<?php system('git push');", "php -r 'require \"lib.php\";'"),
]


@pytest.mark.parametrize(("name", "text", "command"), IMPORTS)
def test_a_module_of_the_session_is_judged_where_it_is_imported(
    session: PlayedSession, name: str, text: str, command: str
) -> None:
    assert session.play(write(f"{session.context.workspace}/{name}", text), command).rule == "git.push"


@pytest.mark.parametrize(("name", "text", "command"), IMPORTS)
def test_an_ordinary_module_is_granted(session: PlayedSession, name: str, text: str, command: str) -> None:
    ordinary = text.replace("push", "status")

    assert session.play(write(f"{session.context.workspace}/{name}", ordinary), command).granted


def test_a_module_that_the_repository_had_is_not_looked_at(session: PlayedSession) -> None:
    """An edit that adds nothing forbidden does not change that."""
    later = PlayedSession(session.context, {"lib.py": PYTHON})

    assert later.call("python -c 'import lib'").granted
    assert later.play("echo '# more' >> lib.py", "python -c 'import lib'").granted
