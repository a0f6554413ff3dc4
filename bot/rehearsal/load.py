"""How much longer a time limit is on a machine that has more to do than it has processors."""

from __future__ import annotations

import os

MOST = 10.0


def load_factor() -> float:
    """Processes that want to run, for each processor, over the last minute: at least 1, at most MOST.

    Every time limit of a rehearsal and of a test that waits for another process is multiplied by it, at the moment when
    it is looked at. So a busy machine makes a run longer, never red.
    """
    waiting, _, _ = os.getloadavg()
    return min(max(1.0, waiting / (os.cpu_count() or 1)), MOST)
