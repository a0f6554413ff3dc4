"""By-products among the files of a workspace that are not committed."""

from __future__ import annotations

import os
import stat as modes
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.core.build_outputs import OUTPUT
from bot.core.by_products import file_kind, folder_kind, in_fixtures

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_MOST_NAMES = 100_000  # of one folder


class Strays:
    """`tracked`: the base commit's paths; nothing that it tracks files in is a by-product. `never`: paths that are left
    behind as by-products are. `outputs` gets the folders that were taken for outputs of a build."""

    def __init__(
        self,
        root: Path,
        tracked: Iterable[bytes],
        never: Collection[bytes] = (),
        outputs: list[bytes] | None = None,
    ) -> None:
        self._root = root
        self._tracked = set[bytes]()
        for path in tracked:
            self._tracked |= {path, *_above(path)}
        self._never = frozenset(never)
        self._known = dict[bytes, bool]()
        self._names: frozenset[str] | None = None
        self._outputs = outputs if outputs is not None else []
        self._folders = dict[bytes, DiskFolder]()

    def holds(self, path: bytes) -> bool:
        """Whether a file is a by-product, or lies in one."""
        return self._folder_of(path) is not None or (path not in self._tracked and self._is_stray_file(path))

    def folders(self, paths: Iterable[bytes]) -> set[bytes]:
        """The by-products in which files of these lie."""
        return {folder for path in paths if (folder := self._folder_of(path)) is not None}

    def _folder_of(self, path: bytes) -> bytes | None:
        return next((folder for folder in _above(path) if self._is_stray_folder(folder)), None)

    def _is_stray_folder(self, folder: bytes) -> bool:
        if folder not in self._known:
            self._known[folder] = folder not in self._tracked and self._looks_stray(folder)
        return self._known[folder]

    def _looks_stray(self, folder: bytes) -> bool:
        if folder in self._never:
            return True
        parts = os.fsdecode(folder).split("/")
        around = parts[-2] if len(parts) > 1 else ""
        parent = self._folder(folder.rpartition(b"/")[0])
        fixtures = in_fixtures(parts[:-1])
        inside = self._folder(folder)
        kind = folder_kind(parts[-1], around, inside, parent, are_fixtures=fixtures, tracked=self._tracked_names)
        if kind == OUTPUT:
            self._outputs.append(folder)
        return kind is not None

    def _tracked_names(self) -> frozenset[str]:
        if self._names is None:
            self._names = frozenset(os.fsdecode(path.rpartition(b"/")[2]) for path in self._tracked)
        return self._names

    def _is_stray_file(self, path: bytes) -> bool:
        if path in self._never:
            return True
        parts = os.fsdecode(path).split("/")
        parent = self._folder(path.rpartition(b"/")[0])
        return file_kind(parts[-1], parent, are_fixtures=in_fixtures(parts[:-1])) is not None

    def _folder(self, path: bytes) -> DiskFolder:
        if path not in self._folders:
            self._folders[path] = DiskFolder(os.path.join(os.fsencode(self._root), path))  # noqa: PTH118 - bytes
        return self._folders[path]


@dataclass(slots=True)
class DiskFolder:
    """A folder of a workspace, as `bot.core.by_products` looks at it."""

    path: bytes
    _names: frozenset[str] | None = None

    @property
    def names(self) -> frozenset[str]:
        if self._names is None:
            self._names = frozenset(_list(self.path))
        return self._names

    def inside(self, name: str) -> DiskFolder | None:
        place = self._place(name)
        try:
            is_folder = modes.S_ISDIR(os.lstat(place).st_mode)
        except OSError:
            return None
        return DiskFolder(place) if is_folder else None

    def read(self, name: str, limit: int) -> bytes:
        if self.is_link(name):
            return os.readlink(self._place(name))[:limit]  # noqa: PTH115 - bytes
        try:
            descriptor = os.open(self._place(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return b""
        with os.fdopen(descriptor, "rb") as file:
            return file.read(limit) if modes.S_ISREG(os.fstat(descriptor).st_mode) else b""

    def is_link(self, name: str) -> bool:
        return os.path.islink(self._place(name))  # noqa: PTH114 - bytes

    def _place(self, name: str) -> bytes:
        return os.path.join(self.path, os.fsencode(name))  # noqa: PTH118 - bytes


def _list(path: bytes) -> list[str]:
    try:
        descriptor = os.open(path, _FOLDER)
    except OSError:
        return []
    try:
        with os.scandir(descriptor) as entries:
            return [entry.name for entry, _ in zip(entries, range(_MOST_NAMES), strict=False)]
    finally:
        os.close(descriptor)


def _above(path: bytes) -> list[bytes]:
    """The folders around a path, the outermost first."""
    parts = path.rstrip(b"/").split(b"/")
    return [b"/".join(parts[:count]) for count in range(1, len(parts))]
