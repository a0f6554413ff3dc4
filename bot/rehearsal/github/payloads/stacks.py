"""Native stacks in GitHub's JSON."""

from __future__ import annotations

from bot.rehearsal.github.payloads.accounts import user
from bot.rehearsal.github.payloads.repositories import repository_url
from bot.rehearsal.github.payloads.words import moment, node_id
from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.github.stack_records import Stack
from bot.rehearsal.github.world import Json, Repository, World


def membership(shown: Repository, item: PullRequest) -> Json:
    """What a pull request says of its stack; nothing where the preview is off."""
    if not shown.has_stacks:
        return {}
    stack = shown.stack_of(item.number)
    return {"stack": None if stack is None else place(shown, stack, item)}


def place(shown: Repository, stack: Stack, item: PullRequest) -> Json:
    bottom = shown.pull_request(stack.pulls[0])
    return {
        "id": stack.id,
        "number": stack.number,
        "base": {"ref": stack.base, "sha": bottom.base_sha},
        "size": len(stack.pulls),
        "position": stack.pulls.index(item.number) + 1,
    }


def stack(world: World, shown: Repository, item: Stack) -> Json:
    return _show(world, shown, item) | {
        "pull_requests": [_member(world, shown, shown.pull_request(number)) for number in item.pulls]
    }


def stack_minimal(world: World, shown: Repository, item: Stack) -> Json:
    """As listings have it."""
    return _show(world, shown, item) | {"pull_requests": [_state(shown.pull_request(number)) for number in item.pulls]}


def _show(world: World, shown: Repository, item: Stack) -> Json:
    return {
        "id": item.id,
        "number": item.number,
        "node_id": node_id("S", item.id),
        "url": f"{repository_url(world, shown)}/stacks/{item.number}",
        "base": {"ref": item.base},
        "open": any(shown.pull_request(number).state == "open" for number in item.pulls),
        "created_at": moment(item.created_at),
    }


def _state(item: PullRequest) -> Json:
    return {
        "number": item.number,
        "state": item.state,
        "draft": item.draft,
        "merged_at": None if item.merged_at is None else moment(item.merged_at),
        "head": {"ref": item.head, "sha": item.head_sha},
    }


def _member(world: World, shown: Repository, item: PullRequest) -> Json:
    here = {"id": shown.id, "url": repository_url(world, shown), "name": shown.name}
    return _state(item) | {
        "id": item.pull_id,
        "node_id": node_id("PR", item.pull_id),
        "title": item.title,
        "url": f"{repository_url(world, shown)}/pulls/{item.number}",
        "html_url": f"{world.web_url}/{shown.full_name}/pull/{item.number}",
        "user": user(world, item.author),
        "head": {"ref": item.head, "sha": item.head_sha, "repo": here},
        "base": {"ref": item.base, "sha": item.base_sha, "repo": here},
    }
