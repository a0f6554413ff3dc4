"""Reads files of the workspace: small regular files that are inside it when their links are followed.

The gate runs on the host: through a link that a session made, it would read files that the session cannot read.
"""

from __future__ import annotations

import os
import stat

SIZE_LIMIT = 256 * 1024


def read_head(path: str, workspace: str) -> str | None:
    """The beginning of a file that begins as text, as a script does and a binary does not; None for another one."""
    content = _read_regular_file(path, workspace, 4096)
    return None if content is None or b"\0" in content else content.decode("utf-8", "replace")


def read_text(path: str, workspace: str) -> str | None:
    """The text of a small regular file; None if there is none to be read as text."""
    content = read_bytes(path, workspace, SIZE_LIMIT)
    return None if content is None or b"\0" in content else content.decode("utf-8", "replace")


def read_bytes(path: str, workspace: str, most: int) -> bytes | None:
    """The bytes of a regular file; None if there is none, or a larger one."""
    content = _read_regular_file(path, workspace, most + 1)
    return None if content is None or len(content) > most else content


def _read_regular_file(path: str, workspace: str, most: int) -> bytes | None:
    """An open file stays the same file, so its place is looked up after opening it: a link that is changed in between
    changes nothing. O_NONBLOCK keeps a pipe from blocking the gate.

    A link of the repository is followed first (`bin/x -> ../scripts/x.sh`); one that leads out of the workspace fails
    at the look-up. What is no regular file is closed again before Python would open a stream on it, which raises.
    """
    try:
        descriptor = os.open(os.path.realpath(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    if not _is_regular_inside(descriptor, workspace):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(most)


def _is_regular_inside(descriptor: int, workspace: str) -> bool:
    real = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 -- hot path, plain strings
    inside = real.startswith(os.path.realpath(workspace) + "/")
    return inside and stat.S_ISREG(os.fstat(descriptor).st_mode)
