"""A branch on top of another base: commit by commit where git can, else as one commit with the conflicts marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.git.rebase import Rebase, add_base, add_resolved, find_conflicts, join, rebase, rewind
from bot.adapters.git.workspace import open_workspace
from tests.adapters.conftest import AUTHOR
from tests.git_host import run_git


def run(folder: Path, *arguments: str) -> str:
    return run_git(*arguments, cwd=folder)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`main` and `auto/1` begin at one commit with three lines."""
    folder = tmp_path / "repository"
    folder.mkdir()
    run(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "Begin", lines="one\ntwo\nthree\n")
    run(folder, "branch", "auto/1")
    return folder


def commit(folder: Path, message: str, **files: str | None) -> str:
    for name, text in files.items():
        if text is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(text)
    run(folder, "add", "--all")
    run(folder, "-c", "user.name=ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", message)
    return run(folder, "rev-parse", "HEAD").strip()


def on_branch(folder: Path, *commits: tuple[str, dict[str, str | None]]) -> None:
    run(folder, "checkout", "--quiet", "auto/1")
    for message, files in commits:
        commit(folder, message, **files)
    run(folder, "checkout", "--quiet", "main")


def rebased(folder: Path, *, after: str = "") -> Rebase:
    """`after`: the commit after which the branch's own commits begin; without one, where it leaves `main`."""
    head, onto = (run(folder, "rev-parse", name).strip() for name in ("auto/1", "main"))
    fork = after or run(folder, "merge-base", "auto/1", "main").strip()
    return rebase(folder / ".git", fork=fork, head=head, onto=onto, author=AUTHOR)


def subjects(folder: Path, commit: str) -> list[str]:
    return run(folder, "log", "--reverse", "--format=%s", f"main..{commit}").splitlines()


def shown(folder: Path, commit: str, name: str = "lines") -> str:
    return run(folder, "show", f"{commit}:{name}")


def test_each_commit_is_put_on_top(repository: Path) -> None:
    on_branch(repository, ("Add a\n\nBecause.", {"a": "a"}), ("Change three", {"lines": "one\ntwo\n3\n"}))
    commit(repository, "Elsewhere", lines="1\ntwo\nthree\n")

    made = rebased(repository)

    assert made.conflicts == ()
    assert subjects(repository, made.commit) == ["Add a", "Change three"]
    assert shown(repository, made.commit) == "1\ntwo\n3"
    assert "Because." in run(repository, "log", "--format=%B", f"main..{made.commit}")
    assert set(run(repository, "log", "--format=%an", f"main..{made.commit}").split()) == {AUTHOR.name}


def test_what_the_base_has_already_is_left_out(repository: Path) -> None:
    on_branch(repository, ("Same", {"a": "a"}), ("More", {"b": "b"}))
    commit(repository, "The same by hand", a="a")

    made = rebased(repository)

    assert subjects(repository, made.commit) == ["More"]


def test_conflicts_are_marked_and_named(repository: Path) -> None:
    on_branch(repository, ("Mine", {"lines": "one\nmine\nthree\n", "new": "x"}))
    commit(repository, "Theirs", lines="one\ntheirs\nthree\n")

    made = rebased(repository)

    assert made.conflicts == ("lines",)
    text = shown(repository, made.commit)
    begin, end = (mark.decode() for mark in made.marks)
    assert text.count(begin) == text.count(end) == 1
    assert end == f">>>>>>> {run(repository, 'rev-parse', 'auto/1').strip()}"
    assert shown(repository, made.commit, "new") == "x"


def test_what_a_branch_stood_on_is_no_change_of_it(repository: Path) -> None:
    """It is in the new base already, squashed and without what its review removed."""
    on_branch(repository, ("Below", {"lines": "below", "old": "x", "other": "1"}))
    below = run(repository, "rev-parse", "auto/1").strip()
    on_branch(repository, ("Mine", {"lines": "mine", "new": "x"}))
    commit(repository, "Below, squashed", lines="changed in review", other="2")

    made = rebased(repository, after=below)

    assert made.conflicts == ("lines",)
    assert run(repository, "ls-tree", "--name-only", made.commit).split() == ["lines", "new", "other"]
    assert shown(repository, made.commit, "other") == "2"


def test_a_file_that_one_side_deleted_conflicts_too(repository: Path) -> None:
    on_branch(repository, ("Mine", {"lines": "one\nmine\nthree\n"}))
    commit(repository, "Remove", lines=None)

    assert rebased(repository).conflicts == ("lines",)


def test_a_conflict_on_the_way_that_the_end_does_not_have_is_none(repository: Path) -> None:
    """The branch took back what conflicts: all of it is one commit then."""
    on_branch(
        repository,
        ("Mine", {"lines": "one\nmine\nthree\n"}),
        ("Back, and more", {"lines": "one\ntwo\nthree\n", "a": "a"}),
    )
    commit(repository, "Theirs", lines="one\ntheirs\nthree\n")

    made = rebased(repository)

    assert made.conflicts == ()
    assert subjects(repository, made.commit) == ["Back, and more"]
    assert shown(repository, made.commit) == "one\ntheirs\nthree"


def test_a_branch_with_a_merge_becomes_one_commit(repository: Path) -> None:
    on_branch(repository, ("Mine", {"a": "a"}))
    commit(repository, "Theirs", b="b")
    run(repository, "checkout", "--quiet", "auto/1")
    run(repository, "-c", "user.name=a", "-c", "user.email=a@b.c", "merge", "--quiet", "-m", "Merge", "main")
    run(repository, "checkout", "--quiet", "main")
    commit(repository, "More", c="c")

    made = rebased(repository)

    assert made.conflicts == ()
    assert len(subjects(repository, made.commit)) == 1
    assert shown(repository, made.commit, "a") == "a"


def test_a_drivers_name_in_the_repository_runs_nothing(repository: Path, tmp_path: Path) -> None:
    """`.gitattributes` may name a merge driver; none is configured on the host."""
    commit(repository, "Attributes", **{".gitattributes": "lines merge=evil\n"})
    run(repository, "branch", "--force", "auto/1")
    run(repository, "config", "merge.evil.driver", f"touch {tmp_path}/ran")
    mirror = tmp_path / "mirror.git"
    run(tmp_path, "clone", "--quiet", "--bare", str(repository), str(mirror))
    on_branch(repository, ("Mine", {"lines": "one\nmine\nthree\n"}))
    commit(repository, "Theirs", lines="one\ntheirs\nthree\n")
    run(mirror, "fetch", "--quiet", str(repository), "+refs/heads/*:refs/heads/*")
    fork, head, onto = (run(mirror, "rev-parse", each).strip() for each in ("main~1", "auto/1", "main"))

    assert rebase(mirror, fork=fork, head=head, onto=onto, author=AUTHOR).conflicts == ("lines",)
    assert not (tmp_path / "ran").exists()


def test_a_workspace_shows_the_change_as_staged(repository: Path, tmp_path: Path) -> None:
    on_branch(repository, ("Mine", {"lines": "one\nmine\nthree\n", "new": "x"}))
    base = commit(repository, "Theirs", lines="one\ntheirs\nthree\n")
    made = rebased(repository)
    workspace = open_workspace(repository / ".git", tmp_path / "workspace", base=made.commit, branch="auto/1")

    rewind(workspace, "auto/1", base)

    assert run(workspace.path, "rev-parse", "HEAD").strip() == base
    assert run(workspace.path, "status", "--short").splitlines() == ["M  lines", "A  new"]


def test_two_branches_become_a_commit_that_holds_both(repository: Path) -> None:
    on_branch(repository, ("Add a", {"a": "a"}))
    commit(repository, "Elsewhere", b="b")
    main, other = (run(repository, "rev-parse", name).strip() for name in ("main", "auto/1"))

    made = join(repository / ".git", main, other, message="Merge branch 'auto/1'", author=AUTHOR)

    assert made.conflicts == find_conflicts(repository / ".git", main, other) == ()
    assert run(repository, "log", "-1", "--format=%P%n%s%n%an", made.commit).split("\n")[:3] == [
        f"{main} {other}",
        "Merge branch 'auto/1'",
        AUTHOR.name,
    ]
    assert (shown(repository, made.commit, "a"), shown(repository, made.commit, "b")) == ("a", "b")
    for one, second in ((made.commit, other), (main, made.commit)):  # one holds the other: nothing is made
        assert join(repository / ".git", one, second, message="x", author=AUTHOR).commit == made.commit


def test_branches_that_conflict_name_their_files(repository: Path) -> None:
    on_branch(repository, ("Mine", {"lines": "mine\n", "a": "a"}))
    theirs = commit(repository, "Theirs", lines="theirs\n")
    mine = run(repository, "rev-parse", "auto/1").strip()

    assert find_conflicts(repository / ".git", theirs, mine) == ("lines",)
    made = join(repository / ".git", theirs, mine, message="x", author=AUTHOR)
    assert made.conflicts == ("lines",)
    assert all(mark.decode() in shown(repository, made.commit) for mark in made.marks)


def test_a_base_is_merged_into_a_branch_that_stays(repository: Path) -> None:
    """What the branch stood on is in the base under another name, and was changed there: that does not come back."""
    on_branch(repository, ("Below", {"old": "old", "a": "a"}))
    below = run(repository, "rev-parse", "auto/1").strip()
    on_branch(repository, ("Mine", {"mine": "m"}))
    onto = commit(repository, "Squashed", a="changed in review")
    head = run(repository, "rev-parse", "auto/1").strip()

    made = add_base(repository / ".git", fork=below, head=head, onto=onto, message="Merge branch 'main'", author=AUTHOR)

    assert made.conflicts == ()
    assert run(repository, "log", "-1", "--format=%P", made.commit).strip() == f"{head} {onto}"
    listed = run(repository, "ls-tree", "--name-only", made.commit).split()
    assert listed == ["a", "lines", "mine"]
    assert shown(repository, made.commit, "a") == "changed in review"


def test_a_conflict_with_the_base_is_resolved_on_it_and_added(repository: Path) -> None:
    """What a session made stands on the base; the branch gets its files, and loses no commit."""
    on_branch(repository, ("Mine", {"lines": "mine\n"}))
    fork = run(repository, "merge-base", "main", "auto/1").strip()
    onto = commit(repository, "Theirs", lines="theirs\n")
    head = run(repository, "rev-parse", "auto/1").strip()

    made = add_base(repository / ".git", fork=fork, head=head, onto=onto, message="x", author=AUTHOR)
    assert made.conflicts == ("lines",)
    assert run(repository, "log", "-1", "--format=%P", made.commit).strip() == onto
    resolved = commit(repository, "Keep both", lines="both\n")
    added = add_resolved(repository / ".git", resolved, head=head, onto=onto, author=AUTHOR)
    assert run(repository, "log", "-1", "--format=%P %s", added).strip() == f"{head} {onto} Keep both"
    assert shown(repository, added) == "both"
