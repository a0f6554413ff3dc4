"""One changed file, for the tests of what is flagged."""

from __future__ import annotations

import json

from bot.core.changes import FileChange


def change(path: str, before: object = None, after: object = b"x = 1\n", *, old_path: str = "") -> FileChange:
    return FileChange(path=path, old_path=old_path or path, before=_content(before), after=_content(after))


def _content(document: object) -> bytes | None:
    if isinstance(document, str):
        return document.encode()
    return document if isinstance(document, bytes | None) else json.dumps(document).encode()
