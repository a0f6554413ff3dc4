"""How long the work takes that begins with an issue: its own, and then the longest chain of what waits for it. Pure.

Of two issues of one priority the one with the longer path starts first: while it waits, everything behind it does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from bot.core.references import IssueRef

USUAL_SECONDS = 600.0
"""Of a task where nothing is on record. What counts is how the paths compare."""


def critical_paths(
    waits: Iterable[tuple[IssueRef, IssueRef]], seconds: Callable[[IssueRef], float]
) -> dict[IssueRef, float]:
    """For each issue that another one waits for; what nothing waits for keeps nothing back and has no path. Each wait
    is looked at once. What is in a cycle never starts, and has the path that its other dependents give it.

    `waits`: pairs of a blocker and an issue that waits for it. `seconds`: how long an issue takes by itself.
    """
    below, left = defaultdict[IssueRef, list[IssueRef]](list), defaultdict[IssueRef, int](int)
    for blocker, issue in set(waits):
        below[issue].append(blocker)
        left[blocker] += 1
    paths = {issue: seconds(issue) for issue in left}
    ready = [issue for issue in below if issue not in left]
    while ready:
        issue = ready.pop()
        behind = paths[issue] if issue in paths else seconds(issue)
        for blocker in below[issue]:
            paths[blocker] = max(paths[blocker], seconds(blocker) + behind)
            left[blocker] -= 1
            if not left[blocker]:
                ready.append(blocker)
    return paths
