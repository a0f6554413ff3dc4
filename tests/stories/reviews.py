"""A pull request in review, what people say on it, and the bot's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.references import IssueRef
from bot.rehearsal.github.records import PullRequest
from tests.stories.world import BOT, REPOSITORY, World, bash, finish, writes

Turns = Sequence[Mapping[str, Any]]


def in_review(world: World, *revisions: Turns) -> tuple[IssueRef, PullRequest]:
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon"), *revisions])
    world.run_until_idle()
    (pull,) = world.pull_requests()
    return issue, pull


def changes(text: str = "night", summary: str = "Done.") -> list[dict[str, Any]]:
    return [bash(f"printf '%s' '{text}' > time.txt && git commit -qam 'Say {text}'"), finish("complete", summary)]


def asked(world: World) -> str:
    """What the last session was asked, and all that was said before."""
    return str(world.model.requests[-1].messages)


def say(world: World, pull: PullRequest, text: str, *, by: str = "ada") -> int:
    world.later(5)
    return world.github.comment(REPOSITORY, pull.number, text, by=by).id


def answers(world: World, pull: PullRequest) -> list[str]:
    return [each.body for each in world.github.comments(REPOSITORY, pull.number) if each.author == BOT]
