"""Publishing: the commits go to the bot's own branch, and one pull request shows them.

Both are safe to repeat. A push names the exact commit that it may replace; the publisher looks for a pull request of
the branch before it opens one. After three refusals the task fails with GitHub's reason. The publisher waits out a
short outage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.adapters.git import Mirror, NotReached
from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core import messages
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.facts import Actor, PullRequestFacts
from bot.core.failures import FailureKind, TaskFailed
from bot.core.rebuild import own_pull_request
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import Task
from bot.core.work_context import working_on
from bot.steps.lease import TAKEN_OVER, Lease
from bot.steps.publication import Publication, note_publication
from bot.steps.published_base import base_of_open, present_base, what_it_stands_on
from bot.steps.signed_by_github import let_sign

T = TypeVar("T")
TRIES = 3
_LONGEST_WAIT = 120.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """Why a pull request is to be a draft: what the checks said, or the repository's settings."""

    unverified: bool
    by_settings: bool

    @property
    def is_wanted(self) -> bool:
        return self.unverified or self.by_settings

    @property
    def is_by_settings_alone(self) -> bool:
        return self.by_settings and not self.unverified


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Publishes one repository's work."""

    store: Store
    github: GitHub
    me: Callable[[], Actor]
    clock: Callable[[], datetime]
    reached: Reached

    @working_on("publication")
    def publish(
        self,
        task: Task,
        mirror: Mirror,
        publication: Publication,
        lease: Lease,
        *,
        verdict: ShortVerdict | None,
        goes_on: bool = False,
    ) -> int:
        """Push the commit and show the pull request, as far as an earlier attempt has not done so (`goes_on`: it had
        begun). Returns its number. `verdict`: on the commit.

        The lease is confirmed right before each push and each request that writes, so that nothing is changed after the
        task was taken away.
        """
        issue = task.issue
        self._require_open(task)
        if goes_on and (opened := self._opened_before(task, lease)) is not None:
            return opened
        self._note(task, publication, verdict)
        self.reached(Checkpoint.PUSH_NOTED, str(issue))
        if publication.replaces != publication.head:
            self._push(mirror, task, publication, lease)
        self.reached(Checkpoint.PUSHED, str(issue))
        below = what_it_stands_on(self.store, task, mirror, publication)
        with self.store.transaction() as ledger:
            if ledger.pushes.finish(task.id, fence=task.fence, head=publication.head, now=self.clock()):
                ledger.stacks.keep(task.id, below)
        self.reached(Checkpoint.PUSH_RECORDED, str(issue))
        may_exist = publication.replaces is not None or task.pull_request is not None  # none without its branch
        unverified = verdict is not None and verdict.wants_draft
        if self._find_revised(task) is not None:
            publication = replace(publication, title="")
        number = self._pull_request(issue, publication, lease, may_exist=may_exist, unverified=unverified)
        self.reached(Checkpoint.PULL_REQUEST_SHOWN, str(issue))
        return number

    def sign(
        self, task: Task, mirror: Mirror, publication: Publication, lease: Lease, *, verdict: ShortVerdict | None
    ) -> Publication:
        """With commits that GitHub signed, where the settings ask for it. What was judged is on record before that."""
        if not self.github.signs:
            return publication
        self._require_open(task)
        self._note(task, publication, verdict)
        once = partial(let_sign, self.github, mirror, task.issue, publication, lease.confirm)
        return _try_three_times(once, FailureKind.PUSH_REJECTED, lease)

    def _opened_before(self, task: Task, lease: Lease) -> int | None:
        """The pull request that an earlier try opened although its answer was lost. It counts even if people have
        closed it since: the same work is not proposed twice."""
        issue, branch = task.issue, self.github.branches.of(task.issue)

        def once() -> PullRequestFacts | None:
            return own_pull_request(
                self.github.pull_requests(issue.repository, branch), issue, self.me(), branch=branch
            )

        newest = _try_three_times(once, FailureKind.PULL_REQUEST_REJECTED, lease)
        return newest.number if newest is not None and newest.number != task.pull_request else None

    def _require_open(self, task: Task) -> None:
        """Nothing is pushed for an issue that is gone, nor to the branch of a pull request that people have merged or
        closed while it was revised."""
        self._require_issue(task.issue)
        number = self._find_revised(task)
        if number is not None:
            shown = self.github.pull_request(task.issue.repository, number)
            if not shown.is_open:
                raise TaskFailed(FailureKind.CANCELLED, f"the pull request is {'merged' if shown.merged else 'closed'}")

    def _require_issue(self, issue: IssueRef) -> None:
        try:
            self.github.issue(issue)
        except GitHubFailed as error:
            if error.gone:
                raise TaskFailed(FailureKind.CANCELLED, f"the issue is gone: {error.message}") from error
            if not error.transient:
                raise

    def _find_revised(self, task: Task) -> int | None:
        """The pull request that the attempt revises; its title stays as people have it."""
        with self.store.read() as ledger:
            revision = ledger.revisions.of(task.id)
        return revision.pull_request if revision is not None else None

    def _note(self, task: Task, publication: Publication, verdict: ShortVerdict | None) -> None:
        """In one transaction with the check of the fence: a worker that lost the task leaves no record behind."""
        replaces, head = publication.replaces, publication.head
        with self.store.transaction() as ledger:
            if not ledger.pushes.begin(task.id, fence=task.fence, replaces=replaces, head=head, now=self.clock()):
                raise TaskFailed(FailureKind.WORKER_LOST, TAKEN_OVER)
            ledger.tasks.update(task.id, fence=task.fence, now=self.clock(), verdict=verdict)
            note_publication(ledger, task, publication)

    def _push(self, mirror: Mirror, task: Task, publication: Publication, lease: Lease) -> None:
        """Push the commit to the issue's branch, which must not have moved. It may be gone, such as the one of a pull
        request that was closed a day ago; where a pull request is revised, that closed it."""
        may_be_gone, branch = self._find_revised(task) is None, self.github.branches.of(task.issue)

        def once() -> None:
            lease.confirm()
            mirror.push(publication.head, branch, expected=publication.replaces, may_be_gone=may_be_gone)

        _try_three_times(once, FailureKind.PUSH_REJECTED, lease)

    def _pull_request(
        self, issue: IssueRef, publication: Publication, lease: Lease, *, may_exist: bool, unverified: bool
    ) -> int:
        """Open the pull request, or update the open one. If none can have been opened before, the first try does not
        look for one. `unverified`: it is to be a draft for what the checks said."""
        looks = may_exist
        draft = _Draft(unverified=unverified, by_settings=self._drafts_are_wanted(issue))

        def once() -> int:
            nonlocal looks
            shown = self.open_one(issue) if looks else None
            looks = True  # this try may succeed although its answer is lost
            lease.confirm()
            if shown is None and not publication.title:
                raise TaskFailed(FailureKind.CANCELLED, "the pull request is closed")
            if shown is None:
                return self._create_on_present_base(issue, publication, lease, draft)
            body = messages.keep_base_moved(_fitting_body(publication.body, shown, draft), shown.body)
            body = messages.keep_edits(body, shown.body)
            base = base_of_open(self.store, self.github, issue, publication, shown)
            self.github.edit_pull_request(
                issue.repository,
                shown.number,
                title=publication.title or None,
                body=body,
                base=base if base != shown.base else None,
            )
            return shown.number

        return _try_three_times(once, FailureKind.PULL_REQUEST_REJECTED, lease)

    def _drafts_are_wanted(self, issue: IssueRef) -> bool:
        with self.store.read() as ledger:
            return ledger.pull_request_settings.of(issue.repository).draft

    def _create_on_present_base(self, issue: IssueRef, publication: Publication, lease: Lease, draft: _Draft) -> int:
        """The default branch may have got another name since the attempt began: its commits are the same."""
        try:
            return self._create(issue, publication, lease, draft)
        except GitHubFailed as error:
            if not error.refuses_base:
                raise
            now = self.github.repository_now(issue.repository).default_branch
            if now == publication.base:
                raise
        lease.confirm()
        body = messages.add_other_base(publication.body, before=publication.base, now=now)
        return self._create(issue, replace(publication, base=now, body=body), lease, draft)

    def _create(self, issue: IssueRef, publication: Publication, lease: Lease, draft: _Draft) -> int:
        """Where the repository has no drafts, open for review, with a sentence that says so."""
        create = partial(
            self.github.create_pull_request,
            issue.repository,
            head=self.github.branches.of(issue),
            base=present_base(self.store, self.github, issue, publication),
            title=publication.title,
        )
        try:
            body = messages.add_wanted_draft(publication.body) if draft.is_by_settings_alone else publication.body
            return create(body=messages.keep_edits(body), draft=draft.is_wanted)
        except GitHubFailed as error:
            if not (draft.is_wanted and error.refuses_drafts):
                raise
        lease.confirm()
        body = messages.add_no_drafts(publication.body) if draft.unverified else publication.body
        return create(body=messages.keep_edits(body))

    def open_one(self, issue: IssueRef) -> PullRequestFacts | None:
        return next(
            iter(self.github.pull_requests(issue.repository, self.github.branches.of(issue), state="open")), None
        )


def _fitting_body(body: str, shown: PullRequestFacts, draft: _Draft) -> str:
    """GitHub's REST API makes no draft of an open pull request, nor the other way round: the body says what differs."""
    if shown.is_draft and draft.is_by_settings_alone:
        return messages.add_wanted_draft(body)
    if shown.is_draft == draft.unverified:
        return body
    return messages.add_was_open(body) if draft.unverified else messages.add_still_draft(body)


def _try_three_times(once: Callable[[], T], kind: FailureKind, lease: Lease) -> T:
    """Try again twice after a refusal, which may have been temporary."""
    for attempt in range(1, TRIES + 1):
        try:
            return _wait_out(once, lease)
        except (TaskFailed, GitHubFailed) as error:
            if isinstance(error, TaskFailed) and error.kind is not kind:
                raise
            last = error
            if attempt < TRIES:
                lease.wait(float(attempt))
    said = last.detail if isinstance(last, TaskFailed) else str(last)
    raise TaskFailed(kind, f"GitHub refused it {TRIES} times; the last answer: {said}")


def _wait_out(once: Callable[[], T], lease: Lease) -> T:
    """Wait out a rate limit or a short outage, which is no refusal. After a long one the task waits in the queue, where
    it blocks no other, and the next attempt continues from the record."""
    waited, pause = 0.0, 1.0
    while True:
        try:
            return once()
        except (NotReached, GitHubFailed) as failed:
            wait = _wait(failed, pause)
            if wait is None:
                raise
            if waited + wait > _LONGEST_WAIT:
                raise TaskFailed(FailureKind.GITHUB_UNAVAILABLE, str(failed)) from failed
            waited, pause = waited + wait, min(60.0, pause * 2)
            lease.wait(wait)


def _wait(failed: NotReached | GitHubFailed, pause: float) -> float | None:
    """Seconds until it is worth asking again; None if GitHub has answered, and that was a refusal."""
    if isinstance(failed, NotReached):
        return pause
    if failed.retry_after is not None:
        return failed.retry_after
    return pause if failed.transient else None
