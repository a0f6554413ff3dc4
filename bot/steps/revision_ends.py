"""What follows the end of an attempt that revised a pull request: answers where people asked, or why nothing changed.

The pull request stays open for review, however the attempt ended.
"""

from __future__ import annotations

from datetime import datetime

from bot.adapters.store import Ledger
from bot.core import messages
from bot.core.attempts import Purpose
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.outcomes import AttemptOutcome
from bot.core.references import IssueRef
from bot.core.revision import ReviewAnswer, Revision
from bot.core.tasks import State, Task
from bot.steps.carried_reviews import carry_review


def state_after(revision: Revision | None, task: Task, target: State) -> State:
    """A revision that came to nothing puts its task back where it was: in review, or failed."""
    if revision is None or task.draft is not None or target not in {State.FAILED, State.NO_CHANGE}:
        return target
    return State.IN_REVIEW


def last_summary(ledger: Ledger, task: Task) -> str:
    """What the status comment said of the pull request before."""
    published = [each for each in ledger.attempts.of(task.id) if each.outcome is State.IN_REVIEW and not each.failure]
    return published[-1].summary if published else ""


def end_revision(
    ledger: Ledger,
    task: Task,
    revision: Revision,
    outcome: AttemptOutcome,
    now: datetime,
    *,
    branch: str,
    by_git: bool = False,
) -> None:
    """Queue the answers, and forget the revision. `outcome`: the attempt's, which is not tried again. `by_git`: it had
    no session."""
    pull = IssueRef(task.issue.repository, revision.pull_request)
    known, why = ledger.tasks.by_id(task.id), None
    if outcome.failure is None:
        for answer in revision.answers:
            _answer(ledger, task, pull, answer, head=(known and known.pushed) or "", now=now)
    elif (why := _why(revision, outcome.failure, outcome.detail, branch)) is not None:
        key = f"revision-failed:{task.issue}:{task.attempts}"
        _post(ledger, pull, ReviewAnswer(item=key, thread=None, text=why), now)
    if revision.is_repair and known is not None and why is None:
        carry_review(ledger, known, is_same_change=by_git or outcome.failure is not None)
    ledger.revisions.forget(task.id)


def _why(revision: Revision, kind: FailureKind, detail: str, branch: str) -> str | None:
    """None where a person has stopped or overtaken a repair that no person asked for."""
    by_a_person = policy(kind).by_a_person
    if revision.is_repair:
        return None if by_a_person else _why_not_repaired(revision, kind, detail, branch)
    if by_a_person:
        return messages.revision_stopped(detail or "it was cancelled")
    return messages.revision_failed(kind, detail)


def _why_not_repaired(revision: Revision, kind: FailureKind, detail: str, branch: str) -> str:
    if revision.purpose is Purpose.REPAIR:
        return messages.repair_failed(kind, detail, checks=revision.about, branch=branch)
    return messages.conflict_remains(kind, detail, files=revision.about, branch=branch)


def _answer(ledger: Ledger, task: Task, pull: IssueRef, answer: ReviewAnswer, *, head: str, now: datetime) -> None:
    ledger.review_items.answer(pull.repository, answer.item, task.id, head=head)
    if answer.text:
        _post(ledger, pull, answer, now)


def _post(ledger: Ledger, pull: IssueRef, answer: ReviewAnswer, now: datetime) -> None:
    """Once for each key."""
    if not ledger.replies.keep(answer.item, str(pull), now):
        return
    payload: dict[str, object] = {"issue": str(pull), "key": answer.item, "body": answer.text}
    if answer.thread is not None:
        payload["thread"] = answer.thread
    ledger.outbox.post(f"reply:{answer.item}", kind="reply", payload=payload, now=now)
