"""What a merge does to a pull request, and to the issues that it closes."""

from __future__ import annotations

from dataclasses import replace

from bot.rehearsal.github.issues import close_issue, record
from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.github.world import Repository, World


def mark_merged(world: World, repository: Repository, pull: PullRequest, actor: str, sha: str) -> None:
    repository.issues[pull.number] = replace(pull, merged_at=world.now(), merged_by=actor, merge_sha=sha)
    record(world, repository, pull, "merged", actor, commit=sha)
    close_issue(world, repository, pull.number, actor)


def close_linked(world: World, repository: Repository, pull: PullRequest, actor: str) -> None:
    """Only what is merged into the default branch closes issues."""
    if pull.base == repository.default_branch:
        for number in pull.closes:
            if number in repository.issues:
                close_issue(world, repository, number, actor)


def merge_contained(world: World, repository: Repository, base: str, sha: str, actor: str) -> None:
    """A pull request whose commits have all reached its base otherwise is merged, too: an "indirect merge" of
    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges"""
    for number in [pull.number for pull in repository.pull_requests() if (pull.state, pull.base) == ("open", base)]:
        pull = repository.pull_request(number)  # as it is now: telling of the one before has asked git
        contained = repository.git.is_ancestor(pull.head_sha, sha)
        if contained and repository.pull_request(number).state == "open":
            mark_merged(world, repository, repository.pull_request(number), actor, sha)
            close_linked(world, repository, pull, actor)
