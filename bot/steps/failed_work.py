"""Shows people what a task that failed for good has made: as a draft pull request, or as a patch.

The broker judges it like any other change, and what it refuses is not pushed. A draft never takes the place of a change
that is in review.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.git import Collected
from bot.adapters.github import GitHubFailed
from bot.adapters.masking import mask
from bot.adapters.store import Store
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind, TaskFailed
from bot.core.messages import read_verdict
from bot.core.outcomes import AttemptOutcome, as_failure, is_tried_again
from bot.core.public_verdict import PublicVerdict
from bot.core.short_verdict import in_short_of_failed
from bot.core.task_record import read_short_verdict
from bot.steps.attempt_parts import Publishes
from bot.steps.broker import Broker
from bot.steps.opening import Preparation
from bot.steps.pull_request import describe, open_before, size_of
from bot.steps.run import Run
from bot.steps.secret_search import SecretsFound
from bot.steps.session_series import Accepted
from bot.steps.stack_lines import place_in_stack


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedWork:
    """`sandboxed`: the sessions ran in the cell."""

    store: Store
    broker: Broker
    publisher: Publishes
    clock: Callable[[], datetime]
    sandboxed: bool

    def show(self, run: Run, prepared: Preparation, ended: TaskFailed) -> AttemptOutcome | None:
        """How the attempt ended, with the number of the draft; None where there is nothing to show, or nothing yet.
        Raises TaskFailed if the task was taken away, or where the next attempt finishes the publication."""
        work = run.unfinished
        if work is None or not policy(ended.kind).shows_work or self._is_tried_again(run, ended.kind):
            return None
        try:
            verdict = run.unfinished_verdict or self._judge(run, prepared, work)
            if self._holds_another_change(run, prepared):
                return self._keep(run, prepared, work, ended, "")
            number = self._publish(run, prepared, Accepted(work=work, verdict=verdict), ended)
        except TaskFailed as refused:
            if policy(refused.kind).is_handed_on:  # nothing is shown yet
                raise
            return self._refuse(run, prepared, work, ended, refused)
        return as_failure(ended.kind, mask(ended.detail), pull_request=number)

    def _is_tried_again(self, run: Run, kind: FailureKind) -> bool:
        with self.store.read() as ledger:
            earlier = [each for each in ledger.attempts.of(run.task.id) if each.finished_at is not None]
        return is_tried_again(run.task, kind, earlier)

    def _judge(self, run: Run, prepared: Preparation, work: Collected) -> PublicVerdict:
        folder = run.folder / "checks"
        try:
            return self.broker.judge(run.task, prepared, work, folder, should_stop=run.lease.reason_to_stop)
        except SecretsFound as found:
            run.hide(found.values)
            raise

    def _holds_another_change(self, run: Run, prepared: Preparation) -> bool:
        """Whether the branch has an open pull request that does not show the work of a failure."""
        if prepared.held.head is None:
            return False
        try:
            shown = self.publisher.open_one(run.task.issue)
        except GitHubFailed:  # the session was paid for, and its end is known: it is not repeated for this
            return True
        verdict = read_short_verdict(read_verdict(shown.body)) if shown is not None else None
        return shown is not None and (verdict is None or verdict.failed is None)

    def _publish(self, run: Run, prepared: Preparation, accepted: Accepted, ended: TaskFailed) -> int:
        run.lease.confirm()
        with self.store.read() as ledger:
            first = open_before(ledger, run.task)
            stack = place_in_stack(ledger, run.task, prepared.base)
        publication = describe(
            run,
            prepared,
            accepted,
            seconds=(self.clock() - run.attempt.started_at).total_seconds(),
            sandboxed=self.sandboxed,
            merge_first=first,
            stack=stack,
            failed=ended,
        )
        prepared.quarantine.release(accepted.work.head, prepared.branch)
        verdict = in_short_of_failed(accepted.verdict, ended.kind, size_of(prepared, accepted))
        signed = self.publisher.sign(run.task, prepared.mirror, publication, run.lease, verdict=verdict)
        return self.publisher.publish(run.task, prepared.mirror, signed, run.lease, verdict=verdict)

    def _refuse(
        self, run: Run, prepared: Preparation, work: Collected, ended: TaskFailed, refused: TaskFailed
    ) -> AttemptOutcome:
        why = f"What it made was not published, `{refused.kind}`: {refused.detail or policy(refused.kind).sentence}"
        if refused.kind is FailureKind.SECRET_DETECTED:
            return as_failure(ended.kind, mask(_with(ended.detail, why)))
        return self._keep(run, prepared, work, ended, why)

    def _keep(self, run: Run, prepared: Preparation, work: Collected, ended: TaskFailed, why: str) -> AttemptOutcome:
        self.broker.keep_patch(run.task, prepared, work.head)
        return as_failure(ended.kind, mask(_with(ended.detail, why)))


def _with(detail: str, more: str) -> str:
    return "\n\n".join(part for part in (detail.strip(), more) if part)
