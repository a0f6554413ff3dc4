"""What is queued for git and for the texts of pull requests when one of them is opened, updated, merged or closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.adapters.store import Ledger
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.steps.chains import chain_of

BEFORE_REMOVAL = timedelta(days=1)
"""A closed pull request may be opened again: GitHub opens none without its branch."""


def show_conflicts(ledger: Ledger, repository: str, number: int, now: datetime) -> None:
    """Queue an update of the line that names the pull requests with which this one conflicts."""
    pull = str(IssueRef(repository, number))
    ledger.outbox.post(f"conflicts:{pull}", kind="conflicts", payload={"issue": pull}, now=now)


def check_pairs(ledger: Ledger, repository: str, now: datetime) -> None:
    """Queue trial merges of the repository's open pull requests with each other."""
    ledger.outbox.post(f"pairs:{repository}", kind="git", payload={"pairs": repository}, now=now)


def queue_removal(ledger: Ledger, issue: IssueRef, due: datetime) -> None:
    """Of the issue's branch, unless it is still in use then."""
    ledger.outbox.post(f"branch:{issue}", kind="git", payload={"branch": str(issue)}, now=due)


def queue_left_claims(ledger: Ledger, repository: str, now: datetime) -> None:
    """The removal of branches that show that a task is worked on, of tasks that are not any more."""
    for issue in ledger.pushes.left_claims(repository):
        ledger.outbox.post(f"claim:{issue}", kind="git", payload={"claim": str(issue)}, now=now)


def queue_restack(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """Of the issue's pull request, on what it stands on."""
    ledger.outbox.post(f"restack:{issue}", kind="restack", payload={"issue": str(issue)}, now=now)


def queue_registration(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """Of the chain that this issue's pull request is part of, as a native stack of GitHub."""
    ledger.outbox.post(f"native stack:{issue}", kind="native stack", payload={"issue": str(issue)}, now=now)


def tend_pull_requests(ledger: Ledger, task: Task, target: State, now: datetime) -> None:
    """A pull request was shown or updated, merged or closed: what follows for the others, and for its branch."""
    name = task.issue.repository
    if target in {State.DONE, State.CLOSED} and task.pull_request is not None:
        for number in ledger.pairs.drop(name, task.pull_request):
            show_conflicts(ledger, name, number, now)
        is_merged = target is State.DONE
        due = now if is_merged else now + BEFORE_REMOVAL
        queue_removal(ledger, task.issue, due)
    if target in {State.DONE, State.CLOSED, State.IN_REVIEW}:
        check_pairs(ledger, name, now)
        _tend_stack(ledger, task, target, now)
    elif target is State.FAILED:  # what it made may be shown, in a draft on what it was built on
        _show_places(ledger, task, now)


def _tend_stack(ledger: Ledger, task: Task, target: State, now: datetime) -> None:
    """What stands on this one follows it, and this one what it stands on; each says where it is. GitHub is asked to
    keep the chain, where it can."""
    below = ledger.stacks.of(task.id)
    above = ledger.stacks.above(task.issue)
    for issue in [*above, *([task.issue] if below is not None else [])]:
        queue_restack(ledger, issue, now)
    if target is State.IN_REVIEW and (below is not None or above):
        queue_registration(ledger, task.issue, now)
    _show_places(ledger, task, now)


def _show_places(ledger: Ledger, task: Task, now: datetime) -> None:
    """In the first lines of all pull requests of the chain."""
    for each in chain_of(ledger, task):
        if each.pull_request is not None:
            show_conflicts(ledger, each.issue.repository, each.pull_request, now)
