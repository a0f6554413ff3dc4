"""The cell, tried from the inside: what a session can read, write and see."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from bot.adapters.process import Finished, run
from bot.adapters.sandbox import Bubblewrap, Cell, NoSandbox, find_sandbox
from bot.core.failures import FailureKind, TaskFailed

PATH = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    cell = Cell(
        workspace=tmp_path / "workspace",
        home=tmp_path / "home",
        control=tmp_path / "control",
        readable=(tmp_path / "mirror",),
    )
    for folder in (cell.workspace, cell.home, cell.control, *cell.readable, tmp_path / "data"):
        folder.mkdir()
        (folder / "file").write_text(f"{folder.name}\n")
    return cell


def inside(cell: Cell, script: str, **env: str) -> Finished:
    binary = shutil.which("bwrap")
    assert binary is not None
    command = Bubblewrap(Path(binary)).wrap(["/bin/bash", "-c", script], cell=cell)
    return run(command, cwd=cell.workspace, env={**PATH, **env}, seconds=30)


@pytest.mark.needs("bwrap")
def test_the_workspace_and_the_home_can_be_written(cell: Cell) -> None:
    """What is written there is there afterwards, and the session starts in its workspace."""
    done = inside(cell, f"pwd; echo new > made; echo new > {cell.home}/made")

    assert (done.code, done.stdout.decode().strip()) == (0, str(cell.workspace))
    assert (cell.workspace / "made").exists()
    assert (cell.home / "made").exists()


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize("where", ["control", "mirror"])
def test_the_gates_folder_and_the_mirror_can_only_be_read(cell: Cell, where: str) -> None:
    """By no way of writing: not in place, not by replacing, not by remounting."""
    folder = cell.workspace.parent / where
    attacks = (
        f"echo x > {folder}/file; mv {folder}/file /tmp/; rm -rf {folder}; mount -o remount,rw {folder}; ls {folder}"
    )

    done = inside(cell, f"cat {folder}/file; ({attacks}) 2>&1")

    assert done.stdout.decode().startswith(f"{where}\n")
    assert (folder / "file").read_text() == f"{where}\n"


@pytest.mark.needs("bwrap")
def test_nothing_else_of_the_host_is_there(cell: Cell) -> None:
    """Not the data folder, not anybody's home, not the host's keys, not this checkout."""
    data = cell.workspace.parent / "data"
    checkout = Path(__file__).parents[2]

    looked_for = f"{data} /etc/shadow /etc/ssh {checkout}/bot {checkout}/.git"
    found = f"ls -d {looked_for}; find /root /home -type f -not -path '{sys.base_prefix}/*' -not -path '{sys.prefix}/*'"
    done = inside(cell, f"({found}) 2>/dev/null")

    assert done.stdout == b""


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize(
    "attack",
    ["mount -o remount,rw /usr", "umount /usr", "touch /usr/x", "touch /etc/x && test -e /usr/x", "chroot / true"],
)
def test_the_system_cannot_be_changed(cell: Cell, attack: str) -> None:
    """Not even as root: it has no capability left."""
    assert inside(cell, attack).code != 0


@pytest.mark.needs("bwrap")
def test_no_other_process_can_be_seen(cell: Cell) -> None:
    """So none can be killed or read."""
    done = inside(cell, "ls -d /proc/[0-9]* | wc -l; tr '\\0' '\\n' < /proc/1/environ", MARKER="own")

    count, *environ = done.stdout.decode().split()
    assert int(count) < 8
    assert f"PWD={os.getcwd()}" not in environ  # noqa: PTH109 - the text of this process's own environment


@pytest.mark.needs("bwrap")
@pytest.mark.needs("setpriv")
@pytest.mark.skipif(os.geteuid() != 0, reason="a normal user's other tests show the same")
def test_a_normal_user_gets_the_same_cell() -> None:
    """What holds for root holds for a user without rights: writing within, nothing of the host, no network."""
    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")
    here = Path(sys.executable).resolve()
    readable = run([*nobody, "test", "-x", str(here)], cwd=Path("/"), env=PATH, seconds=10).code == 0
    python = here if readable else Path("/usr/bin/python3").resolve()  # these tests' own may lie in root's HOME
    script = (
        "echo new > made && cat made; test -e /etc/shadow || echo hidden; ls -d /proc/[0-9]* | wc -l;"
        " (exec 3<>/dev/tcp/192.0.2.1/80) 2>/dev/null || echo closed; touch /usr/x 2>/dev/null || echo kept"
    )
    with tempfile.TemporaryDirectory() as made:  # pytest's own folders are closed to other users
        folder = Path(made)
        folder.chmod(0o755)
        for name in ("workspace", "home", "control"):
            (folder / name).mkdir()
            os.chown(folder / name, 65534, 65534)
        cell = Cell(workspace=folder / "workspace", home=folder / "home", control=folder / "control")
        binary = shutil.which("bwrap")
        assert binary is not None
        wrapped = Bubblewrap(Path(binary), python).wrap(["/bin/bash", "-c", script], cell=cell)
        done = run([*nobody, *wrapped], cwd=folder, env=PATH, seconds=30)

    written, hidden, processes, closed, kept = done.stdout.decode().split() or [done.stderr.decode()]
    assert (written, hidden, closed, kept) == ("new", "hidden", "closed", "kept")
    assert int(processes) < 8


@pytest.mark.needs("bwrap")
def test_usual_tools_work_inside(cell: Cell) -> None:
    """Git, Python, temporary files, the network's name service and its certificates."""
    script = (
        "git init -q . && git -c user.name=n -c user.email=e commit -q --allow-empty -m x && git log --format=%s"
        " && python3 -c 'import ssl, tempfile; tempfile.mkstemp(); print(1)'"
        " && getent hosts localhost >/dev/null && echo x > /dev/null && mktemp >/dev/null && echo fine"
    )

    done = inside(cell, script, HOME=str(cell.home))

    assert done.stdout.decode().split() == ["x", "1", "fine"], done.stderr


@pytest.mark.needs("bwrap")
def test_bubblewrap_is_found_and_tried() -> None:
    """Present is not enough: it must be able to make a cell on this machine."""
    assert find_sandbox(required=True).name == "bubblewrap"


def test_a_missing_sandbox_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Required: a failure that says how to mend it. Not required: none, by name."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_sandbox(required=False) == NoSandbox()
    with pytest.raises(TaskFailed, match="apt-get install bubblewrap") as failed:
        find_sandbox(required=True)
    assert failed.value.kind == FailureKind.SETUP_FAILED


def test_a_sandbox_that_cannot_work_is_as_good_as_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in a container without user namespaces: what it said is passed on."""
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2; exit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_sandbox(required=False) == NoSandbox()
    with pytest.raises(TaskFailed, match="No permissions to create new namespace"):
        find_sandbox(required=True)


def test_no_sandbox_changes_nothing(cell: Cell) -> None:
    """The command runs as it is."""
    assert NoSandbox().wrap(["claude", "-p"], cell=cell) == ["claude", "-p"]
