"""What this thread works on: a delivery, an attempt, a session. Each line of the log says it, and traces show it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

_current: ContextVar[Work | None] = ContextVar("current", default=None)


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """`what`: delivery, attempt, session, …; `fields`: which one, such as `task` and `attempt`, with those of the work
    that it is a part of; `within`: that work."""

    what: str
    fields: dict[str, str | int] = field(default_factory=dict)
    within: Work | None = None


class Observer(Protocol):
    def begin(self, work: Work) -> None: ...
    def end(self, work: Work, *, failed: bool) -> None: ...


_observers: list[Observer] = []


@contextmanager
def observe_work(observer: Observer) -> Iterator[None]:
    """In each thread of this process."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


@contextmanager
def working_on(what: str, **fields: str | int) -> Iterator[None]:
    within = _current.get()
    work = Work(what, {**(within.fields if within is not None else {}), **fields}, within)
    token = _current.set(work)
    for each in _observers:
        each.begin(work)
    failed = True
    try:
        yield
        failed = False
    finally:
        _current.reset(token)
        for each in _observers:
            each.end(work, failed=failed)


def add_work_fields(**fields: str | int) -> None:
    """What is known only after the work began."""
    if (work := _current.get()) is not None:
        work.fields.update(fields)


def find_work_fields() -> dict[str, str | int]:
    return work.fields if (work := _current.get()) is not None else {}
