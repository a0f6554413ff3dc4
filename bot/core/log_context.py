"""What the lines of the log are about: the delivery, the task and the attempt that this thread works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_about: ContextVar[Mapping[str, str | int]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def logging_about(**fields: str | int) -> Iterator[None]:
    """Each record made in this thread within the block has these fields besides those of the blocks around it."""
    token = _about.set(MappingProxyType({**_about.get(), **fields}))
    try:
        yield
    finally:
        _about.reset(token)


def find_log_fields() -> Mapping[str, str | int]:
    return _about.get()
