"""Whether an issue is approved, by whom and with which text: `standing` decides it from the events of the issue.

GitHub's times and its numbers of comments say what came first, not the order of arrival: a delivery may come twice,
late or not at all, and polling may have found the same event before. GitHub's times have whole seconds; of two texts of
one second, the one that GitHub shows now is the later one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.answers import says_more, waits_for_answers
from bot.core.approval_events import (
    Approval,
    Cancelled,
    Edited,
    Event,
    Known,
    Labelled,
    Reacted,
    Retried,
    Role,
    Shown,
    Standing,
    Stop,
    Stopped,
    Text,
    approved_at,
    is_the_operators,
    text_of,
)
from bot.core.approved_text import Ask, approve
from bot.core.failures import FailureKind
from bot.core.operator_requests import is_label_of_add
from bot.core.tasks import ACTIVE, Priority, State, Task

# A label's time may come from its event or from its issue, and the two differ a little.
_SAME_LABEL = timedelta(seconds=2)


def standing(events: Iterable[Event]) -> Standing:
    """The order of the events does not matter, nor does an event that is given twice."""
    return _Events.sort(events).standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    known: Known
    shown: Shown | None
    asks: frozenset[Ask]
    edits: frozenset[Edited]
    stops: frozenset[Stopped]
    cancels: frozenset[Cancelled]
    refused: frozenset[Labelled | Retried | Cancelled]

    @classmethod
    def sort(cls, events: Iterable[Event]) -> _Events:
        every = tuple(events)
        requests = frozenset(each for each in every if isinstance(each, Labelled | Retried | Cancelled))
        allowed = frozenset(each for each in requests if each.role is Role.WRITER)
        return cls(
            known=next((each for each in every if isinstance(each, Known)), Known()),
            shown=max(
                (each for each in every if isinstance(each, Shown)), key=lambda each: each.updated_at, default=None
            ),
            asks=frozenset(each for each in every if isinstance(each, Ask) and each.role is Role.WRITER),
            edits=frozenset(each for each in every if isinstance(each, Edited) and each.role is Role.WRITER),
            stops=frozenset(each for each in every if isinstance(each, Stopped)),
            cancels=frozenset(each for each in allowed if isinstance(each, Cancelled)),
            refused=requests - allowed,
        )

    def standing(self) -> Standing:
        stop, task = self._stop(), self.known.task
        if task is not None and stop is not None:
            task = stop.applied_to(task)
        asked = self._newest(task)
        approval = self._apply_edits(asked, task)
        queues = approval is not None and self._is_new(approval, task, asked)
        return Standing(
            approval=approval,
            priority=self.shown.priority if self.shown else Priority.NORMAL,
            queues=queues,
            confirms=approval is not None and asked is not None and not queues and _is_later(asked, task),
            stop=stop,
            cancels_nothing=stop is None and self._cancels_record(),
            refused=self._find_refused(),
        )

    # -- what stops

    def _stop(self) -> Stop | None:
        task = self.known.task
        if task is None or task.state not in ACTIVE | {State.FAILED}:
            return None
        approved = task.snapshot.approved_at
        for each in sorted(self.stops, key=lambda each: (each.at, each.why), reverse=True):
            is_wanted_since = self._is_wanted and approved is not None and approved >= each.at
            if not is_wanted_since:
                return Stop(why=each.why, withdraws=True)
        cancel = self._last_cancel()
        if cancel is not None and self._cancels_record():
            login = cancel.by.login
            return Stop(why=f"{login} commented /cancel", withdraws=False, actor=login)
        return None

    def _cancels_record(self) -> bool:
        """Whether the last command is a new `/cancel`, and nothing was approved after it."""
        task, cancel = self.known.task, self._last_cancel()
        approved = task.snapshot.approved_at if task is not None else None
        return cancel is not None and (approved is None or approved <= cancel.at)

    @property
    def _is_wanted(self) -> bool:
        return self.shown is not None and self.shown.is_wanted

    def _last_cancel(self) -> Cancelled | None:
        """The last command, if it is a `/cancel` that was not followed yet."""
        last = max(self.cancels, key=lambda each: each.comment, default=None)
        if last is None or last.comment <= self.known.command or last.comment < self._last_command:
            return None
        return last

    @property
    def _last_command(self) -> int:
        commands = (each for each in self.asks | self.cancels if isinstance(each, Retried | Cancelled))
        return max((each.comment or 0 for each in commands), default=0)

    @property
    def _stopped_at(self) -> datetime | None:
        times = [self.known.stopped_at, *(each.at for each in self.stops)]
        return max((at for at in times if at is not None), default=None)

    @property
    def _cancelled_at(self) -> datetime | None:
        """Of the last command, if it is a `/cancel`."""
        if self._last_command <= self.known.command:
            return self.known.cancelled_at
        cancel = self._last_cancel()
        return cancel.at if cancel is not None else None

    # -- what approves

    def _newest(self, task: Task | None) -> Approval | None:
        """The last request that no later event withdrew and that is not on record yet."""
        valid = [each for each in self.asks if not self._is_taken_back(each) and self._says_more(each, task)]
        last = max(valid, key=self._order, default=None)
        return self._approval(last) if last is not None else None

    def _is_taken_back(self, asked: Ask) -> bool:
        """A label of the second of a `/cancel` came before it; which of two commands came first, their numbers say."""
        if isinstance(asked, Retried) and is_the_operators(asked):
            return False
        stopped, cancelled = self._stopped_at, self._cancelled_at
        if stopped is not None and asked.at < stopped:
            return True
        if isinstance(asked, Labelled | Reacted):
            return cancelled is not None and asked.at <= cancelled
        return (asked.comment or 0) < max(self._last_command, self.known.command + 1)

    def _says_more(self, asked: Ask, task: Task | None) -> bool:
        if isinstance(asked, Reacted):
            return task is not None and self._confirms_more(asked, task)
        if task is None:
            return True
        known = approved_at(task)
        if task.state is State.RUNNING or self._is_of_add(asked, task):
            return False
        if known is None or is_the_operators(asked):
            return True
        if task.state is State.QUEUED and not _is_tried_again(task):
            return asked.at >= known and not self._is_superseded(asked, task, known)
        until = known + _SAME_LABEL if isinstance(asked, Labelled) else known
        return asked.at > until or self._heals(asked, task, known)

    def _confirms_more(self, asked: Reacted, task: Task) -> bool:
        """👍 starts nothing but what waits for answers, or for its turn with some of them."""
        known, shown = approved_at(task), self.shown
        if known is None or shown is None or not (waits_for_answers(task) or task.state is State.QUEUED):
            return False
        return asked.at > known and says_more(asked, shown.replies, task.snapshot)

    def _is_of_add(self, asked: Labelled | Retried, task: Task) -> bool:
        return isinstance(asked, Labelled) and is_label_of_add(asked, task, (self._stopped_at, self._cancelled_at))

    def _is_superseded(self, asked: Labelled | Retried, task: Task, known: datetime) -> bool:
        return asked.at == known and self._approval(asked).text != self._shown_text == text_of(task)

    def _heals(self, asked: Labelled | Retried, task: Task, known: datetime) -> bool:
        """Polling could not know which text had been approved; a late delivery contains it."""
        stale = task.state is State.FAILED and task.failure is FailureKind.SNAPSHOT_STALE
        return stale and abs(asked.at - known) <= _SAME_LABEL and not self._approval(asked).is_stale

    def _order(self, asked: Ask) -> tuple[datetime, bool, bool, int, str, str]:
        text = self._approval(asked).text
        number = asked.comment or 0 if isinstance(asked, Retried) else 0
        return asked.at, text == self._shown_text, isinstance(asked, Retried), number, text.title, text.body

    def _approval(self, asked: Ask) -> Approval:
        likes = [each for each in self.asks if isinstance(each, Reacted)]
        return approve(asked, task=self.known.task, shown=self.shown, likes=likes)

    @property
    def _shown_text(self) -> Text | None:
        return self.shown.text if self.shown else None

    # -- what changes the text of what was approved

    def _apply_edits(self, asked: Approval | None, task: Task | None) -> Approval | None:
        """The approval with the writers' edits since; of a task on record, only while it waits."""
        found = asked or self._on_record(task)
        if found is None or (asked is None and (task is None or task.state is not State.QUEUED)):
            return found
        for edit in sorted(self.edits, key=self._edit_order):
            found = self._apply(edit, found)
        return found

    def _edit_order(self, edit: Edited) -> tuple[datetime, bool, str, str]:
        shown = self._shown_text
        is_shown = shown is not None and edit.title in {None, shown.title} and edit.body in {None, shown.body}
        return edit.at, is_shown, edit.title or "", edit.body or ""

    def _apply(self, edit: Edited, found: Approval) -> Approval:
        text = Text(
            title=found.text.title if edit.title is None else edit.title,
            body=found.text.body if edit.body is None else edit.body,
        )
        last = max(found.at, found.edited_at or found.at)
        is_superseded = edit.at == last and text != self._shown_text == found.text
        if edit.at < last or is_superseded or text == found.text or self._is_undone(edit):
            return found
        comments = self.shown.comments if self.shown else found.comments
        return replace(found, by=edit.by.login, text=text, comments=comments, is_stale=False, edited_at=edit.at)

    def _is_undone(self, edit: Edited) -> bool:
        stopped, cancelled = self._stopped_at, self._cancelled_at
        return (stopped is not None and edit.at < stopped) or (cancelled is not None and edit.at <= cancelled)

    def _on_record(self, task: Task | None) -> Approval | None:
        known = approved_at(task) if task is not None and task.state is not State.CANCELLED else None
        if task is None or known is None:
            return None
        return Approval(
            at=known,
            by=task.snapshot.approved_by,
            text=text_of(task),
            comments=task.snapshot.comments,
            answers=task.snapshot.answers,
            overrides=task.overrides,
            edited_at=self.known.edited_at,
        )

    # -- what follows

    def _is_new(self, approval: Approval, task: Task | None, asked: Approval | None) -> bool:
        if asked is None:
            return task is not None and approval.text != text_of(task)
        return task is None or not self._is_in_the_queue(approval, task)

    def _is_in_the_queue(self, approval: Approval, task: Task) -> bool:
        """Whether the task is already queued for this approval, without a delay. A webhook and a periodic pass that
        meet must not judge twice: a cycle that the first of its issues closes would then be found in the others too."""
        snapshot, priority = task.snapshot, self.shown.priority if self.shown else task.priority
        kept, asked = (snapshot.comments, snapshot.answers), (approval.comments, approval.answers)
        same_text = (text_of(task), kept) == (approval.text, asked)
        as_asked = task.overrides == approval.overrides and task.priority is priority
        return task.state is State.QUEUED and same_text and as_asked and not _is_tried_again(task)

    def _find_refused(self) -> Labelled | Retried | Cancelled | None:
        answered = [each for each in self.refused if self._needs_answer(each)]
        return max(answered, key=lambda each: (each.at, type(each).__name__, str(each)), default=None)

    def _needs_answer(self, asked: Labelled | Retried | Cancelled) -> bool:
        """Not a bot's command; nor a label on what is active or was approved after it, nor that of `nightshift add`."""
        task = self.known.task
        if not isinstance(asked, Labelled):
            return asked.role is Role.STRANGER
        if task is None or task.state in ACTIVE:
            return task is None
        return asked.at >= (approved_at(task) or asked.at) and not self._is_of_add(asked, task)


def _is_tried_again(task: Task) -> bool:
    """Whether the task waits for an automatic retry."""
    return task.failure is not None or task.not_before is not None


def _is_later(asked: Approval, task: Task | None) -> bool:
    known = task.snapshot.approved_at if task is not None else None
    return known is not None and asked.at > known
