"""Tidy up the mirrors while nothing runs: what an attempt may go on from stays, whatever its age."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.adapters.git.housekeeping import tidy
from bot.adapters.store import Store
from bot.core.failures import TaskFailed
from bot.steps.kept_work import kept_heads
from bot.steps.publication import noted_heads

_log = logging.getLogger(__name__)


class Tidying:
    """`mirrors`: the folder of bare mirrors, `OWNER/NAME.git`."""

    def __init__(self, store: Store, mirrors: Path, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._mirrors = mirrors
        self._clock = clock

    def tidy(self, stopping: Callable[[], bool]) -> None:
        """Every mirror that needs it and that nothing uses. What fails is tried again another time."""
        for mirror in sorted(self._mirrors.glob("*/*.git")):
            if stopping():
                return
            with self._store.read() as ledger:
                needed = kept_heads(ledger) | noted_heads(ledger)
            try:
                tidy(mirror, needed=needed, now=self._clock(), stopping=stopping)
            except (TaskFailed, OSError) as trouble:
                _log.warning("%s could not be tidied up: %s", mirror, trouble)
