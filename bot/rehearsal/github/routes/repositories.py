"""A repository and its hooks."""

from __future__ import annotations

from bot.rehearsal.github import payloads
from bot.rehearsal.github.access import Need, role_of
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route
from bot.rehearsal.github.webhooks import hook_payload

_READ = Need()
_HOOKS = Need(permissions=("repository_hooks",), role=Role.ADMIN)


@route("GET", "/repos/{owner}/{repo}", _READ)
def get_repository(call: ApiCall) -> Reply:
    """An installation's token is never shown that it may push, whatever it may (semantic-release/github#182)."""
    token = call.actor.token
    shown = Role.NONE if token is not None and token.installation is not None else role_of(call.actor, call.repository)
    return Reply(body=payloads.repository(call.world, call.repository, shown))


@route("GET", "/repos/{owner}/{repo}/hooks", _HOOKS)
def list_hooks(call: ApiCall) -> Reply:
    name = call.repository.full_name
    here = [
        hook
        for hook in call.world.hooks.values()
        if hook.app is None and (hook.repositories is None or name in hook.repositories)
    ]
    return call.page(here, lambda hook: hook_payload(call.world, hook))
