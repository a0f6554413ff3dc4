"""Chains of issues, and what their pull requests show."""

from __future__ import annotations

from bot.core.references import IssueRef
from tests.stories.world import REPOSITORY, World, bash, finish, writes


def chain(world: World, *names: str) -> list[IssueRef]:
    """One issue for each name, each blocked by the one before; each writes a file of its name."""
    issues = list[IssueRef]()
    for name in names:
        body = f"Blocked by #{issues[-1].number}" if issues else "Please."
        issues.append(world.label_issue(f"Add {name}", body, sessions=[writes(name, name)]))
    return issues


def bases(world: World) -> dict[int, str]:
    return {each.number: each.base for each in world.pull_requests()}


def first_line(world: World, number: int) -> str:
    return next(each.body or "" for each in world.pull_requests() if each.number == number).partition("\n")[0]


def pull_of(world: World, issue: IssueRef) -> int:
    number = world.task(issue).pull_request
    assert number is not None
    return number


def commits(script: str, message: str) -> list[dict[str, object]]:
    return [bash(f"{script}; git add -A && git commit -qm '{message}'"), finish()]


def merge(world: World, issue: IssueRef, method: str = "squash") -> None:
    world.github.merge_pull_request(REPOSITORY, pull_of(world, issue), method=method, by="ada")
