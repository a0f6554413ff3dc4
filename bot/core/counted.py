"""Numbers with what they count, in words."""

from __future__ import annotations


def count(number: int, what: str) -> str:
    """`1 issue`, `2 issues`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
