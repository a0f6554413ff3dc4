"""The base of a pull request: a person moves it, a merge moves it, and its branch may go.

The words of what is refused are those of google/go-github#3456, MithrilJS/mithril.js#2862 and cli/cli#14223.
"""

from __future__ import annotations

from dataclasses import replace

from bot.rehearsal.github.issues import close_issue, record, tell
from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.github.world import Json, Refused, Repository, World, invalid


def change_base(
    world: World, repository: Repository, number: int, base: str, actor: str, *, event: str = "base_ref_changed"
) -> PullRequest:
    """Move an open pull request to another base, which has to be a branch. Raises Refused."""
    # Even the base that it has already is refused: Mergifyio/mergify-cli#1762.
    if event == "base_ref_changed" and repository.stack_of(number) is not None:
        raise _refuse("Cannot change the base branch because the pull request is part of a stack.")
    sha = _check_base(repository, number, base)
    pull = repository.pull_request(number)
    if base == pull.base:
        return pull
    moved = replace(pull, base=base, base_sha=sha, updated_at=world.now())
    repository.issues[number] = moved
    record(world, repository, moved, event, actor)
    changes: Json = {"base": {"ref": {"from": pull.base}, "sha": {"from": pull.base_sha}}}
    tell(world, repository, moved, "edited", actor, changes=changes)
    return repository.pull_request(number)


def move_dependents(world: World, repository: Repository, merged: PullRequest, actor: str) -> None:
    """Before the branch of a merged pull request goes, those that are based on it get its base. GitHub does so for its
    button and its setting, and not for other deletions (cli/cli#14223, ai-driven-dev/framework#843):
    https://docs.github.com/en/pull-requests/how-tos/commit-changes/managing-branches-within-your-repository#deleting-a-branch
    """
    if repository.late_base_changes > 0:  # it can lose a race against closing them (logos-blockchain#3340)
        repository.late_base_changes -= 1
        return
    for number in _find_dependents(repository, merged.head):
        try:
            change_base(world, repository, number, merged.base, actor, event="automatic_base_change_succeeded")
        except Refused:
            record(world, repository, repository.pull_request(number), "automatic_base_change_failed", actor)


def lose_base(world: World, repository: Repository, branch: str, actor: str) -> None:
    """A branch is gone: what is based on it is closed. Both events in this order: the history in cli/cli#14223."""
    for number in _find_dependents(repository, branch):
        record(world, repository, repository.pull_request(number), "base_ref_deleted", actor)
        close_issue(world, repository, number, actor)


def _find_dependents(repository: Repository, branch: str) -> list[int]:
    return [pull.number for pull in repository.pull_requests() if (pull.state, pull.base) == ("open", branch)]


def _check_base(repository: Repository, number: int, base: str) -> str:
    """The commit of the new base. What git says is asked first: it releases the lock."""
    pull = repository.pull_request(number)
    sha = repository.git.branch(base)
    commits = () if sha is None else repository.git.commits(f"{sha}..{pull.head_sha}")
    shared = sha is not None and repository.git.merge_base(sha, pull.head_sha) is not None
    pull = repository.pull_request(number)
    if pull.state != "open":
        raise _refuse("Cannot change the base branch of a closed pull request.")
    if sha is None:
        raise _refuse(f"Proposed base branch '{base}' was not found")
    if base != pull.base:
        _check_only_one(repository, pull, base)
        if base == pull.head or not commits:
            raise _refuse(f"There are no new commits between base branch '{base}' and head branch '{pull.head}'")
        if not shared:
            raise _refuse(f"The {base} branch has no history in common with {pull.head}")
    return sha


def _check_only_one(repository: Repository, pull: PullRequest, base: str) -> None:
    for other in repository.pull_requests():
        if (other.state, other.head, other.base) == ("open", pull.head, base):
            raise _refuse(f"A pull request already exists for base branch '{base}' and head branch '{pull.head}'")


def _refuse(message: str) -> Refused:
    return invalid("PullRequest", "base", "invalid", message)
