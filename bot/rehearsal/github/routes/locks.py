"""Conversations that are locked and unlocked."""

from __future__ import annotations

from bot.rehearsal.github import issues
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route

_LOCK = "/repos/{owner}/{repo}/issues/{issue_number}/lock"
_WRITE = Need(permissions=("issues", "pull_requests"), level="write", role=Role.WRITE)


@route("PUT", _LOCK, _WRITE)
def lock_issue(call: ApiCall) -> Reply:
    return _set_locked(call, locked=True)


@route("DELETE", _LOCK, _WRITE)
def unlock_issue(call: ApiCall) -> Reply:
    return _set_locked(call, locked=False)


def _set_locked(call: ApiCall, *, locked: bool) -> Reply:
    issues.lock_issue(call.world, call.repository, call.number("issue_number"), call.login, locked=locked)
    return Reply(status=204)
