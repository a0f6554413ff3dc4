"""How large a change is, as git counts it."""

from __future__ import annotations

from dataclasses import dataclass

_FIELDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSize:
    """`added`, `removed`: lines; binary files count as files alone."""

    files: int = 0
    added: int = 0
    removed: int = 0


def read_numstat(output: bytes) -> ChangeSize:
    """From what `git diff --numstat -z --no-renames` prints: a row for each file, with `-` for lines that are none."""
    rows = [row.split(b"\t", _FIELDS - 1) for row in output.split(b"\0") if row]
    counts = [(_lines(row[0]), _lines(row[1])) for row in rows if len(row) == _FIELDS]
    return ChangeSize(files=len(counts), added=sum(count[0] for count in counts), removed=sum(c[1] for c in counts))


def _lines(field: bytes) -> int:
    return int(field) if field.isdigit() else 0
