"""Merges the bot's open pull requests of a repository with each other as a trial: each conflict is shown on both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.adapters.git.open_branches import OpenBranches
from bot.adapters.github import GitHub
from bot.adapters.store import Ledger, Store
from bot.core.pressure import Conflict
from bot.core.tasks import State, Task
from bot.steps.open_pulls import show_conflicts

_MOST = 30  # pull requests, the newest: each is merged with each other


def find_pairs(store: Store, github: GitHub, branches: OpenBranches, repository: str, now: datetime) -> None:
    """Raises TaskFailed, CommandFailed or GitHubFailed. Nothing is merged again while no branch has moved."""
    with store.read() as ledger:
        tasks = _open(ledger, repository)
        known = ledger.pairs.read_tested(repository)
    base, heads = _heads(github, branches, repository, tasks) if len(tasks) > 1 else ("", {})
    now_tested = hashlib.sha256(repr((base, sorted(heads.items()))).encode()).hexdigest()
    if now_tested == known:
        return
    found = branches.find_conflicts(base, heads)
    with store.transaction() as ledger:
        still = {task.pull_request for task in _open(ledger, repository) if task.pull_request is not None}
        pairs = [Conflict(one=one, other=other, files=files) for one, other, files in found if {one, other} <= still]
        changed = ledger.pairs.replace(repository, pairs, tested=now_tested)
        for number in changed if known is not None else still | changed:
            show_conflicts(ledger, repository, number, now)


def _open(ledger: Ledger, repository: str) -> Sequence[Task]:
    tasks = ledger.tasks.in_states(State.IN_REVIEW, repository=repository)
    return sorted((task for task in tasks if task.pull_request), key=lambda task: task.pull_request or 0)[-_MOST:]


def _heads(
    github: GitHub, branches: OpenBranches, repository: str, tasks: Sequence[Task]
) -> tuple[str, Mapping[int, str]]:
    """The base branch's commit, and those of the pull requests by their numbers, all of them in the mirror."""
    facts = github.repository(repository)
    commit = branches.fetch(facts.default_branch, kilobytes=facts.kilobytes)[facts.default_branch]
    named = {task.pull_request: github.branches.of(task.issue) for task in tasks if task.pull_request is not None}
    there = branches.live_heads(named.values())
    brought = {number: branches.bring_branch(name, there[name]) for number, name in named.items() if name in there}
    return commit, brought
