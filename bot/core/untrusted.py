"""Reads untrusted text and JSON without ever raising, and makes it safe for a store, a page and a terminal."""

from __future__ import annotations

import json
import math
import unicodedata
from datetime import UTC, datetime
from typing import Any

MAX_LINE = 32 * 1024 * 1024
_LINE_LIMIT = 160


def plain(text: str) -> str:
    """The text without what no store and no page can take: NUL, lone surrogates, terminal escapes."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))


def one_line(text: str, limit: int = _LINE_LIMIT) -> str:
    """The text's first line without control and invisible characters, cut: the model's words reach terminals."""
    first = next(iter(text.strip().splitlines()), "")
    visible = "".join(char for char in first if unicodedata.category(char)[0] != "C")
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"


def parse_object(line: bytes | str) -> dict[str, Any] | None:
    """The JSON object that a line holds, or None where it holds none."""
    if len(line) > MAX_LINE:
        return None
    try:
        event = json.loads(line.decode(errors="replace") if isinstance(line, bytes) else line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def as_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in as_list(value) if isinstance(item, dict)]


def as_str(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_int(value: object) -> int | None:
    return value if isinstance(value, int) else None


def as_float(value: object) -> float:
    try:
        number = float(value) if isinstance(value, int | float) else 0.0
    except OverflowError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def as_time(seconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(as_float(seconds), UTC) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None
