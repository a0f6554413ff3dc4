"""What is on the branch of an issue, and what a person pushes to it."""

from __future__ import annotations

from bot.core.references import IssueRef
from bot.rehearsal.documented import branch_of
from tests.stories.world import REPOSITORY, World


def history(world: World, issue: IssueRef) -> list[str]:
    """The subjects of the branch's commits beyond the default branch, the oldest first."""
    git = world.github.world.repository(REPOSITORY).git
    return [commit.message.splitlines()[0] for commit in git.commits(f"main..{branch_of(issue.number)}")]


def forced(world: World, issue: IssueRef) -> list[str]:
    """The commits that a push to the branch removed from it."""
    git = world.github.world.repository(REPOSITORY).git
    moves = [
        push
        for push in world.github.world.pushes
        if push.ref == f"refs/heads/{branch_of(issue.number)}" and int(push.old, 16)
    ]
    return [push.old for push in moves if not (int(push.new, 16) and git.is_ancestor(push.old, push.new))]


def push(world: World, issue: IssueRef, message: str = "By hand", **files: str) -> str:
    named = {name.replace("_", "."): text for name, text in (files or {"by_hand": "mine"}).items()}
    return world.github.push_commit(REPOSITORY, branch_of(issue.number), named, message=message, by="ada")
