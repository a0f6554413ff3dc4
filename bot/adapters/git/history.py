"""What a bare repository holds, read without a work tree: files, sizes, and the difference of two commits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git

LARGEST_READ = 5_000_000  # bytes: a larger file is nothing that a person wrote
_MOST_COUNTED = 200  # files of one commit whose lines are counted
_BLOB = re.compile(rb"([0-9a-f]{40,64}) blob ([0-9]+)")
_LOST_LINK = re.compile(rb"(?:symlink|dangling|loop|notdir) ([0-9]+)")
_DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--ignore-submodules=none")


@dataclass(frozen=True, slots=True)
class _Blob:
    name: str
    size: int


def resolve(gitdir: Path, name: str, kind: str = "commit") -> str | None:
    """The commit (or tree) that a ref or commit names, or None."""
    asked = f"{name}^{{{kind}}}"
    found = git("rev-parse", "--verify", "--quiet", "--end-of-options", asked, gitdir=gitdir, codes=(0, 1, 128))
    return found.text if found.code == 0 else None


def read(gitdir: Path, commit: str, path: str, limit: int) -> bytes | None:
    """The first `limit` bytes of a file, through links that stay in the commit; None if it is no file there."""
    blob = _blobs(gitdir, commit, [path]).get(path)
    if blob is None or blob.size > LARGEST_READ:
        return None
    return git("cat-file", "blob", blob.name, gitdir=gitdir).stdout[:limit]


def paths(gitdir: Path, commit: str) -> list[str]:
    listed = git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, gitdir=gitdir).stdout
    return [path.decode(errors="replace") for path in listed.split(b"\0") if path]


def line_counts(gitdir: Path, commit: str, wanted: Iterable[str]) -> dict[str, int]:
    """The lines of those paths that are text files of a sane size, for the first 200 of them."""
    counts = {}
    for path, blob in _blobs(gitdir, commit, list(wanted)[:_MOST_COUNTED]).items():
        if blob.size > LARGEST_READ:
            continue
        content = git("cat-file", "blob", blob.name, gitdir=gitdir).stdout
        if b"\0" not in content:
            counts[path] = len(content.splitlines())
    return counts


def _blobs(gitdir: Path, commit: str, wanted: list[str]) -> dict[str, _Blob]:
    """Those paths that are files, or links to files within the commit."""
    asked = [path for path in wanted if "\n" not in path]  # the batch protocol is one name per line
    request = "".join(f"{commit}:{path.removeprefix('./')}\n" for path in asked).encode(errors="replace")
    answer = git("cat-file", "--batch-check", "--follow-symlinks", gitdir=gitdir, stdin=request).stdout
    return {path: blob for path, blob in zip(asked, _answers(answer), strict=True) if blob is not None}


def _answers(rest: bytes) -> Iterator[_Blob | None]:
    """One answer for each name asked for. A link that leads nowhere is followed by its text, which may hold lines."""
    while rest:
        line, _, rest = rest.partition(b"\n")
        if lost := _LOST_LINK.fullmatch(line):
            rest = rest[int(lost[1]) + 1 :]
        blob = _BLOB.fullmatch(line)
        yield _Blob(blob[1].decode(), int(blob[2])) if blob else None


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
