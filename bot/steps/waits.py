"""Why a task waits: each unmet blocker, how that one stands, and whether the text or a relation on GitHub says so."""

from __future__ import annotations

from collections.abc import Mapping

from bot.adapters.store import Ledger
from bot.core.dependencies import blockers
from bot.core.messages.stack_line import describe_apart
from bot.core.references import IssueRef
from bot.core.stacking import can_carry
from bot.core.tasks import State, Task
from bot.steps.relation_changes import texts_of
from bot.steps.stack_lines import pulls_of
from bot.steps.stack_start import choose_anew, find_apart


def explain_waits(ledger: Ledger, task: Task, web_url: str) -> list[tuple[IssueRef, str]]:
    """For the status comment: each blocker with a clause."""
    if not task.unmet:
        return []
    texts = texts_of(task)
    named = {each for text in texts for each in blockers(text, repository=task.issue.repository, web_url=web_url)}
    apart = _explain_apart(ledger, task)
    return [(each, _explain(ledger, each, apart, is_named=each in named)) for each in task.unmet]


def _explain_apart(ledger: Ledger, task: Task) -> dict[IssueRef, str]:
    """For blockers whose branches cannot be merged with each other."""
    tasks = choose_anew(ledger, task).tasks if len(task.blockers_here) > 1 else ()
    if (apart := find_apart(ledger, task, tasks)) is None:
        return {}
    why = f", or changed, since {describe_apart(apart, pulls_of(tasks))}"
    return {each.issue: why for each in tasks if each.issue.number in apart.between}


def _explain(ledger: Ledger, blocker: IssueRef, apart: Mapping[IssueRef, str], *, is_named: bool) -> str:
    if blocker.is_hidden:
        return "by a relation on GitHub"
    said = _why(ledger.tasks.find(blocker)) + apart.get(blocker, "")
    return said + ("" if is_named else ", by a relation on GitHub")


def _why(blocker: Task | None) -> str:
    if blocker is None:
        return "which is not closed as completed"
    if blocker.state is State.DONE and blocker.merged_into is not None:
        return f"which was merged into the branch of {blocker.merged_into.issue}, not into the default branch"
    if blocker.state is State.IN_REVIEW and blocker.pull_request is not None:
        pull = IssueRef(blocker.issue.repository, blocker.pull_request)
        return f"whose pull request {pull} {'has to be merged first' if can_carry(blocker) else 'is not verified'}"
    if blocker.state is State.CLOSED:
        return "whose pull request was closed without merging"
    return f"which is {blocker.state.value.replace('_', ' ')}" if blocker.state is not State.FAILED else "which failed"
