"""Reads the input of a decision about an issue: the ledger, GitHub's present answer, and permissions.

Nothing is decided here. A lookup that costs a request is made only where its answer can matter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core import messages
from bot.core.answers import asked_since, select_replies
from bot.core.approval_events import AuthorReply, Known, Role, Shown, Text, is_automaton
from bot.core.approved_text import select_comments
from bot.core.dependencies import blockers as blockers_named_in
from bot.core.dependencies import find_cycle, name_cycle
from bot.core.facts import Actor, CommentFacts, IssueFacts, RelationCounts
from bot.core.labels import LabelSet, priority
from bot.core.references import IssueRef
from bot.core.revision import Revision
from bot.core.stacking import BlockerState, blocker_state
from bot.core.tasks import Blocker, Lint, SnapshotComment, Task
from bot.steps.effects import read_known
from bot.steps.related_issues import RelatedIssues


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReader:
    """Every method that asks GitHub raises GitHubFailed. `me`: the bot's account; `trusted`: numbers of bots that may
    start tasks."""

    store: Store
    github: GitHub
    me: Actor
    labels: LabelSet
    trusted: Collection[int]

    def task(self, issue: IssueRef) -> Task | None:
        with self.store.read() as ledger:
            return ledger.tasks.find(issue)

    def task_of(self, pull: IssueRef) -> Task | None:
        """The task whose pull request this is."""
        with self.store.read() as ledger:
            return ledger.tasks.by_pull_request(pull.repository, pull.number)

    def revision(self, task: Task) -> Revision | None:
        """The revision that the task waits for or runs."""
        with self.store.read() as ledger:
            return ledger.revisions.of(task.id)

    def was_asked(self, repository: str, item: str) -> bool:
        """Whether this review or comment asked for something that was followed or answered."""
        with self.store.read() as ledger:
            return ledger.review_items.has(repository, item) or not ledger.replies.unknown([item])

    def read_known(self, issue: IssueRef) -> Known:
        with self.store.read() as ledger:
            return read_known(ledger, issue)

    def facts(self, issue: IssueRef) -> IssueFacts:
        return self.github.issue(issue)

    def was_followed(self, comment: CommentFacts) -> bool:
        with self.store.read() as ledger:
            return ledger.commands_seen.has(comment.id)

    def role(self, repository: str, actor: Actor) -> Role:
        """Only people are looked up: the permission of a bot is no approval."""
        if is_automaton(actor, me=self.me, trusted=self.trusted):
            return Role.AUTOMATON
        return Role.WRITER if self.github.may_write(repository, actor.login) else Role.STRANGER

    def read_shown(self, facts: IssueFacts) -> Shown:
        """Without the comments, which cost a request."""
        return Shown(
            text=Text(title=facts.title, body=facts.body),
            is_wanted=self.labels.is_wanted(facts),
            updated_at=facts.updated_at,
            priority=priority(facts.labels, self.labels),
        )

    def shown_with_comments(self, issue: IssueRef, facts: IssueFacts, *, text_since: datetime | None) -> Shown:
        """`text_since`: when the present text was approved, where no event says which text that was; None otherwise."""
        shown = self.read_shown(facts)
        comments = self.github.comments(issue) if facts.comments else []
        unclear = text_since is not None and facts.updated_at > text_since
        return Shown(
            text=shown.text,
            is_wanted=shown.is_wanted,
            updated_at=shown.updated_at,
            priority=shown.priority,
            author_may_write=not unclear or self.role(issue.repository, facts.author) is Role.WRITER,
            comments=self.select_comments(issue, comments),
            replies=self._replies(issue, facts, comments),
        )

    def _replies(self, issue: IssueRef, facts: IssueFacts, comments: Sequence[CommentFacts]) -> tuple[AuthorReply, ...]:
        """What the issue's author said since Claude asked something. A bot answers nothing."""
        since = self.asked_since(issue)
        if since is None or is_automaton(facts.author, me=self.me, trusted=self.trusted):
            return ()
        found = select_replies(comments, facts.author, since)
        may_write = bool(found) and self.role(issue.repository, facts.author) is Role.WRITER
        return tuple(replace(each, may_write=may_write) for each in found)

    def asked_since(self, issue: IssueRef) -> datetime | None:
        """From when on a comment may be a reply to Claude's questions; None if it asked nothing."""
        with self.store.read() as ledger:
            task = ledger.tasks.find(issue)
            return asked_since(ledger.attempts.of(task.id)) if task is not None else None

    def select_comments(self, issue: IssueRef, comments: Sequence[CommentFacts]) -> tuple[SnapshotComment, ...]:
        """Of these comments, those that Claude reads."""
        found = [comment for comment in comments if not messages.is_ours(comment.body)]
        authors = {comment.author.login: comment.author for comment in found}
        writers = {login for login, who in authors.items() if self.role(issue.repository, who) is Role.WRITER}
        return select_comments(found, writers)

    def lint_settings(self, repository: str) -> Lint:
        """What the repository wants done about remarks on an issue. Settings that cannot be read stop the attempt."""
        # Few issues need it, and most processes none: pydantic and YAML take long to import.
        from bot.steps.default_settings import read_default_settings  # noqa: PLC0415

        settings = read_default_settings(self.github, repository)
        if settings is None:
            return Lint.SAID
        if not settings.lint:
            return Lint.NONE
        return Lint.WAITS if settings.strict else Lint.SAID

    def find_named(self, issue: IssueRef, texts: Sequence[str]) -> tuple[IssueRef, ...]:
        """The issues that these texts name as blockers, each once."""
        named: dict[IssueRef, None] = {}
        for text in texts:
            found = blockers_named_in(text, repository=issue.repository, web_url=self.github.web_url)
            named.update(dict.fromkeys(found))
        return tuple(named)

    def blockers(
        self,
        issue: IssueRef,
        texts: Sequence[str],
        counts: RelationCounts | None,
        *,
        known: Sequence[Blocker] = (),
    ) -> tuple[Blocker, ...]:
        """What these texts and GitHub's own relations (`counts`, of the issue) say that it waits for, met or not.
        `known`: named blockers of which the ledger says it."""
        met = {blocker.issue: blocker.met for blocker in known}
        named = [
            Blocker(issue=each, met=met[each] if each in met else self._is_met(issue, each))
            for each in self.find_named(issue, texts)
        ]
        if counts is None:  # some have found that listings leave them out, which the issue itself shows
            counts = self.github.issue(issue).relations
        if counts is None or counts == RelationCounts():
            return tuple(named)
        return RelatedIssues(store=self.store, github=self.github, labels=self.labels).add_to(issue, named, counts)

    def cycle(self, issue: IssueRef, blockers: Sequence[Blocker]) -> str:
        """The shortest way on which the issue waits for itself, in words; empty if there is none."""
        unmet = [blocker.issue for blocker in blockers if not blocker.met]
        found = find_cycle(issue, {**self.edges_beyond(unmet), issue: unmet})
        return name_cycle(found or ())

    def edges_beyond(self, blockers: Sequence[IssueRef]) -> Mapping[IssueRef, Collection[IssueRef]]:
        """What each waiting task still waits for, as far as these lead to it."""
        with self.store.read() as ledger:
            return ledger.blockers.edges_beyond(list(blockers))

    def _is_met(self, issue: IssueRef, blocker: IssueRef) -> bool:
        """Whether the issue need not wait for what its text names."""
        if blocker == issue:
            return False
        with self.store.read() as ledger:
            was_done = ledger.removed_tasks.was_done(blocker)
            known = BlockerState.COMPLETED if was_done else blocker_state(None, ledger.tasks.find(blocker))
            if ledger.blockers.is_met(known, blocker, issue):
                return True
        try:
            state = blocker_state(self.github.issue(blocker), self.task(blocker))
        except GitHubFailed as error:
            if error.transient:
                raise
            return False  # an issue that cannot be read blocks; the status of those that wait says which one it is
        with self.store.read() as ledger:
            return ledger.blockers.is_met(state, blocker, issue)
