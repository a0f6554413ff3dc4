"""The base branch of a pull request that is published, and what its commits stand on."""

from __future__ import annotations

from bot.adapters.git import Mirror
from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.core.facts import PullRequestFacts
from bot.core.references import IssueRef
from bot.core.stacking import StackedOn, is_merged, read_parts
from bot.core.tasks import Task
from bot.steps.publication import Publication


def present_base(store: Store, github: GitHub, issue: IssueRef, publication: Publication) -> str:
    """What it builds on may have been merged since: then the default branch, and its commits follow."""
    if publication.below is None:
        return publication.base
    with store.read() as ledger:
        task, below = ledger.tasks.find(issue), ledger.tasks.find(IssueRef(issue.repository, publication.below))
        known = ledger.stacks.of(task.id) if task is not None else None
        other = ledger.tasks.find(known.issue) if known is not None else None
    if not is_merged(below):
        return publication.base
    if known is not None and not is_merged(other):  # one of several was merged
        return github.branches.of(known.issue)
    return github.repository(issue.repository).default_branch


def base_of_open(
    store: Store, github: GitHub, issue: IssueRef, publication: Publication, shown: PullRequestFacts
) -> str:
    """Outside of a stack the base stays: another one is a person's choice, or GitHub's after the default branch got
    another name. In a native stack GitHub alone moves it."""
    if shown.is_stacked:
        return shown.base
    if publication.below is None and not github.branches.include(shown.base):
        return shown.base
    return present_base(store, github, issue, publication)


def what_it_stands_on(store: Store, task: Task, mirror: Mirror, publication: Publication) -> StackedOn | None:
    """Work that goes on from commits on another pull request stands on them, also once that is merged: `restack`
    takes them away. Not where a merge commit brought these very commits into the base."""
    with store.read() as ledger:
        known = ledger.stacks.of(task.id)
    if known is not None and not mirror.is_ancestor(known.commit, publication.head):
        known = None
    commit = publication.below_commit
    if publication.below is None and commit is not None:  # the default branch was merged into this one
        return None
    if publication.below is None or commit is None:
        base = mirror.remote_head(publication.base)
        is_there = known is not None and base is not None and mirror.is_ancestor(known.commit, base)
        return known if not is_there else None
    if known is not None and known.parts and known.commit == commit:  # with those of its parts that were merged since
        return known
    repository = task.issue.repository
    parts = read_parts(repository, publication.below_parts)
    return StackedOn(IssueRef(repository, publication.below), commit, parts)
