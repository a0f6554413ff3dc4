"""Numbers with what they count, and lists, in words."""

from __future__ import annotations

from collections.abc import Sequence


def count(number: int, what: str) -> str:
    """`1 issue`, `2 issues`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def join_words(words: Sequence[str]) -> str:
    """`a, b and c`; empty for none."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
