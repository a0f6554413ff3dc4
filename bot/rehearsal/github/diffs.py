"""A patch line by line, with the numbers that a reader expects beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SHOWN = 2000  # lines of one file, as many as a page can show

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")
_KINDS = {"+": "added", "-": "removed", "\\": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    kind: str  # added, removed, same, hunk, note
    text: str
    old: int | None = None
    new: int | None = None


def lines(patch: str) -> Iterator[Line]:
    """The lines of a patch that begins with the header of a hunk."""
    old = new = 0
    for shown, raw in enumerate(patch.splitlines()):
        if shown == SHOWN:
            yield Line(kind="note", text="… and more")
            return
        header = _HUNK.match(raw)
        if header is not None:
            old, new = int(header[1]), int(header[2])
            yield Line(kind="hunk", text=header[0])
            continue
        kind = _KINDS.get(raw[:1], "same")
        yield Line(
            kind=kind,
            text=raw if kind == "note" else raw[1:],
            old=old if kind in ("same", "removed") else None,
            new=new if kind in ("same", "added") else None,
        )
        old += kind in ("same", "removed")
        new += kind in ("same", "added")
