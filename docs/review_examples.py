"""What Nightshift says on its pull requests, and to people who may not give a command, for `docs/generate.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from bot.core import messages
from bot.core.approval_events import Role
from bot.core.facts import Actor, PullRequestFacts
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.revisions import obstacle
from bot.core.said import LONGEST, MOST
from bot.core.tasks import Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
SAM = Actor(login="sam", id=2)


def _task(state: State) -> Task:
    text = Snapshot(title="Tell the time", body="")
    return Task(id=1, issue=IssueRef("octo/clock", 4), state=state, snapshot=text, created_at=NOW, updated_at=NOW)


def reviews() -> Iterator[tuple[str, str]]:
    link = "[`a1b2c3d`](https://github.com/octo/clock/commit/a1b2c3d)"
    pull = PullRequestFacts(number=8, body="", head_branch="auto/7", is_open=True, merged_at=None)
    yield "to a person who may not write", messages.not_permitted_here(SAM, Role.STRANGER.value)
    yield "on another pull request", messages.not_our_pull_request()
    yield "the label on another pull request", messages.label_on_pull_request(is_own=False)
    yield "the label on one that Nightshift opened", messages.label_on_pull_request(is_own=True)
    for state in (State.QUEUED, State.RUNNING, State.IN_REVIEW, State.FAILED, State.DONE):
        yield f"a mention of the bot without a command, while the task is {state}", messages.how_to_ask(_task(state))
    yield "`/revise` on an issue without a pull request", messages.no_pull_request()
    ended = {"closed": replace(pull, is_open=False), "merged": replace(pull, is_open=False, merged_at=NOW)}
    for name, shown in ended.items():
        yield (
            f"a revision of one that is {name}",
            messages.cannot_revise(obstacle(shown, _task(State.QUEUED), None) or ""),
        )
    for state in (State.RUNNING, State.QUEUED):
        yield f"a revision while it is {state}", messages.cannot_revise(obstacle(pull, _task(state), None) or "")
    yield "a review was read", messages.revising("ada")
    yield "revised", messages.revised(link, "Item 1: It says night now.", threads=1)
    yield "in a thread", messages.thread_answer(link, "It says night now.")
    yield "a revision failed", messages.revision_failed(FailureKind.TASK_BLOCKED, "The clock is not mine.")
    yield "a repair", messages.repaired(link, "The test compared with local time.", checks=["test (3.12)"])
    yield "a repair that changed nothing", messages.repaired("", "The runner is broken.", checks=["test (3.12)"])
    yield (
        "a repair failed",
        messages.repair_failed(
            FailureKind.TASK_BLOCKED, "The runner has no disk.", checks=["test (3.12)"], branch="auto/4"
        ),
    )
    yield "two repairs did not help", messages.repairs_are_used_up(["test (3.12)", "lint"], branch="auto/4")
    merged = messages.rebased(link, "", base="main", files=(), is_added=True)
    yield "merged by git, since a person's commit is on the branch", merged
    yield "rebased by Claude", messages.rebased(link, "Kept both.", base="main", files=["clock/time.py"])
    yield (
        "a conflict remains",
        messages.conflict_remains(
            FailureKind.BRANCH_CONFLICT, "clock/time.py", files=["clock/time.py"], branch="auto/4"
        ),
    )
    yield (
        "a conflict remains, since the session failed",
        messages.conflict_remains(
            FailureKind.TASK_BLOCKED, "Both changes are meant.", files=["clock/time.py"], branch="auto/4"
        ),
    )
    yield "a revision was stopped", messages.revision_stopped("the pull request is merged")


def _said() -> Iterator[tuple[str, str]]:
    yield "`/say` on an issue that it does not work on", messages.nothing_at_work(None)
    for state in (State.QUEUED, State.FAILED, State.IN_REVIEW, State.DONE):
        yield f"`/say` while the task is {state}", messages.nothing_at_work(_task(state))
    yield "`/say` without words", messages.nothing_said()
    yield "`/say` with too many words", messages.said_too_much(LONGEST)
    yield "`/say` too often", messages.said_too_often(MOST)
    yield "`/say` that no session read", messages.not_read(_task(State.IN_REVIEW))


def refusals(stranger: Actor, issue: IssueRef) -> Iterator[tuple[str, str]]:
    yield "to a stranger", messages.not_permitted(stranger, issue, Role.STRANGER.value)
    yield "to the issue's author, who answered questions", messages.needs_confirmation(stranger, "ada")
    yield "to a 👍 on a reply that was edited since", messages.edited_since("ada")
    yield "to a bot", messages.not_permitted(Actor(login="some-bot", id=9), issue, Role.AUTOMATON.value)
    refused = "GitHub answered 403: Resource not accessible by personal access token"
    yield "where `mirror_dependencies` is refused", messages.not_mirrored(issue, refused)
    yield from _said()
