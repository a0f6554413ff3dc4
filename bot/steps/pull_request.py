"""Collects what the pull request of an attempt shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.adapters.masking import mask
from bot.adapters.store import Ledger
from bot.core import messages
from bot.core.attempts import Base
from bot.core.change_size import ChangeSize
from bot.core.failures import TaskFailed
from bot.core.messages import KeyFacts, PullRequestView
from bot.core.messages.stack_line import StackPlace
from bot.core.references import IssueRef
from bot.core.stacking import write_parts
from bot.core.tasks import State, Task
from bot.steps.opening import Preparation
from bot.steps.publication import Publication
from bot.steps.repair_reading import Repair
from bot.steps.run import Maker, Run
from bot.steps.session_series import Accepted

Pull = tuple[IssueRef, IssueRef]
"""A pull request, and the issue that it is for."""


def open_before(ledger: Ledger, task: Task) -> list[Pull]:
    """The pull requests that wait for a review and that the task's issue was blocked by."""
    found = [(blocker.issue, ledger.tasks.find(blocker.issue)) for blocker in task.blockers]
    return [
        (IssueRef(issue.repository, blocking.pull_request), issue)
        for issue, blocking in found
        if blocking is not None and blocking.state is State.IN_REVIEW and blocking.pull_request is not None
    ]


def describe(
    run: Run,
    prepared: Preparation,
    accepted: Accepted,
    *,
    seconds: float,
    sandboxed: bool,
    merge_first: Sequence[Pull] = (),
    stack: StackPlace | None = None,
    failed: TaskFailed | None = None,
) -> Publication:
    """`seconds`: how long the attempt has taken so far. `failed`: the work is that of a task that failed so."""
    base = prepared.base
    facts = KeyFacts(size=size_of(prepared, accepted), base=(base.branch, base.commit), merge_first=merge_first)
    view = replace(
        _show_work(run, prepared, _maker(run, seconds)),
        leftovers=accepted.work.leftovers,
        verdict=accepted.verdict,
        failed=failed.kind if failed is not None else None,
        sandboxed=sandboxed,
        facts=facts,
    )
    return Publication(
        head=accepted.work.head,
        replaces=prepared.held.head,
        base=base.branch,
        title=messages.pull_request_title(run.task),
        body=messages.with_stack_line(messages.pull_request_body(view), messages.stack_line(stack)),
        summary=run.attempt.summary,
        failure=failed.kind.value if failed is not None else None,
        detail=mask(failed.detail) if failed is not None else "",
        **what_it_is_on(base, is_added=isinstance(prepared.review, Repair) and prepared.review.is_added),
    )


def _maker(run: Run, seconds: float) -> Maker:
    """Whose work it is: of the sessions of this attempt, or of an earlier one, and git has put it on another base."""
    heads = tuple((each.seal.head, each.relay_seal.head) for each in run.sessions)
    return run.maker or Maker(attempt=replace(run.attempt, seconds=seconds), heads=heads)


def _show_work(run: Run, prepared: Preparation, maker: Maker) -> PullRequestView:
    """What is known of the sessions."""
    sessions, attempt = run.sessions, maker.attempt
    return PullRequestView(
        task=run.task,
        attempt=replace(attempt, summary=_story(run, prepared)),
        rebased_in=run.attempt.number if run.maker is not None else None,
        template=prepared.template,
        gate_logs=tuple(gate for gate, _ in maker.heads),
        relay_records=tuple(relay for _, relay in maker.heads if relay),
        refused_hosts=tuple(dict.fromkeys(mask(host) for session in sessions for host in session.refused_hosts)),
        said=tuple((each.by, mask(each.text)) for each in run.said),
        commands_run=sum(len(each.result.commands) for each in sessions) or len(attempt.commands),
    )


def what_it_is_on(base: Base, *, is_added: bool) -> dict[str, Any]:
    """`is_added`: the base was merged into the branch, so that this stands on nothing else any more."""
    if base.below is None:
        return {"below_commit": base.commit} if is_added else {}
    return {"below": base.below.number, "below_commit": base.commit, "below_parts": write_parts(base.parts)}


def size_of(prepared: Preparation, accepted: Accepted) -> ChangeSize:
    return prepared.quarantine.change_size(prepared.base.commit, accepted.work.head)


def _story(run: Run, prepared: Preparation) -> str:
    """A revision adds to what was said of the change before."""
    before = [text for text in prepared.earlier if text.strip()] if prepared.review is not None else []
    said = [*before, *([] if run.attempt.summary in before[-1:] else [run.attempt.summary])]
    return "\n\n".join([said[0], *(f"Revised: {text}" for text in said[1:])])
