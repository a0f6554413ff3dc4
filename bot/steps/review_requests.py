"""Turns what people say on the bot's pull requests into effects, for webhooks and for the periodic pass alike.

Only words of people with write permission ask for anything. A request that cannot be followed is answered once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core import effects, messages
from bot.core.approval_events import Cancelled, Known, Role
from bot.core.approval_rules import standing
from bot.core.command_rules import answer, retry_obstacle, speak
from bot.core.commands import Cancel, Command, Mistyped, Retry, Revise, Say, parse_command
from bot.core.effects import Acknowledge, AcknowledgeLine, Effect, Move, NoteCommand, Reply, ShowStatus
from bot.core.facts import Actor, CommentFacts
from bot.core.labels import LabelSet
from bot.core.references import IssueRef
from bot.core.review_facts import APPROVED, CHANGES_REQUESTED, COMMENTED, LineComment, ReviewFacts
from bot.core.review_threads import find_asking
from bot.core.revisions import obstacle
from bot.core.said_words import said_in
from bot.core.task_rules import stop_task
from bot.core.tasks import Overrides, State, Task
from bot.steps.issue_reader import IssueReader

_MOST_ACKNOWLEDGED = 20  # comments of one review


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """`item`: its key. `place`: where it is answered. `comment`: its number among the comments on issues and pull
    requests, which says what came first; 0 for a review and for a comment on a line. `body`: all that it says."""

    item: str
    place: IssueRef
    by: Actor
    at: datetime
    comment: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequests:
    """Every public method returns effects, and raises GitHubFailed."""

    reader: IssueReader
    labels: LabelSet

    def comment(self, pull: IssueRef, comment: CommentFacts, command: Command) -> list[Effect]:
        """A command in a comment on a pull request."""
        asked = _read_request(pull, comment)
        found = self._follow(pull, asked, command)
        seen = [each for each in found if not isinstance(each, Reply) or not each.key.startswith("not-")]
        return [Acknowledge(pull, comment.id), *found] if seen else found

    def on_issue(self, issue: IssueRef, comment: CommentFacts, command: Revise | Say) -> list[Effect]:
        """`/revise` or `/say` on an issue, by a person who may write."""
        asked, task = _read_request(issue, comment), self.reader.task(issue)
        if isinstance(command, Say):
            return _say(task, asked)
        if task is None or task.pull_request is None:
            return [Reply(issue, asked.item, messages.no_pull_request())]
        return self._revise(task, asked, Overrides())

    def review(self, pull: IssueRef, review: ReviewFacts) -> list[Effect]:
        """A review that was submitted. Reviews take no reactions, so a reply says that it was read."""
        command = parse_command(review.body)
        asks = review.state == CHANGES_REQUESTED
        if messages.is_ours(review.body):
            return []
        asked = _Request(
            item=f"review:{review.id}", place=pull, by=review.author, at=review.submitted_at, body=review.body
        )
        if not asks and command is None:
            return self._threads(pull, review, asked) if review.state in {APPROVED, COMMENTED} else []
        if self.reader.was_asked(pull.repository, asked.item) or self._was_answered(pull, asked.item):
            return []
        wanted = Revise() if asks and not isinstance(command, Retry) else command
        assert wanted is not None  # noqa: S101 - one of the two is there
        found = self._follow(pull, asked, wanted, is_review=asks)
        if not any(isinstance(each, effects.QueueRevision) for each in found):
            return found
        lines = [AcknowledgeLine(pull, each.id) for each in self._lines_of(pull, review)]
        return [*found, *lines, Reply(pull, asked.item, messages.revising(review.author.login))]

    def _threads(self, pull: IssueRef, review: ReviewFacts, asked: _Request) -> list[Effect]:
        """What a review asks for by nothing but its threads. It was not said to Nightshift, so it gets no
        answer where it cannot be followed now: the next change of the pull request has it looked at again."""
        task = self.reader.task_of(pull)
        if task is None or review.author.id == self.reader.me.id or self.reader.was_asked(pull.repository, asked.item):
            return []
        if self.reader.role(pull.repository, asked.by) is not Role.WRITER:
            return []
        if self._was_read(task, asked) or self._is_late(self.reader.read_known(task.issue), asked):
            return []
        if not (asking := self._find_asking(pull, review)):
            return []
        found = self._revise(task, asked, Overrides())
        is_followed = any(isinstance(each, effects.QueueRevision) for each in found)
        return [*found, *(AcknowledgeLine(pull, each.id) for each in asking)] if is_followed else []

    def _was_read(self, task: Task, asked: _Request) -> bool:
        """By an attempt that began later: it read all threads, however it ended."""
        with self.reader.store.read() as ledger:
            attempts = ledger.attempts.of(task.id)
        return bool(attempts) and attempts[-1].started_at > asked.at

    def _find_asking(self, pull: IssueRef, review: ReviewFacts) -> list[LineComment]:
        asking = find_asking(self.reader.github.line_comments(pull), review, self.reader.me)
        resolved = self.reader.github.resolved_threads(pull) if asking else frozenset()
        return [each for each in asking if each.thread not in resolved][:_MOST_ACKNOWLEDGED]

    def line_comment(self, pull: IssueRef, comment: LineComment) -> list[Effect]:
        """A command in a comment on a line."""
        command = parse_command(comment.body)
        asked = _Request(
            item=f"line:{comment.id}", place=pull, by=comment.author, at=comment.created_at, body=comment.body
        )
        if command is None or messages.is_ours(comment.body) or self.reader.was_asked(pull.repository, asked.item):
            return []
        found = self._follow(pull, asked, command)
        seen = [each for each in found if not isinstance(each, Reply) or not each.key.startswith("not-")]
        return [AcknowledgeLine(pull, comment.id), *found] if seen else found

    def label(self, pull: IssueRef, by: Actor) -> list[Effect]:
        """The label on a pull request, which starts nothing: a person who may write learns what does, once."""
        if self.reader.role(pull.repository, by) is not Role.WRITER:
            return []
        text = messages.label_on_pull_request(is_own=self.reader.task_of(pull) is not None)
        return [Reply(pull, f"label:{pull}", text)]

    def button(self, task: Task, command: Command, *, item: str, by: Actor, at: datetime) -> list[Effect]:
        """What a button of a check run asks for, pressed by a person who may write."""
        return self._obey(task, _Request(item=item, place=_pull_of(task), by=by, at=at), command)

    def refuse_button(self, task: Task, *, by: Actor, role: Role) -> list[Effect]:
        """The answer to anyone else, as for a command."""
        pull = _pull_of(task)
        return self._refuse(pull, _Request(item="", place=pull, by=by, at=task.updated_at), role)

    def _was_answered(self, pull: IssueRef, item: str) -> bool:
        """Whether GitHub shows an answer that the ledger does not know: it may be new."""
        if self.reader.task_of(pull) is None:
            return False
        ours = (each for each in self.reader.github.all_comments(pull) if each.author.id == self.reader.me.id)
        return any(messages.read_reply_key(each.body) == item for each in ours)

    # -- what follows

    def _follow(self, pull: IssueRef, asked: _Request, command: Command, *, is_review: bool = False) -> list[Effect]:
        """`is_review`: a review that requests changes, which need not be meant for Nightshift."""
        task = self.reader.task_of(pull)
        if task is None and (is_review or isinstance(command, Mistyped)):
            return []
        role = self.reader.role(pull.repository, asked.by)
        if role is not Role.WRITER:
            return self._refuse(pull, asked, role) if task is not None and not is_review else []
        if task is None:
            return [Reply(pull, f"not-our-pull-request:{pull}", messages.not_our_pull_request())]
        return self._obey(task, asked, command)

    def _refuse(self, pull: IssueRef, asked: _Request, role: Role) -> list[Effect]:
        """One answer on the pull request, however many people ask and however often."""
        if role is not Role.STRANGER:
            return []
        return [Reply(pull, f"not-permitted:{pull}", messages.not_permitted_here(asked.by, role.value))]

    def _obey(self, task: Task, asked: _Request, command: Command) -> list[Effect]:
        known = self.reader.read_known(task.issue)
        match command:
            case Retry() | Revise() | Say() | Cancel() if self._is_late(known, asked):
                return []
            case Retry():
                return self._revise(task, asked, command.overrides)
            case Revise():
                return self._revise(task, asked, Overrides())
            case Cancel():
                return self._cancel(known, asked)
            case Say():
                return _say(task, asked)
            case _:
                return answer(command, asked.item, place=asked.place, task=task)

    def _is_late(self, known: Known, asked: _Request) -> bool:
        """Whether a later command was followed already."""
        if asked.comment:
            return asked.comment < known.command
        return known.cancelled_at is not None and asked.at <= known.cancelled_at

    def _revise(self, task: Task, asked: _Request, overrides: Overrides) -> list[Effect]:
        assert task.pull_request is not None  # noqa: S101 - asked by the callers
        why_not = self._obstacle(task, task.pull_request)
        if why_not is not None:
            return [Reply(asked.place, asked.item, messages.cannot_revise(why_not))]
        revise = effects.QueueRevision(
            issue=task.issue,
            item=asked.item,
            pull_request=task.pull_request,
            by=asked.by.login,
            at=asked.at,
            overrides=overrides,
        )
        return [*_note(task, asked, cancels=False), revise, ShowStatus(task.issue)]

    def _obstacle(self, task: Task, number: int) -> str | None:
        pull = self.reader.github.pull_request(task.issue.repository, number)
        found = obstacle(pull, task, self.reader.revision(task))
        return found or retry_obstacle(self.reader.facts(task.issue), task, self.labels.trigger)

    def _cancel(self, known: Known, asked: _Request) -> list[Effect]:
        event = Cancelled(at=asked.at, by=asked.by, role=Role.WRITER, comment=asked.comment or known.command + 1)
        found, task = standing([known, event]), known.task
        if task is None:
            return []
        if found.stop is None:
            return answer(Cancel(), asked.item, place=asked.place, task=task) if found.cancels_nothing else []
        return [*_note(task, asked, cancels=True), *stop_task(task, found.stop), *self.back_in_review(task)]

    def back_in_review(self, task: Task | None) -> list[Effect]:
        """What follows the end of a revision that was cancelled."""
        if task is None or self.reader.revision(task) is None:
            return []
        return [Move(issue=task.issue, source=State.CANCELLED, target=State.IN_REVIEW), ShowStatus(task.issue)]

    def _lines_of(self, pull: IssueRef, review: ReviewFacts) -> list[LineComment]:
        found = [each for each in self.reader.github.line_comments(pull) if each.review == review.id]
        return found[:_MOST_ACKNOWLEDGED]


def _read_request(place: IssueRef, comment: CommentFacts) -> _Request:
    return _Request(
        item=f"comment:{comment.id}",
        place=place,
        by=comment.author,
        at=comment.created_at,
        comment=comment.id,
        body=comment.body,
    )


def _say(task: Task | None, asked: _Request) -> list[Effect]:
    said = said_in(asked.body, item=asked.item, by=asked.by.login, at=asked.at, place=asked.place)
    return speak(task, said)


def _pull_of(task: Task) -> IssueRef:
    assert task.pull_request is not None  # noqa: S101 - asked by the callers
    return IssueRef(task.issue.repository, task.pull_request)


def _note(task: Task, asked: _Request, *, cancels: bool) -> list[Effect]:
    if not asked.comment:
        return []
    return [NoteCommand(issue=task.issue, comment=asked.comment, at=asked.at, cancels=cancels)]
