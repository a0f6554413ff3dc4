"""Updates the ledger to the present state of one issue or pull request, whichever deliveries were received or lost.

The history of the issue says who asked for it and what stopped it, in order. Polling cannot see the text of that time,
nor who edited a description: an edited text counts as approved only if all who could edit it may approve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.core.approval_events import Role, approved_at
from bot.core.effects import Effect, Settle, ShowStatus
from bot.core.facts import Happened, IssueFacts, PullRequestFacts
from bot.core.issue_history import find_ask_and_stop, find_last_rename, why_stopped
from bot.core.labels import LabelSet, has
from bot.core.references import IssueRef
from bot.core.stacking import blocker_state
from bot.core.tasks import ACTIVE, State, Task
from bot.steps.approve_issue import Approver
from bot.steps.bookmarks import Bookmarks
from bot.steps.effects import perform
from bot.steps.open_pulls import check_pairs, queue_left_claims
from bot.steps.publication import cut_off_publications

_SAME_UPDATE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchingUp:
    store: Store
    github: GitHub
    approver: Approver
    labels: LabelSet
    bookmarks: Bookmarks
    clock: Callable[[], datetime]

    def with_issue(self, issue: IssueRef, facts: IssueFacts) -> None:
        """Raises GitHubFailed. An issue that has not changed since it was last read costs no request."""
        if self.bookmarks.is_known(issue, facts):
            return
        if facts.is_pull_request:
            self._with_pull_request(issue, facts)
        elif self.labels.is_wanted(facts):
            self._with_wanted(issue, facts)
        else:
            self.perform(self.not_wanted(issue, facts, self.approver.reader.task(issue)))
        self.perform(self.approver.relations.follow(issue, facts))
        self.perform(self._settle(issue, facts))
        self.perform(self.approver.relations.follow_parent(facts))
        self.bookmarks.note_look(issue, facts)

    def not_wanted(self, issue: IssueRef, facts: IssueFacts, task: Task | None) -> list[Effect]:
        """The issue is closed or has no label. That does not stop a task that was requested after `facts` were read:
        `nightshift add` queues first and adds the label a moment later."""
        if not facts.is_open:
            return self.approver.close(issue, facts, at=facts.updated_at)
        if task is None or (task.snapshot.approved_at or facts.updated_at) > facts.updated_at:
            return []
        return self.approver.stop(issue, facts, at=facts.updated_at, why="the label was taken off")

    def with_left_claims(self, repository: str) -> None:
        """Whatever ended the attempt, also a `/cancel`, a kill or the loss of the ledger: its empty branch goes."""
        with self.store.read() as ledger:
            is_left = bool(ledger.pushes.left_claims(repository))
        if is_left:
            with self.store.transaction() as ledger:
                queue_left_claims(ledger, repository, self.clock())

    def with_cut_off_publications(self, repository: str, between: Callable[[], None]) -> None:
        """Look for pull requests of tasks that were cancelled while GitHub opened them, so that the answer was lost.

        Each is looked for once, after its attempt has ended. If there is one, its state decides the task's. `between`
        is called before each request, and may raise to end the search."""
        with self.store.read() as ledger:
            cut_off = cut_off_publications(ledger, repository)
        for task in cut_off:
            between()
            pull = next(iter(self.github.pull_requests(repository, self.github.branches.of(task.issue))), None)
            effects = self._follow_shown(task, pull) if pull else []
            with self.store.transaction() as ledger:
                ledger.publications.forget(task.id)
                if pull is not None:
                    ledger.tasks.update(task.id, now=self.clock(), pull_request=pull.number)
                perform(effects, ledger, self.clock())

    def with_pairs(self, repository: str) -> None:
        """The base branch or a person may have moved one: no webhook that the bot needs reports that."""
        with self.store.transaction() as ledger:
            if len(ledger.tasks.in_states(State.IN_REVIEW, repository=repository)) > 1:
                check_pairs(ledger, repository, self.clock())

    def with_shown(self, task: Task, pull: PullRequestFacts) -> None:
        """Follow the pull request that shows the task."""
        self.perform(self._follow_shown(task, pull))

    def _follow_shown(self, task: Task, pull: PullRequestFacts) -> list[Effect]:
        return self.approver.follow_pull_request(task, is_open=pull.is_open, merged_at=pull.merged_at)

    def _with_pull_request(self, pull: IssueRef, facts: IssueFacts) -> None:
        with self.store.read() as ledger:
            task = ledger.tasks.by_pull_request(pull.repository, pull.number)
        self.perform(self.approver.follow_pull_request(task, is_open=facts.is_open, merged_at=facts.merged_at))
        if task is not None and facts.is_open:
            self.with_reviews(pull)
        if facts.is_open and has(facts.labels, self.labels.trigger):
            self._with_label_on_pull_request(pull)

    def _with_label_on_pull_request(self, pull: IssueRef) -> None:
        """Where it was before this version, it may mean something else to people."""
        asked, _ = find_ask_and_stop(self.github.history(pull), self.labels.trigger)
        if asked is not None and asked.kind == "labeled" and asked.at >= self.bookmarks.reviews_since(pull.repository):
            self.perform(self.approver.reviews.label(pull, asked.actor))

    def with_reviews(self, pull: IssueRef) -> None:
        """Follow the reviews of the task's open pull request, and the commands in comments on its lines, as far as they
        are newer than the first pass that read reviews."""
        since = self.bookmarks.reviews_since(pull.repository)
        for review in self.github.reviews(pull):
            if review.submitted_at >= since:
                self.perform(self.approver.reviews.review(pull, review))
        for comment in self.github.line_comments(pull):
            if comment.created_at >= since:
                self.perform(self.approver.reviews.line_comment(pull, comment))

    def _with_wanted(self, issue: IssueRef, facts: IssueFacts) -> None:
        task = self.approver.reader.task(issue)
        if task is None or task.state not in ACTIVE or _changed_since(task, facts):
            history = self.github.history(issue)
            self._ask_anew(issue, facts, history)
            self._apply_edit(issue, facts, history)
        task = self.approver.reader.task(issue)
        if task is not None:
            self.perform(self._repaired_label(task, facts))
            self.perform(self.approver.prioritize(issue, facts))

    def _ask_anew(self, issue: IssueRef, facts: IssueFacts, history: Sequence[Happened]) -> None:
        asked, stopped = find_ask_and_stop(history, self.labels.trigger)
        if stopped is not None:
            self.perform(self.approver.stop(issue, facts, at=stopped.at, why=why_stopped(stopped)))
        task = self.approver.reader.task(issue)
        known = approved_at(task) if task is not None else None
        if asked is not None and (known is None or asked.at > known):
            self.perform(self.approver.label(issue, facts, by=asked.actor, at=asked.at, text=None))

    def _apply_edit(self, issue: IssueRef, facts: IssueFacts, history: Sequence[Happened]) -> None:
        """If the author may write, only writers can have edited the issue. Otherwise the history names who changed the
        title, but not who changed the body."""
        task = self.approver.reader.task(issue)
        if task is None or task.state is not State.QUEUED or _text_of(task) == (facts.title, facts.body):
            return
        edit = partial(self.approver.edit, issue, facts, title=facts.title)
        if self.approver.reader.role(issue.repository, facts.author) is Role.WRITER:
            self.perform(edit(by=facts.author, at=facts.updated_at, body=facts.body))
            return
        renamed = find_last_rename(history)
        if renamed is not None and facts.title != task.snapshot.title:
            self.perform(edit(by=renamed.actor, at=renamed.at, body=None))

    def _repaired_label(self, task: Task, facts: IssueFacts) -> list[Effect]:
        """Correct a label of state or verdict that a person or another bot added or removed: the ledger decides which
        are shown. A pause decides between two of them, and shows each issue anew when it begins and when it ends.

        `facts` may be old by now: another worker has shown more since, or this one was suspended. So they say only that
        the labels are not known, and the outbox reads them."""
        shown = self.labels.shown_labels(facts.labels)
        with self.store.read() as ledger:
            is_answered = ledger.notices.is_answered(task)
        wanted = self.labels.labels_of(task, is_answered=is_answered)
        if shown in (wanted, self.labels.labels_of(task, is_paused=True)):
            return []
        with self.store.transaction() as ledger:
            known = ledger.issues_shown.labels(task.issue)
            if known == wanted or not ledger.issues_shown.is_label_noted(task.issue):
                ledger.issues_shown.begin_label(task.issue)
        return [ShowStatus(task.issue)]

    def _settle(self, issue: IssueRef, facts: IssueFacts) -> list[Effect]:
        """Update the tasks that are blocked by this issue."""
        with self.store.read() as ledger:
            state = blocker_state(facts, ledger.tasks.find(issue))
            return [Settle(issue, state)] if ledger.blockers.is_news(issue, state) else []

    def perform(self, effects: Sequence[Effect]) -> None:
        """In one transaction."""
        if effects:
            with self.store.transaction() as ledger:
                perform(effects, ledger, self.clock())


def _changed_since(task: Task, facts: IssueFacts) -> bool:
    known = approved_at(task)
    return known is None or facts.updated_at - known > _SAME_UPDATE or _text_of(task) != (facts.title, facts.body)


def _text_of(task: Task) -> tuple[str, str]:
    return task.snapshot.title, task.snapshot.body
