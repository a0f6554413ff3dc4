"""The cell, tried from the inside: what a program in it can read, write and see."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from bot.adapters.process import run
from bot.adapters.sandbox import Bubblewrap, Cell, NoSandbox
from bot.adapters.sandbox_support import find_sandbox
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.cells import PATH, PYTHON, a_cell, bubblewrap, inside

is_root = os.geteuid() == 0


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    for folder in ("workspace", "home", "control", "mirror", "data"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_text(f"{folder}\n")
    return a_cell(tmp_path, readable=(tmp_path / "control", tmp_path / "mirror"))


def shell(script: str) -> list[str]:
    return ["/bin/bash", "-c", script]


@pytest.mark.needs("bwrap")
def test_the_workspace_and_the_home_can_be_written(cell: Cell) -> None:
    """What is written there is there afterwards, and the program starts in its workspace."""
    workspace, home = cell.writable

    done = inside(cell, shell(f"pwd; echo new > made; echo new > {home}/made"))

    assert (done.code, done.stdout.decode().strip()) == (0, str(workspace))
    assert (workspace / "made").exists()
    assert (home / "made").exists()


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize("where", ["control", "mirror"])
def test_what_is_readable_can_only_be_read(cell: Cell, where: str) -> None:
    """By no way of writing: not in place, not by replacing, not by remounting."""
    folder = cell.start.parent / where
    attacks = (
        f"echo x > {folder}/file; mv {folder}/file /tmp/; rm -rf {folder}; mount -o remount,rw {folder}; ls {folder}"
    )

    done = inside(cell, shell(f"cat {folder}/file; ({attacks}) 2>&1"))

    assert done.stdout.decode().startswith(f"{where}\n")
    assert (folder / "file").read_text() == f"{where}\n"


@pytest.mark.needs("bwrap")
def test_nothing_else_of_the_host_is_there(cell: Cell) -> None:
    """Not the data folder, no home folder, not the host's keys, not this checkout."""
    data = cell.start.parent / "data"
    checkout = Path(__file__).parents[2]

    looked_for = f"{data} /etc/shadow /etc/ssh {checkout}/bot {checkout}/.git"
    found = f"ls -d {looked_for}; find /root /home -type f -not -path '{sys.base_prefix}/*' -not -path '{sys.prefix}/*'"
    done = inside(cell, shell(f"({found}) 2>/dev/null"))

    assert done.stdout == b""


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize(
    "attack",
    [
        *("mount -o remount,rw /usr", "umount /usr", "touch /usr/x", "touch /etc/x && test -e /usr/x", "chroot / true"),
        *("touch /x", "touch /dev/x", "mkdir /proc/x", "echo 0 > /proc/self/oom_score_adj", "unshare --user true"),
        *("echo core > /proc/sys/kernel/core_pattern", "echo 1 > /proc/sys/vm/drop_caches", "setpriv --reuid 0 true"),
        *("echo h > /proc/sysrq-trigger", "echo 1 > /proc/irq/default_smp_affinity", "nsenter -t 1 -m true"),
    ],
)
def test_the_system_cannot_be_changed(cell: Cell, attack: str) -> None:
    """Neither its files nor the kernel's settings, also where the bot is root."""
    assert inside(cell, shell(attack)).code != 0


@pytest.mark.needs("bwrap")
def test_no_other_process_can_be_seen(cell: Cell) -> None:
    """So none can be killed or read."""
    done = inside(
        cell, shell("ls -d /proc/[0-9]* | wc -l; tr '\\0' '\\n' < /proc/1/environ"), {**PATH, "MARKER": "own"}
    )

    count, *environ = done.stdout.decode().split()
    assert int(count) < 8
    assert f"PWD={os.getcwd()}" not in environ  # noqa: PTH109 - the text of this process's own environment


@pytest.mark.needs("bwrap")
def test_memory_that_counts_against_no_ceiling_is_small(cell: Cell) -> None:
    """What lies in memory, not on disk, is limited; /dev/shm and /tmp lie where a ceiling holds them."""
    script = """
for place in /run /root /home /var/tmp /dev/shm /tmp; do
  stat -f -c "%n %T" $place; (head -c 200M /dev/zero > $place/full) 2>/dev/null; stat -c %s $place/full 2>/dev/null
  rm -f $place/full
done"""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        folder = Path(made)
        done = inside(a_cell(folder), shell(script))

    sizes = dict(line.split()[:2] for line in done.stdout.decode().splitlines() if " " in line)
    on_disk = [name for name, kind in sizes.items() if kind != "tmpfs"]
    written = [int(line) for line in done.stdout.decode().splitlines() if line.isdigit()]
    assert {"/dev/shm", "/tmp"} <= {*on_disk} or (sizes["/tmp"] == "tmpfs" and Path("/var/tmp").is_relative_to("/tmp"))
    assert len([size for size in written if size > 65 << 20]) <= len(on_disk)


@pytest.mark.needs("bwrap")
@pytest.mark.skipif(not is_root, reason="an ordinary user's cell is a user namespace of that user")
def test_root_is_a_separate_unprivileged_user_in_each_attempt(tmp_path: Path) -> None:
    """So that keyrings, limits and signals are not shared; and files that it made can be removed by the host."""
    script = shell("id -u; id -G; grep -E 'CapEff|Seccomp:' /proc/self/status; touch made")
    said = [inside(a_cell(tmp_path / str(n), number=n), script).stdout.decode().split() for n in (7, 8)]

    (first, *first_rest), (second, *_) = said
    assert {"0", first, second} == {"0", str(bubblewrap().uid(7)), str(bubblewrap().uid(8))}
    assert len({"0", first, second}) == 3
    assert first_rest == [first, "CapEff:", "0" * 16, "Seccomp:", "2"]
    assert (tmp_path / "7" / "workspace" / "made").stat().st_uid == int(first)


@pytest.mark.needs("bwrap")
@pytest.mark.needs("setpriv")
@pytest.mark.skipif(not is_root, reason="an ordinary user's other tests show the same")
def test_an_ordinary_user_gets_the_same_cell() -> None:
    """What holds for root holds for a user without rights: writing within, nothing of the host, no network."""
    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")
    readable = run([*nobody, "test", "-x", PYTHON], cwd=Path("/"), env=PATH, seconds=10, codes=None).code == 0
    python = Path(PYTHON) if readable else Path("/usr/bin/python3").resolve()  # these tests' own may lie in root's HOME
    script = (
        "echo new > made && cat made; test -e /etc/shadow || echo hidden; ls -d /proc/[0-9]* | wc -l;"
        " (exec 3<>/dev/tcp/192.0.2.1/80) 2>/dev/null || echo closed; touch /usr/x 2>/dev/null || echo kept;"
        " (echo core > /proc/sys/kernel/core_pattern) 2>/dev/null || echo readable"
    )
    with tempfile.TemporaryDirectory() as made:  # pytest's own folders are closed to other users
        folder = Path(made)
        folder.chmod(0o755)
        cell = a_cell(folder)
        for each in (*cell.writable, cell.temporary, cell.memory):
            os.chown(each, 65534, 65534)
        wrapped = Bubblewrap(bubblewrap().binary, python, is_root=False).wrap(shell(script), cell=cell)
        done = run([*nobody, *wrapped], cwd=folder, env=PATH, seconds=30, codes=None)

    written, hidden, processes, closed, kept, settings = done.text.split() or [done.stderr]
    assert (written, hidden, closed, kept, settings) == ("new", "hidden", "closed", "kept", "readable")
    assert int(processes) < 8


@pytest.mark.needs("bwrap")
def test_usual_tools_work_inside(cell: Cell) -> None:
    """Git, Python, temporary files, the network's name service and its certificates, threads and their output."""
    script = (
        "git init -q . && git -c user.name=n -c user.email=e commit -q --allow-empty -m x && git log --format=%s"
        " && python3 -c 'import ssl, tempfile; tempfile.mkstemp(); print(1)'"
        " && python3 -c 'import multiprocessing as m; p = m.Pool(2); print(p.map(abs, [-2])[0])'"
        " && getent hosts localhost >/dev/null && echo x > /dev/null && mktemp >/dev/null && echo fine > /dev/stdout"
    )

    done = inside(cell, shell(script), {**PATH, "HOME": str(cell.writable[1])})

    assert done.stdout.decode().split() == ["x", "1", "2", "fine"], done.stderr


@pytest.mark.needs("bwrap")
def test_bubblewrap_is_found_and_tried() -> None:
    """Present is not enough: it must be able to make a cell on this machine."""
    assert find_sandbox(required=True).name == "bubblewrap"


def test_a_missing_sandbox_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Required: a failure that says how to fix it. Not required: none, by name."""
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


def test_a_program_that_is_not_there_is_exit_code_127(cell: Cell) -> None:
    """As a shell would say it."""
    done = inside(cell, ["/nonexistent/program"])

    assert (done.code, "No such file" in done.stderr) == (127, True)
