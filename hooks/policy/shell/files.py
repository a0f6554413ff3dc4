"""Reading a file at judgement time: a regular one, small, and never through a symbolic link at its end."""

from __future__ import annotations

import os
import stat

SIZE_LIMIT = 256 * 1024


def is_text(path: str) -> bool:
    """Whether a file begins as text, as a script does and a binary does not."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 -- hot path, plain strings
            return b"\0" not in stream.read(4096)
    except OSError:
        return False


def read_text(path: str) -> str | None:
    """The text of a small regular file; None if there is none to be read as text."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = stream.read(SIZE_LIMIT + 1)
    if len(content) > SIZE_LIMIT or b"\0" in content:
        return None
    return content.decode("utf-8", "replace")
