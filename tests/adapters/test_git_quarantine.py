"""A session's objects stay apart from the mirror until they are accepted; what is refused leaves nothing there."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

import pytest

from bot.adapters.git import Mirror, git
from bot.adapters.git.refs import work_ref
from bot.core.failures import FailureKind, TaskFailed
from tests.adapters.conftest import AUTHOR
from tests.git_host import run_git

if TYPE_CHECKING:
    from tests.adapters.conftest import Trap


def contents(mirror: Mirror) -> dict[str, bytes]:
    """Every file of it."""
    return {str(path): path.read_bytes() for path in mirror.folder.rglob("*") if path.is_file()}


def work(trap: Trap, name: str = "work.py") -> str:
    (trap.root / name).write_text(f"{name}\n")
    run_git("add", name, cwd=trap.root)
    return trap.commit()


def refuse_submodule(trap: Trap) -> None:
    trap.nest("nested")
    run_git("add", "nested", cwd=trap.root)
    trap.commit()


def refuse_many(trap: Trap) -> None:
    for number in range(101):
        (trap.root / f"{number}.txt").write_text(f"{number}\n")
    run_git("add", "-A", cwd=trap.root)
    trap.commit()


def refuse_many_loose(trap: Trap) -> None:
    work(trap)
    for number in range(101):
        (trap.root / f"{number}.txt").write_text(f"{number}\n")


def refuse_giant(trap: Trap) -> None:
    work(trap)
    with (trap.root / "giant.bin").open("wb") as giant:
        giant.truncate(100_000_001)


def refuse_unsound(trap: Trap) -> None:
    blob = run_git("rev-parse", f"{trap.base}:README.md", cwd=trap.root)
    trap.tree(f"100644 .git {blob}")


@pytest.mark.parametrize(
    "plant",
    [refuse_submodule, refuse_many, refuse_many_loose, refuse_giant, refuse_unsound],
    ids=lambda plant: plant.__name__,
)
def test_a_refused_change_leaves_the_mirror_as_it_was(trap: Trap, plant: object) -> None:
    """Byte for byte: objects and refs."""
    before = contents(trap.mirror)
    assert callable(plant)
    plant(trap)
    with pytest.raises(TaskFailed):
        trap.collect()
    assert contents(trap.mirror) == before


def test_what_is_collected_is_judged_before_it_is_in_the_mirror(trap: Trap) -> None:
    """Patch, changes and a checkout of it need no more than the quarantine."""
    before = contents(trap.mirror)
    work(trap)
    (trap.root / "left.py").write_text("left\n")

    made = trap.collect()

    assert made is not None
    assert contents(trap.mirror) == before
    assert not trap.mirror.holds(made.head)
    assert [each.path for each in trap.quarantine.changes(trap.base, made.head)] == ["left.py", "work.py"]
    assert b"+left" in trap.quarantine.patch(trap.base, made.head)
    place = trap.quarantine.open_workspace(trap.root.with_name("check"), base=made.head, branch="check")
    assert (place.path / "left.py").read_text() == "left\n"
    assert run_git("fsck", cwd=place.path) == ""
    place.close()
    assert contents(trap.mirror) == before


def test_what_is_accepted_is_whole_and_nothing_else_comes_along(trap: Trap) -> None:
    """Not the commits as the session wrote them, and not what it threw away."""
    original = work(trap)
    run_git("hash-object", "-w", "--stdin", cwd=trap.root, stdin=b"thrown away")
    made = trap.collect(author=AUTHOR)
    assert made is not None
    assert made.made == original != made.head

    trap.quarantine.release(made.head, "auto/1")
    trap.quarantine.close()

    assert trap.mirror.holds(made.head)
    assert not trap.mirror.holds(original)
    assert not trap.leaked(b"thrown away")
    assert git("rev-parse", work_ref("auto/1"), gitdir=trap.mirror.folder).text == made.head
    assert git("fsck", "--full", "--no-dangling", gitdir=trap.mirror.folder).text == ""
    assert not trap.quarantine.folder.exists()


def test_accepting_twice_is_fine(trap: Trap) -> None:
    """A session that was cut short leaves its work, and the next one goes on from it."""
    work(trap)
    first = trap.collect()
    assert first is not None
    trap.quarantine.release(first.head, "auto/1")
    trap.quarantine.release(first.head, "auto/1")
    work(trap, "more.py")
    second = trap.collect()
    assert second is not None
    trap.quarantine.release(second.head, "auto/1")
    assert (first.commits, second.commits) == (1, 2)
    assert [*trap.mirror.files(second.head).paths] == ["README.md", "more.py", "src/clock.py", "work.py"]


def test_a_secret_that_rewriting_cuts_in_two_is_still_looked_for(trap: Trap) -> None:
    """The messages are judged as the session wrote them, and as they are published."""
    work(trap)
    run_git("commit", "-q", "--amend", "-m", "Use https://ada:hunter2@example.com/", cwd=trap.root)
    made = trap.collect(reword=lambda text: text.replace("@", " at "))
    assert made is not None
    judged = [change.after or b"" for change in trap.quarantine.changes_by_commit(trap.base, made.head)]
    assert any(b"https://ada:hunter2@example.com/" in words for words in judged)
    assert any(b"https://ada:hunter2 at example.com/" in words for words in judged)


def test_a_pack_that_is_too_large_is_refused_while_it_arrives(trap: Trap, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the session can put there is bounded by what git may write, not by the host's disk."""
    lowered = {resource.RLIMIT_FSIZE: 1 << 20}
    monkeypatch.setattr(resource, "getrlimit", lambda limit: (-1, lowered.get(limit, resource.RLIM_INFINITY)))
    before = contents(trap.mirror)
    (trap.root / "noise.bin").write_bytes(os.urandom(4 << 20))
    run_git("add", "-A", cwd=trap.root)
    trap.commit()
    with pytest.raises(TaskFailed) as failed:
        trap.collect()
    assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
    assert "needed more than its limits allow" in failed.value.detail
    assert contents(trap.mirror) == before
