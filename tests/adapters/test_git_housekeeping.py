"""Mirrors are repacked and pruned while nothing uses them, and never lose what an attempt still needs."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.git import Mirror, git
from bot.adapters.git.housekeeping import UNREACHABLE_FOR, tidy, use_lock
from bot.adapters.git.lock import hold_lock
from bot.adapters.git.refs import work_ref
from bot.core.failures import FailureKind, TaskFailed
from tests.git_host import run_git

if TYPE_CHECKING:
    from tests.adapters.conftest import Trap

NOW = datetime.now(UTC)
LATER = NOW + UNREACHABLE_FOR + timedelta(days=1)


def litter(mirror: Mirror, count: int = 1100, *, days: float = 30) -> str:
    """Objects that nothing reaches, as old as that. Returns one of them."""
    paths = []
    for number in range(count):
        path = mirror.folder.parent / f"litter-{number}"
        path.write_text(f"{number}")
        paths.append(str(path))
    asked = ("hash-object", "-w", "--stdin-paths")
    names = git(*asked, gitdir=mirror.folder, stdin="\n".join(paths).encode()).text.split()
    then = time.time() - days * 86400
    for name in names:
        os.utime(mirror.folder / "objects" / name[:2] / name[2:], (then, then))
    return names[0]


def has(mirror: Mirror, name: str) -> bool:
    return git("cat-file", "-e", name, gitdir=mirror.folder, codes=(0, 1, 128)).code == 0


def accepted(trap: Trap, name: str = "work.py") -> str:
    (trap.root / name).write_text("x = 1\n")
    work = trap.collect()
    assert work is not None
    trap.quarantine.release(work.head, "auto/1")
    return work.head


def test_what_nothing_reaches_goes_when_it_is_old(mirror: Mirror) -> None:
    old, base = litter(mirror), mirror.remote_head("main")
    assert tidy(mirror.folder, needed=(), now=NOW)
    assert not has(mirror, old)
    assert base is not None
    assert mirror.holds(base)
    assert git("fsck", "--full", gitdir=mirror.folder).code == 0


def test_what_is_young_stays(mirror: Mirror) -> None:
    """It may be on its way to be reached."""
    young = litter(mirror, days=1)
    assert tidy(mirror.folder, needed=(), now=NOW)
    assert has(mirror, young)


def test_a_tidy_mirror_is_left_alone(mirror: Mirror) -> None:
    before = sorted(mirror.folder.rglob("*"))
    assert not tidy(mirror.folder, needed=(), now=NOW)
    assert sorted(mirror.folder.rglob("*")) == before


def test_nothing_goes_while_an_attempt_borrows_objects(trap: Trap) -> None:
    """In whatever state its refs are: the workspace's own git directory is not known to the mirror."""
    old = litter(trap.mirror)
    assert not tidy(trap.mirror.folder, needed=(), now=LATER)
    assert has(trap.mirror, old)
    trap.quarantine.close()
    assert tidy(trap.mirror.folder, needed=(), now=LATER)
    assert not has(trap.mirror, old)


def test_an_attempt_waits_for_the_end_of_it(mirror: Mirror, tmp_path: Path) -> None:
    """And is tried again if that takes long."""
    with hold_lock(use_lock(mirror.folder), wait=0), pytest.raises(TaskFailed) as failed:
        Mirror(mirror.folder, mirror.url, lock_seconds=0.1).quarantine(tmp_path / "quarantine.git")
    assert failed.value.kind is FailureKind.REPO_LOCKED
    mirror.quarantine(tmp_path / "quarantine.git").close()


def test_old_work_goes_unless_an_attempt_continues_it(trap: Trap) -> None:
    head = accepted(trap)
    trap.quarantine.close()
    assert not tidy(trap.mirror.folder, needed=(), now=NOW)
    assert not tidy(trap.mirror.folder, needed={head}, now=LATER + timedelta(days=90))
    assert trap.mirror.holds(head)
    assert tidy(trap.mirror.folder, needed=(), now=LATER)
    assert git("for-each-ref", work_ref("auto/1"), gitdir=trap.mirror.folder).text == ""


def test_a_pin_that_a_crash_left_goes(trap: Trap) -> None:
    """No attempt runs: nothing stands on it."""
    trap.mirror.pin("7", trap.base)
    assert not tidy(trap.mirror.folder, needed=(), now=NOW)
    trap.quarantine.close()
    assert tidy(trap.mirror.folder, needed=(), now=NOW)
    assert git("for-each-ref", "refs/nightshift", gitdir=trap.mirror.folder).text == ""


def test_a_workspace_that_is_opened_after_it_is_whole(trap: Trap, tmp_path: Path) -> None:
    """Repacked objects are borrowed as well."""
    head = accepted(trap)
    trap.quarantine.close()
    litter(trap.mirror)
    assert tidy(trap.mirror.folder, needed={head}, now=NOW)
    workspace = trap.mirror.open_workspace(tmp_path / "again", base=head, branch="auto/1")
    assert run_git("fsck", cwd=workspace.path) == ""
    assert (workspace.path / "work.py").read_text() == "x = 1\n"
    workspace.close()
