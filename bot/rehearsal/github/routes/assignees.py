"""Who is assigned to an issue or a pull request."""

from __future__ import annotations

from bot.rehearsal.github import payloads, requested
from bot.rehearsal.github.access import role_of
from bot.rehearsal.github.records import Issue, Role
from bot.rehearsal.github.routes.issues import TALK
from bot.rehearsal.github.routes.table import ApiCall, Reply, route

_ASSIGNEES = "/repos/{owner}/{repo}/issues/{issue_number}/assignees"


@route("POST", _ASSIGNEES, TALK)
def add_assignees(call: ApiCall) -> Reply:
    number = call.number("issue_number")
    logins = _logins(call)
    return _show(call, requested.assign(call.world, call.repository, number, logins, call.login), status=201)


@route("DELETE", _ASSIGNEES, TALK)
def remove_assignees(call: ApiCall) -> Reply:
    number = call.number("issue_number")
    return _show(call, requested.unassign(call.world, call.repository, number, _logins(call), call.login))


def _logins(call: ApiCall) -> list[str]:
    """None for a client without triage rights: GitHub ignores what it names."""
    call.repository.issue(call.number("issue_number"))
    trusted = role_of(call.actor, call.repository) >= Role.TRIAGE
    named = call.body.get("assignees", []) if trusted else []
    return [str(each["login"] if isinstance(each, dict) else each) for each in named]


def _show(call: ApiCall, issue: Issue, *, status: int = 200) -> Reply:
    return Reply(status=status, body=payloads.issue(call.world, call.repository, issue))
