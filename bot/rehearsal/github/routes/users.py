"""Who am I, how much may I still ask, and is anybody there."""

from __future__ import annotations

from bot.rehearsal.github import payloads
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route
from bot.rehearsal.github.world import Refused, not_found


@route("GET", "/user")
def get_user(call: ApiCall) -> Reply:
    token = call.actor.token
    if token is not None and token.installation is not None:
        raise Refused(403, "Resource not accessible by integration")
    return Reply(body=payloads.profile(call.world, call.world.account(call.login)))


@route("GET", "/user/repos")
def list_my_repositories(call: ApiCall) -> Reply:
    mine = [
        item for item in call.world.repositories.values() if call.login.lower() in {*item.roles, item.owner.lower()}
    ]
    return call.page(mine, lambda item: payloads.repository(call.world, item, item.role(call.login)))


@route("GET", "/users/{username}")
def get_by_name(call: ApiCall) -> Reply:
    account = call.world.accounts.get(call.names["username"].lower())
    if account is None:
        raise Refused(404, "Not Found")
    return Reply(body=payloads.profile(call.world, account))


@route("GET", "/users/{username}/ssh_signing_keys")
def list_signing_keys(call: ApiCall) -> Reply:
    account = call.world.accounts.get(call.names["username"].lower())
    if account is None:
        raise Refused(404, "Not Found")
    made = payloads.moment(account.created_at)
    keys = [
        {"id": number, "title": "Key", "key": key, "created_at": made}
        for number, key in enumerate(account.signing_keys, start=1)
    ]
    return call.page(keys, dict)


@route("GET", "/rate_limit")
def get_rate_limit(call: ApiCall) -> Reply:
    if call.world.enterprise:  # its administrators switch rate limits on, or leave them off
        raise Refused(404, "Rate limiting is not enabled.")
    rate = call.world.rate(call.actor.name)
    search = {**rate, "limit": 30, "remaining": 30, "used": 0}
    return Reply(body={"resources": {"core": rate, "search": search}, "rate": rate})


@route("GET", "/meta")
def get_meta(_call: ApiCall) -> Reply:
    return Reply(body={"verifiable_password_authentication": False})


@route("GET", "/zen")
def get_zen(_call: ApiCall) -> Reply:
    return Reply(body=b"Keep it logically awesome.", headers={"Content-Type": "text/plain;charset=utf-8"})


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}")
def is_collaborator(call: ApiCall) -> Reply:
    """Whether somebody was given a role: that anybody may read what is public is none."""
    _require_push_access(call)
    login = call.names["username"].lower()
    if login != call.repository.owner.lower() and call.repository.roles.get(login, Role.NONE) is Role.NONE:
        raise not_found()
    return Reply(status=204)


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission")
def get_permission(call: ApiCall) -> Reply:
    _require_push_access(call)
    account = call.world.accounts.get(call.names["username"].lower())
    if account is None:
        raise Refused(404, f"{call.names['username']} is not a user")
    role = call.repository.role(account.login)
    user = {
        **payloads.user(call.world, account.login),
        "permissions": payloads.permissions(role),
        "role_name": role.label,
    }
    return Reply(body={"permission": role.legacy, "role_name": role.label, "user": user})


def _require_push_access(call: ApiCall) -> None:
    """Of people, as on GitHub; apps ask with `metadata`."""
    token = call.actor.token
    if token is None or (token.installation is None and call.repository.role(call.login) < Role.WRITE):
        raise Refused(403, "Must have push access to view collaborator permission.")
