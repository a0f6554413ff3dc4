"""Which issue blocks which, and which is a sub-issue of which: by the ids that GitHub has beside the numbers.

https://docs.github.com/en/rest/issues/issue-dependencies
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_BLOCKERS, MOST_SUB_ISSUES = 50, 100


@dataclass(slots=True)
class Relations:
    """`blockers`: of each blocked issue, in the order in which they were added; `children`: of each parent."""

    blockers: dict[int, list[int]] = field(default_factory=dict)
    children: dict[int, list[int]] = field(default_factory=dict)

    def blocked_by(self, blocker: int) -> list[int]:
        """What waits for it."""
        return [blocked for blocked, blockers in self.blockers.items() if blocker in blockers]

    def parent(self, child: int) -> int | None:
        return next((parent for parent, children in self.children.items() if child in children), None)

    def ancestors(self, child: int) -> Iterator[int]:
        parent = self.parent(child)
        while parent is not None:
            yield parent
            parent = self.parent(parent)
