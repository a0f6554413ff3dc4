"""A webhook's payload, read value by value: a value of another type than GitHub's is named by its path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.references import is_repository

_LARGEST_NUMBER = 2**63 - 1  # what a database holds


class MalformedEvent(ValueError):
    """A payload that lacks what GitHub always sends. The message says which part of it."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a payload that knows its own path, so that a complaint can name it."""

    value: object
    path: str

    def __getitem__(self, key: str) -> Node:
        if not isinstance(self.value, dict):
            raise MalformedEvent(f"{self.path} should be an object, not {_kind(self.value)}")
        return Node(self.value.get(key), f"{self.path}.{key}")

    def __iter__(self) -> Iterator[Node]:
        if not isinstance(self.value, list):
            raise MalformedEvent(f"{self.path} should be a list, not {_kind(self.value)}")
        return (Node(item, f"{self.path}[{index}]") for index, item in enumerate(self.value))

    @property
    def given(self) -> bool:
        return self.value is not None

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise MalformedEvent(f"{self.path} should be a text, not {_kind(self.value)}")
        return _storable(self.value)

    def number(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise MalformedEvent(f"{self.path} should be a number, not {_kind(self.value)}")
        if not 0 <= self.value <= _LARGEST_NUMBER:
            raise MalformedEvent(f"{self.path} should be a number from 0 to 2^63 - 1")
        return self.value

    def time(self) -> datetime:
        try:
            found = datetime.fromisoformat(self.text())
        except ValueError:
            raise MalformedEvent(f"{self.path} should be a time such as 2026-01-31T08:30:00Z") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def repository(self) -> str:
        name = self.text()
        if not is_repository(name):
            raise MalformedEvent(f"{self.path} should be OWNER/REPO")
        return name


def _kind(value: object) -> str:
    return "missing" if value is None else type(value).__name__


def _storable(text: str) -> str:
    """JSON can carry half a surrogate pair and NUL; UTF-8 cannot carry the one, nor PostgreSQL the other."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "�")
