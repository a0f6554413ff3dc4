"""How often an issue was worked on: no more sessions and no more pushes than its night explains.

An issue takes one session, and one more for each `/retry`. A further one was paid for because the one before it was
cut short, and these blows can do that, if they come before its publication is on record or its end is:

- `worker` and `machine` end every session that runs, and so does a full disk, on which the worker gives up;
- so can `door`: the bot ends when its door does, and what runs then gets twenty seconds to come to its end;
- `claude` and `git` end one session of one issue.

Nothing else can, so nothing else explains one. A worker that was frozen, or whose clock has jumped, knows what it runs
and gives it to nobody; a session's own limits go by another clock. Of GitHub nothing is asked between a session's
beginning and the record of what it made, and whoever comes after the record goes on from it, whatever GitHub answers.

What was pushed is not pushed again: each move of an issue's branch has a session of its own, which began after the move
before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from bot.core.checkpoints import Checkpoint
from bot.core.references import IssueRef
from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.chaos.strikes import Blow
from bot.rehearsal.documented import branch_of
from bot.rehearsal.environment import Environment
from bot.rehearsal.observation import BOT

Event = Mapping[str, Any]
Reason = tuple[str, IssueRef | None]
"""A blow or a `/retry` that explains one session: of each issue (then with the issue), or of one alone (None)."""

_LASTS = {
    Blow.WORKER: 0.0,
    Blow.MACHINE: 0.0,
    Blow.CLAUDE: 0.0,
    Blow.GIT: 0.0,
    Blow.DISK: 10.0,  # three seconds, and until the worker has given up
    Blow.DOOR: 30.0,  # twenty seconds, and until the last session has ended
}  # seconds; a blow that is not here costs no session
_ONE_ISSUE = frozenset({Blow.CLAUDE, Blow.GIT})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SAFE = frozenset({Checkpoint.PUSH_NOTED, Checkpoint.FINISHED})
_ON_ITS_WAY = timedelta(seconds=1)  # a request of a session that was just killed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blow:
    """One that was dealt. `safe`: the session in question was over by then, or what it had made was on record."""

    number: int
    blow: Blow
    at: datetime
    safe: bool


def too_often(plan: Plan, place: Environment, issues: Sequence[IssueRef], trace: Sequence[Event]) -> Iterator[str]:
    """What was done more often than the night explains, or less often than people asked for."""
    further = {
        (issue, number): _reasons(plan, place, issue, number, trace)
        for issue in issues
        for number in range(1, place.script.started(issue))
    }
    explained = _matched(further)
    for issue in issues:
        yield from _sessions(place, issue, sum(where == issue for where, _ in explained))
        yield from _pushes(place, issue)


def _sessions(place: Environment, issue: IssueRef, explained: int) -> Iterator[str]:
    began, most, asked = place.script.started(issue), 1 + explained, 1 + _retries(place, issue)
    if began > most:
        yield f"{issue}: {began} sessions began, and its night explains {most} of them"
    if 1 < asked > began:
        yield f"{issue}: {asked} sessions were asked for, and {began} began"


def _pushes(place: Environment, issue: IssueRef) -> Iterator[str]:
    ref = f"refs/heads/{branch_of(issue.number)}"
    pushes = place.github.pushes(issue.repository)
    moves = [push.at for push in pushes if push.actor == BOT and push.ref == ref]
    starts = place.script.began(issue)
    own = sum(any(before < start < move for start in starts) for before, move in pairwise([_LONG_AGO, *moves]))
    if own < len(moves):
        yield f"{issue}: its sessions explain {own} of {len(moves)} pushes to its branch"


def _reasons(plan: Plan, place: Environment, issue: IssueRef, number: int, trace: Sequence[Event]) -> list[Reason]:
    """All that explains why there was a session after the `number`-th."""
    began, then = place.script.began(issue)[number - 1 : number + 1]
    found: list[Reason] = [(f"retry {each}", issue) for each in range(_retries(place, issue))]
    for each in _blows(plan, issue, began, trace):
        if _cuts_short(each, began, then):
            found.append((f"blow {each.number}", None if each.blow in _ONE_ISSUE else issue))
    return found


def _retries(place: Environment, issue: IssueRef) -> int:
    said = place.github.comments(issue.repository, issue.number)
    return sum(comment.author != BOT and comment.body.startswith("/retry") for comment in said)


def _blows(plan: Plan, issue: IssueRef, began: datetime, trace: Sequence[Event]) -> Iterator[_Blow]:
    """Every blow of the night, as it concerns the session of an issue that began then."""
    safe = False
    for event in trace:
        at = datetime.fromisoformat(event["at"])
        if event.get("subject") == str(issue) and event["step"] in _SAFE and at >= began:
            safe = True
        elif "strike" in event:
            number = event["strike"]
            yield _Blow(number=number, blow=plan.strikes[number].blow, at=at, safe=safe)


def _cuts_short(dealt: _Blow, began: datetime, then: datetime) -> bool:
    """Whether a blow can be why a session that began at `began` was followed by one at `then`."""
    lasts = _LASTS.get(dealt.blow)
    if lasts is None or dealt.at > then or dealt.safe:
        return False
    return began <= dealt.at + timedelta(seconds=lasts) + _ON_ITS_WAY


def _matched(further: Mapping[tuple[IssueRef, int], list[Reason]]) -> set[tuple[IssueRef, int]]:
    """Those of the sessions that get a reason of their own, as many as can."""
    taken: dict[Reason, tuple[IssueRef, int]] = {}

    def has_place(session: tuple[IssueRef, int], asked: set[Reason]) -> bool:
        for reason in further[session]:
            if reason not in asked:
                asked.add(reason)
                if reason not in taken or has_place(taken[reason], asked):
                    taken[reason] = session
                    return True
        return False

    return {session for session in further if has_place(session, set())}
