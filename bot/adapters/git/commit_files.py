"""The files of one commit, listed once; any number of them is read by two git processes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot.adapters.git.command import git

LARGEST_READ = 5_000_000  # bytes: no person wrote a larger file
_MOST_AT_ONCE = 64_000_000  # bytes of contents that one git process is asked for
_MOST_COUNTED = 200  # files of one commit whose lines are counted
_LONGEST_LINK = 4096  # bytes of a path on Linux
_LINK = b"120000"  # the mode of a symbolic link
_BLOB = re.compile(rb"([0-9a-f]{40,64}) blob ([0-9]+)")
_LOST_LINK = re.compile(rb"(?:symlink|dangling|loop|notdir) ([0-9]+)")


@dataclass(frozen=True, slots=True)
class _Blob:
    name: str
    size: int


@dataclass(frozen=True, kw_only=True)  # without slots: `links` is kept once it is read
class CommitFiles:
    """The paths of the files, links and submodules of `commit` in the repository at `gitdir`, in git's order."""

    gitdir: Path
    commit: str
    paths: tuple[str, ...]
    _links: Mapping[str, str]  # their objects' names

    def read(self, path: str, *, limit: int = 65536) -> bytes | None:
        """The first `limit` bytes of a file, through links that stay in the commit; None if there is no such file, or
        one that is larger than `LARGEST_READ`."""
        return self.read_all([path], limit=limit).get(path)

    def read_all(self, wanted: Iterable[str], *, limit: int = 65536) -> dict[str, bytes]:
        """As `read`, of those of the paths where there is a file."""
        blobs = {path: blob for path, blob in self._blobs(list(wanted)).items() if blob.size <= LARGEST_READ}
        sizes = {blob.name: blob.size for blob in blobs.values()}
        contents = {name: content[:limit] for name, content in _contents(self.gitdir, sizes)}
        return {path: contents[blob.name] for path, blob in blobs.items()}

    def line_counts(self, wanted: Iterable[str]) -> dict[str, int]:
        """The lines of those of the paths that are text files, for the first 200 of them."""
        contents = self.read_all(list(wanted)[:_MOST_COUNTED], limit=LARGEST_READ)
        return {path: len(content.splitlines()) for path, content in contents.items() if b"\0" not in content}

    @cached_property
    def links(self) -> Mapping[str, str]:
        """The text of each symbolic link, by its path. It says where the link leads, if followed from its folder."""
        contents = dict(_batch(self.gitdir, list(dict.fromkeys(self._links.values()))))
        return {path: _text(contents[name][:_LONGEST_LINK]) for path, name in self._links.items()}

    def _blobs(self, wanted: list[str]) -> dict[str, _Blob]:
        """Those paths that are files, or lead to files within the commit."""
        there = frozenset(self.paths)
        # The batch protocol is one name per line. A path that is not listed can only lead to a file through a link.
        asked = [path for path in wanted if "\n" not in path and (self._links or path.removeprefix("./") in there)]
        if not asked:
            return {}
        request = "".join(f"{self.commit}:{path.removeprefix('./')}\n" for path in asked).encode(errors="replace")
        answer = git("cat-file", "--batch-check", "--follow-symlinks", gitdir=self.gitdir, stdin=request).stdout
        return {path: blob for path, blob in zip(asked, _answers(answer), strict=True) if blob is not None}


def files_of(gitdir: Path, commit: str) -> CommitFiles:
    """List the files of a commit. Raises CommandFailed if there is no such commit."""
    listed = git("ls-tree", "-r", "-z", "--full-tree", commit, gitdir=gitdir).stdout.split(b"\0")
    entries = [(_text(path), about.split()) for about, _, path in (each.partition(b"\t") for each in listed if each)]
    return CommitFiles(
        gitdir=gitdir,
        commit=commit,
        paths=tuple(path for path, _ in entries),
        _links={path: about[2].decode() for path, about in entries if about[0] == _LINK},
    )


def _contents(gitdir: Path, sizes: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """The contents of blobs by their names, from as many processes as their sizes make it take."""
    waiting, size = list[str](), 0
    for name in sizes:
        if waiting and size + sizes[name] > _MOST_AT_ONCE:
            yield from _batch(gitdir, waiting)
            waiting, size = [], 0
        waiting.append(name)
        size += sizes[name]
    yield from _batch(gitdir, waiting)


def _batch(gitdir: Path, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    if not names:
        return
    answer = git("cat-file", "--batch", gitdir=gitdir, stdin="".join(f"{name}\n" for name in names).encode()).stdout
    position = 0
    for name in names:
        end = answer.index(b"\n", position)
        start, position = end + 1, end + 2 + int(answer[position:end].split(b" ")[2])
        yield name, answer[start : position - 1]


def _answers(rest: bytes) -> Iterator[_Blob | None]:
    """One answer for each name asked for. A link that leads nowhere is followed by its text, which may hold lines."""
    while rest:
        line, _, rest = rest.partition(b"\n")
        if lost := _LOST_LINK.fullmatch(line):
            rest = rest[int(lost[1]) + 1 :]
        blob = _BLOB.fullmatch(line)
        yield _Blob(blob[1].decode(), int(blob[2])) if blob else None


def _text(field: bytes) -> str:
    return field.decode(errors="replace")
