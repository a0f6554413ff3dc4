"""In which order the parts of a stack are merged: each pull request after the one that it is built on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.references import IssueRef
from bot.core.review_order import WaitingReview
from bot.core.tasks import State, Task

_MERGED = frozenset({State.DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPart:
    """A pull request of a stack. `review`: None for one that people do not review now; `state` says why."""

    issue: IssueRef
    pull_request: IssueRef
    title: str
    state: State
    review: WaitingReview | None = None


def find_stacks(
    tasks: Iterable[Task], stands_on: Mapping[IssueRef, IssueRef], reviews: Sequence[WaitingReview]
) -> tuple[tuple[StackPart, ...], ...]:
    """Each stack of at least two open pull requests from the one that is merged first to the last one; of a fork, one
    arm after the other. In the order of their first reviews.

    `stands_on`: for an issue the one whose work its own is built on.
    """
    open_ones = {task.issue: task for task in tasks if task.pull_request is not None and task.state not in _MERGED}
    below = {issue: on for issue, on in stands_on.items() if issue in open_ones and on in open_ones and on != issue}
    place = {review.issue: number for number, review in enumerate(reviews)}
    roots = sorted({_root(issue, below) for issue in below}, key=lambda each: (place.get(each, len(place)), each))
    known = {review.issue: review for review in reviews}
    stacks = (_upwards(root, below, place) for root in roots)
    found = (tuple(_part(open_ones[issue], known.get(issue)) for issue in stack) for stack in stacks)
    return tuple(stack for stack in found if any(part.review is not None for part in stack))


def _root(issue: IssueRef, below: Mapping[IssueRef, IssueRef]) -> IssueRef:
    """What all of its stack stands on; of a record that leads back to itself the first one."""
    seen = [issue]
    while issue in below and below[issue] not in seen:
        issue = below[issue]
        seen.append(issue)
    return issue if issue not in below else min(seen)


def _upwards(root: IssueRef, below: Mapping[IssueRef, IssueRef], place: Mapping[IssueRef, int]) -> list[IssueRef]:
    """Depth first, so that an arm stays together."""
    found, left = list[IssueRef](), [root]
    while left:
        issue = left.pop()
        if issue not in found:
            found.append(issue)
            above = [each for each, on in below.items() if on == issue]
            left += sorted(above, key=lambda each: (place.get(each, len(place)), each), reverse=True)
    return found


def _part(task: Task, review: WaitingReview | None) -> StackPart:
    return StackPart(
        issue=task.issue,
        pull_request=IssueRef(task.issue.repository, task.pull_request or 0),
        title=task.snapshot.title,
        state=task.state,
        review=review,
    )
