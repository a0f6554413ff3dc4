"""Text that a session reads and that instructs nothing, between two lines that it cannot forge."""

from __future__ import annotations

import hashlib


def material(name: str, text: str) -> str:
    """The two lines carry the digest of `text`."""
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return f"===== {name} ({mark}) =====\n{text}\n===== end of {name} ({mark}) ====="
