"""Lets a queued task wait for what GitHub's own relations say now: after a webhook about one, and in each pass.

What the approved text names stays; nothing here approves, starts or cancels a task, except that a cycle fails it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.adapters.github import GitHubFailed
from bot.core.effects import Effect, ReplaceBlockers
from bot.core.facts import IssueFacts
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Task, waits_for_others
from bot.steps.issue_reader import IssueReader


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationChanges:
    """Every method raises GitHubFailed."""

    reader: IssueReader

    def follow(self, issue: IssueRef, facts: IssueFacts | None = None) -> list[Effect]:
        """`facts`: of now, where they were read already. A task that waits for no other costs no request."""
        task = self.reader.task(issue)
        if task is None or not waits_for_others(task):
            return []
        now = self.reader.facts(issue) if facts is None else facts
        if now.relations is None or now.is_pull_request:
            return []
        blockers = self.reader.blockers(issue, texts_of(task), now.relations, known=task.blockers)
        if set(blockers) == set(task.blockers):
            return []
        cycle = self.reader.cycle(issue, blockers)
        failure = FailureKind.DEPENDENCY_CYCLE if cycle else None
        replaced = ReplaceBlockers(issue=issue, known=task.blockers, blockers=blockers, failure=failure, detail=cycle)
        return [replaced]

    def follow_parent(self, facts: IssueFacts) -> list[Effect]:
        """A sub-issue was labelled, closed or otherwise changed. A parent that is gone changes nothing."""
        if facts.parent is None:
            return []
        try:
            return self.follow(facts.parent)
        except GitHubFailed as error:
            if not error.gone:
                raise
            return []

    def has_native(self, task: Task) -> bool:
        """Whether it waits for something that its text does not name."""
        if not task.unmet:
            return False
        named = self.reader.find_named(task.issue, texts_of(task))
        return any(issue not in named for issue in task.unmet)


def texts_of(task: Task) -> list[str]:
    """What was approved, and may name blockers."""
    return [task.snapshot.body, *(comment.body for comment in task.snapshot.comments)]
