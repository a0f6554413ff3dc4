"""What all rows of the tables have, and the only way to read one: an unknown key is an error.

`refuses` and `grants` are whole commands: examples that show what a row is for. The tests ask the gate for each.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar

Texts = tuple[str, ...]


class InvalidTable(Exception):
    """A table cannot be read; the message names the row and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every row may have."""

    refuses: Texts = ()
    grants: Texts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow(Row):
    """What every row of a program that goes by several names may have."""

    aliases: str = ""


R = TypeVar("R", bound=Row)


def read_row(kind: type[R], place: str, values: object) -> R:
    """A row of this kind. Raises InvalidTable for an unknown key, a missing one, or a value of another type."""
    if not isinstance(values, dict):
        raise InvalidTable(f"{place}: expected a table of keys")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if unknown := sorted(set(values) - set(fields)):
        raise InvalidTable(f"{place}: unknown key {', '.join(unknown)}; known are {', '.join(fields)}")
    required = [name for name, field in fields.items() if field.default is dataclasses.MISSING]
    if missing := sorted(set(required) - set(values)):
        raise InvalidTable(f"{place}: {', '.join(missing)} is missing")
    read: dict[str, Any] = {key: _read_value(fields[key], f"{place}.{key}", value) for key, value in values.items()}
    return kind(**read)


def _read_value(field: dataclasses.Field[object], place: str, value: object) -> object:
    """Types follow from the defaults; a key without a default is a text, unless it is one of `Texts`."""
    kind = "list" if field.type == "Texts" else "str" if field.default is dataclasses.MISSING else str(field.type)
    if type(value).__name__ != kind:
        raise InvalidTable(f"{place}: expected {kind}, found {type(value).__name__}")
    if not isinstance(value, list):
        return value
    if not all(isinstance(each, str) and each.strip() == each for each in value):
        raise InvalidTable(f"{place}: expected texts without blanks around them")
    return tuple(value)
