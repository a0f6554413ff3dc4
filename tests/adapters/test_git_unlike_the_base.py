"""Files that differ from the base commit as soon as they are checked out are no work, unless the session edits them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import Mirror, Workspace, git
from bot.adapters.git.opening import differences
from tests.adapters.workspaces import changed, collect, collected
from tests.git_host import GitHost, commit_files, run_git

WIDE = "hello\n".encode("utf-16")  # with a byte order mark, as Windows writes it
FILES: dict[str, str | bytes] = {
    "legacy.txt": b"line one\r\nline two\r\n" * 20,
    "mixed.c": b"int a;\r\nint b;\nint c;\r\n",
    "win.bat": b"@echo off\r\necho one\r\n",
    "unix.ps1": b"one\ntwo\n",
    "id.txt": b"$Id: 1234 $\n",
    "wide.txt": WIDE,
    "short.txt": "h\u00e9llo\n".encode("utf-16-le") + b"\x00",  # half a character at its end
    "bare.txt": "hello\n".encode("utf-16-le"),
    "macro.sql": b"select 1;\r\n",
    "old.asp": b"one\r\n",
    "in/deep.txt": b"deep\r\n",
    "plain.py": "A = 1\n",
    ".gitattributes": (
        "[attr]rows text eol=lf\n"
        "legacy.txt text\n*.c text=auto\nmixed.c text\n*.bat text eol=crlf\n*.ps1 text eol=lf\nid.txt ident\n"
        "wide.txt working-tree-encoding=UTF-16LE-BOM eol=lf\nshort.txt working-tree-encoding=UTF-16LE\n"
        "bare.txt working-tree-encoding=UTF-16\n*.sql rows\n*.asp crlf=input\n"
    ),
    "in/.gitattributes": "*.txt text\n",
}
DIFFERENT = {
    *("legacy.txt", "mixed.c", "win.bat", "id.txt", "wide.txt", "short.txt", "macro.sql", "old.asp"),
    "in/deep.txt",
}


@pytest.fixture
def base(mirror: Mirror, git_host: GitHost) -> str:
    commit = commit_files(git_host.root / "octo/tools.git", "main", FILES, "Begin")
    mirror.fetch()
    return commit


@pytest.fixture
def workspace(mirror: Mirror, base: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace = mirror.open_workspace(tmp_path / "attempt/workspace", base=base, branch="auto/1")
    yield workspace
    workspace.close()


def own(workspace: Workspace) -> None:
    """As the bot does that runs as root: the workspace becomes another user's, which changes times of its files."""
    for path in workspace.path.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            path.chmod(path.stat().st_mode ^ 0o020)


def blob(mirror: Mirror, commit: str, path: str) -> bytes:
    return git("cat-file", "blob", f"{commit}:{path}", gitdir=mirror.folder).stdout


def test_these_files_differ(workspace: Workspace) -> None:
    """Each in another way. What is normalised already, or has no attribute, does not."""
    assert {os.fsdecode(each.path) for each in differences(workspace)} == DIFFERENT


def test_untouched_files_are_no_work(mirror: Mirror, workspace: Workspace, base: str) -> None:
    assert collect(mirror, workspace, base) is None


@pytest.mark.parametrize("add", [("plain.py",), ("-A",), ("--renormalize", "-A")], ids=" ".join)
def test_a_change_of_one_file_is_published_as_one_file(
    mirror: Mirror, workspace: Workspace, base: str, add: tuple[str, ...]
) -> None:
    """Also where git takes the others into the session's commit. What git cannot convert, `git add` refuses: these are
    removed from its sight first."""
    own(workspace)
    (workspace.path / "plain.py").write_text("A = 2\n")
    if add != ("plain.py",):
        run_git("update-index", "--assume-unchanged", "short.txt", cwd=workspace.path)
    run_git("add", *add, cwd=workspace.path)
    run_git("commit", "-q", "-m", "Set A", cwd=workspace.path)

    work = collected(mirror, workspace, base)

    assert (changed(mirror, base, work), work.commits, work.leftovers) == ({"plain.py": (1, 1)}, 1, False)


def test_the_session_sees_a_clean_status(workspace: Workspace) -> None:
    """So it does not wonder about files that it has not touched."""
    own(workspace)
    (workspace.path / "id.txt").write_text("x\n")  # in which git had to put the object's name
    assert run_git("status", "--short", cwd=workspace.path) == "M id.txt"
    run_git("checkout", "id.txt", cwd=workspace.path)
    (workspace.path / "plain.py").write_text("A = 2\n")
    assert run_git("status", "--short", cwd=workspace.path) == "M id.txt\n M plain.py"
    (workspace.path / "legacy.txt").write_bytes(b"one\r\n")
    assert run_git("diff", "--name-only", cwd=workspace.path).splitlines() == ["id.txt", "legacy.txt", "plain.py"]


def test_a_file_that_the_session_edits_is_taken_as_git_takes_it(
    mirror: Mirror, workspace: Workspace, base: str
) -> None:
    """With the line ends and the encoding that its attributes name: as for a person who runs `git add`."""
    (workspace.path / "legacy.txt").write_bytes(b"line one\r\nline two\r\n" * 20 + b"more\r\n")
    (workspace.path / "wide.txt").write_bytes("hello you\n".encode("utf-16"))
    work = collected(mirror, workspace, base)
    assert set(changed(mirror, base, work)) == {"legacy.txt", "wide.txt"}
    assert blob(mirror, work.head, "legacy.txt") == b"line one\nline two\n" * 20 + b"more\n"
    assert blob(mirror, work.head, "wide.txt") == b"hello you\n"


@pytest.mark.parametrize("content", [b"h\x00e\x00l", b"\x00\xd8\x00\xd8", b"\xff", WIDE[:-1]])
def test_an_encoding_that_does_not_fit_truncates_nothing(
    mirror: Mirror, workspace: Workspace, base: str, content: bytes
) -> None:
    """Git would refuse such a file; what is in it is work, so it is published as it lies there, and so is the rest."""
    (workspace.path / "short.txt").write_bytes(content)
    (workspace.path / "plain.py").write_text("A = 2\n")
    work = collected(mirror, workspace, base)
    assert set(changed(mirror, base, work)) == {"short.txt", "plain.py"}
    assert blob(mirror, work.head, "short.txt") == content


def test_an_edit_that_is_taken_back_leaves_the_base(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """Edited, committed, and put back to the bytes of the checkout."""
    before = (workspace.path / "legacy.txt").read_bytes()
    (workspace.path / "legacy.txt").write_bytes(b"else\n")
    run_git("commit", "-q", "-m", "Else", "legacy.txt", cwd=workspace.path)
    (workspace.path / "legacy.txt").write_bytes(before)
    assert collect(mirror, workspace, base) is None


def test_a_mode_alone_is_a_change(mirror: Mirror, workspace: Workspace, base: str) -> None:
    (workspace.path / "legacy.txt").chmod(0o755)
    work = collected(mirror, workspace, base)
    listed = git("diff-tree", "-r", "--raw", base, work.head, gitdir=mirror.folder).text.splitlines()
    assert [(line.split()[0], line.split()[1], line.split("\t")[1]) for line in listed] == [
        (":100644", "100755", "legacy.txt")
    ]
    assert blob(mirror, work.head, "legacy.txt") == FILES["legacy.txt"]


def test_one_that_is_deleted_is_deleted(mirror: Mirror, workspace: Workspace, base: str) -> None:
    (workspace.path / "legacy.txt").unlink()
    assert set(changed(mirror, base, collected(mirror, workspace, base))) == {"legacy.txt"}


def test_line_ends_that_are_the_whole_change_are_published(mirror: Mirror, workspace: Workspace, base: str) -> None:
    """An issue that asks for it: a commit that does nothing else was made on purpose."""
    run_git("update-index", "--assume-unchanged", "short.txt", cwd=workspace.path)
    run_git("rm", "-q", "--cached", "legacy.txt", "in/deep.txt", cwd=workspace.path)
    run_git("add", "legacy.txt", "in/deep.txt", cwd=workspace.path)
    run_git("commit", "-q", "-m", "Normalise", cwd=workspace.path)
    (workspace.path / "plain.py").write_text("A = 2\n")
    run_git("commit", "-q", "-m", "Set A", "plain.py", cwd=workspace.path)

    work = collected(mirror, workspace, base)

    assert set(changed(mirror, base, work)) == {"legacy.txt", "in/deep.txt", "plain.py"}
    assert (work.commits, work.leftovers) == (2, False)


def test_rules_that_the_session_writes_normalise_what_it_stores(
    mirror: Mirror, workspace: Workspace, base: str
) -> None:
    """The files did not differ before it wrote them."""
    (workspace.path / ".gitattributes").write_text("* text=auto\n")
    (workspace.path / "plain.py").write_bytes(b"A = 1\r\n")
    run_git("add", ".gitattributes", cwd=workspace.path)
    run_git("commit", "-q", "-m", "Rules", cwd=workspace.path)
    work = collected(mirror, workspace, base)
    assert set(changed(mirror, base, work)) == {".gitattributes", "plain.py"}


def test_a_repository_without_attributes_has_no_differences(mirror: Mirror, git_host: GitHost, tmp_path: Path) -> None:
    """Whatever its files hold."""
    files: dict[str, str | bytes] = {"a.txt": b"a\r\n", "b.txt": WIDE}
    base = commit_files(git_host.root / "octo/tools.git", "main", {**files, ".gitattributes": ""}, "Begin")
    mirror.fetch()
    workspace = mirror.open_workspace(tmp_path / "w", base=base, branch="auto/1")
    assert differences(workspace) == ()
    assert not workspace.opened.exists()
    workspace.close()
