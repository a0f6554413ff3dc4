"""The base branch of a pull request that is published, and what its commits stand on."""

from __future__ import annotations

from bot.adapters.git import Mirror
from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.core.facts import PullRequestFacts
from bot.core.references import IssueRef
from bot.core.stacking import StackedOn, is_merged
from bot.core.tasks import Task
from bot.steps.publication import Publication


def present_base(store: Store, github: GitHub, issue: IssueRef, publication: Publication) -> str:
    """What it builds on may have been merged since: then the default branch, and its commits follow."""
    if publication.below is None:
        return publication.base
    with store.read() as ledger:
        below = ledger.tasks.find(IssueRef(issue.repository, publication.below))
    return github.repository(issue.repository).default_branch if is_merged(below) else publication.base


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
    if publication.below is not None and publication.below_commit is not None:
        return StackedOn(IssueRef(task.issue.repository, publication.below), publication.below_commit)
    with store.read() as ledger:
        known = ledger.stacks.of(task.id)
    if known is None or not mirror.is_ancestor(known.commit, publication.head):
        return None
    base = mirror.remote_head(publication.base)
    return known if base is None or not mirror.is_ancestor(known.commit, base) else None
