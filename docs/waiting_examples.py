"""What is said so that people keep up with open pull requests, for `docs/generate.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.core import messages
from bot.core.messages import StatusView
from bot.core.messages.stack_line import StackPlace, describe_apart
from bot.core.pressure import Conflict, SharesFile, TooManyOpen
from bot.core.references import IssueRef
from bot.core.reviewers import AskedReviewers
from bot.core.stacking import Apart
from bot.core.tasks import Task


def stacks() -> Iterator[tuple[str, str]]:
    place = StackPlace(part=2, parts=3, below=[13], above=[15])
    apart = Apart(left={}, there={}, between=(3, 4), files=("clock.py",))
    why = describe_apart(apart, {3: 13, 4: 14})
    several = StackPlace(part=2, parts=2, below=[13, 14], apart=why)
    closed = StackPlace(part=2, parts=2, closed=[13])
    moved = messages.with_base_moved("- **Base**: `auto/3` at 1234567890", source="auto/3", target="main")
    yield "Among the first lines of a pull request whose base was moved", moved
    yield (
        "The first line of a pull request in a stack",
        messages.with_stack_line("Closes #4", messages.stack_line(place)),
    )
    yield "The first line of one that is built on several", messages.stack_line(several)
    yield "The first line of one that is built on a closed one", messages.stack_line(closed)
    yield "On a pull request that GitHub closed with its base branch", messages.reopened("auto/3")
    yield "On one that it closed again", messages.closed_again("auto/3")
    yield "On one that was merged into the branch of a part that had been merged", messages.merged_late("auto/3", 4)
    refused = "state cannot be changed. The auto/3 branch has been deleted."
    yield "On one that it does not open", messages.not_reopened("auto/3", refused)
    failing = describe_apart(replace(apart, files=(), checks=("make test",)), {3: 13, 4: 14})
    alone = describe_apart(replace(apart, between=(3,)), {3: 13})
    yield "Why branches are apart, in a first line or a status comment", f"{why}; {failing}; {alone}"


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
