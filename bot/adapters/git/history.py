"""What a bare repository holds, read without a work tree: commits, sizes, and the difference of two commits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.adapters.git.command import git

_DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--ignore-submodules=none")


def resolve(gitdir: Path, name: str, kind: str = "commit") -> str | None:
    """The commit (or tree) that a ref or commit names, or None."""
    asked = f"{name}^{{{kind}}}"
    found = git("rev-parse", "--verify", "--quiet", "--end-of-options", asked, gitdir=gitdir, codes=(0, 1, 128))
    return found.text if found.code == 0 else None


def patch(gitdir: Path, base: str, head: str) -> bytes:
    """What `git apply` needs to turn `base` into `head`."""
    return git("diff", "--binary", "--full-index", *_DIFF, base, head, gitdir=gitdir).stdout


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
