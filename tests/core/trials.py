"""Trials for tests: each test says what is unusual."""

from __future__ import annotations

from typing import Any

from bot.core.environment.values import Command, Origin
from bot.core.ran import Ran
from bot.core.repository_settings import read_repository_settings
from bot.core.trial import Trial, TriedCheck, TriedSetUp

COMMIT = "1234567890" * 4


def ran(code: int | None = 0, **changes: Any) -> Ran:
    return Ran(code=code, seconds=1.5, **changes)


def a_check(
    command: str = "make test", code: int | None = 0, *, reason: str = "Makefile", **changes: Any
) -> TriedCheck:
    return TriedCheck(command=command, reason=reason, ran=ran(code, **changes))


def a_set_up(
    *commands: str, origin: Origin = Origin.DETECTED, code: int | None = 0, output: str = "", **changes: Any
) -> TriedSetUp:
    """Each command is pinned; the last one ends with `code`."""
    steps = [(Command(text=text, reason="package-lock.json", pinned=True), ran()) for text in commands]
    steps[-1] = (steps[-1][0], ran(code, output=output))
    return TriedSetUp(origin=origin, commands=tuple(steps), **changes)


def a_trial(*checks: TriedCheck, says: str = "", **changes: Any) -> Trial:
    settings = read_repository_settings(says.encode())
    return Trial(where="octo/clock", commit=COMMIT, settings=settings, checks=checks, **changes)
