"""Why a task waits: each unmet blocker, how that one stands, and whether the text or a relation on GitHub says so."""

from __future__ import annotations

from bot.adapters.store import Ledger
from bot.core.dependencies import blockers
from bot.core.references import IssueRef
from bot.core.stacking import can_carry
from bot.core.tasks import State, Task
from bot.steps.relation_changes import texts_of


def explain_waits(ledger: Ledger, task: Task, web_url: str) -> list[tuple[IssueRef, str]]:
    """For the status comment: each blocker with a clause."""
    if not task.unmet:
        return []
    texts = texts_of(task)
    named = {each for text in texts for each in blockers(text, repository=task.issue.repository, web_url=web_url)}
    return [(each, _explain(ledger, each, is_named=each in named)) for each in task.unmet]


def _explain(ledger: Ledger, blocker: IssueRef, *, is_named: bool) -> str:
    if blocker.is_hidden:
        return "by a relation on GitHub"
    return _why(ledger.tasks.find(blocker)) + ("" if is_named else ", by a relation on GitHub")


def _why(blocker: Task | None) -> str:
    if blocker is None:
        return "which is not closed as completed"
    if blocker.state is State.IN_REVIEW and blocker.pull_request is not None:
        pull = IssueRef(blocker.issue.repository, blocker.pull_request)
        return f"whose pull request {pull} {'has to be merged first' if can_carry(blocker) else 'is not verified'}"
    return f"which is {blocker.state.value.replace('_', ' ')}" if blocker.state is not State.FAILED else "which failed"
