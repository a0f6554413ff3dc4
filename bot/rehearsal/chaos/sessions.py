"""How often an issue was worked on: no more sessions and no more pushes than its night explains.

An issue takes one session, and one more for each `/retry`. A further one is explained by a fault that can cut the
session before it short, if it fired before that session's result or its end was on record:

- `worker` and `machine` end every session that runs, and so does a full disk, on which the worker gives up;
- so can `web`: the bot ends when its web server does, and what runs then has twenty seconds to finish;
- `claude`, `git` and `gate` end one session of one issue;
- with two workers on one ledger also `freeze` and `clock`: the other worker takes over what seems lost.

Nothing else can, so nothing else explains one. A single worker that was frozen, or whose clock has jumped, knows what
it runs and starts it no second time; a session's own limits go by another clock. Of GitHub nothing is asked between a
session's beginning and the record of its result, and what starts after the record goes on from it.

What was pushed is not pushed again: each move of an issue's branch has a session that began after the move before it,
or in a stack another branch that moved since.
A session whose gate was killed explains no push, and ends as unproven.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from bot.core.checkpoints import Checkpoint
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.rehearsal.chaos.injections import FaultKind
from bot.rehearsal.chaos.issues import OPERATOR
from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.environment import Environment
from bot.rehearsal.player import Player

Event = Mapping[str, Any]
Reason = tuple[str, IssueRef | None]
"""A fault or a `/retry` that explains one session: of each issue (then with the issue), or of one alone (None)."""
Session = tuple[IssueRef, int]
"""An issue, and which of its sessions."""

_LASTS = {
    FaultKind.WORKER: 0.0,
    FaultKind.MACHINE: 0.0,
    FaultKind.CLAUDE: 0.0,
    FaultKind.GIT: 0.0,
    FaultKind.GATE: 0.0,
    FaultKind.DISK: 10.0,  # three seconds, and until the worker has given up
    FaultKind.WEB: 30.0,  # twenty seconds, and until the last session has ended
}  # for how many seconds it can cut a session short; a kind that is not here cannot
_LASTS_WITH_TWO_WORKERS = {**_LASTS, FaultKind.FREEZE: 10.0, FaultKind.CLOCK: 10.0}
_ONE_ISSUE = frozenset({FaultKind.CLAUDE, FaultKind.GIT, FaultKind.GATE})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SAFE = frozenset({Checkpoint.PUSH_NOTED, Checkpoint.FINISHED})
_ON_ITS_WAY = timedelta(seconds=1)  # a request of a session that was just killed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fired:
    """An injection that took effect. `safe`: the session in question was over by then, or its result on record."""

    number: int
    kind: FaultKind
    at: datetime
    safe: bool


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions and pushes of one night. `tasks`: what the ledger says, for the numbers of the tasks."""

    plan: Plan
    environment: Environment
    player: Player
    trace: Sequence[Event]
    tasks: Mapping[IssueRef, Task]

    def unexplained(self) -> Iterator[str]:
        """What was done more often than the night explains, or less often than people asked for."""
        issues = list(self.player.opened.values())
        further = {
            (issue, number): self._reasons(issue, number)
            for issue in issues
            for number in range(1, self.environment.script.started(issue))
        }
        explained = match(further)
        for issue in issues:
            yield from self._count_sessions(issue, sum(where == issue for where, _ in explained))
            yield from self._count_guarded(issue)
            yield from self._count_pushes(issue)

    def _count_sessions(self, issue: IssueRef, explained: int) -> Iterator[str]:
        began, most, asked = self.environment.script.started(issue), 1 + explained, 1 + self._retries(issue)
        if began > most:
            yield f"{issue}: {began} sessions began, and its night explains {most} of them"
        if 1 < asked > began:
            yield f"{issue}: {asked} sessions were asked for, and {began} began"

    def _count_guarded(self, issue: IssueRef) -> Iterator[str]:
        """A session whose gate was killed brings its issue to no end: it fails as unproven, so the operator retries it.
        Not asked where it may end otherwise: by its turns, by people who stop it, or by another fault."""
        alone = sum(where == issue and self._is_only_fault(issue, number) for where, number in self.without_gate())
        answered = self._retries(issue) - self._retries(issue, planned=True)
        if answered < alone and not self._may_end_otherwise(issue):
            yield f"{issue}: {alone} sessions lost their gate, and {answered} were retried as unproven"

    def _is_only_fault(self, issue: IssueRef, number: int) -> bool:
        """Whether between the beginning of a session and that of the next no other process was killed."""
        start, *later = self.environment.script.began(issue)[number - 1 :]
        fired = [each for each in self._find_fired(issue, start) if not later or each.at < later[0]]
        window = [each for each in fired if each.at + timedelta(seconds=30) >= start]
        return all(each.kind is FaultKind.GATE for each in window)

    def _may_end_otherwise(self, issue: IssueRef) -> bool:
        keys = [key for key, ref in self.player.opened.items() if ref == issue]
        ends = [ending for key in keys for ending in self.plan.endings[key]]
        stopped = any(ending is None or ending.state is State.CANCELLED for ending in ends)
        return stopped or any(each.failure is FailureKind.SESSION_TIMEOUT for each in self.plan.reactions)

    def _count_pushes(self, issue: IssueRef) -> Iterator[str]:
        ref = f"refs/heads/auto/{issue.number}"
        pushes = self.environment.github.pushes(issue.repository)
        own_moves = (push for push in pushes if push.actor == self.player.bot and push.ref == ref)
        claims = self.plan.circumstances.claims  # then it is there before any session
        moves = [push.at for push in own_moves if push.new.strip("0") and not (claims and not push.old.strip("0"))]
        void = self.without_gate()
        began = enumerate(self.environment.script.began(issue), 1)
        starts = [start for number, start in began if (issue, number) not in void]
        starts += self._find_moves_of_others(issue, ref)
        own = sum(any(before < start < move for start in starts) for before, move in pairwise([_LONG_AGO, *moves]))
        if own < len(moves):
            yield f"{issue}: its sessions explain {own} of {len(moves)} pushes to its branch"

    def _find_moves_of_others(self, issue: IssueRef, ref: str) -> list[datetime]:
        """In a stack the branch follows those that it stands on: git alone puts it on top of them, once for each time
        that one of them has moved."""
        keys = {key for key, place in self.player.opened.items() if place == issue}
        if not keys & self.plan.followers:
            return []
        return [push.at for push in self.environment.github.pushes(issue.repository) if push.ref != ref]

    def without_gate(self) -> set[Session]:
        """The sessions whose gate was killed while they ran, each with its number from 1 on."""
        return {
            (issue, number)
            for issue in self.player.opened.values()
            for number, start in enumerate(self.environment.script.began(issue), 1)
            for killed in self._gates_killed(issue)
            if start <= killed and not self._ended_between(issue, start, killed)
        }

    def _gates_killed(self, issue: IssueRef) -> Iterator[datetime]:
        task = self.tasks.get(issue)
        for event in self.trace:
            if "fired" in event and task is not None and event.get("task") == task.id:
                yield datetime.fromisoformat(event["at"])

    def _ended_between(self, issue: IssueRef, start: datetime, end: datetime) -> bool:
        return any(start <= at <= end for at in self.times(issue, Checkpoint.SESSION_ENDED, Checkpoint.FINISHED))

    def times(self, subject: IssueRef | str, *steps: Checkpoint) -> list[datetime]:
        """When these steps were taken for an issue, or for the delivery with a GUID."""
        return [
            datetime.fromisoformat(event["at"])
            for event in self.trace
            if event.get("subject") == str(subject) and event.get("step") in steps
        ]

    def _reasons(self, issue: IssueRef, number: int) -> list[Reason]:
        """All that can explain why there was a session after the `number`-th."""
        began, then = self.environment.script.began(issue)[number - 1 : number + 1]
        found: list[Reason] = [(f"retry {each}", issue) for each in range(self._retries(issue))]
        for each in self._find_fired(issue, began):
            if self._can_cut_short(each, began, then):
                found.append((f"fault {each.number}", None if each.kind in _ONE_ISSUE else issue))
        return found

    def _retries(self, issue: IssueRef, *, planned: bool = False) -> int:
        """How many there were; `planned`: without those with which the operator answers a fault."""
        others = {self.player.bot, OPERATOR} if planned else {self.player.bot}
        comments = self.environment.github.comments(issue.repository, issue.number)
        return sum(comment.author not in others and comment.body.startswith("/retry") for comment in comments)

    def _find_fired(self, issue: IssueRef, began: datetime) -> Iterator[_Fired]:
        """Every fault of the night, as it concerns the session of an issue that began then."""
        safe = False
        for event in self.trace:
            at = datetime.fromisoformat(event["at"])
            if event.get("subject") == str(issue) and event["step"] in _SAFE and at >= began:
                safe = True
            elif "fired" in event:
                number = event["fired"]
                yield _Fired(number=number, kind=self.plan.injections[number].kind, at=at, safe=safe)

    def _can_cut_short(self, fired: _Fired, began: datetime, then: datetime) -> bool:
        """Whether a fault can be why a session that began at `began` was followed by one at `then`."""
        lasts = (_LASTS if self.plan.workers == 1 else _LASTS_WITH_TWO_WORKERS).get(fired.kind)
        if lasts is None or fired.at > then or fired.safe:
            return False
        return began <= fired.at + timedelta(seconds=lasts) + _ON_ITS_WAY


def match(further: Mapping[Session, Sequence[Reason]]) -> set[Session]:
    """The sessions that get a reason which no other session has, as many as possible.

    This is maximum matching in a bipartite graph, by augmenting paths (Kuhn's algorithm). Taking the first free reason
    is not enough. Say that session A may be explained by `fault 0` or `retry 0`, and session B by `fault 0` alone. A
    comes first and takes `fault 0`. B finds it taken, and asks A to give it up: A moves on to `retry 0`, and both are
    explained.
    """
    taken: dict[Reason, Session] = {}

    def assign(session: Session, asked: set[Reason]) -> bool:
        """Give the session a reason; the session that has it moves to another one, if it can."""
        for reason in further[session]:
            if reason not in asked:
                asked.add(reason)
                if reason not in taken or assign(taken[reason], asked):
                    taken[reason] = session
                    return True
        return False

    return {session for session in further if assign(session, set())}
