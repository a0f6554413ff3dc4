"""What an issue that is blocked by others starts from: their open pull requests, or only what was merged of them.

In the mode `stack` the task starts on the branch of its blocker as soon as that is published and verified; in the mode
`merge` it waits until the blocker is merged, or closed as completed. A blocker of another repository has no branch that
could be built on, so it is always waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from bot.core.facts import IssueFacts
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.core.tasks import State, Task

MERGED = "merged"
Parts = tuple[tuple[IssueRef, str], ...]


class DependencyMode(StrEnum):
    """`dependencies` in the repository's settings."""

    STACK = "stack"
    MERGE = "merge"


class BlockerState(StrEnum):
    """How far a blocker is, for those that wait for it."""

    OPEN = "open"
    PUBLISHED = "published"
    """Its pull request is open, and nothing speaks against building on it."""
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class StackedOn:
    """The work of a task stands on that of another one: of this issue, at this commit of its branch.

    `parts`: the issues with the commits of their branches, if it stands on a merge of several. Then `issue` is the one
    whose branch is the base of the pull request, and `commit` the merge. The task's own commits begin after it."""

    issue: IssueRef
    commit: str
    parts: Parts = ()

    @property
    def heads(self) -> dict[IssueRef, str]:
        return dict(self.parts) if self.parts else {self.issue: self.commit}

    def is_in_place(self, there: Collection[IssueRef], now: Mapping[IssueRef, str]) -> bool:
        """Whether nothing has to move. `there`: what was merged by a merge commit, so that the very commits are in the
        base; `now`: where the other branches are."""
        return all(issue in there or now.get(issue) == commit for issue, commit in self.heads.items())

    def without(self, merged: Collection[IssueRef]) -> Self | None:
        """What is left once these are merged; None: it stands on the default branch."""
        parts = tuple((issue, commit) for issue, commit in self.heads.items() if issue not in merged)
        if not parts:
            return None
        issue = self.issue if self.issue not in merged else parts[0][0]
        return replace(self, issue=issue, parts=parts if self.parts else ())

    def moved_to(self, lower: IssueRef, unmerged: Sequence[IssueRef]) -> Self:
        """Its base was merged into the branch of `lower`, which holds its commits then."""
        parts = tuple((lower if issue == self.issue else issue, commit) for issue, commit in self.parts)
        return replace(self, issue=unmerged[0] if unmerged else lower, parts=tuple(dict(parts).items()))

    def find_news(self, bases: Mapping[IssueRef, Task | None]) -> dict[IssueRef, str]:
        """Of what it stands on: what was merged (`MERGED`), and to which commit the bot moved a branch since."""
        found = dict[IssueRef, str]()
        for issue, commit in self.heads.items():
            base = bases.get(issue)
            if base is None or is_merged(base):
                found[issue] = MERGED
            elif can_carry(base) and base.pushed not in {None, commit}:
                found[issue] = str(base.pushed)
        return found


def write_parts(parts: Parts) -> str:
    return " ".join(f"{issue.number}:{commit}" for issue, commit in parts)


def read_parts(repository: str, text: str) -> Parts:
    """As `write_parts` wrote them."""
    pairs = (each.partition(":") for each in text.split())
    return tuple((IssueRef(repository, int(number)), commit) for number, _, commit in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Branches that work would start from, but that cannot be merged. `left`: where the bot left each, by the number
    of its issue, and `there`: where it was. `between`: those of which that is so; one alone: with the default branch.
    `files` conflict, or `checks` fail on the merge."""

    left: Mapping[int, str | None]
    there: Mapping[int, str]
    between: tuple[int, ...]
    files: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()

    def is_of(self, tasks: Sequence[Task]) -> bool:
        """Whether it is of these branches, and the bot has moved none of them since."""
        return dict(self.left) == {each.issue.number: each.pushed for each in tasks}


class StartsLater(TaskFailed):
    """The attempt is none of the task's: it runs again once what it waits for has changed. `apart`: the branches that
    cannot be merged; None: the settings say that it waits for a merge."""

    def __init__(self, detail: str, apart: Apart | None) -> None:
        super().__init__(FailureKind.TASK_BLOCKED, detail)
        self.apart = apart


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose branches work starts on, the first one's as the base of its pull request; none: the default branch.
    `with_default`: on that branch as well, since it holds the work of other blockers."""

    tasks: tuple[Task, ...] = ()
    with_default: bool = False


def choose_branches(
    here: Collection[IssueRef], carrying: Sequence[Task], lower: Mapping[IssueRef, Collection[IssueRef]]
) -> Chosen:
    """`here`: the blockers in the repository, of which those that are `carrying` have a branch to start on. `lower`:
    all that each of those stands on. One branch that holds the work of all blockers is enough: one that is older than
    the merge of another blocker lacks that. Else it is a merge of those on which no other one stands."""
    for each in carrying:
        if set(here) <= {each.issue, *lower[each.issue]}:
            return Chosen((each,))
    below = {issue for each in carrying for issue in lower[each.issue]}
    top = tuple(each for each in carrying if each.issue not in below)
    return Chosen(top, with_default=bool(top) and not set(here) <= below | {each.issue for each in top})


def is_merged(base: Task | None) -> bool:
    """Whether what work stood on is in the branch that it was to be merged into. `base`: its task; one that was closed
    without merging is not merged, and stays what the work stands on.

    None: the ledger has none, and then nothing more becomes of it, as after a merge. A task that others stand on is
    kept as long as they are (`OldTasks`), so its issue is gone from GitHub."""
    return base is None or base.state is State.DONE


def blocker_state(facts: IssueFacts | None, task: Task | None) -> BlockerState:
    """`facts`: the issue or pull request on GitHub, None where only the task is known."""
    if (facts is not None and facts.completed) or (task is not None and task.is_in_default_branch):
        return BlockerState.COMPLETED
    return BlockerState.PUBLISHED if task is not None and can_carry(task) else BlockerState.OPEN


def can_carry(task: Task) -> bool:
    """Whether other work may start on its branch. Where a repository has no checks, there is nothing to verify; where
    it has some that verify nothing, or the task failed, people have to look first."""
    is_verified = task.verdict is None or not task.verdict.wants_draft
    return task.state is State.IN_REVIEW and task.pull_request is not None and is_verified


def is_met(state: BlockerState, mode: DependencyMode, *, same_repository: bool) -> bool:
    """Whether a task need not wait for the blocker any more. `mode`: of the task's repository."""
    builds_on_it = mode is DependencyMode.STACK and same_repository
    return state is BlockerState.COMPLETED or (state is BlockerState.PUBLISHED and builds_on_it)
