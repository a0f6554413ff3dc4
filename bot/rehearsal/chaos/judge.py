"""What must be so after every night, whatever went wrong: asked of the simulated GitHub, not of the bot.

Each labelled issue has ended in exactly one way that its night allows, as its status comment, its label, its pull
request and the issue itself show alike; no branch holds what no session wrote, there was no session and no push too
many, and the bot made no comment without a reason. The bot's ledger has only to agree with all of that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.core.references import IssueRef
from bot.core.tasks import Task
from bot.rehearsal.chaos.injections import FaultKind
from bot.rehearsal.chaos.issues import Ending
from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.chaos.rules import broken_rules
from bot.rehearsal.chaos.sessions import Event, Sessions
from bot.rehearsal.documented import TRIGGER_LABEL, branch_of, state_labels
from bot.rehearsal.environment import Environment
from bot.rehearsal.evaluation import compare_with_ledger, find_breaches, find_failed_webhooks
from bot.rehearsal.judge import judge_issue
from bot.rehearsal.observation import Observation
from bot.rehearsal.player import Player
from bot.rehearsal.scenario import Expect, Issue
from bot.rehearsal.stack_judge import judge_stacks

_PUBLISHED = frozenset({"in_review", "done"})
_UNPUBLISHED = frozenset({"failed", "no_change"})


def judge(
    plan: Plan, environment: Environment, player: Player, *, tasks: Mapping[IssueRef, Task], trace: Sequence[Event]
) -> list[str]:
    """Everything that is not as it must be, as sentences. `tasks`: what the ledger says, by the issue."""
    opened = [player.opened[issue.key] for issue in plan.scenario.issues if issue.key in player.opened]
    sessions = Sessions(plan, environment, player, trace, tasks)
    return [
        *_breaches(sessions),
        *_everywhere(plan, environment, player, opened),
        *_never_fired(plan, trace),
        *_issues(plan, environment, player, tasks),
        *sessions.unexplained(),
        *broken_rules(sessions),
    ]


def _everywhere(plan: Plan, environment: Environment, player: Player, issues: Collection[IssueRef]) -> Iterator[str]:
    if not _may_overlap(plan):
        yield from environment.script.overlaps
    # A full disk is answered with an error, so that GitHub keeps the delivery in its log.
    if not any(injection.kind is FaultKind.DISK for injection in plan.injections):
        yield from find_failed_webhooks(environment.github, may_be_down=True)
    own = {(issue.repository, f"refs/heads/{branch_of(issue.number)}") for issue in issues}
    for repository in plan.scenario.repositories:
        for push in environment.github.pushes(repository.name):
            if push.actor == player.bot and (push.repository, push.ref) not in own:
                yield f"the bot moved {push.ref} in {push.repository}"
        found = judge_stacks(environment.github, repository.name, bot=player.bot)
        yield from (f"{repository.name}: {sentence}" for sentence in found)


def _breaches(sessions: Sessions) -> Iterator[str]:
    """A session whose gate was killed is denied every call, also the one with which it ends, so it asks for more turns
    than its script has."""
    longer = tuple(f"{issue}: attempt {number} " for issue, number in sessions.without_gate())
    yield from (each for each in find_breaches(sessions.environment) if not (longer and each.startswith(longer)))


def _may_overlap(plan: Plan) -> bool:
    """A worker that is frozen cannot end its session. Where there is another one, that one goes on with the task
    meanwhile. The first can publish nothing when it wakes: `Sessions` counts the pushes."""
    late = {FaultKind.FREEZE, FaultKind.CLOCK}
    return plan.workers > 1 and any(injection.kind in late for injection in plan.injections)


def _never_fired(plan: Plan, trace: Sequence[Event]) -> Iterator[str]:
    """A step that is gone would else be a night in which nothing happens, and which ends well."""
    fired = {event["fired"] for event in trace if "fired" in event}
    missed = {event["missed"] for event in trace if "missed" in event}
    for number, injection in enumerate(plan.injections if plan.must_fire else ()):
        if number not in fired:
            why = "there was no process to kill" if number in missed else "its step was not taken"
            yield f"the injection never fired: {injection} ({why})"


def _issues(plan: Plan, environment: Environment, player: Player, tasks: Mapping[IssueRef, Task]) -> Iterator[str]:
    for issue in plan.scenario.issues:
        ref = player.opened.get(issue.key)
        if ref is None:
            yield f"the issue {issue.key} was never opened"
            continue
        for sentence in _one(plan, environment, issue, player.observe(ref), tasks.get(ref)):
            yield f"{ref} ({issue.key}): {sentence}"


def _one(plan: Plan, environment: Environment, issue: Issue, seen: Observation, task: Task | None) -> Iterator[str]:
    endings = plan.endings[issue.key]
    if None in endings and _is_stopped(seen) and _is_untouched(seen):
        yield from compare_with_ledger(seen, task)
        return
    expect = _expect(issue, endings, seen, optional_reply=plan.optional_replies[issue.key])
    if issue.key in plan.followers:
        expect = expect.model_copy(update={"may_follow": True})
    yield from judge_issue(expect, seen)
    yield from compare_with_ledger(seen, task)
    yield from _end(str(expect.state), seen)
    yield from _branch(expect, environment, issue.repository, seen)


def _expect(
    issue: Issue, endings: Collection[Ending | None], seen: Observation, *, optional_reply: str | None
) -> Expect:
    """The end that its status comment shows, if the night allows that one; else the end that it should have had."""
    record = seen.record or {}
    allowed = [ending for ending in endings if ending is not None]
    same = [ending for ending in allowed if ending.state == record.get("state")]
    ending = next((each for each in same if each.failure in (None, record.get("failure"))), (*same, *allowed)[0])
    said = tuple(optional_reply for reply in seen.replies[:1] if optional_reply and optional_reply in reply)
    return Expect(
        state=ending.state,
        failure=ending.failure,
        files=issue.expect.files if ending.state in _PUBLISHED else {},
        replies=(*issue.expect.replies, *said),
        pull_replies=issue.expect.pull_replies,
    )


def _end(state: str, seen: Observation) -> Iterator[str]:
    """What people see of such an end beside the status comment and the label."""
    for pull in seen.pull_requests:
        if state == "done" and pull.merged_at is None:
            yield f"it is done, and pull request #{pull.number} was not merged"
        if state == "in_review" and pull.state != "open":
            yield f"it is in review, and pull request #{pull.number} is {pull.state}"
    if state == "done" and seen.issue.state != "closed":
        yield "it is done, and its issue is open"
    if state == "cancelled" and not (_is_stopped(seen) or _is_cancelled(seen)):
        yield "it is cancelled, and no person has stopped it"


def _branch(expect: Expect, environment: Environment, repository: str, seen: Observation) -> Iterator[str]:
    """Exactly the files that were written; beside them only what the default branch has by now."""
    if seen.files is None:
        return
    there = environment.github.files(repository, "main")
    if expect.state in _UNPUBLISHED and not seen.files.keys() <= there.keys():  # else it showed who was at work
        yield "it came to nothing that could be published, and its branch was pushed"
    known = {*there, *expect.files}
    if expect.state in _PUBLISHED and (more := sorted(set(seen.files) - known)):
        yield f"its branch holds what no session wrote: {', '.join(more)}"


def _is_cancelled(seen: Observation) -> bool:
    """Whether a person with permission commented `/cancel`."""
    return any(command.line == "/cancel" and command.may_write for command in seen.commands)


def _is_stopped(seen: Observation) -> bool:
    return seen.issue.state == "closed" or TRIGGER_LABEL not in seen.issue.labels


def _is_untouched(seen: Observation) -> bool:
    """Whether GitHub shows nothing of the bot."""
    shown = (*seen.comments, *seen.pull_requests, *(state_labels(TRIGGER_LABEL) & set(seen.issue.labels)))
    return not shown and seen.files is None
