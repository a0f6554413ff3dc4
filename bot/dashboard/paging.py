"""Long lists, a page at a time: one row more than is shown is asked for, which says whether there are more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

T = TypeVar("T")

PAGE_SIZE = 50
_FURTHEST = 10_000  # pages


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPart(Generic[T]):
    """`number`: of the page, from 0; `parameter`: of the address, which names it."""

    rows: Sequence[T]
    parameter: str
    number: int
    has_more: bool


def read_part(read: Callable[[int, int], Sequence[T]], parameter: str = "page") -> ListPart[T]:
    """The page that the address names. `read`: given a limit and an offset, the rows."""
    number = page_number(parameter)
    rows = read(PAGE_SIZE + 1, number * PAGE_SIZE)
    return ListPart(rows=rows[:PAGE_SIZE], parameter=parameter, number=number, has_more=len(rows) > PAGE_SIZE)


def page_number(parameter: str) -> int:
    """From 0; 0 too for what is no number."""
    text = request.args.get(parameter, "")
    return min(int(text), _FURTHEST) if text.isascii() and text.isdecimal() and len(text) < len(str(_FURTHEST)) else 0
