"""What a session may do with files, processes and secrets in its own workspace, call by call."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hooks.policy import Context, Ruling, judge
from tests.hooks.session_cases import BORN_EMPTY, CASES, FILES


@pytest.fixture(scope="module")
def in_a_cell(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A workspace with files, in a separate cell: `/tmp` held nothing when the session began."""
    workspace = tmp_path_factory.mktemp("workspace")
    for name, text in FILES.items():
        (workspace / name).parent.mkdir(exist_ok=True)
        (workspace / name).write_text(text)
    scratch = tmp_path_factory.mktemp("scratch")
    return Context(workspace=workspace, home=Path("/home/agent"), scratch=(scratch,), born_empty=BORN_EMPTY)


def ask(command: str, context: Context) -> Ruling:
    return judge("Bash", {"command": command}, context)


BY_RULE = {rule: [command for each, command in CASES if each == rule] for rule, _ in CASES}


@pytest.mark.parametrize("rule", BY_RULE)
def test_a_command_is_decided_by_its_rule(rule: str, in_a_cell: Context) -> None:
    """By one that refuses it, or by none."""
    decided = {command: ask(command, in_a_cell) for command in BY_RULE[rule]}

    assert {command: each.sentence() for command, each in decided.items() if each.rule != rule} == {}


class Session:
    """Several calls of one session, which knows what the earlier ones made. Nothing is run."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def call(self, command: str) -> Ruling:
        return self.use("Bash", {"command": command})

    def use(self, tool: str, tool_input: dict[str, str]) -> Ruling:
        ruling = judge(tool, tool_input, self.context)
        if ruling.granted:
            written = {**self.context.written, **ruling.wrote}
            self.context = replace(self.context, written=written, files=self.context.files.join(ruling.files))
        return ruling


@pytest.fixture
def session(in_a_cell: Context, tmp_path: Path) -> Session:
    workspace = tmp_path / "workspace"
    shutil.copytree(in_a_cell.workspace, workspace)
    return Session(replace(in_a_cell, workspace=workspace))


@pytest.mark.parametrize(
    "makes", ["mkdir -p gen/a", "git clone https://example.com/x.git gen", "git init gen", "cp -r lib gen"]
)
def test_a_folder_that_an_earlier_call_made_may_be_deleted(session: Session, makes: str) -> None:
    """And only that: an own folder gives no right to what lies beside it."""
    assert session.call(makes).granted
    (session.context.workspace / "gen" / "a").mkdir(parents=True)

    assert session.call("rm -rf gen").granted
    assert session.call("rm -rf gen/a").granted
    assert not session.call("rm -rf gen/../src").granted
    assert not session.call("rm -rf src").granted


def test_a_folder_that_the_write_tool_made_may_be_deleted(session: Session) -> None:
    """With the folders above the file that were not there."""
    path = session.context.workspace / "new" / "deep" / "x.py"
    assert session.use("Write", {"file_path": str(path), "content": "x = 1\n"}).granted

    assert session.call("rm -rf new").granted


def test_a_folder_that_was_there_stays(session: Session) -> None:
    """`mkdir -p` of a folder that is there makes nothing, and neither does a file that is written into it."""
    assert session.call("mkdir -p src").granted
    assert session.use("Write", {"file_path": f"{session.context.workspace}/src/b.py", "content": "x"}).granted

    assert session.call("rm -rf src").rule == "delete.recursive"


@pytest.mark.parametrize(
    "moves",
    [
        "mv README.md own/",
        "mv -t own README.md",
        "git mv README.md own/README.md",
        "rsync -a --remove-source-files README.md own/",
        "python3 -c \"import os; os.rename('README.md', 'own/README.md')\"",
        "python3 -c \"import shutil; shutil.move('README.md', 'own')\"",
        "node -e \"require('fs').renameSync('README.md', 'own/README.md')\"",
    ],
)
def test_what_was_moved_into_an_own_folder_is_not_own(session: Session, moves: str) -> None:
    """In one call or in several."""
    assert session.call("mkdir own").granted
    assert session.call(moves).granted

    assert session.call("rm -rf own").rule == "delete.recursive"
    assert (
        ask(f"mkdir other; {moves.replace('own', 'other')}; rm -rf other", session.context).rule == "delete.recursive"
    )


def test_a_link_in_an_own_folder_leads_out_of_it(session: Session) -> None:
    """The link itself may be deleted, and what it points to may not."""
    assert session.call("mkdir own").granted
    (session.context.workspace / "own").mkdir()
    (session.context.workspace / "own" / "link").symlink_to(session.context.workspace / "src")

    assert session.call("rm -rf own/link").granted
    assert session.call("rm -rf own/link/deep").rule == "delete.recursive"


def test_a_link_in_the_cells_temporary_folder_is_remembered(session: Session) -> None:
    """The gate cannot read the cell's `/tmp`; it has seen the link being made."""
    assert session.call(f"ln -s {session.context.workspace}/src /tmp/link").granted

    assert session.call("rm -rf /tmp/link/deep").rule == "delete.recursive"
    assert session.call("rm -rf /tmp/link /tmp/other").granted


def test_only_an_own_file_may_be_emptied(session: Session) -> None:
    """Writing into a file does not make it the session's."""
    workspace = session.context.workspace
    assert session.call("echo one > new.txt; echo two >> README.md").granted
    (workspace / "new.txt").write_text("one\n")
    assert session.use("Edit", {"file_path": f"{workspace}/package.json"}).granted

    assert session.call(": > new.txt; truncate -s 0 new.txt; cp /dev/null new.txt").granted
    assert session.call(": > README.md").rule == "delete.content"
    assert session.call(": > package.json").rule == "delete.content"


def test_without_a_cell_the_temporary_folder_is_the_machines(session: Session) -> None:
    """Where `born_empty` is empty."""
    outside = replace(session.context, born_empty=(), scratch=())

    assert not ask("rm -rf /tmp/x", outside).granted
    assert not ask("python3 -c \"import shutil; shutil.rmtree('/tmp/x')\"", outside).granted
    assert ask('D=$(mktemp -d); rm -rf "$D"', outside).granted
    assert ask("rm /tmp/x", outside).granted


def test_a_process_whose_id_the_session_wrote_down_may_be_ended_later(session: Session) -> None:
    """From a file that the gate reads, or remembers; other ids in a file are not known to be the session's."""
    assert session.call("npm start & echo $! > server.pid; npm run api & echo $! > /tmp/api.pid").granted
    (session.context.workspace / "server.pid").write_text("4242\n")

    assert session.call("kill $(cat server.pid)").granted
    assert session.call('kill "$(cat /tmp/api.pid)"').granted
    assert session.call("kill $(cat /tmp/elsewhere.pid)").rule == "system.process"


def test_a_loop_or_a_block_that_writes_a_file_is_no_emptying(session: Session) -> None:
    """What it prints takes the place of what was there, as with any other command."""
    assert session.call("for i in 1 2; do echo $i; done > README.md").granted
    assert session.call("{ date; cat package.json; } > README.md").granted


def test_a_script_of_the_repository_may_not_end_the_session_either(session: Session) -> None:
    """What is unknown in such a script is let pass; the shell's own parent is known to be somebody else's."""
    script = session.context.workspace / "stop.sh"
    script.write_text('kill "$SERVER"\n')
    assert session.call("bash stop.sh").granted

    script.write_text("kill $PPID\n")
    assert session.call("bash stop.sh").rule == "system.process"
