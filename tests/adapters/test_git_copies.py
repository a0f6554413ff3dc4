"""Whether somebody else's rebase holds exactly the commits that it was made from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.git.copies import is_copy
from tests.git_host import run_git

Act = Callable[[Path], None]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`main` goes on after `auto/1` began there with two commits; `copy` is `auto/1` on top of it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    run(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "Begin", lines="one\ntwo\nthree\n")
    run(folder, "checkout", "--quiet", "-b", "auto/1")
    commit(folder, "Add a\n\nBecause.", a="a\n")
    commit(folder, "Change three", lines="one\ntwo\n3\n")
    run(folder, "checkout", "--quiet", "main")
    commit(folder, "Elsewhere", lines="1\ntwo\nthree\n")
    run(folder, "checkout", "--quiet", "-b", "copy", "auto/1")
    run(folder, "rebase", "--quiet", "main")
    return folder


def run(folder: Path, *arguments: str) -> str:
    return run_git(*arguments, cwd=folder).strip()


def commit(folder: Path, message: str, *options: str, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
    run(folder, "add", "--all")
    run(folder, "commit", "--quiet", "--allow-empty", "-m", message, *options)


def check(folder: Path, *, onto: str = "main") -> bool:
    copy, head, base = (run(folder, "rev-parse", name) for name in ("copy", "auto/1", onto))
    return is_copy(folder / ".git", copy, fork=run(folder, "merge-base", "main", "auto/1"), head=head, onto=base)


def test_a_rebase_by_another_one_is_a_copy(repository: Path) -> None:
    assert run(repository, "rev-parse", "copy") != run(repository, "rev-parse", "auto/1")
    assert check(repository)


def test_what_the_base_has_already_may_be_left_out(repository: Path) -> None:
    run(repository, "checkout", "--quiet", "main")
    commit(repository, "The same by hand", a="a\n")
    run(repository, "checkout", "--quiet", "-B", "copy", "auto/1")
    run(repository, "rebase", "--quiet", "main")
    assert run(repository, "log", "--format=%s", "main..copy") == "Change three"
    assert check(repository)


def add_a_commit(folder: Path) -> None:
    commit(folder, "One more", b="b\n")


def add_an_empty_commit(folder: Path) -> None:
    commit(folder, "One more")


def change_the_last(folder: Path) -> None:
    commit(folder, "Change three", "--amend", a="b\n")


def change_the_words(folder: Path) -> None:
    commit(folder, "Change three.", "--amend")


def change_the_author(folder: Path) -> None:
    commit(folder, "Change three", "--amend", "--author=ada <ada@example.org>")


def drop_the_last(folder: Path) -> None:
    run(folder, "reset", "--quiet", "--hard", "HEAD~")


def hide_in_the_first(folder: Path) -> None:
    """The last tree is the same: a file comes with the first commit and goes with the second."""
    tree = run(folder, "rev-parse", "HEAD^{tree}")
    run(folder, "checkout", "--quiet", "HEAD~")
    commit(folder, "Add a\n\nBecause.", "--amend", secret="s\n")
    made = run(folder, "commit-tree", tree, "-p", "HEAD", "-m", "Change three")
    run(folder, "checkout", "--quiet", "-B", "copy", made)


def join_them(folder: Path) -> None:
    run(folder, "reset", "--quiet", "--soft", "main")
    commit(folder, "Add a\n\nBecause.")


def merge_something(folder: Path) -> None:
    run(folder, "checkout", "--quiet", "-b", "side", "main")
    commit(folder, "Beside", side="s\n")
    run(folder, "checkout", "--quiet", "copy")
    run(folder, "merge", "--quiet", "--no-ff", "side")


def stay_on_the_old_base(folder: Path) -> None:
    run(folder, "reset", "--quiet", "--hard", "auto/1")


@pytest.mark.parametrize(
    "act",
    [
        add_a_commit,
        add_an_empty_commit,
        change_the_last,
        change_the_words,
        change_the_author,
        drop_the_last,
        hide_in_the_first,
        join_them,
        merge_something,
        stay_on_the_old_base,
    ],
    ids=lambda act: act.__name__,
)
def test_anything_else_is_none(repository: Path, act: Act) -> None:
    act(repository)
    assert not check(repository)


def test_a_merge_among_the_bots_own_is_never_one(repository: Path) -> None:
    run(repository, "checkout", "--quiet", "auto/1")
    merge_something(repository)
    run(repository, "branch", "-f", "auto/1", "copy")
    assert not check(repository)


def test_a_conflict_that_somebody_resolved_is_none(repository: Path) -> None:
    run(repository, "checkout", "--quiet", "main")
    commit(repository, "Both", lines="1\ntwo\ndrei\n")
    run(repository, "checkout", "--quiet", "-B", "copy", "main")
    commit(repository, "Add a\n\nBecause.", a="a\n")
    commit(repository, "Change three", lines="1\ntwo\n3\n")
    assert not check(repository)
