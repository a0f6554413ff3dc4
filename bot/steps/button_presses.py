"""Turns the press of a button on a check run into the effects of the command that it stands for.

It is judged as the command would be: by who pressed it, and by what may be done with the pull request now. The answer
is on the check run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import messages
from bot.core.approval_events import Known, Role, approved_at
from bot.core.buttons import command_of, label_of, read_reference
from bot.core.ci_results import app_of
from bot.core.effects import Effect, NotePress, Reply, ShowStatus
from bot.core.event_values import ButtonPressed
from bot.core.references import IssueRef
from bot.core.shown_check import number_of
from bot.steps.issue_reader import IssueReader
from bot.steps.review_requests import ReviewRequests

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPresses:
    reader: IssueReader
    requests: ReviewRequests

    def press(self, event: ButtonPressed, *, key: str, now: datetime) -> list[Effect]:
        """`key`: of the delivery, which asks once. Raises GitHubFailed."""
        found, command = read_reference(event.reference), command_of(event.identifier)
        if found is None or command is None or event.app != app_of(self.reader.me):
            return []
        issue, attempt = IssueRef(event.repository, found[0]), found[1]
        known = self.reader.read_known(issue)
        task, login, label = known.task, event.actor.login, label_of(event.identifier)
        if task is None or task.pull_request is None:
            return []
        role = self.reader.role(issue.repository, event.actor)
        if role is not Role.WRITER:
            return self.requests.refuse_button(task, by=event.actor, role=role)
        if attempt != number_of(task):
            return _answer(issue, number_of(task), messages.pressed_late(login, label))
        follows = self.requests.button(task, command, item=f"press:{key}", by=event.actor, at=_time_of(known, now))
        obstacle = next((each.body for each in follows if isinstance(each, Reply)), None)
        text = messages.pressed(login, label)
        if obstacle is not None:
            text = messages.pressed_in_vain(login, label, obstacle)
        answer = _answer(issue, number_of(task), text)
        return [*answer, *(each for each in follows if not isinstance(each, Reply | ShowStatus))]


def _answer(issue: IssueRef, attempt: int, text: str) -> list[Effect]:
    return [NotePress(issue=issue, attempt=attempt, text=text), ShowStatus(issue)]


def _time_of(known: Known, now: datetime) -> datetime:
    """GitHub does not say when a button was pressed: after all that is known, because it was one of this attempt.
    GitHub's clock may be ahead of the host's."""
    approved = approved_at(known.task) if known.task is not None else None
    earlier = [at for at in (approved, known.edited_at, known.stopped_at, known.cancelled_at) if at is not None]
    return max([now, *(at + _MOMENT for at in earlier)])
