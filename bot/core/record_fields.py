"""Reads single fields of a hidden record, each checked for its type and its range.

A reader takes what JSON holds, and raises ValueError or TypeError for anything that the bot would not have written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")
_FIRST_YEAR, _LAST_YEAR = 2020, 2200


class UnreadableRecord(ValueError):
    """A record that is not valid. The message names the field that is wrong, and repeats nothing of its value."""


def read_field(found: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T:
    if name not in found:
        raise UnreadableRecord(f"{name} is missing")
    try:
        return read(found[name])
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise UnreadableRecord(f"{name} is not what it should be") from error


def maybe(read: Callable[[Any], T]) -> Callable[[Any], T | None]:
    return lambda value: None if value is None else read(value)


def whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:  # True is an int too
            raise ValueError
        return value

    return read


def amount(most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if type(value) not in {int, float} or not math.isfinite(value) or not 0 <= value <= most:
            raise ValueError
        return float(value)

    return read


def matching(pattern: re.Pattern[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise ValueError
        return value

    return read


def moment(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None or not _FIRST_YEAR <= at.year < _LAST_YEAR:
        raise ValueError
    return at.astimezone(UTC)


def read_list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError
    return value


def line(most: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most or not value.isprintable():
            raise ValueError
        return value

    return read
