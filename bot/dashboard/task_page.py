"""One task: what happened to it, why it rests, and what a person can do with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import abort

from bot.adapters.evidence import EvidenceStore
from bot.core.final_failures import next_of_failed, sentence_of_failed
from bot.core.references import IssueRef
from bot.core.task_history import History, attempt_words, event_words
from bot.core.tasks import ACTIVE, State, Task
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer
from bot.task_history import find_task, read_history

_MAY_BE_RETRIED = frozenset({State.FAILED, State.NO_CHANGE, State.CANCELLED, State.CLOSED, State.IN_REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A line of the timeline. `attempt`: the number of the one that began or ended then."""

    at: datetime
    words: str
    attempt: int | None = None


def show_task(sources: Sources, viewer: Viewer, issue: IssueRef) -> Page:
    """404 for a task that is not there, or that the viewer may not read: the answer is the same."""
    task = find_task(sources.store, issue) if viewer.may_read(issue.repository) else None
    if task is None:
        abort(404)
    history = read_history(sources.store, task, sources.web_url)
    with sources.store.read() as ledger:
        live = ledger.overview.live().get(task.id)
        results = ledger.check_results.of(task.id)
    last = max(results, default=0)
    shown = {
        "task": task,
        "history": history,
        "timeline": sorted(_timeline(history), key=lambda each: each.at),
        "failed": _explain(history),
        "results": results.get(last, ()),
        "results_of": last,
        "live": live if task.state is State.RUNNING else None,
        "kept": EvidenceStore(sources.data / "evidence").attempts(task.issue),
        "form_token": viewer.form_token,
        "verbs": _verbs(task) if viewer.may_write(task.issue.repository) else (),
    }
    return Page(template="task.html", shown=shown)


def _timeline(history: History) -> Iterator[Happening]:
    for each in history.happenings:
        number = each.details.get("attempt")
        yield Happening(at=each.at, words=event_words(each), attempt=number if isinstance(number, int) else None)
    for attempt in history.attempts:
        if attempt.finished_at is not None:
            words = f"attempt {attempt.number} ended: {attempt_words(attempt)}"
            yield Happening(at=attempt.finished_at, words=words, attempt=attempt.number)


def _explain(history: History) -> dict[str, object] | None:
    task = history.task
    if task.state is not State.FAILED or task.failure is None:
        return None
    turn, next_step = next_of_failed(task.failure, is_answered=history.is_answered)
    return {
        "kind": task.failure,
        "sentence": sentence_of_failed(task.failure),
        "turn": turn,
        "next_step": next_step,
    }


def _verbs(task: Task) -> tuple[tuple[str, str], ...]:
    """What a person can do now, with the words of its button."""
    if task.state in ACTIVE:
        return (("cancel", "Cancel"),)
    return (("retry", "Retry"),) if task.state in _MAY_BE_RETRIED else ()
