"""Remove what is past its time and tidy up the mirrors, while nothing runs.

What an attempt may go on from stays, whatever its age.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.git.housekeeping import UNREACHABLE_FOR, tidy
from bot.adapters.store import Store
from bot.core.failures import TaskFailed
from bot.core.references import USUAL_BRANCHES, OwnBranches
from bot.steps.pruning import Pruning

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidying:
    """`mirrors`: the folder of bare mirrors, `OWNER/NAME.git`. `keep_work`: how long work stays there from which no
    attempt goes on. `pruning` removes what is past its time."""

    store: Store
    mirrors: Path
    clock: Callable[[], datetime]
    keep_work: timedelta = UNREACHABLE_FOR
    pruning: Pruning
    own: OwnBranches = USUAL_BRANCHES

    def tidy(self, stopping: Callable[[], bool]) -> None:
        """What is past its time, then the mirrors."""
        self.pruning.prune(stopping)
        self.tidy_mirrors(stopping)

    def tidy_mirrors(self, stopping: Callable[[], bool]) -> None:
        """Every mirror that needs it and that nothing uses. What fails is tried again another time."""
        for mirror in sorted(self.mirrors.glob("*/*.git")):
            if stopping():
                return
            with self.store.read() as ledger:
                needed = ledger.kept_work.heads() | ledger.publications.heads()
            try:
                tidy(mirror, needed=needed, now=self.clock(), keep=self.keep_work, stopping=stopping, own=self.own)
            except (TaskFailed, OSError) as trouble:
                _log.warning("mirror %s could not be repacked and pruned: %s", mirror, trouble)
