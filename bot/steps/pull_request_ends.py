"""What follows from the state of a task's pull request, and from the branch into which it was merged: the default one,
or that of another part of its stack."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.github import GitHub
from bot.core import messages
from bot.core.effects import Effect, Reply
from bot.core.facts import PullRequestFacts
from bot.core.references import IssueRef, OwnBranches
from bot.core.task_rules import follow_pull_request
from bot.core.tasks import MergedInto, MergeReach, State, Task
from bot.steps.issue_reader import IssueReader


def follow_shown(reader: IssueReader, task: Task | None, *, is_open: bool, merged_at: datetime | None) -> list[Effect]:
    """If it was closed unmerged, the issue may still be completed. Raises GitHubFailed."""
    completed = False
    if task is not None and not is_open and merged_at is None:
        completed = reader.facts(task.issue).completed
    pull = _read_merged(reader, task, merged_at)
    merged_into = _find_merged_into(reader, task, pull, merged_at)
    effects = follow_pull_request(
        task,
        is_open=is_open,
        merged_at=merged_at,
        issue_completed=completed,
        is_revised=task is not None and reader.revision(task) is not None,
        merged_into=merged_into,
        merged_head=pull.head if pull is not None else "",
    )
    return [*effects, *_tell_late(reader.github.branches, task, merged_into)] if effects else []


def _read_merged(reader: IssueReader, task: Task | None, merged_at: datetime | None) -> PullRequestFacts | None:
    """None where nothing is new. Raises GitHubFailed."""
    if task is None or task.pull_request is None or merged_at is None or task.state is State.DONE:
        return None
    return reader.github.pull_request(task.issue.repository, task.pull_request)


def _find_merged_into(
    reader: IssueReader, task: Task | None, pull: PullRequestFacts | None, merged_at: datetime | None
) -> MergedInto | None:
    """None for the default branch, for another one that is not the bot's, and where nothing is new. A part of a native
    stack is merged with all below it. Raises GitHubFailed."""
    if task is None or pull is None or merged_at is None:
        return None
    repository = task.issue.repository
    lower = reader.github.branches.issue_of(repository, pull.base)
    if lower is None or pull.is_stacked:
        return None
    return MergedInto(lower, _find_reached(reader.github, reader.task(lower), merged_at))


def _find_reached(github: GitHub, lower: Task | None, merged_at: datetime) -> MergeReach:
    """By GitHub's times, in whichever order the ledger learns of the two merges."""
    if lower is None or lower.pull_request is None:
        return MergeReach.BRANCH
    its = github.pull_request(lower.issue.repository, lower.pull_request).merged_at
    if its is not None and its < merged_at:
        return MergeReach.LATE
    return MergeReach.DEFAULT if lower.is_in_default_branch else MergeReach.BRANCH


def _tell_late(branches: OwnBranches, task: Task | None, merged_into: MergedInto | None) -> list[Effect]:
    """On the pull request, once."""
    if task is None or task.pull_request is None or merged_into is None or merged_into.reached is not MergeReach.LATE:
        return []
    pull = IssueRef(task.issue.repository, task.pull_request)
    said = messages.merged_late(branches.of(merged_into.issue), task.issue.number)
    return [Reply(pull, f"merged-late:{pull}", said)]
