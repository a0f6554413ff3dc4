"""Reads the policy's TOML files. What was read of one is kept as JSON, which takes a tenth of the time to read again.

To read all of them as TOML was a quarter of the gate's start, which each session waits for. What is kept names the text
that it was made from by its digest, and counts for this text only. It lies beside the compiled modules, and is as much
to be trusted as they are. Where nothing can be written there, TOML is read each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

_KEPT = Path(__file__).parent / "__pycache__"
_FORM = "1"  # another one after a change of how tables are kept


def read_file(file: Path, folder: Path = _KEPT) -> dict[str, Any]:
    """What a file says. `folder`: where it is kept. Raises OSError and ValueError."""
    text = file.read_bytes()
    digest = f"{_FORM} {hashlib.sha256(text).hexdigest()}"
    kept = folder / f"{file.parent.name}-{file.name}.json"
    document = _read_kept(kept, digest)
    if document is None:
        document = _parse(text)
        _keep(kept, digest, document)
    return document


def _parse(text: bytes) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - not needed for what is kept

    return tomllib.loads(text.decode())


def _read_kept(kept: Path, digest: str) -> dict[str, Any] | None:
    try:
        found = json.loads(kept.read_bytes())
        document = found["document"] if found["of"] == digest else None
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return document if isinstance(document, dict) else None


def _keep(kept: Path, digest: str, document: dict[str, Any]) -> None:
    """For the next process. Another one may be writing the same: each puts a whole file into place."""
    if sys.dont_write_bytecode:
        return
    with contextlib.suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
        unfinished.write_text(json.dumps({"of": digest, "document": document}))
        unfinished.replace(kept)
