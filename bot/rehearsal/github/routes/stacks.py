"""Native stacks of pull requests: 404 where the preview is off."""

from __future__ import annotations

from bot.rehearsal.github import payloads, stacking
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route
from bot.rehearsal.github.stack_records import Stack
from bot.rehearsal.github.world import not_found

_READ = Need(permissions=("pull_requests",))
_WRITE = Need(permissions=("pull_requests",), level="write", role=Role.WRITE)
_STACKS = "/repos/{owner}/{repo}/stacks"
_STACK = f"{_STACKS}/{{stack_number}}"


@route("GET", _STACKS, _READ)
def list_stacks(call: ApiCall) -> Reply:
    if not call.repository.has_stacks:
        raise not_found()
    wanted = call.query.get("pull_request")
    stacks = [each for each in call.repository.stacks.values() if wanted is None or int(wanted) in each.pulls]
    return call.page(stacks, lambda each: payloads.stack_minimal(call.world, call.repository, each))


@route("POST", _STACKS, _WRITE)
def create_stack(call: ApiCall) -> Reply:
    made = stacking.create_stack(call.world, call.repository, call.body["pull_requests"], call.login)
    return _show(call, made, status=201)


@route("GET", _STACK, _READ)
def get_stack(call: ApiCall) -> Reply:
    return _show(call, stacking.find_stack(call.repository, call.number("stack_number")))


@route("POST", f"{_STACK}/add", _WRITE)
def add_to_stack(call: ApiCall) -> Reply:
    number, added = call.number("stack_number"), call.body["pull_requests"]
    return _show(call, stacking.add_to_stack(call.world, call.repository, number, added, call.login))


@route("POST", f"{_STACK}/unstack", _WRITE)
def unstack(call: ApiCall) -> Reply:
    left = stacking.unstack(call.repository, call.number("stack_number"))
    return Reply(status=204) if left is None else _show(call, left)


def _show(call: ApiCall, stack: Stack, *, status: int = 200) -> Reply:
    return Reply(status=status, body=payloads.stack(call.world, call.repository, stack))
