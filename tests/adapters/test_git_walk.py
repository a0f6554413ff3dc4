"""Files are counted before any tree is unfolded: few bytes that unfold into millions of files cost nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.git import walk
from bot.adapters.git.commits import read_commit
from bot.adapters.git.objects import Header, Objects
from bot.adapters.git.walk import Walk
from bot.core.failures import FailureKind, TaskFailed
from tests.git_host import run_git

if TYPE_CHECKING:
    pass


EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
NO_ENTRIES = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class Repository:
    """Trees and commits that git itself would not make from files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run_git("init", "-q", "--bare", str(folder))
        run_git("hash-object", "-w", "--stdin", cwd=folder)
        run_git("mktree", cwd=folder)

    def tree(self, *entries: tuple[str, str, str]) -> str:
        """Of (`blob` or `tree`, object, name)."""
        modes = {"blob": "100644", "tree": "040000"}
        rows = "".join(f"{modes[kind]} {kind} {name}\t{path}\0" for kind, name, path in entries)
        return run_git("mktree", "-z", cwd=self.folder, stdin=rows.encode())

    def bomb(self, width: int, depth: int) -> str:
        tree = self.tree(*(("blob", EMPTY, f"f{number}") for number in range(width)))
        for _ in range(depth - 1):
            tree = self.tree(*(("tree", tree, f"d{number}") for number in range(width)))
        return tree

    def commit(self, tree: str, *parents: str) -> str:
        named = [word for parent in parents for word in ("-p", parent)]
        return run_git("commit-tree", tree, *named, "-m", "x", cwd=self.folder)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository.git")


class CountingObjects(Objects):
    """Counts the trees whose content is read."""

    def __init__(self, gitdir: Path) -> None:
        super().__init__(gitdir)
        self.trees_read = 0

    def content(self, header: Header) -> bytes:
        self.trees_read += header.kind == "tree"
        return super().content(header)


def judged(repository: Repository, old: str | None, new: str, limit: int = 100) -> tuple[walk.Extent, int]:
    """How much two trees differ, and how many trees were read for it."""
    with CountingObjects(repository.folder) as objects:
        return Walk(objects, limit).judge("c" * 40, old, new), objects.trees_read


def refused(repository: Repository, old: str | None, new: str, limit: int = 100) -> tuple[str, int]:
    with CountingObjects(repository.folder) as objects:
        with pytest.raises(TaskFailed) as failed:
            Walk(objects, limit).judge("c" * 40, old, new)
        assert failed.value.kind is FailureKind.DIFF_TOO_LARGE
        return failed.value.detail, objects.trees_read


@pytest.mark.parametrize(
    ("width", "depth", "told"),
    [
        (8, 4, "4,096 files changed, 4,096 of them in `zz/`"),
        (8, 6, "262,144 files changed, 262,144 of them in `zz/`"),
        (10, 6, "1,000,000 files changed, 1,000,000 of them in `zz/`"),
        (10, 10, "more than 1,000,000 files changed, more than 1,000,000 of them in `zz/`"),
        (10, 100, "more than 1,000,000 files changed, more than 1,000,000 of them in `zz/`"),
    ],
)
def test_a_tree_bomb_is_counted_by_its_distinct_trees(
    repository: Repository, width: int, depth: int, told: str
) -> None:
    """As many as it is deep; also when it is taken away again."""
    base = repository.tree(("blob", EMPTY, "a"))
    bomb = repository.tree(("blob", EMPTY, "a"), ("tree", repository.bomb(width, depth), "zz"))

    assert refused(repository, base, bomb) == (f"{told} in commit cccccccccc; the limit is 100", depth + 2)
    assert refused(repository, bomb, base)[0].startswith(told)


def test_a_change_in_every_copy_of_a_tree_is_counted_once_for_all(repository: Repository) -> None:
    """Both sides unfold: what a pair of trees differs in is worked out once."""
    before, after = (("blob", EMPTY, name) for name in ("a", "b"))
    old, new = repository.tree(before), repository.tree(after)
    for _ in range(12):
        old, new = (repository.tree(*(("tree", tree, f"d{n}") for n in range(10))) for tree in (old, new))

    told, trees = refused(repository, old, new)

    assert told.startswith("more than 1,000,000 files changed")
    assert trees <= 2 * 13


def test_folders_without_files_count(repository: Repository) -> None:
    """Git makes none, and unfolding them takes as long."""
    bomb = NO_ENTRIES
    for _ in range(8):
        bomb = repository.tree(*(("tree", bomb, f"d{number}") for number in range(10)))
    told, trees = refused(repository, None, bomb)
    assert told.startswith("more than 1,000,000 files changed")
    assert trees <= 10


def test_distinct_folders_are_read_until_the_limit_is_passed(repository: Repository) -> None:
    """Then only some more, to name the folder with most of them."""
    folders = []
    for number in range(2500):
        content = b"100644 f%d\0" % number + bytes.fromhex(EMPTY)
        folders.append((number, content))
    names = write_trees(repository, [content for _, content in folders])
    many = repository.tree(*(("tree", name, f"d{number}") for number, name in enumerate(names)))

    told, trees = refused(repository, None, repository.tree(("tree", many, "many"), ("blob", EMPTY, "z")))

    assert "files changed, more than" in told
    assert "of them in `many/`" in told
    assert trees <= 100 + walk._MORE_TREES + 5


def write_trees(repository: Repository, contents: list[bytes]) -> list[str]:
    folder = repository.folder / "made"
    folder.mkdir()
    paths = []
    for number, content in enumerate(contents):
        (folder / str(number)).write_bytes(content)
        paths.append(str(folder / str(number)))
    asked = ("hash-object", "-t", "tree", "-w", "--stdin-paths")
    return run_git(*asked, cwd=repository.folder, stdin="\n".join(paths).encode()).split()


def test_a_huge_flat_folder_is_not_read(repository: Repository) -> None:
    """Its size tells that it has too many entries."""
    flat = repository.tree(*(("blob", EMPTY, f"file-{number:08}") for number in range(230_000)))
    told, trees = refused(repository, None, repository.tree(("tree", flat, "flat")))
    assert told == "commit cccccccccc cannot be searched: `flat/` has more than 33,321 entries"
    assert trees == 1


@pytest.mark.parametrize(
    ("depth", "name", "told"),
    [
        (300, "d", "more than 250 folders deep"),
        (1, "n" * 256, "a name in `d0/` has more than 255 bytes"),
        (30, "n" * 200, "has paths of more than 4,000 bytes"),
    ],
)
def test_paths_that_no_file_system_takes_are_refused(repository: Repository, depth: int, name: str, told: str) -> None:
    tree = repository.tree(("blob", EMPTY, name))
    for _ in range(depth - 1):
        tree = repository.tree(("tree", tree, name))
    assert told in refused(repository, None, repository.tree(("tree", tree, "d0")))[0]


def test_a_small_change_to_a_large_repository_reads_little(repository: Repository) -> None:
    """Equal folders are not opened."""
    same = repository.bomb(10, 6)
    inner = repository.tree(("blob", EMPTY, "a")), repository.tree(("blob", EMPTY, "a"), ("blob", EMPTY, "b"))
    old, new = (repository.tree(("tree", same, "same"), ("tree", each, "src")) for each in inner)

    extent, trees = judged(repository, old, new)

    assert (extent.files, extent.folder, trees) == (1, b"src/", 4)
    assert judged(repository, new, new) == (walk.Extent(), 0)


def random_tree(repository: Repository, chance: random.Random, depth: int = 4) -> str:
    entries = []
    for name in chance.sample(["a", "b", "b.x", "b0", "c", "d"], chance.randint(1, 4)):
        if depth and chance.random() < 0.5:
            entries.append(("tree", random_tree(repository, chance, depth - 1), name))
        else:
            content = chance.choice(["1", "2"]).encode()
            entries.append(
                ("blob", run_git("hash-object", "-w", "--stdin", cwd=repository.folder, stdin=content), name)
            )
    return repository.tree(*entries)


@pytest.mark.parametrize("seed", range(8))
def test_the_walk_counts_what_git_lists(repository: Repository, seed: int) -> None:
    """Files in the place of folders and the other way round included."""
    chance = random.Random(seed)  # noqa: S311 - the same trees each time
    old, new = random_tree(repository, chance), random_tree(repository, chance)
    listed = run_git("diff-tree", "-r", "--no-renames", "--name-only", old, new, cwd=repository.folder)
    assert judged(repository, old, new, limit=10_000)[0].files == len(listed.splitlines())


def test_an_object_that_is_not_there_is_reported(repository: Repository) -> None:
    with Objects(repository.folder) as objects, pytest.raises(TaskFailed) as failed:
        read_commit(objects, "a" * 40)
    assert failed.value.kind is FailureKind.AGENT_CRASHED
