"""GitHub Apps: what an app sees of itself with its JSON web token, and the tokens of its installations."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rehearsal.github import payloads
from bot.rehearsal.github.access import mint
from bot.rehearsal.github.app_records import App, Installation
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route
from bot.rehearsal.github.world import Json, Refused, Repository, not_found

_LEVELS = ("read", "write", "admin")


@route("GET", "/app")
def get_app(call: ApiCall) -> Reply:
    installed = sum(item.app.id == _app(call).id for item in call.world.installations.values())
    return Reply(body={**payloads.app(call.world, _app(call)), "installations_count": installed})


@route("POST", "/app-manifests/{code}/conversions")
def show_registration(call: ApiCall) -> Reply:
    """The code is good once, and needs no credentials."""
    made = call.world.registrations.pop(call.names["code"], None)
    if made is None:
        raise not_found()
    secret = {"pem": made.pem, "client_secret": made.app.client_secret, "webhook_secret": made.webhook_secret}
    return Reply(status=201, body={**payloads.app(call.world, made.app), **secret})


@route("GET", "/app/installations")
def list_installations(call: ApiCall) -> Reply:
    mine = [item for item in call.world.installations.values() if item.app.id == _app(call).id]
    return call.page(mine, lambda item: payloads.installation(call.world, item))


@route("GET", "/app/installations/{installation_id}")
def get_installation(call: ApiCall) -> Reply:
    return Reply(body=payloads.installation(call.world, _installation(call)))


@route("GET", "/repos/{owner}/{repo}/installation")
def get_repository_installation(call: ApiCall) -> Reply:
    found = call.world.installation_for(call.repository.full_name)
    if found is None or found.app.id != _app(call).id:
        raise not_found()
    return Reply(body=payloads.installation(call.world, found))


@route("POST", "/app/installations/{installation_id}/access_tokens")
def create_token(call: ApiCall) -> Reply:
    """All that the installation has, or the part of it that the body asks for."""
    installation = _installation(call)
    repositories = _narrowed_repositories(call, installation)
    permissions = _narrowed_permissions(call.body, installation.permissions)
    token = mint(call.world, installation, tuple(item.full_name for item in repositories), permissions)
    assert token.expires_at is not None  # noqa: S101 - mint has just set it
    body: Json = {
        "token": token.value,
        "expires_at": payloads.moment(token.expires_at),
        "permissions": dict(permissions),
        "repository_selection": "selected",
    }
    if {"repositories", "repository_ids"} & call.body.keys():
        body["repositories"] = [payloads.repository(call.world, item) for item in repositories]
    return Reply(status=201, body=body)


@route("GET", "/installation/repositories")
def list_installation_repositories(call: ApiCall) -> Reply:
    token = call.actor.token
    if token is None or token.installation is None:
        raise Refused(403, "You must authenticate with an installation access token in order to list repositories")
    items = [call.world.repository(name) for name in token.repositories or ()]
    rendered, headers = call.slice(items, lambda item: payloads.repository(call.world, item, Role.NONE))
    body = {"total_count": len(items), "repository_selection": "selected", "repositories": rendered}
    return Reply(body=body, headers=headers)


def _app(call: ApiCall) -> App:
    if call.actor.app is None:
        raise Refused(401, "A JSON web token could not be decoded")
    return call.actor.app


def _installation(call: ApiCall) -> Installation:
    found = call.world.installations.get(call.number("installation_id"))
    if found is None or found.app.id != _app(call).id:
        raise not_found()
    return found


def _narrowed_repositories(call: ApiCall, installation: Installation) -> list[Repository]:
    """Refuses what the installation has not: a token can be narrowed, not widened."""
    all_of_them = [call.world.repository(name) for name in installation.repositories]
    names, ids = call.body.get("repositories", []), call.body.get("repository_ids", [])
    known = {item.name for item in all_of_them} | {item.full_name for item in all_of_them}
    if set(names) - known or set(ids) - {item.id for item in all_of_them}:
        raise Refused(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    if not names and not ids:
        return all_of_them
    return [item for item in all_of_them if item.name in names or item.full_name in names or item.id in ids]


def _narrowed_permissions(body: Json, held: Mapping[str, str]) -> Mapping[str, str]:
    """An empty object asks for all, as recordings show."""
    wanted: Mapping[str, str] = body.get("permissions") or held
    for name, level in wanted.items():
        if name not in held or _LEVELS.index(level) > _LEVELS.index(held[name]):
            raise Refused(422, "The permissions requested are not granted to this installation.")
    return wanted if "metadata" not in held else {**wanted, "metadata": "read"}
