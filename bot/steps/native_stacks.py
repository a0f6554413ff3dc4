"""Registers chains of pull requests as native stacks of GitHub, where it has them. GitHub then moves bases and commits
when a part is merged.

What GitHub refuses is kept up as without it, and not asked for again: a repository without them is asked once a day,
one that refuses them to this account once a week, and a chain that it does not take not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Ledger, Store
from bot.core.checkpoints import Checkpoint, Reached, log_checkpoint
from bot.core.native_stacks import (
    ASK_AGAIN_AFTER_ABSENCE,
    ASK_AGAIN_AFTER_REFUSAL,
    Add,
    Create,
    NoteMade,
    StackMembership,
    find_line,
    may_change,
    plan,
)
from bot.core.references import IssueRef
from bot.core.stacking import is_merged
from bot.core.tasks import MAY_BE_SHOWN, Task

_log = logging.getLogger(__name__)

_LACKED, _REFUSED = 404, frozenset({403, 409, 410, 422})


def register(
    store: Store, github: GitHub, issue: IssueRef, now: datetime, *, reached: Reached = log_checkpoint
) -> None:
    """Safe to repeat: what is about to be made is on record before. Raises GitHubFailed for an outage."""
    name = issue.repository
    with store.read() as ledger:
        tasks = _find_line(ledger, issue)
        known = _read_members(ledger, tasks)
        is_lacking = ledger.native_stacks.is_lacking(name, now)
    if is_lacking or not may_change(list(tasks), known):
        return
    try:
        shown = github.native_stack(name, next(iter(tasks)))
        match plan(list(tasks), shown, known):
            case NoteMade() as found:
                _keep(store, tasks, found.pulls, found.stack)
                register(store, github, issue, now, reached=reached)  # what stands on them may be missing
            case Create() as wanted:
                _keep(store, tasks, wanted.pulls, None)
                reached(Checkpoint.STACK_NOTED, str(issue))
                made = github.create_native_stack(name, wanted.pulls)
                reached(Checkpoint.STACK_MADE, str(issue))
                _keep(store, tasks, wanted.pulls, made)
            case Add() as wanted:
                _keep(store, tasks, wanted.pulls, None)
                reached(Checkpoint.STACK_NOTED, str(issue))
                github.add_to_native_stack(name, wanted.stack, wanted.pulls)
                reached(Checkpoint.STACK_MADE, str(issue))
                _keep(store, tasks, wanted.pulls, wanted.stack)
    except GitHubFailed as error:
        if error.transient or error.status not in {_LACKED, *_REFUSED}:
            raise
        _note_refusal(store, name, tasks, error, now)


def _find_line(ledger: Ledger, issue: IssueRef) -> Mapping[int, Task]:
    """The tasks of the chain by their pull requests, from the bottom to the top. Empty where one is not open, or stands
    on a merge of several branches: GitHub knows one below each."""

    def below(issue: IssueRef) -> IssueRef | None:
        task = ledger.tasks.find(issue)
        on = ledger.stacks.of(task.id) if task is not None else None
        lower = ledger.tasks.find(on.issue) if on is not None else None
        return lower.issue if lower is not None and not is_merged(lower) else None

    def above(issue: IssueRef) -> Sequence[IssueRef]:
        found = {each: ledger.tasks.find(each) for each in ledger.stacks.above(issue)}
        return [each for each, task in found.items() if task and _is_open(task) and not _is_merge(ledger, task)]

    found = [ledger.tasks.find(each) for each in find_line(issue, below, above)]
    tasks = {each.pull_request: each for each in found if each is not None and each.pull_request and _is_open(each)}
    if len(tasks) != len(found) or any(_is_merge(ledger, each) for each in tasks.values()):
        return {}
    return {pull: task for pull, task in tasks.items() if pull}


def _is_merge(ledger: Ledger, task: Task) -> bool:
    on = ledger.stacks.of(task.id)
    return on is not None and bool(on.parts)


def _is_open(task: Task | None) -> bool:
    return task is not None and task.state in MAY_BE_SHOWN and task.pull_request is not None


def _read_members(ledger: Ledger, tasks: Mapping[int, Task]) -> dict[int, StackMembership]:
    found = {pull: ledger.native_stacks.of(task.id, pull) for pull, task in tasks.items()}
    return {pull: made for pull, made in found.items() if made is not None}


def _keep(store: Store, tasks: Mapping[int, Task], pulls: Sequence[int], stack: int | None) -> None:
    with store.transaction() as ledger:
        for pull in pulls:
            ledger.native_stacks.keep(tasks[pull].id, StackMembership(pull=pull, stack=stack))


def _note_refusal(store: Store, name: str, tasks: Mapping[int, Task], error: GitHubFailed, now: datetime) -> None:
    """GitHub answers 404 where there are no native stacks, 403 where this account may not make them, and anything else
    for a chain that it does not take, such as one with a pull request that people stacked otherwise."""
    with store.transaction() as ledger:
        if error.status in {_LACKED, 403}:
            again = ASK_AGAIN_AFTER_ABSENCE if error.status == _LACKED else ASK_AGAIN_AFTER_REFUSAL
            is_news = ledger.native_stacks.note_lacking(name, until=now + again, why=f"{error.status}")
        else:
            is_news = True
            for pull, task in tasks.items():
                known = ledger.native_stacks.of(task.id, pull)
                if known is None or known.stack is None:
                    ledger.native_stacks.keep(task.id, StackMembership(pull=pull, refused=True))
    if is_news and error.status == _LACKED:
        _log.info("%s has no native stacks: Nightshift keeps its chains itself", name)
    elif is_news:
        chain = ", ".join(f"#{pull}" for pull in tasks)
        _log.warning("%s: GitHub takes no native stack of %s: %s; Nightshift keeps it itself", name, chain, error)
