"""Who may have an issue worked on, and the view that such a decision is made from.

Webhooks and the periodic pass meet here, so both ways in ask the same questions of the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core import decisions, messages
from bot.core.approvals import Approval
from bot.core.commands import Cancel, Retry, parse_command
from bot.core.decisions import Standing
from bot.core.dependencies import blockers as blockers_named_in
from bot.core.effects import Acknowledge, Effect
from bot.core.facts import Actor, CommentFacts, IssueFacts
from bot.core.labels import LabelSet, priority
from bot.core.references import IssueRef
from bot.core.tasks import ACTIVE, Blocker, Overrides, SnapshotComment, State, Task
from bot.steps.order import latest

# A label or a comment, and the text that it approves, may reach GitHub as several changes of the same moment.
_SAME_MOMENT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What the approver saw: out of the signed event, or what the API says now (`changed` if that may differ)."""

    approver: Actor
    at: datetime
    title: str
    body: str
    changed: bool = False
    overrides: Overrides = Overrides()
    by_command: bool = False
    by_edit: bool = False


class Approver:
    """Asks GitHub who somebody is, gathers the view, lets `bot.core.decisions` decide."""

    def __init__(self, *, store: Store, github: GitHub, me: Actor, labels: LabelSet, trusted: Sequence[int]) -> None:
        self._store = store
        self._github = github
        self._me = me
        self._labels = labels
        self._trusted = frozenset(trusted)

    def labelled(self, issue: IssueRef, facts: IssueFacts, text: Text) -> list[Effect]:
        """The label is on an open issue: queue it, or say once why not."""
        where = self.standing(issue.repository, text.approver)
        if where is not Standing.WRITER:
            task = self.task(issue)
            wanted_already = task is not None and task.state in ACTIVE  # such as by `nightshift add`
            return [] if wanted_already else decisions.refused(issue, text.approver, where)
        return decisions.approved(self._approval(issue, facts, text))

    def edited(self, issue: IssueRef, facts: IssueFacts, text: Text) -> list[Effect]:
        """Somebody with write permission changed what waits: that is a new approval of what they changed.

        Others change nothing, and what they changed before is not approved by a writer's other edit.
        """
        task = self.task(issue)
        if task is None or task.state is not State.QUEUED:
            return []
        if self.standing(issue.repository, text.approver) is not Standing.WRITER:
            return []
        again = replace(text, overrides=task.overrides, by_edit=True)
        return decisions.approved(self._approval(issue, facts, again))

    def prioritized(self, issue: IssueRef, facts: IssueFacts) -> list[Effect]:
        """The queue follows the labels for priority."""
        return decisions.prioritized(self.task(issue), priority(facts.labels, self._labels))

    def comment(self, issue: IssueRef, comment: CommentFacts, seen: tuple[str, str] | None) -> list[Effect]:
        """A comment with a command in it. `seen`: the issue's title and body when it was written, where known.

        Nightshift's own comments hold no commands, whoever's account it uses.
        """
        command = parse_command(comment.body)
        if command is None or messages.is_ours(comment.body) or self._followed(comment):
            return []
        facts = self._github.issue(issue)
        if facts.is_pull_request:
            return []
        where, task = self.standing(issue.repository, comment.author), self.task(issue)
        if where is not Standing.WRITER:
            return decisions.refused(issue, comment.author, where) if where is Standing.STRANGER else []
        if isinstance(command, Retry | Cancel) and self._overtaken(issue, comment):
            return [Acknowledge(issue, comment.id)]
        if isinstance(command, Retry) and not decisions.retry_obstacle(facts, task, self._labels.trigger):
            return self._retry(issue, facts, comment, seen, command.overrides)
        return decisions.command_given(command, comment, issue=issue, facts=facts, task=task, labels=self._labels)

    def _retry(
        self,
        issue: IssueRef,
        facts: IssueFacts,
        comment: CommentFacts,
        seen: tuple[str, str] | None,
        overrides: Overrides,
    ) -> list[Effect]:
        title, body = seen or (facts.title, facts.body)
        changed = seen is None and self.may_have_changed(issue, facts, comment.created_at)
        text = Text(
            approver=comment.author,
            at=comment.created_at,
            title=title,
            body=body,
            changed=changed,
            overrides=overrides,
            by_command=True,
        )
        followed: list[Effect] = [
            Acknowledge(issue, comment.id),
            decisions.commanded(issue, comment, cancels=False),
        ]
        return [*followed, *decisions.approved(self._approval(issue, facts, text))]

    def by_operator(self, issue: IssueRef, overrides: Overrides, now: datetime) -> list[Effect]:
        """Whoever runs Nightshift asks for it on the host, and may."""
        facts = self._github.issue(issue)
        operator = Actor(login="the operator", id=0)
        text = Text(approver=operator, at=now, title=facts.title, body=facts.body, overrides=overrides, by_command=True)
        approval = replace(self._approval(issue, facts, text), stopped_at=None, cancelled_at=None)
        return decisions.approved(approval)

    def standing(self, repository: str, actor: Actor) -> Standing:
        """Raises GitHubFailed. Only people are looked up: an automaton's permission is no approval."""
        automaton = (actor.is_bot or actor.login == self._me.login) and actor.id not in self._trusted
        may_write = not automaton and self._github.may_write(repository, actor.login)
        return decisions.standing(actor, me=self._me, trusted=self._trusted, may_write=may_write)

    def may_have_changed(self, issue: IssueRef, facts: IssueFacts, approved_at: datetime) -> bool:
        """Whether the issue's author, without write permission, may have rewritten it since it was approved."""
        if facts.updated_at - approved_at <= _SAME_MOMENT:
            return False
        return self.standing(issue.repository, facts.author) is not Standing.WRITER

    def pull_request_is(self, task: Task | None, *, is_open: bool, merged_at: datetime | None) -> list[Effect]:
        """What the task's pull request is now. Closed without a merge, the issue itself may still be completed."""
        completed = False
        if task is not None and not is_open and merged_at is None:
            completed = self._github.issue(task.issue).completed
        return decisions.pull_request_is(task, is_open=is_open, merged_at=merged_at, issue_completed=completed)

    def is_met(self, blocker: IssueRef) -> bool:
        """Whether nobody has to wait for this issue: its task is in review or done, or it was closed as completed."""
        task = self.task(blocker)
        if task is not None and task.state in {State.IN_REVIEW, State.DONE}:
            return True
        try:
            return decisions.is_met(self._github.issue(blocker), task)
        except GitHubFailed as error:
            if error.transient:
                raise
            return False  # what cannot be seen holds its dependents back; their status says which issue it is

    def task(self, issue: IssueRef) -> Task | None:
        with self._store.read() as ledger:
            return ledger.tasks.find(issue)

    # -- the view

    def _approval(self, issue: IssueRef, facts: IssueFacts, text: Text) -> Approval:
        task = self.task(issue)
        words = self._writers_words(issue, facts)
        blockers = self.blockers(issue, [text.body, *(comment.body for comment in words)])
        with self._store.read() as ledger:
            edges = ledger.blockers.edges_beyond([blocker.issue for blocker in blockers if not blocker.met])
            last = latest(ledger, issue)
        return Approval(
            issue=issue,
            task=task,
            approver=text.approver,
            at=text.at,
            title=text.title,
            body=text.body,
            comments=words,
            blockers=blockers,
            priority=priority(facts.labels, self._labels),
            edges=edges,
            overrides=text.overrides,
            changed_since_approval=text.changed,
            state_labels=self._labels.shown_states(facts.labels),
            without_comments=facts.comments == 0,
            text_now=(facts.title, facts.body),
            by_command=text.by_command,
            by_edit=text.by_edit,
            edited_at=last.edited_at,
            stopped_at=last.stopped_at,
            cancelled_at=last.cancelled_at,
        )

    def _writers_words(self, issue: IssueRef, facts: IssueFacts) -> tuple[SnapshotComment, ...]:
        if facts.comments == 0:
            return ()
        return self.words(issue, self._github.comments(issue))

    def words(self, issue: IssueRef, comments: Sequence[CommentFacts]) -> tuple[SnapshotComment, ...]:
        """Of these comments, what belongs into a snapshot."""
        found = [comment for comment in comments if not messages.is_ours(comment.body)]
        authors = {comment.author.login: comment.author for comment in found}
        writers = {login for login, who in authors.items() if self._is_writer(issue.repository, who)}
        return decisions.writers_words(found, writers)

    def _is_writer(self, repository: str, actor: Actor) -> bool:
        return self.standing(repository, actor) is Standing.WRITER

    def blockers(self, issue: IssueRef, texts: Sequence[str]) -> tuple[Blocker, ...]:
        """The issues that these texts name as blockers, met or not."""
        named: dict[IssueRef, None] = {}
        for text in texts:
            found = blockers_named_in(text, repository=issue.repository, web_url=self._github.web_url)
            named.update(dict.fromkeys(found))
        return tuple(Blocker(issue=each, met=each != issue and self.is_met(each)) for each in named)

    def _overtaken(self, issue: IssueRef, comment: CommentFacts) -> bool:
        """Whether a later command was followed already: GitHub numbers comments in the order in which they came."""
        with self._store.read() as ledger:
            return comment.id < latest(ledger, issue).command

    def _followed(self, comment: CommentFacts) -> bool:
        with self._store.read() as ledger:
            return ledger.commands_seen.has(comment.id)
