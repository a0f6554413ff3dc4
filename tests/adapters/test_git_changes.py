"""What commits change: each of them, with whatever names and contents."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.git import changes
from bot.core.changes import FileChange
from bot.core.failures import FailureKind, TaskFailed
from tests.git_host import run_git

ODD = [":0 0", "commit ab", "\ncommit 12", "a\nb", '"quoted"', "ünï.txt", " "]


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gitdir = folder / ".git"
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        return run_git(*arguments, cwd=self.folder).strip()

    def commit(self, files: dict[str, str | None], message: str = "x") -> str:
        for name, content in files.items():
            if content is None:
                (self.folder / name).unlink()
            else:
                (self.folder / name).write_text(content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def told(found: list[FileChange]) -> list[tuple[tuple[str, ...], list[str], tuple[str, ...]]]:
    return [(each.paths, [line.text for line in each.added], each.removed) for each in found]


def test_each_commit_is_looked_at(repository: Repository) -> None:
    """What a later one takes back, too."""
    base = repository.commit({"a": "1\n"})
    repository.commit({"b": "secret\n"})
    repository.commit({"b": None, "a": "1\n2\n"})
    repository.commit({})

    assert told(changes.by_commit(repository.gitdir, base, "HEAD")) == [
        (("b",), ["secret"], ()),
        (("a",), ["2"], ()),
        (("b",), [], ("secret",)),
    ]
    assert told(changes.as_a_whole(repository.gitdir, base, "HEAD")) == [(("a",), ["2"], ())]


def test_a_file_that_moved_is_one_change(repository: Repository) -> None:
    base = repository.commit({"a": "1\n2\n3\n" * 9})
    repository.commit({"a": None, "b": "1\n2\n3\n" * 9 + "4\n"})

    assert told(changes.as_a_whole(repository.gitdir, base, "HEAD")) == [(("a", "b"), ["4"], ())]


def test_any_name_comes_as_it_is(repository: Repository) -> None:
    """One that looks like a line of git's own output changes nothing."""
    base = repository.commit({"a": "1\n"})
    repository.commit(dict.fromkeys(ODD, "x\n"))
    last = repository.commit({"z": "x\n"})

    found = changes.by_commit(repository.gitdir, base, "HEAD")

    assert sorted(each.path for each in found) == sorted([*ODD, "z"])
    assert [each.path for each in found if each.commit == last] == ["z"]


def test_what_a_merge_makes_itself_is_looked_at(repository: Repository) -> None:
    base = repository.commit({"a": "1\n"})
    repository.git("checkout", "-q", "-b", "side")
    repository.commit({"side": "s\n"})
    repository.git("checkout", "-q", "main")
    repository.commit({"main": "m\n"})
    repository.git("merge", "-q", "--no-commit", "side")
    repository.commit({"evil": "e\n"})
    repository.commit({"evil": None})

    assert "evil" in [each.path for each in changes.by_commit(repository.gitdir, base, "HEAD") if each.added]


def test_a_link_is_its_target_and_a_submodule_is_nothing(repository: Repository) -> None:
    base = repository.commit({"a": "1\n"})
    (repository.folder / "link").symlink_to("/etc/passwd")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{base},sub")
    repository.git("add", "link")
    repository.git("commit", "-q", "-m", "x")

    assert told(changes.as_a_whole(repository.gitdir, base, "HEAD")) == [
        (("link",), ["/etc/passwd"], ()),
        (("sub",), [], ()),
    ]


def test_the_commits_own_words_are_there(repository: Repository) -> None:
    base = repository.commit({"a": "1\n"})
    head = repository.commit({}, "A title\n\nand a body")

    (words,) = changes.messages(repository.gitdir, base, "HEAD")

    assert words.path == f"commit {head[:10]}"
    assert [line.text for line in words.added][:2] == ["A title", "and a body"]


def test_too_much_is_not_read(repository: Repository, tmp_path: Path) -> None:
    """A file of gigabytes does not fill the memory of the host."""
    base = repository.commit({"a": "1\n"})
    (repository.folder / "giant").write_bytes(b"x" * (changes.MOST_READ + 1))
    repository.commit({})

    with pytest.raises(TaskFailed) as caught:
        changes.as_a_whole(repository.gitdir, base, "HEAD")
    assert caught.value.kind is FailureKind.DIFF_TOO_LARGE
