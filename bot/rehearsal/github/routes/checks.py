"""Commit statuses and check runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.rehearsal.github import payloads
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.app_records import App
from bot.rehearsal.github.records import CheckRun, Role, Status
from bot.rehearsal.github.routes.table import ApiCall, Reply, route, text
from bot.rehearsal.github.world import Json, Refused, not_found

_READ_STATUS = Need(permissions=("statuses",))
_WRITE_STATUS = Need(permissions=("statuses",), level="write", role=Role.WRITE)
_READ_CHECK = Need(permissions=("checks",))
_RUNS = "/repos/{owner}/{repo}/check-runs"
_OUTPUT = ("title", "summary", "text")
_MOST_ACTIONS = 3
_LENGTHS = {"label": 20, "description": 40, "identifier": 20}
_NO_APP = "You must authenticate via a GitHub App."


@route("POST", "/repos/{owner}/{repo}/statuses/{sha}", _WRITE_STATUS)
def create_status(call: ApiCall) -> Reply:
    status = Status(
        id=call.world.next_id(),
        sha=_commit(call, call.names["sha"]),
        state=text(call.body, "state"),
        context=call.body.get("context") or "default",
        description=call.body.get("description"),
        target_url=call.body.get("target_url"),
        creator=call.login,
        created_at=call.world.now(),
    )
    call.repository.statuses.append(status)
    body = _status(call, status)
    return Reply(status=201, body=body, headers={"Location": body["url"]})


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses", _READ_STATUS)
def list_statuses(call: ApiCall) -> Reply:
    sha = _commit(call, call.names["ref"])
    newest = [status for status in reversed(call.repository.statuses) if status.sha == sha]
    return call.page(newest, lambda status: _status(call, status))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/status", _READ_STATUS)
def combined_status(call: ApiCall) -> Reply:
    """The newest of each context. Without any it is pending."""
    sha = _commit(call, call.names["ref"])
    newest = {status.context: status for status in call.repository.statuses if status.sha == sha}
    shown, headers = call.slice(list(newest.values()), lambda status: _simple_status(call, status))
    url = f"{payloads.repository_url(call.world, call.repository)}/commits/{sha}"
    body = {
        "state": _combine({status.state for status in newest.values()}),
        "statuses": shown,
        "sha": sha,
        "total_count": len(newest),
        "repository": payloads.repository(call.world, call.repository),
        "commit_url": url,
        "url": f"{url}/status",
    }
    return Reply(body=body, headers=headers)


@route("POST", _RUNS)
def create_check_run(call: ApiCall) -> Reply:
    """For apps alone, as on GitHub."""
    now = call.world.now()
    run = CheckRun(
        id=call.world.next_id(),
        sha=_commit(call, text(call.body, "head_sha")),
        name=text(call.body, "name"),
        app=_checking_app(call),
        status="queued",
        conclusion=None,
        details_url=None,
        external_id=None,
        started_at=now,
        completed_at=None,
    )
    run = _change(call, run)
    body = _check_run(call, run)
    _tell(call, "completed" if run.conclusion else "created", body)
    return Reply(status=201, body=body)


@route("PATCH", f"{_RUNS}/{{check_run_id}}")
def update_check_run(call: ApiCall) -> Reply:
    app, before = _checking_app(call), _run(call)
    if before.app.id != app.id:
        raise Refused(
            403, f"Invalid app_id `{app.id}` - check run can only be modified by the GitHub App that created it."
        )
    run = _change(call, before)
    body = _check_run(call, run)
    if run.conclusion and not before.conclusion:
        _tell(call, "completed", body)
    return Reply(body=body)


@route("GET", f"{_RUNS}/{{check_run_id}}", _READ_CHECK)
def get_check_run(call: ApiCall) -> Reply:
    return Reply(body=_check_run(call, _run(call)))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", _READ_CHECK)
def list_check_runs(call: ApiCall) -> Reply:
    sha = _commit(call, call.names["ref"])
    runs = _asked_for(call, [run for run in call.repository.check_runs.values() if run.sha == sha])
    rendered, headers = call.slice(runs, lambda run: _check_run(call, run))
    return Reply(body={"total_count": len(runs), "check_runs": rendered}, headers=headers)


def _asked_for(call: ApiCall, runs: list[CheckRun]) -> list[CheckRun]:
    """Of several runs of one name by one app the latest, unless all are asked for."""
    named = [run for run in runs if call.query.get("check_name", run.name) == run.name]
    named = [run for run in named if call.query.get("app_id", str(run.app.id)) == str(run.app.id)]
    if call.query.get("filter") == "all":
        return named
    return list({(run.app.id, run.name): run for run in named}.values())


def _combine(states: set[str]) -> str:
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def _run(call: ApiCall) -> CheckRun:
    run = call.repository.check_runs.get(call.number("check_run_id"))
    if run is None:
        raise not_found()
    return run


def _commit(call: ApiCall, revision: str) -> str:
    sha = call.repository.git.resolve(revision)
    if sha is None:
        raise Refused(422, f"No commit found for SHA: {revision}")
    return sha


def _checking_app(call: ApiCall) -> App:
    """For apps alone. GitHub words it otherwise for fine-grained tokens, which no permission helps here."""
    token = call.actor.token
    if token is None or token.installation is None:
        is_fine_grained = token is not None and token.permissions is not None
        refused = "Resource not accessible by personal access token" if is_fine_grained else _NO_APP
        raise Refused(403, refused)
    allowed = (token.permissions or {}).get("checks") == "write"
    if not allowed or call.repository.full_name not in (token.repositories or ()):
        raise Refused(403, "Resource not accessible by integration")
    return token.installation.app


def _change(call: ApiCall, run: CheckRun) -> CheckRun:
    """`run` with what the body says; a conclusion completes it."""
    given = {
        key: call.body[key]
        for key in ("name", "status", "conclusion", "details_url", "external_id")
        if key in call.body
    }
    if "conclusion" in given:
        given["status"] = "completed"
    elif given.get("status") == "completed":
        raise Refused(422, "Invalid request.\n\nWhen status is completed, a conclusion is required.")
    times: dict[str, Any] = {
        key: datetime.fromisoformat(call.body[key].replace("Z", "+00:00"))
        for key in ("started_at", "completed_at")
        if key in call.body
    }
    if given.get("status") == "completed":
        times.setdefault("completed_at", call.world.now())
    elif "status" in given:  # it is at work again
        given["conclusion"] = None
        times["completed_at"] = None
    output = {key: call.body.get("output", run.output).get(key) for key in _OUTPUT}
    changed = replace(run, **given, **times, output=output, actions=_actions(call, run))
    call.repository.check_runs[run.id] = changed
    return changed


def _actions(call: ApiCall, run: CheckRun) -> tuple[Mapping[str, str], ...]:
    """Its buttons: at most three, with short words. What a request does not speak of stays."""
    if "actions" not in call.body:
        return run.actions
    actions = tuple(call.body["actions"])
    if len(actions) > _MOST_ACTIONS:
        raise Refused(
            422, f"Invalid request.\n\nNo more than {_MOST_ACTIONS} items are allowed; {len(actions)} were supplied."
        )
    for each in actions:
        for key, most in _LENGTHS.items():
            if len(text(each, key)) > most:
                raise Refused(
                    422, f"Invalid request.\n\nOnly {most} characters are allowed; {len(each[key])} were supplied."
                )
    return actions


def _tell(call: ApiCall, action: str, body: Json) -> None:
    call.world.tell(call.repository, "check_run", action, call.login, {"check_run": payloads.told_check_run(body)})


def _status(call: ApiCall, status: Status) -> Json:
    return {**_simple_status(call, status), "creator": payloads.user(call.world, status.creator)}


def _simple_status(call: ApiCall, status: Status) -> Json:
    api = payloads.repository_url(call.world, call.repository)
    return {
        "url": f"{api}/statuses/{status.sha}",
        "avatar_url": None,
        "id": status.id,
        "node_id": payloads.node_id("SC", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": payloads.moment(status.created_at),
        "updated_at": payloads.moment(status.created_at),
    }


def _check_run(call: ApiCall, run: CheckRun) -> Json:
    return payloads.check_run(call.world, call.repository, run)
