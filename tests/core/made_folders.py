"""Folders as a build leaves them."""

from __future__ import annotations


class Made:
    """A folder that is made of paths with contents; a content that begins with `->` is a link."""

    def __init__(self, files: dict[str, str], prefix: str = "") -> None:
        self._files, self._prefix = files, prefix

    @property
    def names(self) -> set[str]:
        return {path[len(self._prefix) :].split("/")[0] for path in self._files if path.startswith(self._prefix)}

    def inside(self, name: str) -> Made | None:
        inner = f"{self._prefix}{name}/"
        return Made(self._files, inner) if any(path.startswith(inner) for path in self._files) else None

    def read(self, name: str, limit: int) -> bytes:
        return self._files.get(self._prefix + name, "").removeprefix("->").encode("latin-1")[:limit]

    def is_link(self, name: str) -> bool:
        return self._files.get(self._prefix + name, "").startswith("->")
