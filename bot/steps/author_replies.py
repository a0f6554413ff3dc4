"""What follows from a comment without a command: the first one by which an issue's author answers the last questions
makes it a maintainer's turn, and one that speaks to Nightshift is answered."""

from __future__ import annotations

from bot.adapters.store import Ledger
from bot.core import messages
from bot.core.answers import is_reply_to_last, waits_for_answers
from bot.core.approval_events import Role
from bot.core.command_rules import says_something, speaks_to
from bot.core.effects import Effect, NoteReplied, Reply, ShowStatus
from bot.core.facts import CommentFacts
from bot.core.references import IssueRef
from bot.core.tasks import Task
from bot.core.turns import find_rest
from bot.steps.issue_reader import IssueReader


def find_reply(reader: IssueReader, issue: IssueRef, comment: CommentFacts, *, asks: bool = False) -> list[Effect]:
    """What follows from a comment that is no command that may be followed. Raises GitHubFailed. An approver who answers
    knows that the answers have to be confirmed. `asks`: it is a `/retry`, by which its author says that the answers are
    there, such as in the issue's text."""
    if not (asks or says_something(comment.body)):
        return []
    with reader.store.read() as ledger:
        task = ledger.tasks.find(issue)
        if task is None or not _may_reply(ledger, task, comment):
            return []
    is_author = reader.facts(issue).author.id == comment.author.id != 0
    is_approver = comment.author.login == task.snapshot.approved_by
    if not is_author or is_approver or reader.role(issue.repository, comment.author) is Role.AUTOMATON:
        return []
    return [NoteReplied(issue, task.attempts), ShowStatus(issue)]


def tell_how(reader: IssueReader, place: IssueRef, comment: CommentFacts) -> list[Effect]:
    """Who may write and speaks to Nightshift without a command learns how to, once in each place. Raises GitHubFailed.
    `place`: an issue or a pull request."""
    if not speaks_to(comment.body, reader.me) or reader.role(place.repository, comment.author) is not Role.WRITER:
        return []
    task = reader.task(place) or reader.task_of(place)
    if task is None and reader.facts(place).is_pull_request:
        return [Reply(place, f"not-our-pull-request:{place}", messages.not_our_pull_request())]
    return [Reply(place, f"how-to-ask:{place}", messages.how_to_ask(task))]


def _may_reply(ledger: Ledger, task: Task, comment: CommentFacts) -> bool:
    attempts, rest = ledger.attempts.of(task.id), find_rest(task)
    if not attempts or rest is None or not waits_for_answers(task) or ledger.notices.is_answered(task):
        return False
    notice = ledger.notices.of(task.id).get(rest.key)
    return is_reply_to_last(comment, attempts[-1], notice.comment if notice is not None else None)
