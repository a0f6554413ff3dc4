"""One task: what happened to it, and what a person can do with it."""

from __future__ import annotations

from flask import abort

from bot.core.references import IssueRef
from bot.core.task_history import history_lines
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer
from bot.task_history import find_task, read_history


def show_task(sources: Sources, viewer: Viewer, number: IssueRef) -> Page:
    """404 for a task that is not there, or that the viewer may not read: the answer is the same."""
    task = find_task(sources.store, number) if viewer.may_read(number.repository) else None
    if task is None:
        abort(404)
    history = read_history(sources.store, task, sources.web_url)
    shown = {
        "task": task,
        "lines": list(history_lines(history)),
        "form_token": viewer.form_token,
        "may_act": viewer.may_write(task.issue.repository),
    }
    return Page(template="task.html", shown=shown)
