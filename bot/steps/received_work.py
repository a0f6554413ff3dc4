"""What a host made of an attempt, taken over by the control plane: judged again, kept, and published under the fence.

The host is trusted with the result of the checks, and with nothing that the control plane can see for itself: whose
commits they are, what they stand on, how large they are, whether they hold a secret or touch a protected path.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.adapters.claude.conversations import Conversations
from bot.adapters.evidence import EvidenceStore
from bot.adapters.evidence_files import unpack_evidence
from bot.adapters.git import Author, Collected, CommitFiles, Mirror, Quarantine
from bot.adapters.git.parcel import unpack_commits
from bot.adapters.masking import mask, mask_start
from bot.adapters.object_store import ObjectStore
from bot.adapters.store import KeptWork, Publication, Store
from bot.core import messages
from bot.core.failures import FailureKind, TaskFailed
from bot.core.messages import read_verdict
from bot.core.outcomes import AttemptOutcome, as_failure
from bot.core.repository_settings import RepositorySettings
from bot.core.task_record import read_short_verdict
from bot.core.tasks import Attempt, State, Task
from bot.steps.admission import Admission
from bot.steps.attempt_documents import AttemptInput, AttemptResult
from bot.steps.base_commit import settings_of
from bot.steps.opening import StartFound
from bot.steps.own_branch import OwnBranch, is_by_bot
from bot.steps.publish import Publisher
from bot.steps.pull_request import what_it_is_on
from bot.steps.repair_reading import Repair
from bot.steps.run import Run

_SUMMARY, _DETAIL, _PATCH = 20_000, 20_000, 1_000_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWork:
    """What `Admission` looks at. `files`: of the commit whose rules hold."""

    quarantine: Quarantine
    held: OwnBranch
    settings: RepositorySettings
    files: CommitFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedWork:
    """`mirror`: of a repository, by its name; `author`: of the bot's commits."""

    store: Store
    objects: ObjectStore
    admission: Admission
    publisher: Publisher
    evidence: EvidenceStore
    conversations: Conversations
    mirror: Callable[[str], Mirror]
    author: Callable[[], Author]
    web_url: str
    clock: Callable[[], datetime]

    def apply(self, run: Run, given: AttemptInput, result: AttemptResult) -> AttemptOutcome:
        """How the attempt ended. Raises TaskFailed, GitHubFailed, ObjectsUnusable or OSError."""
        run.attempt = _figures(run.attempt, result.attempt)
        run.is_rebased = result.is_rebased
        self._keep_evidence(run, result)
        self._learn(run, result)
        outcome = result.outcome.restore()
        mirror = self.mirror(run.task.issue.repository)
        accepted = self._receive(run, given, result, mirror)
        self._keep_work(run, result)
        if result.publication is None or not accepted:
            return self._without_publication(run, given, outcome)
        return self._publish(run, given, result, mirror, outcome)

    def finish(self, run: Run, mirror: Mirror, publication: Publication) -> AttemptOutcome:
        """What an earlier attempt began to publish."""
        run.attempt, verdict = replace(run.attempt, summary=publication.summary), run.task.verdict
        signed = self.publisher.sign(run.task, mirror, publication, run.lease, verdict=verdict)
        run.publishes = signed.head
        number = self.publisher.publish(run.task, mirror, signed, run.lease, verdict=verdict, goes_on=True)
        if publication.failure is not None:
            return as_failure(FailureKind(publication.failure), publication.detail, pull_request=number)
        return AttemptOutcome(state=State.IN_REVIEW, detail=publication.summary, pull_request=number)

    def _keep_evidence(self, run: Run, result: AttemptResult) -> None:
        if result.evidence is None:
            return
        run.folder.mkdir(parents=True, exist_ok=True)
        file = run.folder / "evidence.tar"
        self.objects.fetch(result.evidence, file)
        try:
            unpack_evidence(file, self.evidence.place(run.task.issue) / str(run.task.attempts))
        except ValueError as wrong:
            raise TaskFailed(FailureKind.GUARDS_UNPROVEN, mask(f"The host's evidence was refused: {wrong}")) from wrong

    def _learn(self, run: Run, result: AttemptResult) -> None:
        now, task = self.clock(), run.task
        patch = self.objects.get(result.patch) if result.patch is not None else None
        with self.store.transaction() as ledger:
            if not ledger.tasks.update(task.id, fence=task.fence, now=now):
                return
            ledger.slices.learn(task.issue.repository, result.rows, now)
            if patch is not None:
                ledger.refused_patches.keep(
                    task.id, task.attempts, mask_start(patch.decode(errors="replace"), 1_000_000)
                )

    def _receive(self, run: Run, given: AttemptInput, result: AttemptResult, mirror: Mirror) -> bool:
        """Put what may be kept or published into the mirror. False if nothing is to be published."""
        heads = [each.head for each in (result.publication, result.kept) if each is not None and each.head]
        if not heads:
            return False
        run.folder.mkdir(parents=True, exist_ok=True)
        with mirror.quarantine(run.folder / "quarantine.git") as quarantine:
            if result.commits is not None:
                self.objects.fetch(result.commits, run.folder / "made.bundle")
                unpack_commits(quarantine.folder, run.folder / "made.bundle", heads)
            for head in dict.fromkeys(heads):
                self._judge(run, given.found, mirror, quarantine, head, is_shown=result.publication is not None)
                quarantine.release(head, self.publisher.github.branches.of(run.task.issue))
        return result.publication is not None

    def _judge(
        self, run: Run, found: StartFound, mirror: Mirror, quarantine: Quarantine, head: str, *, is_shown: bool
    ) -> None:
        """Raises TaskFailed."""
        self._require_own(found, quarantine, head)
        rules = mirror.files(found.default.newest)
        files = mirror.files(found.held.base) if found.start.below is None else rules
        work = JudgedWork(quarantine=quarantine, held=found.held, settings=settings_of(rules), files=files)
        collected = Collected(head=head, made=head, commits=1, leftovers=False)
        _, committed = self.admission.admit(run.task, work, collected, should_stop=run.lease.reason_to_stop)
        if is_shown:
            self.admission.refuse_protected(run.task, work, committed, head)

    def _require_own(self, found: StartFound, quarantine: Quarantine, head: str) -> None:
        """It adds to what was found, and each of its commits is the bot's."""
        if not quarantine.is_ancestor(found.held.start, head):
            raise TaskFailed(
                FailureKind.AGENT_CRASHED, "The host's commits were refused: they stand on another commit."
            )
        own = self.author()
        if any(not is_by_bot(each, own) for each in quarantine.authors(found.held.start, head)):
            raise TaskFailed(FailureKind.AGENT_CRASHED, "The host's commits have another author than the bot.")

    def _keep_work(self, run: Run, result: AttemptResult) -> None:
        """For the next attempt."""
        task = run.task
        if result.conversation is not None:
            place = self.conversations.place(task.issue)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.unlink(missing_ok=True)
            self.objects.fetch(result.conversation, place)
        if result.kept is not None and result.publication is None:
            with self.store.transaction() as ledger:
                if ledger.tasks.update(task.id, fence=task.fence, now=self.clock()):
                    ledger.kept_work.keep(task.issue, result.kept)

    def _without_publication(self, run: Run, given: AttemptInput, outcome: AttemptOutcome) -> AttemptOutcome:
        if outcome.failure is not None or outcome.state is State.NO_CHANGE:
            self._plan_answers(run, given, None)
            return replace(outcome, detail=mask_start(outcome.detail, _DETAIL))
        if not given.found.held.continues:
            return as_failure(FailureKind.AGENT_CRASHED, "The host named no commit to publish.")
        self._plan_answers(run, given, None)
        return replace(outcome, detail=run.attempt.summary, pull_request=run.task.pull_request)

    def _publish(
        self, run: Run, given: AttemptInput, result: AttemptResult, mirror: Mirror, outcome: AttemptOutcome
    ) -> AttemptOutcome:
        assert result.publication is not None  # noqa: S101 - the caller looked
        shown, verdict = _as_found(run, given.found, result.publication), result.verdict
        if shown.failure is not None and self._holds_another_change(run, given.found):
            return replace(outcome, detail=mask_start(outcome.detail, _DETAIL))
        run.lease.confirm()
        self._plan_answers(run, given, shown.head)
        signed = self.publisher.sign(run.task, mirror, shown, run.lease, verdict=verdict)
        if signed.head != shown.head:
            self._plan_answers(run, given, signed.head)
        run.publishes = signed.head
        number = self.publisher.publish(run.task, mirror, signed, run.lease, verdict=verdict)
        if outcome.failure is not None:
            return replace(outcome, detail=mask_start(outcome.detail, _DETAIL), pull_request=number)
        return AttemptOutcome(state=State.IN_REVIEW, detail=shown.summary, pull_request=number)

    def _holds_another_change(self, run: Run, found: StartFound) -> bool:
        """Whether the branch has an open pull request that does not show the work of a failure."""
        if found.held.head is None or (shown := self.publisher.open_one(run.task.issue)) is None:
            return False
        verdict = read_short_verdict(read_verdict(shown.body))
        return verdict is None or verdict.failed is None

    def _plan_answers(self, run: Run, given: AttemptInput, head: str | None) -> None:
        review, task = given.found.review, run.task
        if review is None:
            return
        link = messages.commit_link(f"{self.web_url}/{task.issue.repository}", head)
        answers = review.answers(run.attempt.summary, link, by_session=run.attempt.turns > 0)
        with self.store.transaction() as ledger:
            if ledger.tasks.update(task.id, fence=task.fence, now=self.clock()):
                ledger.revisions.plan(task.id, answers)

    def keep_conversation(self, run: Run, outcome: AttemptOutcome, result: AttemptResult) -> KeptWork | None:
        """A revision of the pull request continues the conversation that made it."""
        if outcome.state is not State.IN_REVIEW or run.publishes is None or result.kept is None:
            return None
        return replace(result.kept, base=run.publishes, head=None) if result.kept.session_id else None

    def forget(self, task: Task) -> None:
        """Remove the kept conversation of a task that has ended."""
        self.conversations.remove(task.issue)

    def clear(self, run: Run) -> None:
        shutil.rmtree(run.folder, ignore_errors=True)


def _figures(known: Attempt, said: Attempt) -> Attempt:
    """What the host says of its sessions, as an attempt of this task."""
    return replace(
        said,
        task_id=known.task_id,
        number=known.number,
        started_at=known.started_at,
        finished_at=None,
        outcome=None,
        failure=None,
        summary=mask_start(said.summary, _SUMMARY),
        detail="",
        turns=max(0, said.turns),
        cost_usd=max(0.0, said.cost_usd),
    )


def _as_found(run: Run, found: StartFound, said: Publication) -> Publication:
    """What the host wrote of its work, on what the control plane found."""
    review = found.review
    return Publication(
        head=said.head,
        replaces=found.held.head,
        base=found.base.branch,
        title=messages.pull_request_title(run.task),
        body=mask(said.body),
        summary=run.attempt.summary,
        failure=said.failure,
        detail=mask(said.detail),
        **what_it_is_on(found.base, is_added=isinstance(review, Repair) and review.is_added),
    )
