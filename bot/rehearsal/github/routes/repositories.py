"""A repository and its hooks."""

from __future__ import annotations

from dataclasses import asdict

from bot.rehearsal.github import payloads
from bot.rehearsal.github.access import Actor, Need, check, shown_role
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route
from bot.rehearsal.github.webhooks import hook_payload
from bot.rehearsal.github.world import Refused, Repository

_READ = Need()
_WRITE = Need(permissions=("contents",), level="write", role=Role.WRITE)
_HOOKS = Need(permissions=("repository_hooks",), role=Role.ADMIN)


@route("GET", "/repos/{owner}/{repo}", _READ)
def get_repository(call: ApiCall) -> Reply:
    body = payloads.repository(call.world, call.repository, shown_role(call.actor, call.repository))
    return Reply(body=body | (asdict(call.repository.merging) if _may_write(call.actor, call.repository) else {}))


def _may_write(actor: Actor, repository: Repository) -> bool:
    """What the description of the operation requires for settings of merges."""
    try:
        check(actor, repository, _WRITE)
    except Refused:
        return False
    return True


@route("GET", "/repos/{owner}/{repo}/hooks", _HOOKS)
def list_hooks(call: ApiCall) -> Reply:
    name = call.repository.full_name
    here = [
        hook
        for hook in call.world.hooks.values()
        if hook.app is None and (hook.repositories is None or name in hook.repositories)
    ]
    return call.page(here, lambda hook: hook_payload(call.world, hook))
