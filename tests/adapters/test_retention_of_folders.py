"""What killed trials left, and contents under Git LFS that no checkout shows any more, are removed after their time."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

from bot.adapters.git import Mirror
from bot.adapters.git.lfs_store import LfsStore, lfs_of
from bot.adapters.store import KeptWork, Store
from bot.core.lfs import Pointer
from bot.core.tasks import Priority, Snapshot
from tests.adapters.old_records import LONG_AGO, NOW, OPEN, counts, keep_file, pruning


def keep_content(store: LfsStore, content: bytes) -> Path:
    """In the store, as old as can be."""
    pointer = store.put(io.BytesIO(content))
    os.utime(store.path(pointer.oid), (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    return store.path(pointer.oid)


def test_what_a_killed_trial_left_goes_after_its_time(store: Store, tmp_path: Path) -> None:
    """One that runs writes into its folder; what else lies there stays."""
    left = keep_file(tmp_path / "trials/nightshift-try-abc/workspace/deep/x.py")
    running = keep_file(tmp_path / "trials/nightshift-try-def/workspace/x.py", NOW)
    other = keep_file(tmp_path / "trials/notes/x.txt")
    for folder in (left.parent, *left.parents[1:3]):
        os.utime(folder, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))

    looked = {each.what: (each.count, each.bytes) for each in pruning(store, tmp_path).look() if each.count}
    removed = counts(pruning(store, tmp_path).prune())

    assert looked == {"trials": (1, 4)}
    assert removed == {"trials": 1}
    assert [path.exists() for path in (left.parents[2], running, other)] == [False, True, True]


def test_a_link_in_the_place_of_a_trial_or_a_store_is_not_followed(store: Store, tmp_path: Path) -> None:
    mine = keep_file(tmp_path / "outside/aa/bb/x")
    for name in ("trials/nightshift-try-abc", "mirrors/octo/tools.lfs", "mirrors/other"):
        link = tmp_path / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(tmp_path / "outside")
        os.utime(link, (LONG_AGO.timestamp(), LONG_AGO.timestamp()), follow_symlinks=False)

    assert counts(pruning(store, tmp_path).prune()) == {}
    assert mine.exists()


def test_contents_go_when_no_checkout_has_shown_them_for_long(store: Store, tmp_path: Path) -> None:
    """They can be fetched again. To show one makes it young, and what a crash left half is removed too."""
    contents = LfsStore(tmp_path / "mirrors/octo/tools.lfs")
    old, shown = keep_content(contents, b"old"), keep_content(contents, b"shown")
    half = keep_file(contents.folder / "new-abc")
    young = contents.path(contents.put(io.BytesIO(b"young")).oid)
    target = tmp_path / "data.bin"
    target.write_bytes(b"pointer")
    contents.write(Pointer(hashlib.sha256(b"shown").hexdigest(), 5), target)

    removed = pruning(store, tmp_path).prune()

    assert counts(removed) == {"large files": 2}
    assert sum(each.bytes for each in removed) == 3 + 4
    assert [path.exists() for path in (old, half, shown, young)] == [False, False, True, True]


def test_contents_stay_while_an_attempt_uses_the_mirror(store: Store, tmp_path: Path, mirror: Mirror) -> None:
    """Between the look whether one is there and its copy it must not go."""
    folder = tmp_path / "data/mirrors/octo/tools.git"
    folder.parent.mkdir(parents=True)
    mirror.folder.rename(folder)
    used = Mirror(folder, mirror.url)
    old = keep_content(lfs_of(folder), b"old")

    with used.quarantine(tmp_path / "quarantine.git"):
        assert counts(pruning(store, tmp_path / "data").prune()) == {}
        assert old.exists()

    assert counts(pruning(store, tmp_path / "data").prune()) == {"large files": 1}
    assert not old.exists()


def test_contents_stay_while_work_waits_that_may_name_them(store: Store, tmp_path: Path, mirror: Mirror) -> None:
    """GitHub does not have them before the work is pushed. Those of other repositories go."""
    head = mirror.remote_head("main")
    assert head is not None
    folder = tmp_path / "data/mirrors/octo/tools.git"
    folder.parent.mkdir(parents=True)
    mirror.folder.rename(folder)
    kept = keep_content(lfs_of(folder), b"old")
    other = keep_content(LfsStore(tmp_path / "data/mirrors/octo/other.lfs"), b"old")
    with store.transaction() as ledger:
        snapshot = Snapshot(title="t", body="")
        ledger.tasks.enqueue(OPEN, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=NOW)
        ledger.kept_work.keep(OPEN, KeptWork(base=head, head=head, session_id=""))

    assert counts(pruning(store, tmp_path / "data").prune()) == {"large files": 1}
    assert (kept.exists(), other.exists()) == (True, False)

    with store.transaction() as ledger:
        ledger.kept_work.forget(OPEN)
    pruning(store, tmp_path / "data").prune()
    assert not kept.exists()
