"""In which order the parts of a stack are merged: each pull request after the one that it is built on. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.graph import find_neighbours, reach
from bot.core.references import IssueRef
from bot.core.review_order import WaitingReview
from bot.core.stacking import is_merged
from bot.core.tasks import State, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPart:
    """A pull request of a stack. `review`: None for one that people do not review now; `state` says why."""

    issue: IssueRef
    pull_request: IssueRef
    title: str
    state: State
    review: WaitingReview | None = None


def find_stacks(
    tasks: Iterable[Task], stands_on: Mapping[IssueRef, Collection[IssueRef]], reviews: Sequence[WaitingReview]
) -> tuple[tuple[StackPart, ...], ...]:
    """Each stack of at least two open pull requests from the one that is merged first to the last one; of a fork, one
    arm after the other. In the order of their first reviews.

    `stands_on`: for an issue those whose work its own is built on; several, if it is built on a merge of them.
    """
    open_ones = {task.issue: task for task in tasks if task.pull_request is not None and not is_merged(task)}
    below = {issue: [on for on in stands_on.get(issue, ()) if on in open_ones and on != issue] for issue in open_ones}
    place = {review.issue: number for number, review in enumerate(reviews)}
    order = sorted(open_ones, key=lambda each: (place.get(each, len(place)), each))
    known = {review.issue: review for review in reviews}
    stacks = [_order(stack, below) for stack in _group(order, below) if len(stack) > 1]
    found = (tuple(_part(open_ones[issue], known.get(issue)) for issue in stack) for stack in stacks)
    return tuple(stack for stack in found if any(part.review is not None for part in stack))


def _group(order: Sequence[IssueRef], below: Mapping[IssueRef, Sequence[IssueRef]]) -> Iterator[list[IssueRef]]:
    """The issues in groups that build on each other, each in the given order."""
    beside, seen = find_neighbours((issue, each) for issue, lower in below.items() for each in lower), set[IssueRef]()
    for first in order:
        if first not in seen:
            group = reach(beside, [first])
            seen |= group
            yield [issue for issue in order if issue in group]


def _order(stack: Sequence[IssueRef], below: Mapping[IssueRef, Sequence[IssueRef]]) -> list[IssueRef]:
    """Each after all that it is built on, and an arm together where that goes. Records that lead back to themselves
    come in the given order."""
    found, left = list[IssueRef](), list(stack)
    while left:
        ready = [issue for issue in left if not set(below[issue]) & set(left)] or left[:1]
        on_last = (issue for issue in ready if found and found[-1] in below[issue])
        following = next(on_last, ready[0])
        left.remove(following)
        found.append(following)
    return found


def _part(task: Task, review: WaitingReview | None) -> StackPart:
    return StackPart(
        issue=task.issue,
        pull_request=IssueRef(task.issue.repository, task.pull_request or 0),
        title=task.snapshot.title,
        state=task.state,
        review=review,
    )
