"""What a bare repository holds, read without a work tree: commits, sizes, and the difference of two commits."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.adapters.git.command import git
from bot.core.change_size import ChangeSize, read_numstat

NO_ONE = {f"GIT_{role}_{part}": "nightshift" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
_DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--ignore-submodules=none")


def resolve(gitdir: Path, name: str, kind: str = "commit") -> str | None:
    """The commit (or tree) that a ref or commit names, or None."""
    asked = f"{name}^{{{kind}}}"
    found = git("rev-parse", "--verify", "--quiet", "--end-of-options", asked, gitdir=gitdir, codes=(0, 1, 128))
    return found.text if found.code == 0 else None


def is_ancestor(gitdir: Path, commit: str, head: str) -> bool:
    """Whether a commit is `head`, or in its history as far as that is here."""
    asked = git("merge-base", "--is-ancestor", commit, head, gitdir=gitdir, codes=(0, 1, 128))
    return asked.code == 0


def folder_names(gitdir: Path, tree: str) -> frozenset[str]:
    """The names of all folders of a commit or tree."""
    listed = git("ls-tree", "-r", "-d", "-z", "--name-only", "--full-tree", tree, gitdir=gitdir).stdout
    return frozenset(os.fsdecode(path.rpartition(b"/")[2]) for path in listed.split(b"\0") if path)


def merge_base(gitdir: Path, one: str, other: str) -> str | None:
    """The best common ancestor of two commits; None where they share no history."""
    found = git("merge-base", one, other, gitdir=gitdir, codes=(0, 1))
    return found.text if found.code == 0 else None


def authors(gitdir: Path, base: str, head: str, *, known: str | None = None) -> set[tuple[str, str]]:
    """The name and the address of each author and committer of `base..head`, but for what `known` holds."""
    without = [] if known is None else [f"^{known}"]
    listed = git("log", "--format=%an%x00%ae%n%cn%x00%ce", f"{base}..{head}", *without, gitdir=gitdir).text
    rows = (line.partition("\0") for line in listed.split("\n") if line)
    return {(name, email) for name, _, email in rows}


def diff_stat(gitdir: Path, base: str, head: str, *, files: int) -> str:
    """How many lines changed in each file, at most so many files."""
    return git("diff", f"--stat=100,80,{files}", *_DIFF, base, head, gitdir=gitdir).text


def change_size(gitdir: Path, base: str, head: str) -> ChangeSize:
    """How many files and lines differ."""
    return read_numstat(git("diff", "--numstat", "-z", *_DIFF, base, head, gitdir=gitdir).stdout)


def patch(gitdir: Path, base: str, head: str) -> bytes:
    """What `git apply` needs to turn `base` into `head`."""
    return git("diff", "--binary", "--full-index", *_DIFF, base, head, gitdir=gitdir).stdout


def graft(gitdir: Path, base: str, head: str, paths: Sequence[str]) -> str:
    """A commit on `base` with these paths of `head`, which the repository's own index never sees."""
    listed = git("ls-tree", "-r", "-z", "--full-tree", head, gitdir=gitdir).stdout.split(b"\0")
    wanted = {path.encode(errors="surrogateescape") for path in paths}
    entries = b"".join(entry + b"\0" for entry in listed if entry.partition(b"\t")[2] in wanted)
    with tempfile.TemporaryDirectory(prefix="graft-", dir=gitdir) as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        git("read-tree", base, gitdir=gitdir, environment=index)
        git("update-index", "-z", "--index-info", gitdir=gitdir, environment=index, stdin=entries)
        tree = git("write-tree", gitdir=gitdir, environment=index).text
    return git("commit-tree", tree, "-p", base, gitdir=gitdir, environment=NO_ONE, stdin=b"Tests alone\n").text


def gitlinks(gitdir: Path, base: str, head: str) -> list[str]:
    """The paths of submodules that any commit of `base..head` adds or moves."""
    raw = git("log", "--format=", "--raw", "-m", "-z", *_DIFF, f"{base}..{head}", gitdir=gitdir).stdout
    fields = raw.split(b"\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    return [path.decode(errors="replace") for change, path in pairs if change.split()[1:2] == [b"160000"]]


def added_sizes(gitdir: Path, base: str, head: str) -> Iterator[tuple[bytes, int]]:
    """A path and the size for every file content that `base..head` brings in."""
    objects = git("rev-list", "--objects", f"{base}..{head}", gitdir=gitdir).stdout
    form = "--batch-check=%(objecttype) %(objectsize) %(rest)"
    for line in git("cat-file", form, gitdir=gitdir, stdin=objects).stdout.split(b"\n")[:-1]:
        kind, size, path = line.split(b" ", 2)
        if kind == b"blob":
            yield path, int(size)
