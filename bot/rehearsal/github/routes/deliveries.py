"""The log of deliveries: every attempt to tell an app's hook or a repository's, and how to have one repeated."""

from __future__ import annotations

import json
from http import HTTPStatus
from urllib.parse import urlencode

from bot.rehearsal.github import payloads
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.records import Delivery, Hook, Role
from bot.rehearsal.github.routes.table import PAGE_DEFAULT, PAGE_LIMIT, ApiCall, Reply, route
from bot.rehearsal.github.world import Json, Refused, not_found

_READ = Need(permissions=("repository_hooks",), role=Role.ADMIN)
_WRITE = Need(permissions=("repository_hooks",), level="write", role=Role.ADMIN)
_OF_HOOK = "/repos/{owner}/{repo}/hooks/{hook_id}/deliveries"
_NOT_ANSWERED = 502
_OUTCOMES = {"success": range(200, 400), "failure": range(400, 600)}  # as the description defines them
_ANY = range(1000)


@route("GET", "/app/hook/deliveries")
def list_app_deliveries(call: ApiCall) -> Reply:
    return _log(call, _of_app(call))


@route("POST", "/app/hook/deliveries/{delivery_id}/attempts")
def redeliver_for_app(call: ApiCall) -> Reply:
    return _again(call, _of_app(call))


@route("GET", _OF_HOOK, _READ)
def list_hook_deliveries(call: ApiCall) -> Reply:
    return _log(call, _of_hook(call))


@route("POST", f"{_OF_HOOK}/{{delivery_id}}/attempts", _WRITE)
def redeliver_for_hook(call: ApiCall) -> Reply:
    return _again(call, _of_hook(call))


def _of_app(call: ApiCall) -> list[Delivery]:
    if call.actor.app is None:
        raise Refused(401, "A JSON web token could not be decoded")
    own = {hook.id for hook in call.world.hooks.values() if hook.app == call.actor.app.id}
    return [each for each in call.world.deliveries if each.hook in own]


def _of_hook(call: ApiCall) -> list[Delivery]:
    hook: Hook | None = call.world.hooks.get(call.number("hook_id"))
    if hook is None or hook.app is not None or not _hears_of(hook, call.repository.full_name):
        raise not_found()
    return [each for each in call.world.deliveries if each.hook == hook.id]


def _hears_of(hook: Hook, repository: str) -> bool:
    return hook.repositories is None or repository in hook.repositories


def _log(call: ApiCall, deliveries: list[Delivery]) -> Reply:
    """The newest first, and from `cursor` on: the name of the delivery with which the page begins."""
    wanted = _OUTCOMES.get(call.query.get("status", ""), _ANY)
    shown = [each for each in sorted(deliveries, key=lambda each: -each.id) if _status(each) in wanted]
    cursor, size = call.query.get("cursor"), call.query.get("per_page", str(PAGE_DEFAULT))
    if cursor is not None:
        shown = [each for each in shown if each.id <= _id_of(cursor)]
    count = min(int(size), PAGE_LIMIT)
    following = shown[count : count + 1]
    query = {**call.query, "cursor": f"v1_{following[0].id}"} if following else {}
    link = f'<{call.world.api_url}{call.path}?{urlencode(query)}>; rel="next"'
    return Reply(body=[_item(each) for each in shown[:count]], headers={"Link": link} if following else {})


def _id_of(cursor: str) -> int:
    number = cursor.removeprefix("v1_")
    if not number.isdecimal():
        raise Refused(422, "Invalid cursor")
    return int(number)


def _again(call: ApiCall, deliveries: list[Delivery]) -> Reply:
    found = [each for each in deliveries if each.id == call.number("delivery_id")]
    if not found:
        raise not_found()
    call.world.send_again(found[0])
    return Reply(status=202, body={})


def _status(delivery: Delivery) -> int:
    return delivery.status or _NOT_ANSWERED


def _item(delivery: Delivery) -> Json:
    payload = json.loads(delivery.body)
    said = "failed to connect" if delivery.status is None else HTTPStatus(delivery.status).phrase
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": payloads.moment(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": delivery.seconds,
        "status": said,
        "status_code": _status(delivery),
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": payload.get("installation", {}).get("id"),
        "repository_id": payload.get("repository", {}).get("id"),
        "throttled_at": None,
    }
