"""What must be so after every night, whatever struck: asked of the simulated GitHub, not of the bot.

Each labelled issue has ended in exactly one way that its night allows; it has one status comment, one state label, at
most one pull request with exactly the files that were written, and no word from the bot that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.core.failures import FailureKind
from bot.core.labels import LabelSet
from bot.core.messages import read_status
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.chaos.strikes import Blow
from bot.rehearsal.expectations import Seen, unexpected
from bot.rehearsal.outcome import Outcome
from bot.rehearsal.place import Place
from bot.rehearsal.scenario import Expect, Issue
from bot.rehearsal.stage import Stage
from bot.rehearsal.verdict import breaches

_SERVER_ERROR = 500
_SPARED = frozenset({Blow.CLOCK})  # blows that cost no session
_ASKED_AGAIN = 2  # sessions that an issue may take where nothing strikes: `/retry` asks for a second one


def judge(
    plan: Plan, place: Place, stage: Stage, tasks: dict[IssueRef, Task], found: dict[IssueRef, Outcome]
) -> list[str]:
    """Everything that is not as it must be, as sentences."""
    return [*_everywhere(plan, place), *_issues(plan, place, stage, tasks, found)]


def _everywhere(plan: Plan, place: Place) -> Iterator[str]:
    yield from (*breaches(place), *place.script.overlaps)
    if not any(strike.blow is Blow.DISK for strike in plan.strikes):  # a full disk is told, so that GitHub keeps it
        yield from _door_failures(place)


def _door_failures(place: Place) -> Iterator[str]:
    """A door that is down answers nothing, and says nothing untrue; one that is up does not fail."""
    for delivery in place.github.deliveries:
        if (delivery.status or 0) >= _SERVER_ERROR:
            yield f"the web door answered the webhook {delivery.event} with {delivery.status}"


def _issues(
    plan: Plan, place: Place, stage: Stage, tasks: dict[IssueRef, Task], found: dict[IssueRef, Outcome]
) -> Iterator[str]:
    labels = LabelSet("auto")
    for issue in plan.scenario.issues:
        ref = stage.opened.get(issue.key)
        if ref is None:
            yield f"the issue {issue.key} was never opened"
            continue
        seen = stage.seen(ref)
        if None in plan.endings[issue.key] and ref not in tasks and not seen.statuses:
            continue
        expect = _expected(issue, plan.endings[issue.key] - {None}, seen)
        for sentence in (
            *unexpected(expect, seen, tasks.get(ref), found.get(ref), labels),
            *_sessions(plan, place, ref),
        ):
            yield f"{ref} ({issue.key}): {sentence}"


def _expected(issue: Issue, endings: Collection[State | None], seen: Seen) -> Expect:
    """What its status comment says, if that is an end that the night allows; else the end that it should have had."""
    record = read_status(seen.statuses[0]) if seen.statuses else None
    said = (record or {}).get("state")
    state = next(state for state in (*(each for each in endings if each == said), *endings) if state)
    published = state in (State.IN_REVIEW, State.DONE)
    return Expect(
        state=state,
        failure=FailureKind.NEEDS_INFO if state is State.FAILED else None,
        files=issue.expect.files if published else {},
        replies=issue.expect.replies,
    )


def _sessions(plan: Plan, place: Place, ref: IssueRef) -> Iterator[str]:
    """No more sessions than there were blows that could have cut one short."""
    most = _ASKED_AGAIN + sum(strike.blow not in _SPARED for strike in plan.strikes)
    if (began := place.script.started(ref)) > most:
        yield f"{began} sessions began, where {most} are the most that its night explains"
