"""Whose review of a pull request is requested."""

from __future__ import annotations

from bot.rehearsal.github import payloads, requested
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route

_READ = Need(permissions=("pull_requests",))
_WRITE = Need(permissions=("pull_requests",), level="write", role=Role.TRIAGE)
_REQUESTED = "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers"


@route("GET", _REQUESTED, _READ)
def list_requested_reviewers(call: ApiCall) -> Reply:
    pull = call.repository.pull_request(call.number("pull_number"))
    shown = payloads.pull_request_simple(call.world, call.repository, pull)
    return Reply(body={"users": shown["requested_reviewers"], "teams": shown["requested_teams"]})


@route("POST", _REQUESTED, _WRITE)
def request_reviewers(call: ApiCall) -> Reply:
    number, logins, slugs = _read_named(call)
    pull = requested.request_reviews(call.world, call.repository, number, call.login, logins=logins, slugs=slugs)
    return Reply(status=201, body=payloads.pull_request_simple(call.world, call.repository, pull))


@route("DELETE", _REQUESTED, _WRITE)
def remove_requested_reviewers(call: ApiCall) -> Reply:
    number, logins, slugs = _read_named(call)
    pull = requested.withdraw_requests(call.world, call.repository, number, call.login, logins=logins, slugs=slugs)
    return Reply(body=payloads.pull_request_simple(call.world, call.repository, pull))


def _read_named(call: ApiCall) -> tuple[int, list[str], list[str]]:
    people, teams = ([str(each) for each in call.body.get(name, [])] for name in ("reviewers", "team_reviewers"))
    return call.number("pull_number"), people, teams
