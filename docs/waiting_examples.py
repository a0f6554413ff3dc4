"""What is said so that people keep up with open pull requests, for `docs/generate.py`."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core import messages
from bot.core.messages import StatusView
from bot.core.pressure import Conflict, SharesFile, TooManyOpen
from bot.core.references import IssueRef
from bot.core.reviewers import AskedReviewers
from bot.core.tasks import Task


def held(task: Task) -> dict[str, StatusView]:
    other = SharesFile(IssueRef("octo/clock", 3), "shop/cart.py")
    return {
        "waits for reviews": StatusView(task=task, position=3, hold=TooManyOpen(10)),
        "waits for a task that changes the same file": StatusView(task=task, position=1, hold=other),
    }


def with_refused_reviewers(task: Task) -> dict[str, StatusView]:
    """`task`: one in review."""
    asked = AskedReviewers(pull_request=5, reviews=("ada",), refused=("sam", "octo/core"), unassigned=("sam",))
    return {"in review, and people could not be asked": StatusView(task=task, asked=asked)}


def conflicts() -> Iterator[tuple[str, str]]:
    pairs = [
        Conflict(one=5, other=6, files=("clock.py",)),
        Conflict(one=5, other=9, files=("a.py", "b.py", "c.py", "d.py")),
    ]
    line = messages.conflict_line(pairs, 5)
    body = "Closes #4\n\n- **Base**: `main` at 1234567890\n\nWhat was done, in Claude's words:"
    yield "The line that names conflicts with other pull requests", messages.with_conflicts(body, line)
