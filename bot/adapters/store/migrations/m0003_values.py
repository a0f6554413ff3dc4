"""Values of the old key/value table, read for `m0003_memory`. Released: never changed."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

JSON_COLUMNS = frozenset({"labels", "ran", "asked"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**63 - 1


def moment(value: str) -> int:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(value)
    return (at - _EPOCH) // timedelta(microseconds=1)


def maybe_moment(value: str | None) -> int | None:
    return moment(value) if value else None


def whole(value: object) -> int:
    number = int(str(value))
    if abs(number) > _LARGEST:
        raise ValueError(value)
    return number


def fields(value: str, names: tuple[str, ...], nullable: Collection[str] = ("replaces", "since")) -> dict[str, Any]:
    """Raises ValueError for a name that is missing or unknown, and for a value that no column takes."""
    read = json.loads(value)
    if set(read) != set(names):
        raise ValueError(value)
    for name in names:
        plain = isinstance(read[name], str | int | float) or (read[name] is None and name in nullable)
        if not plain and name not in JSON_COLUMNS:
            raise ValueError(value)
    return {name: read[name] for name in names}
