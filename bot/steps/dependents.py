"""What changes for those that wait for an issue: how far it is, whether they build on open pull requests, and which
issues they wait for at all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.dependencies import find_cycle, name_cycle
from bot.core.effects import ReplaceBlockers, Settle
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState, DependencyMode, StartsLater, blocker_state
from bot.core.tasks import State, Task, waits_for_others
from bot.steps.chains import chain_of
from bot.steps.open_pulls import queue_restack
from bot.steps.stack_start import choose_anew, find_apart, find_carrying

_BROKEN = "the cycle is broken"


def settle(ledger: Ledger, blocker: IssueRef, state: BlockerState, now: datetime) -> None:
    """Record for the tasks that wait for `blocker` whether they still have to, and update their issues."""
    for identity in ledger.blockers.settle(blocker, state):
        task = ledger.tasks.by_id(identity)
        if task is not None:
            ledger.outbox.post_status(task.issue, now)
    for issue in ledger.blockers.waiting_for_several(blocker):
        hold_side_by_side(ledger, issue, now)
    show_chain(ledger, blocker, now)


def settle_merged_with(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """The issue's branch was merged into the default branch, and with it what had been merged into that branch."""
    for each in ledger.stacks.merged_with(issue):
        ledger.stacks.note_merged_with(each)
        ledger.outbox.post_status(each, now)
        settle(ledger, each, BlockerState.COMPLETED, now)
        settle_merged_with(ledger, each, now)


def hold_side_by_side(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """A queued task starts from a merge of its blockers' branches. While two of these cannot be merged it waits for
    them, until one is merged or has changed."""
    task = ledger.tasks.find(issue)
    if task is None or task.state is not State.QUEUED or len(task.blockers) < 2:  # noqa: PLR2004 - one holds nothing
        return
    if ledger.dependency_modes.of(issue.repository) is DependencyMode.STACK:
        tasks = choose_anew(ledger, task).tasks
        apart = find_apart(ledger, task, tasks)
        held = [each.issue for each in tasks if apart is not None and each.issue.number in apart.between]
        released = [issue for issue in find_carrying(ledger, task) if issue not in held]
        if ledger.blockers.hold(task.id, held, released=released):
            ledger.outbox.post_status(issue, now)


def wait_again(ledger: Ledger, task: Task, later: StartsLater, now: datetime) -> None:
    """An attempt could not begin."""
    ledger.stacks.keep_apart(task.id, later.apart)
    hold_side_by_side(ledger, task.issue, now)


def find_apart_from(ledger: Ledger, blocker: IssueRef, head: str) -> list[Task]:
    """Those that the branch of `blocker` held back when it was not at `head` yet."""
    tasks = [task for issue in ledger.blockers.named_by(blocker) if (task := ledger.tasks.find(issue)) is not None]
    known = [(task, ledger.stacks.apart(task.id)) for task in tasks]
    return [task for task, apart in known if apart is not None and apart.there.get(blocker.number, head) != head]


def release_apart(ledger: Ledger, tasks: Iterable[Task], now: datetime) -> None:
    """Let them try again whether the branches can be merged."""
    for task in tasks:
        ledger.stacks.keep_apart(task.id, None)
        hold_side_by_side(ledger, task.issue, now)
        if task.state is State.IN_REVIEW:
            queue_restack(ledger, task.issue, now)


def show_chain(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """Update the status of all that wait for the issue, over others too: each shows how those before it stand."""
    task = ledger.tasks.find(issue)
    show_dependents(ledger, issue, now)
    for each in chain_of(ledger, task)[1:] if task is not None else ():
        if each.state is State.QUEUED:
            ledger.outbox.post_status(each.issue, now)


def show_dependents(ledger: Ledger, blocker: IssueRef, now: datetime) -> None:
    """Update the status of every issue that waits for `blocker`."""
    for issue in ledger.blockers.waiting_for(blocker):
        ledger.outbox.post_status(issue, now)


def keep_mode(ledger: Ledger, repository: str, mode: DependencyMode, now: datetime) -> None:
    """If it is another one than before, those that wait for pull requests in review may start, or have to wait."""
    if ledger.dependency_modes.keep(repository, mode):
        for task in ledger.tasks.in_states(State.IN_REVIEW, repository=repository):
            settle(ledger, task.issue, blocker_state(None, task), now)


def resume_from_cycle(ledger: Ledger, task: Task, now: datetime) -> None:
    """Queue again what failed for closing a cycle, if that is broken by now: with what was approved of it, whichever of
    the issues does not wait any more. Where another cycle goes through the issue, that one is named."""
    unmet = task.unmet
    cycle = find_cycle(task.issue, {**ledger.blockers.edges_beyond(unmet), task.issue: unmet})
    found = name_cycle(cycle or ())
    if found == task.detail:
        return
    ledger.tasks.move(task.id, State.FAILED, State.QUEUED, now=now, why=_BROKEN, detail="")
    if cycle is not None:
        failure = FailureKind.DEPENDENCY_CYCLE
        ledger.tasks.move(task.id, State.QUEUED, State.FAILED, now=now, failure=failure, detail=found)
    else:
        hold_side_by_side(ledger, task.issue, now)
    ledger.outbox.post_status(task.issue, now)
    show_chain(ledger, task.issue, now)


def change_blockers(effect: Settle | ReplaceBlockers, ledger: Ledger, now: datetime) -> None:
    if isinstance(effect, Settle):
        settle(ledger, effect.issue, effect.state, now)
        return
    task = ledger.tasks.find(effect.issue)
    if task is None or not waits_for_others(task) or set(task.blockers) != set(effect.known):
        return  # it was claimed, cancelled, or queued with another text meanwhile
    ledger.blockers.replace(task.id, effect.blockers)
    hold_side_by_side(ledger, effect.issue, now)
    if effect.failure is not None and task.state is State.QUEUED:
        ledger.tasks.move(task.id, State.QUEUED, State.FAILED, now=now, failure=effect.failure, detail=effect.detail)
    ledger.outbox.post_status(effect.issue, now)
