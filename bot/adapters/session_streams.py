"""Where a session's stream is read: in its attempt's folder while it runs, afterwards packed, among the evidence."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import BinaryIO, cast


def find_live_streams(attempts: Path, task_id: int, number: int) -> dict[str, Path]:
    """Of an attempt that runs, by the name of the session. `attempts`: the folder of all attempts that run."""
    found = (attempts / f"{task_id}-{number}").glob("session-*/transcript.jsonl")
    return {path.parent.name: path for path in sorted(found)}


def open_stream(path: Path) -> BinaryIO:
    """Raises OSError; so do its reads, and EOFError and zlib.error for a packed one that is cut or broken."""
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
