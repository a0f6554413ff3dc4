"""Native stacks of pull requests, a preview: made, added to, dissolved, merged.

https://docs.github.com/en/pull-requests/reference/stacked-pull-requests-apis-and-webhooks; the words of the refusals
are examples of the pinned description.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from bot.rehearsal.github import merge_commits, payloads
from bot.rehearsal.github.bare import GitRefused
from bot.rehearsal.github.bases import change_base
from bot.rehearsal.github.issues import record, tell
from bot.rehearsal.github.merge_commits import Signature
from bot.rehearsal.github.merging import merge_pull_request
from bot.rehearsal.github.pushes import HEADS, Update, pushed
from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.github.stack_records import Stack
from bot.rehearsal.github.world import Refused, Repository, World, not_found

_NOT_LINEAR = "Pull requests must form a stack, where each PR's base ref is the previous PR's head ref"


def find_stack(repository: Repository, number: int) -> Stack:
    """Raises 404, also where the preview is off."""
    if not repository.has_stacks or number not in repository.stacks:
        raise not_found()
    return repository.stacks[number]


def create_stack(world: World, repository: Repository, numbers: Sequence[int], actor: str) -> Stack:
    """Of pull requests from the bottom to the top."""
    if not repository.has_stacks:
        raise not_found()
    pulls = _find_stackable(repository, numbers)
    _check_linear(pulls)
    stack = Stack(
        id=world.next_id(),
        number=max(repository.stacks, default=0) + 1,
        base=pulls[0].base,
        pulls=tuple(numbers),
        created_at=world.now(),
    )
    return _keep(world, repository, stack, numbers, actor)


def add_to_stack(world: World, repository: Repository, number: int, numbers: Sequence[int], actor: str) -> Stack:
    """On its top."""
    stack = find_stack(repository, number)
    pulls = _find_stackable(repository, numbers)
    _check_linear([repository.pull_request(stack.pulls[-1]), *pulls])
    return _keep(world, repository, replace(stack, pulls=(*stack.pulls, *numbers)), numbers, actor)


def unstack(repository: Repository, number: int) -> Stack | None:
    """All that is not merged leaves the stack: there is no way to remove one. Returns what is left of it."""
    stack = find_stack(repository, number)
    merged = tuple(each for each in stack.pulls if repository.pull_request(each).merged_at is not None)
    if merged == stack.pulls:
        raise Refused(422, "Pull requests in this stack cannot be removed")
    del repository.stacks[number]
    if not merged:
        return None
    repository.stacks[number] = replace(stack, pulls=merged)
    return repository.stacks[number]


def merge_stack(world: World, repository: Repository, number: int, actor: str, *, method: str) -> PullRequest:
    """By the page of one of its pull requests: with all below it. What is above is put on the new base:
    https://docs.github.com/en/pull-requests/how-tos/merge-and-close-pull-requests/merging-stacked-pull-requests"""
    stack = repository.stack_of(number)
    if stack is None:
        raise not_found()
    wanted = stack.pulls[: stack.pulls.index(number) + 1]
    waiting = [each for each in wanted if repository.pull_request(each).merged_at is None]
    if any(repository.pull_request(each).state == "closed" for each in waiting):
        raise Refused(405, "Pull Request is not mergeable")  # one that is closed holds up all above it
    for each in waiting:
        before = repository.pull_request(each)
        merge_pull_request(world, repository, each, actor, method=method)
        _rebase_above(world, repository, stack, before, actor)
    return repository.pull_request(number)


def _rebase_above(world: World, repository: Repository, stack: Stack, merged: PullRequest, actor: str) -> None:
    """The events and their order are those of github/gh-stack discussion 463. A conflict is left to people, and so is
    what does not stand on the part below any more: not even its base is moved (discussion 605)."""
    signature = Signature(author=actor, committer=actor, now=world.now())
    upstream, onto = merged.head_sha, repository.git.branch(stack.base)
    for number in stack.pulls[stack.pulls.index(merged.number) + 1 :]:
        pull = repository.pull_request(number)
        if pull.state != "open" or onto is None or not repository.git.is_ancestor(upstream, pull.head_sha):
            return
        if pull.base == merged.head:
            change_base(world, repository, number, stack.base, actor, event="automatic_base_change_succeeded")
        try:
            made = merge_commits.rebase_onto(repository.git, onto, upstream, pull.head_sha, signature=signature)
            repository.git.set_ref(HEADS + pull.head, made, old=pull.head_sha)
        except GitRefused:
            return
        record(world, repository, repository.pull_request(number), "head_ref_force_pushed", actor)
        pushed(world, repository, [Update(ref=HEADS + pull.head, old=pull.head_sha, new=made)], actor)
        upstream, onto = pull.head_sha, made


def _keep(world: World, repository: Repository, stack: Stack, numbers: Sequence[int], actor: str) -> Stack:
    repository.stacks[stack.number] = stack
    for number in numbers:
        pull = repository.pull_request(number)
        place = payloads.place(repository, stack, pull)
        tell(world, repository, pull, "stacked", actor, stack=place)
    return stack


def _find_stackable(repository: Repository, numbers: Sequence[int]) -> list[PullRequest]:
    pulls = {pull.number: pull for pull in repository.pull_requests()}
    missing = [number for number in numbers if number not in pulls]
    if missing:
        error = {"resource": "Stack", "field": "pull_requests", "code": "missing", "value": missing}
        raise Refused(422, "Validation Failed", errors=[error])
    for number in numbers:
        if repository.stack_of(number) is not None:
            raise Refused(422, f"Pull request #{number} is already part of a stack")
        if pulls[number].state != "open":
            raise Refused(422, _NOT_LINEAR)
    return [pulls[number] for number in numbers]


def _check_linear(pulls: Sequence[PullRequest]) -> None:
    """One below each and at most one above: a head is the base of the next alone."""
    if any(upper.base != lower.head for lower, upper in pairwise(pulls)):
        raise Refused(422, _NOT_LINEAR)
