"""Where symbolic links of a repository lead: a file that a protected link leads to is as protected as the link."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

_MOST_HOPS = 40  # as Linux follows


def destination(path: str, links: Mapping[str, str]) -> str | None:
    """The path within the repository that `path` leads to, links on the way followed; None for one that leads out of it
    or in a cycle."""
    rest, reached, hops = path.split("/")[::-1], "", 0
    while rest:
        reached = posixpath.normpath(posixpath.join(reached, rest.pop()))
        if reached.startswith("..") or reached.startswith("/"):
            return None
        if reached in links:
            hops += 1
            if hops > _MOST_HOPS:
                return None
            target = links[reached]
            if target.startswith("/"):
                return None
            rest += [part for part in target.split("/") if part][::-1]
            reached = posixpath.dirname(reached)
    return reached


def is_within(path: str, folder: str) -> bool:
    """Whether a path is this very one or lies below it."""
    return folder in (path, ".") or path.startswith(f"{folder}/")
