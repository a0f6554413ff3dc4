"""Turns an event on an issue into effects, for webhooks and for the periodic pass alike.

The rules are in `bot.core.approval_rules`; this module reads their input and returns the effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core import messages
from bot.core.answers import edited_since_liked, says_more, waits_for_answers
from bot.core.approval_events import (
    OPERATOR,
    Approval,
    Cancelled,
    Edited,
    Known,
    Labelled,
    Reacted,
    Retried,
    Role,
    Shown,
    Standing,
    Stopped,
    Text,
    approved_at,
)
from bot.core.approval_rules import standing
from bot.core.approved_text import keep_lint
from bot.core.command_rules import accept, answer, cannot_retry, refuse, retry_obstacle
from bot.core.commands import Cancel, Command, Go, Retry, Revise, Say, parse_command
from bot.core.effects import (
    Acknowledge,
    Confirm,
    Effect,
    Enqueue,
    NoteAnswered,
    NoteCommand,
    NoteEdit,
    NoteShown,
    NoteStop,
    Reply,
    ShowStatus,
)
from bot.core.facts import Actor, CommentFacts, IssueFacts, RelationCounts
from bot.core.failures import FailureKind
from bot.core.labels import LabelSet, has
from bot.core.references import IssueRef
from bot.core.task_rules import prioritize, stop_task
from bot.core.tasks import Blocker, Overrides, State, Task
from bot.steps.author_replies import find_reply, tell_how
from bot.steps.issue_reader import IssueReader
from bot.steps.pull_request_ends import follow_shown
from bot.steps.relation_changes import RelationChanges, texts_of
from bot.steps.review_requests import ReviewRequests

_MOST_MIRRORED = 50  # as many as GitHub relates to one issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Every method that takes an event returns its effects, and raises GitHubFailed."""

    reader: IssueReader
    labels: LabelSet

    @property
    def relations(self) -> RelationChanges:
        """The same for GitHub's own relations between issues."""
        return RelationChanges(reader=self.reader)

    @property
    def reviews(self) -> ReviewRequests:
        """The same for pull requests."""
        return ReviewRequests(reader=self.reader, labels=self.labels)

    def label(self, issue: IssueRef, facts: IssueFacts, *, by: Actor, at: datetime, text: Text | None) -> list[Effect]:
        """The label is on an open issue: queue it, or reply once why not. `text`: the issue's text at that time, if
        known."""
        role = self.reader.role(issue.repository, by)
        event = Labelled(at=at, by=by, role=role, text=text, is_own=by.id == self.reader.me.id)
        return self._follow(issue, facts, event)

    def edit(
        self, issue: IssueRef, facts: IssueFacts, *, by: Actor, at: datetime, title: str | None, body: str | None
    ) -> list[Effect]:
        """The title or the body of a queued issue was changed (None: that one was not)."""
        task = self.reader.task(issue)
        if task is None or task.state is not State.QUEUED:
            return []
        role = self.reader.role(issue.repository, by)
        return self._follow(issue, facts, Edited(at=at, by=by, role=role, title=title, body=body))

    def stop(self, issue: IssueRef, facts: IssueFacts, *, at: datetime, why: str) -> list[Effect]:
        """The label was taken off, or the issue was closed, at `at`. `facts` are of now: it may be wanted again."""
        known, event = self.reader.read_known(issue), Stopped(at=at, why=why)
        found = standing([known, self.reader.read_shown(facts), event])
        return [NoteStop(issue, at), *(stop_task(known.task, found.stop) if found.stop else [])]

    def close(self, issue: IssueRef, facts: IssueFacts, *, at: datetime) -> list[Effect]:
        """The issue was closed. It may have no label and no task."""
        if self.reader.task(issue) is None and not has(facts.labels, self.labels.trigger):
            return []
        return self.stop(issue, facts, at=at, why="the issue was closed")

    def comment(self, issue: IssueRef, comment: CommentFacts, seen: Text | None) -> list[Effect]:
        """A comment with a command or with answers in it. `seen`: the issue's text when it was written, if known.

        Nightshift's own comments hold no commands, whichever account it uses.
        """
        command = parse_command(comment.body)
        if messages.is_ours(comment.body) or self.reader.was_followed(comment):
            return []
        if command is None:
            return find_reply(self.reader, issue, comment) or tell_how(self.reader, issue, comment)
        facts = self.reader.facts(issue)
        if facts.is_pull_request:
            return self.reviews.comment(issue, comment, command)
        role = self.reader.role(issue.repository, comment.author)
        if role is not Role.WRITER:
            return self._refuse(issue, facts, comment, command) if role is Role.STRANGER else []
        return [Acknowledge(issue, comment.id), *self._command(issue, facts, comment, command, seen)]

    def _refuse(self, issue: IssueRef, facts: IssueFacts, comment: CommentFacts, command: Command) -> list[Effect]:
        """The issue's author, who answered Claude's questions, learns who has to confirm the answers."""
        task = self.reader.task(issue)
        is_author = comment.author.id == facts.author.id
        if task is None or not (is_author and isinstance(command, Retry) and waits_for_answers(task)):
            return refuse(issue, comment.author, Role.STRANGER)
        text = messages.needs_confirmation(comment.author, task.snapshot.approved_by)
        said = find_reply(self.reader, issue, comment, asks=True)
        return [NoteAnswered(issue, comment.id), Reply(issue, f"confirm:{issue}:{task.attempts}", text), *said]

    def confirm(self, issue: IssueRef, facts: IssueFacts, likes: Sequence[Reacted]) -> list[Effect]:
        """👍 of people who may write, on replies of the issue's author."""
        known = self.reader.read_known(issue)
        if known.task is None or not self.labels.is_wanted(facts):
            return []
        shown = self.reader.shown_with_comments(issue, facts, text_since=None)
        found = standing([known, shown, *likes])
        if found.approval is None or not found.queues:
            return self._edited_since(known.task, shown, likes)
        new = {each.comment for each in likes if says_more(each, shown.replies, known.task.snapshot)}
        enqueue = self._enqueue(issue, known.task, found, found.approval, counts=facts.relations, is_command=True)
        seen = [Acknowledge(issue, comment) for comment in sorted(new)]
        return [*seen, enqueue, self._note_shown(issue, facts), ShowStatus(issue)]

    def _edited_since(self, task: Task, shown: Shown, likes: Sequence[Reacted]) -> list[Effect]:
        """A 👍 on words that are not there any more is answered once."""
        known = approved_at(task)
        if not waits_for_answers(task) or known is None:
            return []
        late = (each for each in likes if each.at > known and edited_since_liked(each, shown.replies))
        keyed = ((f"edited-since:{each.comment}:{each.at:%Y%m%d%H%M%S}", each.by.login) for each in late)
        return [Reply(task.issue, key, messages.edited_since(login)) for key, login in keyed]

    def by_operator(
        self, issue: IssueRef, overrides: Overrides, now: datetime, by: Actor | None = None
    ) -> list[Effect]:
        """The operator queues the issue by a command on the host, or `by`, a person with write permission, on the
        dashboard."""
        facts, known = self.reader.facts(issue), self.reader.read_known(issue)
        approved = approved_at(known.task) if known.task is not None else None
        event = Retried(
            # GitHub's clock may be ahead of the host's
            at=max(at for at in (now, approved, known.stopped_at, known.cancelled_at) if at is not None),
            by=by or Actor(login=OPERATOR, id=0),
            role=Role.WRITER,
            text=Text(title=facts.title, body=facts.body),
            comment=None,
            overrides=overrides,
        )
        return self._follow(issue, facts, event)

    def prioritize(self, issue: IssueRef, facts: IssueFacts) -> list[Effect]:
        """The queue follows the labels for priority."""
        return prioritize(self.reader.task(issue), self.reader.read_shown(facts).priority)

    def follow_pull_request(self, task: Task | None, *, is_open: bool, merged_at: datetime | None) -> list[Effect]:
        """The present state of the task's pull request. If it was closed unmerged, the issue may still be completed."""
        return follow_shown(self.reader, task, is_open=is_open, merged_at=merged_at)

    # -- commands

    def _command(
        self, issue: IssueRef, facts: IssueFacts, comment: CommentFacts, command: Command, seen: Text | None
    ) -> list[Effect]:
        known = self.reader.read_known(issue)
        match command:
            case Retry() | Go() | Revise() | Say() | Cancel() if comment.id < known.command:
                return []  # a later command was followed already
            case Retry():
                obstacle = retry_obstacle(facts, known.task, self.labels.trigger)
                if obstacle is not None:
                    return cannot_retry(comment, issue, obstacle)
                return [_note(issue, comment, command), *self._retry(issue, facts, comment, command.overrides, seen)]
            case Revise() | Say():
                return self.reviews.on_issue(issue, comment, command)
            case Cancel():
                return [_note(issue, comment, command), *self._cancel(issue, comment, known)]
            case _:
                accepted = accept(known.task, comment.author, unread=True) if isinstance(command, Go) else []
                return accepted or answer(command, f"comment:{comment.id}", place=issue, task=known.task)

    def _retry(
        self, issue: IssueRef, facts: IssueFacts, comment: CommentFacts, overrides: Overrides, seen: Text | None
    ) -> list[Effect]:
        event = Retried(
            at=comment.created_at,
            by=comment.author,
            role=Role.WRITER,
            text=seen,
            comment=comment.id,
            overrides=overrides,
        )
        return self._follow(issue, facts, event)

    def _cancel(self, issue: IssueRef, comment: CommentFacts, known: Known) -> list[Effect]:
        event = Cancelled(at=comment.created_at, by=comment.author, role=Role.WRITER, comment=comment.id)
        found = standing([known, event])
        if found.stop is not None:
            return [*stop_task(known.task, found.stop), *self.reviews.back_in_review(known.task)]
        return answer(Cancel(), f"comment:{comment.id}", place=issue, task=known.task) if found.cancels_nothing else []

    # -- what follows

    def _follow(self, issue: IssueRef, facts: IssueFacts, event: Labelled | Retried | Edited) -> list[Effect]:
        known = self.reader.read_known(issue)
        if event.role is not Role.WRITER:
            refused = standing([known, event]).refused
            return refuse(issue, refused.by, refused.role) if refused else []
        since = event.at if not isinstance(event, Edited) and event.text is None else None
        shown = self.reader.shown_with_comments(issue, facts, text_since=since)
        found = standing([known, shown, event])
        if found.approval is None or not (found.queues or found.confirms):
            return []
        is_command = isinstance(event, Retried)
        if found.confirms:
            accepted = accept(known.task, event.by) if is_command else []
            return [Confirm(issue, found.approval.by, found.approval.at), *accepted]
        enqueue = self._enqueue(issue, known.task, found, found.approval, counts=facts.relations, is_command=is_command)
        edited = [NoteEdit(issue, event.at)] if isinstance(event, Edited) else []
        return [enqueue, *edited, self._note_shown(issue, facts), ShowStatus(issue)]

    def _enqueue(
        self,
        issue: IssueRef,
        task: Task | None,
        found: Standing,
        approval: Approval,
        *,
        counts: RelationCounts | None,
        is_command: bool,
    ) -> Enqueue:
        texts = [approval.text.body, *(comment.body for comment in approval.comments)]
        blockers = self.reader.blockers(issue, texts, counts)
        failure, detail = self._obstacle(issue, approval, blockers)
        return Enqueue(
            issue=issue,
            snapshot=approval.snapshot,
            blockers=blockers,
            priority=found.priority,
            overrides=approval.overrides,
            failure=failure,
            detail=detail,
            after_attempts=task.attempts if task is not None else 0,
            lint=keep_lint(task, is_command=is_command),
            mirrored=self._find_mirrored(issue, task, texts) if failure is None else (),
        )

    def _find_mirrored(self, issue: IssueRef, task: Task | None, texts: Sequence[str]) -> tuple[IssueRef, ...]:
        before = texts_of(task) if task is not None else []
        return self.reader.find_named(issue, [*texts, *before])[:_MOST_MIRRORED]

    def _obstacle(
        self, issue: IssueRef, approval: Approval, blockers: tuple[Blocker, ...]
    ) -> tuple[FailureKind | None, str]:
        """Why the task cannot run at all, and the evidence."""
        if approval.is_stale:
            return FailureKind.SNAPSHOT_STALE, ""
        cycle = self.reader.cycle(issue, blockers)
        return (FailureKind.DEPENDENCY_CYCLE, cycle) if cycle else (None, "")

    def _note_shown(self, issue: IssueRef, facts: IssueFacts) -> NoteShown:
        return NoteShown(
            issue=issue,
            state_labels=self.labels.shown_labels(facts.labels),
            without_comments=facts.comments == 0,
        )


def _note(issue: IssueRef, comment: CommentFacts, command: Command) -> NoteCommand:
    cancels = isinstance(command, Cancel)
    return NoteCommand(issue=issue, comment=comment.id, at=comment.created_at, cancels=cancels)
