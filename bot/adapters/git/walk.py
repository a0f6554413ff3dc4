"""Count what commits change, tree by tree, before any git command unfolds a tree.

Two trees are compared by the names of their entries' objects: what is equal is not opened. What a pair of trees differs
in is worked out once and remembered, so that a small tree that is repeated a million times is read once. The walk ends
soon after the limit is passed, and by itself at fixed amounts of trees and bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.adapters.git.objects import Objects
from bot.core.failures import FailureKind, TaskFailed

LARGEST_TREE = 8 << 20  # bytes of one folder's listing: some 200,000 entries
MOST_HELD = 32 << 20  # of listings that are open at one time
MOST_BYTES = 256 << 20  # of listings that are read for all commits together
MOST_TREES = 20_000
DEEPEST = 250  # folders within each other
LONGEST_NAME = 255  # bytes: what file systems take
LONGEST_PATH = 4000
_MORE_TREES = 200  # that are read after the limit is passed, to name the folder that matters
_MORE_BYTES = 8 << 20
_MOST_NAMED = 1_000_000  # files
_OBJECT = 20  # bytes of an object's name in a tree
_LARGEST_ENTRY = 6 + 1 + LONGEST_NAME + 1 + _OBJECT
_TREE, _SUBMODULE = b"40000", b"160000"

_Entry = tuple[bytes, bytes, bytes]  # how it sorts, its mode, its object's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much two trees differ. `folder`: the innermost one that holds more than half of the files, else the largest
    one at the top, as a path that ends in a slash (empty: there is none), with `in_folder` of them. `height` and
    `longest`: of the new paths."""

    files: int = 0
    folder: bytes = b""
    in_folder: int = 0
    height: int = 0
    longest: int = 0


@dataclass(slots=True)
class Walk:
    """Counts the files that each of several commits changes, up to `limit` files in each."""

    objects: Objects
    limit: int
    _known: dict[tuple[bytes | None, bytes | None], Extent] = field(default_factory=dict)
    _path: list[bytes] = field(default_factory=list)
    _files: int = 0  # of the commit that is walked now
    _cut: str = ""  # why its walk ended early
    _trees_left: int = MOST_TREES
    _bytes_left: int = MOST_BYTES
    _held: int = 0  # bytes of listings that are open

    def judge(self, commit: str, old: str | None, new: str) -> Extent:
        """Raises TaskFailed(DIFF_TOO_LARGE) where a commit changes more files than the limit, or paths that no file
        system takes. `old` and `new` are the trees of its parent (None: it has none) and of itself."""
        self._files, self._cut, self._path = 0, "", []
        if old == new:
            return Extent()
        extent = self._compare(bytes.fromhex(old) if old else None, bytes.fromhex(new))
        if extent.files > self.limit:
            raise _refusal(
                f"{_count(extent, cut=bool(self._cut))} in commit {commit[:10]}; the limit is {self.limit:,}"
            )
        if self._cut:
            raise _refusal(f"commit {commit[:10]} cannot be searched: {self._cut}")
        return extent

    def _compare(self, old: bytes | None, new: bytes | None) -> Extent:
        known = self._known.get((old, new))
        if known is None:
            known = self._sum_up(self._differences(old, new))
            if not self._cut:
                self._known[old, new] = known
        else:
            self._files += known.files
        if len(self._path) + known.height > DEEPEST:
            raise _refusal(f"`{self._shown_path}` has folders more than {DEEPEST} deep")
        if sum(len(name) + 1 for name in self._path) + known.longest > LONGEST_PATH:
            raise _refusal(f"`{self._shown_path}` has paths of more than {LONGEST_PATH:,} bytes")
        return known

    def _differences(self, old: bytes | None, new: bytes | None) -> Iterator[tuple[bytes, Extent]]:
        """The entries that differ, each with how much: a file that became a folder is one of each."""
        for was, now in _pairs(self._read(old), self._read(new)):
            if self._cut:
                return
            key, mode, _ = now or was or (b"", b"", b"")
            if now is not None and len(key.removesuffix(b"/")) > LONGEST_NAME:
                raise _refusal(f"a name in `{self._shown_path}` has more than {LONGEST_NAME} bytes")
            if mode != _TREE:
                self._files += 1
                yield key, Extent(files=1, in_folder=1, longest=len(key) if now else 0)
                continue
            self._path.append(key.removesuffix(b"/"))
            if len(self._path) > DEEPEST:
                raise _refusal(f"`{self._shown_path}` is more than {DEEPEST} folders deep")
            yield key, self._compare(was and was[2], now and now[2])
            self._path.pop()

    def _sum_up(self, differences: Iterable[tuple[bytes, Extent]]) -> Extent:
        files = height = longest = 0
        largest, holder = Extent(), b""
        for key, extent in differences:
            files += extent.files
            height = max(height, extent.height + key.endswith(b"/"))
            longest = max(longest, extent.longest + len(key) * key.endswith(b"/"))
            if key.endswith(b"/") and extent.in_folder > largest.in_folder:
                largest, holder = extent, key
        if files == 0:  # an empty folder: git makes none, and unfolding them costs as much as files
            self._files += 1
            return Extent(files=1, in_folder=1, height=height)
        if largest.in_folder * 2 <= files and (self._path or not holder):
            return Extent(files=files, in_folder=files, height=height, longest=longest)
        folder = holder + largest.folder
        return Extent(files=files, folder=folder, in_folder=largest.in_folder, height=height, longest=longest)

    def _read(self, name: bytes | None) -> Iterator[_Entry]:
        """The entries of a tree; none where the walk has to end before it."""
        if name is None:
            return
        header = self.objects.header(name.hex())
        if header is None or header.kind != "tree":
            raise TaskFailed(
                FailureKind.AGENT_CRASHED, f"The session's commits are damaged: {name.hex()} is not a tree."
            )
        self._spend(header.size)
        if self._cut:
            return
        self._held += header.size
        yield from _entries(self.objects.content(header))
        self._held -= header.size

    def _spend(self, size: int) -> None:
        self._trees_left -= 1
        self._bytes_left -= size
        if self._files > self.limit:
            self._trees_left = min(self._trees_left, _MORE_TREES)
            self._bytes_left = min(self._bytes_left, _MORE_BYTES)
        if size > LARGEST_TREE:
            self._cut = self._cut or f"`{self._shown_path}` has more than {size // _LARGEST_ENTRY:,} entries"
        elif self._trees_left < 0 or self._bytes_left < 0 or self._held + size > MOST_HELD:
            self._cut = self._cut or f"`{self._shown_path}` is beyond the number, or the size, of folders that are read"

    @property
    def _shown_path(self) -> str:
        return b"".join(name + b"/" for name in self._path)[:200].decode(errors="replace") or "/"


def _count(extent: Extent, *, cut: bool) -> str:
    def figure(files: int) -> str:
        return f"more than {min(files, _MOST_NAMED):,}" if cut or files > _MOST_NAMED else f"{files:,}"

    folder = extent.folder[:200].decode(errors="replace")
    where = f", {figure(extent.in_folder)} of them in `{folder}`" if folder else ""
    return f"{figure(extent.files)} files changed{where}"


def _entries(content: bytes) -> Iterator[_Entry]:
    position = 0
    while position < len(content):
        space = content.index(b" ", position)
        end = content.index(b"\0", space)
        mode, name = content[position:space], content[space + 1 : end]
        position = end + 1 + _OBJECT
        yield (name + b"/" if mode == _TREE else name), mode, content[end + 1 : position]


def _pairs(old: Iterator[_Entry], new: Iterator[_Entry]) -> Iterator[tuple[_Entry | None, _Entry | None]]:
    """The entries of two sorted listings that are not the same in both, side by side where they have one name."""
    was, now = next(old, None), next(new, None)
    while was is not None or now is not None:
        if now is None or (was is not None and was[0] < now[0]):
            yield was, None
            was = next(old, None)
        elif was is None or now[0] < was[0]:
            yield None, now
            now = next(new, None)
        else:
            if was != now:
                yield was, now
            was, now = next(old, None), next(new, None)


def _refusal(reason: str) -> TaskFailed:
    return TaskFailed(FailureKind.DIFF_TOO_LARGE, reason)
