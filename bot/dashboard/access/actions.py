"""The buttons of the dashboard: each does what the command of the same name does, in the name of who pressed it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from bot.adapters.github import GitHubFailed
from bot.core.facts import Actor
from bot.core.references import IssueRef, parse_issue
from bot.core.rights import Right
from bot.core.tasks import Overrides, Priority
from bot.dashboard.access.answers import HOME, Link, say
from bot.dashboard.access.forms import is_own_form
from bot.dashboard.access.who import Access
from bot.dashboard.viewer import Viewer
from bot.operations import Operations, Refused

_log = logging.getLogger(__name__)

_DONE = "done"
_DONE_LASTS = timedelta(minutes=10)
_PRIORITIES = {"high": Priority.HIGH, "normal": Priority.NORMAL, "low": Priority.LOW}


class _NotDone(Exception):
    """A sentence for who pressed the button."""

    def __init__(self, sentence: str, status: HTTPStatus) -> None:
        self.status = status
        super().__init__(sentence)


def action_pages(access: Access, operations: Callable[[], Operations], wake: Callable[[], None]) -> Blueprint:
    pages = Blueprint("actions", __name__, url_prefix="/actions", template_folder="../templates")

    @pages.post("/<verb>")
    def act(verb: str) -> AnyResponse:
        try:
            done, place = _act(access, operations(), verb)
        except _NotDone as refusal:
            return say("Not done", str(refusal), status=refusal.status)
        except Refused as refusal:
            return say("Not done", f"{refusal}.", status=HTTPStatus.CONFLICT)
        except GitHubFailed as error:
            _log.warning("%s cannot be done: %s", verb, error)
            says = f"Nothing was done: {error}. Try again later."
            return say("Not done", says, status=HTTPStatus.SERVICE_UNAVAILABLE)
        wake()
        sealed = access.seals.seal(_DONE, {"says": done, "place": place}, _DONE_LASTS)
        return redirect(f"/actions/done?what={sealed}", HTTPStatus.SEE_OTHER)

    @pages.get("/done")
    def done() -> AnyResponse:
        """A page that may be loaded again; its sentence is ours, as the seal shows."""
        found = access.seals.open(_DONE, request.args.get("what", ""))
        if found is None:
            return redirect("/", HTTPStatus.SEE_OTHER)
        link = Link(address=found["place"], text="Back to the task") if found["place"] else HOME
        return say("Done", found["says"], link=link)

    return pages


def _act(access: Access, operations: Operations, verb: str) -> tuple[str, str]:
    """Returns what was done, and the page about it. Raises _NotDone, Refused, GitHubFailed and CannotAsk."""
    viewer = access.find_viewer()
    if viewer is None or not is_own_form(access):
        raise _NotDone(
            "This form was not sent by a page of the dashboard that you see now. Load the page again, and try again.",
            HTTPStatus.FORBIDDEN,
        )
    if verb in {"pause", "resume"}:
        return _change_queue(operations, viewer, verb), ""
    if verb not in {"retry", "cancel", "priority"}:
        raise _NotDone("There is no such action.", HTTPStatus.NOT_FOUND)
    issue = operations.known_issue(_read_issue())
    if not viewer.may_read(issue.repository):
        raise _NotDone("There is no such task, or you may not see it.", HTTPStatus.NOT_FOUND)
    if access.find_right_now(issue.repository) is not Right.WRITE:
        says = f"Only people with write permission on {issue.repository} can do that."
        raise _NotDone(says, HTTPStatus.FORBIDDEN)
    _log.info("%s asked for %s of %s", viewer.name, verb, issue)
    return _change_task(operations, verb, issue, access.find_person()), f"/tasks/{issue.repository}/{issue.number}"


def _read_issue() -> IssueRef:
    try:
        return parse_issue(request.form.get("issue", ""))
    except ValueError as error:
        raise _NotDone(f"The form names no issue: {error}.", HTTPStatus.BAD_REQUEST) from None


def _change_queue(operations: Operations, viewer: Viewer, verb: str) -> str:
    """The queue serves all repositories, so it is the operator's; others have the label on the status issue."""
    if viewer.writes is not None:
        says = "Only the operator, on the host itself, pauses and resumes the whole queue."
        raise _NotDone(says, HTTPStatus.FORBIDDEN)
    _log.info("%s asked for %s", viewer.name, verb)
    if verb == "pause":
        operations.pause(request.form.get("reason", ""), stop=request.form.get("stop") == "yes")
        return "The queue waits until it is resumed."
    lifted = operations.resume()
    still = operations.read_pause()
    ended = "The pauses of the queue are ended." if lifted else "The queue was not paused."
    return ended if still is None else f"{ended} It still waits: {still.reason}"


def _change_task(operations: Operations, verb: str, issue: IssueRef, by: Actor | None) -> str:
    if verb == "retry":
        return f"{operations.retry(issue, Overrides(), by=by).issue} is in the queue."
    if verb == "cancel":
        return f"{operations.cancel(issue, by=by).issue} is cancelled; a session of it is stopped."
    wanted = request.form.get("priority", "")
    if wanted not in _PRIORITIES:
        raise _NotDone(f"Expected one of {', '.join(_PRIORITIES)} as the priority.", HTTPStatus.BAD_REQUEST)
    return f"{operations.prioritize(issue, _PRIORITIES[wanted]).issue} has the priority {wanted} now."
