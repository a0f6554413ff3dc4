"""A repository's settings with mistakes: nothing of the repository runs until they are fixed. Pure.

Apart from the module that reads settings, which takes long to import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.failures import FailureKind, TaskFailed
from bot.core.untrusted import one_line

LARGEST = 65536  # bytes of the file
_MOST, _LONGEST = 20, 200  # mistakes, and characters of one


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongSettings:
    """`version`: of the file. `mistakes`: a line each, the first of them. `issue`: the number of the issue on which a
    comment names them; None where no issue waits."""

    version: str
    mistakes: tuple[str, ...]
    issue: int | None = None


def wrong_settings(content: bytes, mistakes: Iterable[object]) -> WrongSettings:
    """`content`: of the file. All that are too large are one version: of those each reader knows another part."""
    known = content if len(content) <= LARGEST else b"too large"
    lines = [one_line(str(each))[:_LONGEST] for each in mistakes]
    more = [f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return WrongSettings(version=hashlib.sha256(known).hexdigest()[:12], mistakes=(*lines[:_MOST], *more))


class SettingsHaveMistakes(TaskFailed):
    """The attempt is none of the task's: it runs again once they are fixed."""

    def __init__(self, detail: str, wrong: WrongSettings) -> None:
        super().__init__(FailureKind.SETUP_FAILED, detail)
        self.wrong = wrong
