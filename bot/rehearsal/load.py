"""How much longer a time limit is on a machine that has more to do than it has processors.

The time limits of rehearsals, of benchmarks, of planted bugs and of `tests/patience.py` use it. Those of Nightshift
itself (of a session, a lease, a request) stay as they are set.
"""

from __future__ import annotations

import os

MOST = 10.0


def load_factor() -> float:
    """Processes that want to run, for each processor: at least 1, at most MOST.

    An average over the last minute: a limit that is multiplied by it is too short still while a load begins.
    """
    waiting, _, _ = os.getloadavg()
    return factor(waiting, os.cpu_count() or 1)


def factor(waiting: float, processors: int) -> float:
    """`waiting`: how many processes want to run."""
    return min(max(1.0, waiting / processors), MOST)
