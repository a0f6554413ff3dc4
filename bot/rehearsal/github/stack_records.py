"""A native stack of pull requests, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """`pulls`: the numbers of its pull requests from the bottom to the top, merged ones among them."""

    id: int
    number: int
    base: str
    pulls: tuple[int, ...]
    created_at: datetime
