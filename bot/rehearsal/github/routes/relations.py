"""What blocks an issue, what it blocks, its sub-issues and its parent. Relations name issues by their ids.

An issue that the asking account may not see is left out of a listing, though the summaries count it.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.rehearsal.github import payloads, relating
from bot.rehearsal.github.access import Need, can_see, shown_role
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.related import find_issue, find_issues, has_dependencies, has_sub_issues
from bot.rehearsal.github.relating import Place
from bot.rehearsal.github.routes.table import ApiCall, Reply, route
from bot.rehearsal.github.world import Json, Refused, World, not_found

_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"
_BLOCKED_BY = f"{_ISSUE}/dependencies/blocked_by"
_READ = Need(permissions=("issues",))
_RELATE = Need(permissions=("issues",), level="write", role=Role.TRIAGE)


@route("GET", _BLOCKED_BY, _READ)
def list_blockers(call: ApiCall) -> Reply:
    here = _here(call, has_dependencies)
    return _list(call, call.world.relations.blockers.get(here[1].id, []))


@route("GET", f"{_ISSUE}/dependencies/blocking", _READ)
def list_blocked(call: ApiCall) -> Reply:
    here = _here(call, has_dependencies)
    return _list(call, call.world.relations.blocked_by(here[1].id))


@route("POST", _BLOCKED_BY, _RELATE)
def add_blocker(call: ApiCall) -> Reply:
    """The answer is the blocked issue, as recorded by PyGithub."""
    here, blocker = _here(call, has_dependencies), _find(call, call.body["issue_id"])
    if blocker is None:
        raise Refused(422, "Validation Failed: Target issue does not exist")
    relating.add_blocker(call.world, here, blocker, call.login)
    return _show(call, here, status=201)


@route("DELETE", f"{_BLOCKED_BY}/{{issue_id}}", _RELATE)
def remove_blocker(call: ApiCall) -> Reply:
    here, blocker = _here(call, has_dependencies), _find(call, call.number("issue_id"))
    if blocker is None:
        raise not_found()
    relating.remove_blocker(call.world, here, blocker, call.login)
    return _show(call, here)


@route("GET", f"{_ISSUE}/sub_issues", _READ)
def list_sub_issues(call: ApiCall) -> Reply:
    here = _here(call, has_sub_issues)
    return _list(call, call.world.relations.children.get(here[1].id, []))


@route("POST", f"{_ISSUE}/sub_issues", _RELATE)
def add_sub_issue(call: ApiCall) -> Reply:
    """The answer is the parent."""
    here, child = _here(call, has_sub_issues), _find(call, call.body["sub_issue_id"])
    if child is None:
        raise not_found()
    replaces = call.body.get("replace_parent", False)
    relating.add_sub_issue(call.world, here, child, call.login, replaces=replaces)
    return _show(call, here, status=201)


@route("DELETE", f"{_ISSUE}/sub_issue", _RELATE)
def remove_sub_issue(call: ApiCall) -> Reply:
    here, child = _here(call, has_sub_issues), _find(call, call.body["sub_issue_id"])
    if child is None:
        raise not_found()
    relating.remove_sub_issue(call.world, here, child, call.login)
    return _show(call, here)


@route("GET", f"{_ISSUE}/parent", _READ)
def get_parent(call: ApiCall) -> Reply:
    here = _here(call, has_sub_issues)
    parent = call.world.relations.parent(here[1].id)
    found = None if parent is None else _find(call, parent)
    if found is None:
        raise not_found()
    return _show(call, found)


def _here(call: ApiCall, is_known: Callable[[World], bool]) -> Place:
    """The issue of the path; nothing is there on a host without these operations."""
    if not is_known(call.world):
        raise not_found()
    return call.repository, call.repository.issue(call.number("issue_number"))


def _find(call: ApiCall, identity: int) -> Place | None:
    found = find_issue(call.world, identity)
    return found if found is not None and can_see(call.actor, found[0]) else None


def _list(call: ApiCall, identities: list[int]) -> Reply:
    seen = [place for place in find_issues(call.world, identities) if can_see(call.actor, place[0])]
    return call.page(seen, lambda place: _with_repository(call, place))


def _show(call: ApiCall, place: Place, *, status: int = 200) -> Reply:
    return Reply(status=status, body=_with_repository(call, (place[0], place[0].issue(place[1].number))))


def _with_repository(call: ApiCall, place: Place) -> Json:
    """It may be another one than that of the issue that was asked for."""
    shown = payloads.repository(call.world, place[0], shown_role(call.actor, place[0]))
    return payloads.issue(call.world, *place) | {"repository": shown, "pinned_comment": None}
