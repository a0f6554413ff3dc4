"""Reads all that the status comment of an issue says."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.lint import find_remarks
from bot.core.messages import StatusView
from bot.core.references import USUAL_BRANCHES, IssueRef, OwnBranches
from bot.core.tasks import Lint, State
from bot.steps.chains import draw_chain
from bot.steps.notices import read_asked
from bot.steps.queue import Queue
from bot.steps.waits import explain_waits


def read_view(
    ledger: Ledger,
    issue: IssueRef,
    queue: Queue,
    web_url: str,
    now: datetime,
    *,
    branches: OwnBranches = USUAL_BRANCHES,
) -> StatusView | None:
    """None for an issue that has no task."""
    task = ledger.tasks.find(issue)
    if task is None:
        return None
    paused = queue.pause_of(ledger, issue.repository, now)
    turns, note = ledger.attempts.progress(task.id)
    position = ledger.claims.place(task, ledger.queue_state.holding().behind(), now=now)
    patch = ledger.refused_patches.of(task.id, task.attempts) or ""
    return StatusView(
        task=task,
        attempts=ledger.attempts.of(task.id),
        waits=explain_waits(ledger, task, web_url),
        position=position,
        paused=paused.reason if paused else None,
        web_url=web_url,
        patch=patch,
        branch=branches.of(issue),
        doing="" if turns else note,
        revision=ledger.revisions.of(task.id),
        repairs=ledger.repairs.of(task.id),
        below=ledger.stacks.of(task.id),
        estimate=queue.estimate(ledger, task, position, now),
        remarks=find_remarks(task.snapshot) if task.lint in {Lint.SAID, Lint.WAITS} else (),
        hold=ledger.pressure.hold(task, position),
        asked=read_asked(ledger, task),
        busy=queue.busy(ledger, issue.repository) if task.state is State.QUEUED else 0,
        is_answered=ledger.notices.is_answered(task),
        chain="" if patch else draw_chain(ledger, task, web_url),  # a patch may fill the comment
    )
