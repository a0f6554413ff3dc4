"""What must be so after every night, whatever struck: asked of the simulated GitHub, not of the bot.

Each labelled issue has ended in exactly one way that its night allows, as its status comment, its label, its pull
request and the issue itself show alike; no branch holds what nobody wrote, no session or push was one too many, and
the bot said nothing that nobody asked for. The bot's ledger has only to agree with all of that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.chaos.sessions import Event, too_often
from bot.rehearsal.chaos.strikes import Blow
from bot.rehearsal.documented import TRIGGER_LABEL, branch_of, state_labels
from bot.rehearsal.environment import Environment
from bot.rehearsal.evaluation import compare_with_ledger, find_breaches
from bot.rehearsal.judge import judge_issue
from bot.rehearsal.observation import BOT, Observation
from bot.rehearsal.player import Player
from bot.rehearsal.scenario import Expect, Issue

_SERVER_ERROR = 500
_PUBLISHED = frozenset({State.IN_REVIEW, State.DONE})
_UNPUBLISHED = frozenset({State.FAILED, State.NO_CHANGE})


def judge(
    plan: Plan, place: Environment, stage: Player, *, tasks: Mapping[IssueRef, Task], trace: Sequence[Event]
) -> list[str]:
    """Everything that is not as it must be, as sentences. `tasks`: what the ledger says, by the issue."""
    opened = [stage.opened[issue.key] for issue in plan.scenario.issues if issue.key in stage.opened]
    return [
        *_everywhere(plan, place, opened),
        *_never_came(plan, trace),
        *_issues(plan, place, stage, tasks),
        *too_often(plan, place, opened, trace),
    ]


def _everywhere(plan: Plan, place: Environment, issues: Collection[IssueRef]) -> Iterator[str]:
    yield from (*find_breaches(place), *place.script.overlaps)
    if not any(strike.blow is Blow.DISK for strike in plan.strikes):  # a full disk is told, so that GitHub keeps it
        yield from _door_failures(place)
    own = {(issue.repository, f"refs/heads/{branch_of(issue.number)}") for issue in issues}
    for repository in plan.scenario.repositories:
        for push in place.github.pushes(repository.name):
            if push.actor == BOT and (push.repository, push.ref) not in own:
                yield f"the bot moved {push.ref} in {push.repository}"


def _door_failures(place: Environment) -> Iterator[str]:
    """A door that is down answers nothing, and says nothing untrue; one that is up does not fail."""
    for delivery in place.github.deliveries:
        if (delivery.status or 0) >= _SERVER_ERROR:
            yield f"the web door answered the webhook {delivery.event} with {delivery.status}"


def _never_came(plan: Plan, trace: Sequence[Event]) -> Iterator[str]:
    """A step that is gone would else be a night in which nothing happens, and goes well."""
    dealt = {event["strike"] for event in trace if "strike" in event}
    missed = {event["missed"] for event in trace if "missed" in event}
    for number, strike in enumerate(plan.strikes if plan.must_strike else ()):
        if number not in dealt:
            why = "there was nothing to strike at" if number in missed else "its step was not taken"
            yield f"the blow never came: {strike} ({why})"


def _issues(plan: Plan, place: Environment, stage: Player, tasks: Mapping[IssueRef, Task]) -> Iterator[str]:
    for issue in plan.scenario.issues:
        ref = stage.opened.get(issue.key)
        if ref is None:
            yield f"the issue {issue.key} was never opened"
            continue
        for sentence in _one(plan, place, issue, stage.observe(ref), tasks.get(ref)):
            yield f"{ref} ({issue.key}): {sentence}"


def _one(plan: Plan, place: Environment, issue: Issue, seen: Observation, task: Task | None) -> Iterator[str]:
    endings = plan.endings[issue.key]
    if None in endings and _is_stopped(seen) and _is_untouched(seen):
        if task is not None:
            yield f"the ledger has a task, which is {task.state}, and GitHub shows nothing of it"
        return
    expect = _expected(issue, endings - {None}, seen)
    yield from judge_issue(expect, seen)
    yield from compare_with_ledger(seen, task)
    yield from _end(expect.state, seen)
    yield from _branch(expect, place, issue.repository, seen)


def _expected(issue: Issue, endings: Collection[State | None], seen: Observation) -> Expect:
    """What its status comment says, if that is an end that the night allows; else the end that it should have had."""
    said = (seen.record or {}).get("state")
    state = next(state for state in (*(each for each in endings if each == said), *endings) if state)
    return Expect(
        state=state,
        failure=FailureKind.NEEDS_INFO if state is State.FAILED else None,
        files=issue.expect.files if state in _PUBLISHED else {},
        replies=issue.expect.replies,
    )


def _end(state: State, seen: Observation) -> Iterator[str]:
    """What people see of such an end beside the status comment and the label."""
    for pull in seen.pull_requests:
        if state is State.DONE and pull.merged_at is None:
            yield f"it is done, and pull request #{pull.number} was not merged"
        if state is State.IN_REVIEW and pull.state != "open":
            yield f"it is in review, and pull request #{pull.number} is {pull.state}"
    if state is State.DONE and seen.issue.state != "closed":
        yield "it is done, and its issue is open"
    if state is State.CANCELLED and not _is_stopped(seen):
        yield "it is cancelled, and nobody has stopped it"


def _branch(expect: Expect, place: Environment, repository: str, seen: Observation) -> Iterator[str]:
    """Exactly the files that were written; beside them only what the default branch has by now."""
    if seen.files is None:
        return
    if expect.state in _UNPUBLISHED:
        yield "it came to nothing that could be published, and its branch was pushed"
    known = {*place.github.files(repository, "main"), *expect.files}
    if expect.state in _PUBLISHED and (more := sorted(set(seen.files) - known)):
        yield f"its branch holds what nobody wrote: {', '.join(more)}"


def _is_stopped(seen: Observation) -> bool:
    return seen.issue.state == "closed" or TRIGGER_LABEL not in seen.issue.labels


def _is_untouched(seen: Observation) -> bool:
    """Whether GitHub shows nothing of the bot."""
    shown = (*seen.comments, *seen.pull_requests, *(state_labels(TRIGGER_LABEL) & set(seen.issue.labels)))
    return not shown and seen.files is None
