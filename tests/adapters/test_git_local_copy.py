"""One commit of a person's clone is copied. The clone stays as it is, and nothing in it is run."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from bot.adapters.git.local_copy import LocalCopy, NotCopied, copy_commit, find_commit, name_of
from tests.git_host import commit_files, create_repository, run_git


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """With a second branch, and an uncommitted change."""
    bare = create_repository(tmp_path, "octo/clock", {"clock.py": "x = 1\n"})
    commit_files(bare, "main", {"clock.py": "x = 2\n"}, "Change")
    folder = tmp_path / "a clone with 100% of ünusual letters"
    run_git("clone", "-q", str(bare), str(folder))
    (folder / "clock.py").write_text("x = 3\n")
    return folder


def copied(clone: Path, at: str, folder: Path) -> tuple[LocalCopy, str]:
    commit = find_commit(clone, at)
    return copy_commit(clone, commit, folder / "copy.git"), commit


def snapshot(folder: Path) -> dict[str, tuple[int, float]]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_size, path.stat().st_mtime) for path in paths}


@pytest.mark.parametrize(("at", "content"), [("HEAD", b"x = 2\n"), ("main", b"x = 2\n"), ("HEAD~1", b"x = 1\n")])
def test_the_committed_state_is_copied_and_the_clone_stays(
    clone: Path, tmp_path: Path, at: str, content: bytes
) -> None:
    before = snapshot(clone)
    copy, commit = copied(clone, at, tmp_path)

    assert copy.files(commit).read("clock.py") == content
    assert snapshot(clone) == before
    workspace = copy.open_workspace(tmp_path / "work", base=commit, branch="check")
    assert (workspace.path / "clock.py").read_bytes() == content


def test_a_short_hash_and_a_folder_within_the_clone_will_do(clone: Path, tmp_path: Path) -> None:
    (clone / "docs").mkdir()
    head = run_git("rev-parse", "HEAD", cwd=clone)

    assert copied(clone / "docs", head[:8], tmp_path)[1] == head


def test_a_path_may_be_relative(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clone)

    assert copied(Path(), "HEAD", tmp_path)[0].files(find_commit(clone, "HEAD")).paths == ("clock.py",)


@pytest.mark.parametrize("options", [("--depth=1",), ("--filter=blob:none",), ("--bare",), ("--depth=1", "--bare")])
def test_every_kind_of_clone_can_be_read(tmp_path: Path, clone: Path, options: tuple[str, ...]) -> None:
    """Of a partial one the commit that is checked out."""
    bare = tmp_path / "octo/clock.git"
    run_git("config", "uploadpack.allowFilter", "true", cwd=bare)
    other = tmp_path / "other"
    run_git("clone", "-q", *options, bare.as_uri(), str(other))
    copy, commit = copied(other, "HEAD", tmp_path)

    assert copy.files(commit).read("clock.py") == b"x = 2\n"
    workspace = copy.open_workspace(tmp_path / "work", base=commit, branch="check")
    assert run_git("log", "--format=%s", cwd=workspace.path).startswith("Change")


def test_a_commit_of_a_partial_clone_without_its_files_is_refused(tmp_path: Path, clone: Path) -> None:
    bare = tmp_path / "octo/clock.git"
    run_git("config", "uploadpack.allowFilter", "true", cwd=bare)
    run_git("clone", "-q", "--filter=blob:none", bare.as_uri(), str(tmp_path / "other"))

    with pytest.raises(NotCopied, match="name a clone that is neither shallow nor partial"):
        copied(tmp_path / "other", "HEAD~1", tmp_path)


def test_a_work_tree_beside_the_clone_has_another_head(clone: Path, tmp_path: Path) -> None:
    run_git("worktree", "add", "-q", str(tmp_path / "beside"), "HEAD~1", cwd=clone)

    assert copied(tmp_path / "beside", "HEAD", tmp_path)[1] == find_commit(clone, "HEAD~1")


@pytest.mark.parametrize(
    ("path", "at", "words"),
    [
        ("nothing", "HEAD", "is not a folder"),
        ("file", "HEAD", "is not a folder"),
        ("folder", "HEAD", "is not a git repository"),
        ("empty", "HEAD", "has no commit yet"),
        ("empty", "abc", "has no commit 'abc'"),
        ("clone", "0" * 40, f"has no commit '{'0' * 40}'"),
        ("clone", "--all", "has no commit '--all'"),
        ("clone", "main:clock.py", "has no commit 'main:clock.py'"),
        ("clone", "\x1b[2J", "has no commit '[2J'"),
    ],
)
def test_what_cannot_be_copied_is_refused_in_one_sentence(tmp_path: Path, path: str, at: str, words: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    run_git("init", "-q", str(tmp_path / "empty"))
    bare = create_repository(tmp_path, "octo/clock", {"clock.py": "x = 1\n"})
    bare.rename(tmp_path / "clone")

    with pytest.raises(NotCopied) as refused:
        find_commit(tmp_path / path, at)
    assert words in str(refused.value)
    assert str(refused.value).isprintable()


def test_what_the_configuration_of_a_clone_would_run_does_not_run(clone: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\nexec cat\n")
    program.chmod(0o755)
    for name in (
        *("core.fsmonitor", "core.sshCommand", "uploadpack.packObjectsHook", "core.alternateRefsCommand"),
        *("core.pager", "filter.x.smudge", "filter.x.process", "gpg.program", "core.hooksPath", "diff.external"),
    ):
        run_git("config", name, str(program), cwd=clone)
    for hook in ("reference-transaction", "post-checkout", "pre-auto-gc", "post-index-change"):
        path = clone / ".git/hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(program.read_bytes())
        path.chmod(0o755)
    copy, commit = copied(clone, "HEAD", tmp_path)
    copy.open_workspace(tmp_path / "work", base=commit, branch="check")

    assert not marker.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a clone to another user")
def test_a_clone_of_another_user_can_be_read(clone: Path, tmp_path: Path) -> None:
    run_as = 65534
    for path in (clone, *clone.rglob("*")):
        os.chown(path, run_as, run_as)

    assert copied(clone, "HEAD~1", tmp_path)[0].files(find_commit(clone, "HEAD~1")).paths == ("clock.py",)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/octo/clock.git", "octo/clock"),
        ("git@github.com:octo/clock.git", "octo/clock"),
        ("ssh://git@github.com/octo/clock/", "octo/clock"),
        ("https://ada:secret@GitHub.com:443/octo/clock", "octo/clock"),
        ("https://gitlab.com/octo/clock.git", "local/a-clone-with-100--of--nusual-letters"),
        ("https://github.com.example.org/octo/clock.git", "local/a-clone-with-100--of--nusual-letters"),
        ("https://github.com@example.org/octo/clock.git", "local/a-clone-with-100--of--nusual-letters"),
        ("https://github.com/octo", "local/a-clone-with-100--of--nusual-letters"),
        ("https://github.com/../clock", "local/a-clone-with-100--of--nusual-letters"),
        ("../clock", "local/a-clone-with-100--of--nusual-letters"),
        ("", "local/a-clone-with-100--of--nusual-letters"),
    ],
)
def test_a_clone_has_the_name_of_its_remote_on_the_same_host(clone: Path, url: str, name: str) -> None:
    run_git("config", "remote.origin.url", url, cwd=clone)

    assert name_of(clone, "github.com") == name


@pytest.mark.needs("git-lfs")
def test_files_under_git_lfs_come_from_the_clone(clone: Path, tmp_path: Path) -> None:
    """By their digest: what lies there under another one's name, or leads elsewhere, stays out."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"four")
    contents = {"good": b"all of it", "linked": b"4444", "wrong": b"five5"}
    (clone / ".gitattributes").write_text("*.bin filter=lfs\n")
    for name, content in contents.items():
        oid = hashlib.sha256(content).hexdigest()
        text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"
        (clone / f"{name}.bin").write_text(text)
        place = clone / ".git/lfs/objects" / oid[:2] / oid[2:4] / oid
        place.parent.mkdir(parents=True)
        place.write_bytes(content if name == "good" else b"other")
        if name == "linked":
            place.unlink()
            place.symlink_to(secret)
    run_git("-c", "filter.lfs.clean=cat", "add", "-A", cwd=clone)
    run_git("commit", "-qm", "Add", cwd=clone)
    copy, commit = copied(clone, "HEAD", tmp_path)
    workspace = copy.open_workspace(tmp_path / "work", base=commit, branch="check")
    copy.large_files.fill(workspace, copy.lfs)

    assert (workspace.path / "good.bin").read_bytes() == b"all of it"
    assert (workspace.path / "linked.bin").read_bytes().startswith(b"version https://git-lfs")
    assert (workspace.path / "wrong.bin").read_bytes().startswith(b"version https://git-lfs")
