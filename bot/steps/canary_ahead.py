"""Proves the guards ahead of need: while no session runs, and before the last proof is over.

A session whose guards are not proven then still runs the canary itself: this only saves it the time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.claude.code import CANARY_SECONDS
from bot.adapters.tools import Toolbox
from bot.core.failures import TaskFailed
from bot.steps.clearing import remove_folder

if TYPE_CHECKING:
    from bot.steps.sessions import Sessions

_log = logging.getLogger(__name__)

_VALID = CANARY_SECONDS - 600.0  # seconds: an older proof might end before the next session begins
_AGAIN = 600.0  # seconds after a canary that failed: a session would run it at once


@dataclass(slots=True, kw_only=True)
class CanaryAhead:
    """`folder`: for the canary's own files, which `only_one` of the workers on this host has at a time; `mirrors`: the
    folder of mirrors; `tools`: what each cell shows. `monotonic`: seconds, from a clock that is never set."""

    sessions: Callable[[], Sessions]
    folder: Path
    mirrors: Path
    tools: Toolbox
    only_one: Callable[[], AbstractContextManager[bool]]
    monotonic: Callable[[], float] = time.monotonic
    _failed_at: float | None = None

    def prove(self, stopping: Callable[[], bool]) -> None:
        if self._failed_at is not None and self.monotonic() - self._failed_at < _AGAIN:
            return
        with self.only_one() as mine:
            if mine:
                self._prove(stopping)

    def _prove(self, stopping: Callable[[], bool]) -> None:
        try:
            self.require_guards(stopping)
            self._failed_at = None
        except TaskFailed as failed:
            if not stopping():
                self._failed_at = self.monotonic()
                _log.warning("the guards could not be proven ahead of a session: %s", failed)

    def require_guards(self, stopping: Callable[[], bool]) -> None:
        """Raises TaskFailed."""
        try:
            sessions = self.sessions()
            for plan in sessions.expect(self.folder, self.mirrors, self.tools):
                if not stopping():
                    sessions.claude.canary(plan, valid=_VALID, stopping=stopping)
        finally:
            remove_folder(self.folder)
