"""What a night came to, and what a person does about it first. Pure.

A night lasts from the opening of the window (without one: from noon) to the next. What ended in it is shown in full;
what still waits from earlier nights is counted, except pull requests, whose order concerns all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.counted import count
from bot.core.digest_parts import Failed, NamedIssue, NotRun, Waiting
from bot.core.failure_policy import has_questions, policy
from bot.core.failures import FailureKind
from bot.core.final_failures import next_of_failed
from bot.core.graph import Graph, graph_around, graph_of
from bot.core.merge_order import StackPart, find_stacks
from bot.core.messages.waiting import why_it_waits
from bot.core.pauses import Cause, Pause
from bot.core.references import IssueRef
from bot.core.review_order import Pair, WaitingReview, conflicts_of, order_reviews
from bot.core.spend import Spend, spend_of
from bot.core.tasks import Attempt, State, Task
from bot.core.waiting import QueueWait, WaitReason, find_reason

_QUIET = timedelta(minutes=30)
# What a person did, and knows of.
_MEANT = frozenset({Cause.PERSON, Cause.STOP, Cause.LABEL})
# What holds the queue although no person meant it to: with one of them a night without an attempt is worth a digest.
_TROUBLE = frozenset({Cause.ACCOUNT, Cause.GITHUB, Cause.USAGE_LIMIT, Cause.BUDGET})
_NEEDS_A_PERSON = frozenset({Cause.ACCOUNT, Cause.GITHUB})
_HELD_ALL = _NEEDS_A_PERSON | {Cause.USAGE_LIMIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """`ends`: when its window closes; without a window, when the next night begins, which is `next_begins`."""

    begins: datetime
    ends: datetime
    next_begins: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NightView:
    """The input of a digest. `tasks`: those that wait for a person or for a run, and all that came to a state since the
    night began: `moved` says when, by their ids. `attempts`, `before`: what ended in this night and in the one before.
    `pauses`: by repository, why nothing of it may be started; where the night is over, as it was at its end.
    `stands_on`: for an issue in review those whose work its own is built on. `conflicts`: pairs of open pull requests
    that git cannot merge one after the other. `holds`: why else a queued task is not started, by its issue. `answered`:
    whose questions the author replied to. `hidden`: how many tasks are left out, because readers of the digest may not
    read their repositories."""

    night: Night
    now: datetime
    tasks: Sequence[Task]
    moved: Mapping[int, datetime]
    attempts: Sequence[Attempt] = ()
    before: Sequence[Attempt] = ()
    pauses: Mapping[str, Pause] = field(default_factory=dict)
    stands_on: Mapping[IssueRef, Collection[IssueRef]] = field(default_factory=dict)
    conflicts: Collection[Pair] = ()
    holds: Mapping[IssueRef, str] = field(default_factory=dict)
    answered: Collection[IssueRef] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """`bad`: why the night went badly, as a clause; empty if it did not. `holding`: the pause that a person has to end.
    `older`: how many failures and questions of earlier nights still wait. `running`: at this moment.
    `stacks`: of pull requests that build on each other, each in the order in which it is merged; `graph`: what those
    issues wait for, and what waits for them. `hidden`: as of the view. `moved_at`: when something happened last in the
    night, or when it began."""

    night: Night
    at: datetime
    bad: str
    holding: Pause | None
    reviews: tuple[WaitingReview, ...]
    stacks: tuple[tuple[StackPart, ...], ...]
    graph: Graph
    questions: tuple[Failed, ...]
    failures: tuple[Failed, ...]
    waits: tuple[Waiting, ...]
    not_run: tuple[NotRun, ...]
    merged: tuple[NamedIssue, ...]
    no_change: tuple[NamedIssue, ...]
    stopped: tuple[NamedIssue, ...]
    running: tuple[NamedIssue, ...]
    older: int
    spend: Spend
    before: Spend
    hidden: int
    moved_at: datetime

    @property
    def to_start(self) -> tuple[NotRun, ...]:
        """What waits for a person's `/go`."""
        return tuple(each for each in self.not_run if each.waits_for_go)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that a person has to act on or know of: then no issue is made. What waits was there
        before, and who merged or stopped something knows of it. That nothing needed to change, its issue says."""
        is_held = any(each.cause in _TROUBLE for each in self.not_run)
        missed = [each for each in self.not_run if each.cause not in _MEANT and not each.waits_for_go]
        is_missed = bool(self.spend.attempts) and bool(missed)
        is_asked = any(each.waits_for_go and each.is_new for each in self.not_run)
        news = self.running or self.failures or self.questions or is_held or is_missed or is_asked
        return not news and not any(each.is_new for each in self.reviews)

    @property
    def is_idle(self) -> bool:
        """Whether nothing ran either."""
        return self.is_empty and not self.spend.attempts


def make_digest(view: NightView) -> Digest:
    known = {task.issue: task for task in view.tasks}
    tasks = [task for task in view.tasks if task.state is State.FAILED and _is_new(task, view)]
    failed = [_describe_failed(task, is_answered=task.issue in view.answered) for task in tasks]
    failures = tuple(sorted((each for each in failed if not has_questions(each.kind)), key=_urgency))
    reviews = order_reviews(_review(task, view, known) for task in view.tasks if _is_in_review(task))
    stacks = find_stacks(view.tasks, view.stands_on, reviews)
    not_run, merged, no_change = (
        tuple(_not_run(view)),
        _list_ended(view, State.DONE),
        _list_ended(view, State.NO_CHANGE),
    )
    done = sum(each.is_new for each in reviews) + len(merged) + len(no_change)
    holding = next((each for each in view.pauses.values() if each.cause in _NEEDS_A_PERSON), None)
    return Digest(
        night=view.night,
        at=view.now,
        bad=_bad(failures, done, not_run),
        holding=holding,
        reviews=reviews,
        stacks=stacks,
        graph=_graph(view, stacks),
        questions=tuple(each for each in failed if has_questions(each.kind)),
        failures=failures,
        waits=tuple(_waiting(task, known) for task in view.tasks if task.state is State.QUEUED and task.unmet),
        not_run=not_run,
        merged=merged,
        no_change=no_change,
        stopped=_list_ended(view, State.CANCELLED, State.CLOSED),
        running=tuple(_name(task) for task in view.tasks if task.state is State.RUNNING),
        older=sum(task.state is State.FAILED and not _is_new(task, view) for task in view.tasks),
        spend=spend_of(view.attempts),
        before=spend_of(view.before),
        hidden=view.hidden,
        moved_at=_moved_at(view),
    )


def _graph(view: NightView, stacks: Iterable[Sequence[StackPart]]) -> Graph:
    members = [part.issue for stack in stacks for part in stack]
    return graph_around(graph_of(view.tasks, other=""), members) if members else Graph()


def is_over(digest: Digest) -> bool:
    """Whether the night is over: its window is closed, or nothing has happened for a while, and nothing starts
    alone."""
    if digest.running:
        return False
    is_quiet = digest.at - digest.moved_at >= _QUIET and not any(each.is_next for each in digest.not_run)
    return is_quiet or digest.at >= digest.night.ends


def _moved_at(view: NightView) -> datetime:
    ends = (each.finished_at for each in view.attempts if each.finished_at is not None)
    return max([view.night.begins, *ends, *(view.moved[task.id] for task in view.tasks if task.id in view.moved)])


def _is_new(task: Task, view: NightView) -> bool:
    """A title that was edited or a priority that was changed tonight does not make a task one of this night."""
    return task.id in view.moved or any(each.task_id == task.id for each in view.attempts)


def _is_in_review(task: Task) -> bool:
    return task.state is State.IN_REVIEW and task.pull_request is not None


def _name(task: Task) -> NamedIssue:
    return NamedIssue(issue=task.issue, title=task.snapshot.title)


def _list_ended(view: NightView, *states: State) -> tuple[NamedIssue, ...]:
    return tuple(_name(task) for task in view.tasks if task.state in states and _is_new(task, view))


def _describe_failed(task: Task, *, is_answered: bool) -> Failed:
    kind = task.failure or FailureKind.AGENT_CRASHED
    turn, next_step = next_of_failed(kind, is_answered=is_answered)
    return Failed(
        issue=task.issue,
        title=task.snapshot.title,
        kind=kind,
        turn=turn,
        next_step=next_step,
        detail=task.detail,
        is_answered=is_answered,
        draft=IssueRef(task.issue.repository, task.draft) if task.draft is not None else None,
    )


def _urgency(failed: Failed) -> tuple[int, str, IssueRef]:
    """By the table's column; of one urgency, those of a kind beside each other."""
    return policy(failed.kind).urgency, failed.kind.value, failed.issue


def _review(task: Task, view: NightView, known: Mapping[IssueRef, Task]) -> WaitingReview:
    pull_request = IssueRef(task.issue.repository, task.pull_request or 0)
    issues = [*(blocker.issue for blocker in task.blockers), *view.stands_on.get(task.issue, ())]
    first = [known.get(issue) for issue in dict.fromkeys(issues)]
    return WaitingReview(
        issue=task.issue,
        pull_request=pull_request,
        title=task.snapshot.title,
        verdict=task.verdict,
        merge_first=_pull_requests(each for each in first if each is not None),
        conflicts=conflicts_of(pull_request, view.conflicts),
        unblocks=tuple(each.issue for each in view.tasks if each.state is State.QUEUED and task.issue in each.unmet),
        is_new=_is_new(task, view),
    )


def _pull_requests(tasks: Iterable[Task]) -> tuple[IssueRef, ...]:
    return tuple(IssueRef(each.issue.repository, each.pull_request or 0) for each in tasks if _is_in_review(each))


def _waiting(task: Task, known: Mapping[IssueRef, Task]) -> Waiting:
    tasks = [known[issue] for issue in task.unmet if issue in known]
    failed = {each.issue for each in tasks if each.state is State.FAILED}
    others = {each.issue for each in tasks if _is_in_review(each)} | failed
    return Waiting(
        issue=task.issue,
        title=task.snapshot.title,
        pull_requests=_pull_requests(tasks),
        failed=tuple(issue for issue in task.unmet if issue in failed),
        issues=tuple(issue for issue in task.unmet if issue not in others),
    )


def _not_run(view: NightView) -> Iterable[NotRun]:
    """Tasks that were asked for before the night ended, and wait for no other."""
    for task in view.tasks:
        asked_at = task.snapshot.approved_at or task.created_at
        if task.state is not State.QUEUED or task.unmet or asked_at >= view.night.ends:
            continue
        pause = view.pauses.get(task.issue.repository)
        why = _own_wait(task, view, pause.reason if pause is not None else "")
        cause = pause.cause if pause is not None else None
        is_held = pause is not None or task.issue in view.holds or task.waits_for_go
        is_next = not is_held and (task.not_before is None or task.not_before - view.now < _QUIET)
        yield NotRun(
            issue=task.issue,
            title=task.snapshot.title,
            why=why,
            cause=cause,
            is_next=is_next,
            waits_for_go=task.waits_for_go,
            is_new=_is_new(task, view),
        )


def _own_wait(task: Task, view: NightView, pause: str) -> str:
    """The order of reasons is that of the status comment; a night that is over is one more."""
    wait = QueueWait(task=task, now=view.now, pause=pause)
    reason = find_reason(wait)
    if reason not in {WaitReason.TURN, WaitReason.UNREAD}:
        return why_it_waits(wait)
    if task.issue in view.holds:
        return view.holds[task.issue]
    return "The night ended before its turn." if view.now >= view.night.ends else why_it_waits(wait)


def _bad(failures: Sequence[Failed], done: int, not_run: Sequence[NotRun]) -> str:
    """What held the whole queue comes before what happened to single tasks. `done`: how many issues came to an end that
    was worth their cost."""
    held = [each for each in not_run if each.cause in _HELD_ALL]
    if held:
        return f"{count(len(held), 'issue')} did not run. {held[0].why.rstrip('.')}"
    unproven = sum(each.kind is FailureKind.GUARDS_UNPROVEN for each in failures)
    if unproven:
        return f"for {count(unproven, 'issue')} it could not be proven that the gate and the sandbox held"
    if failures and len(failures) > done:
        return f"{len(failures)} of {count(len(failures) + done, 'issue')} failed"
    return ""
