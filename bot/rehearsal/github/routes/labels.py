"""A repository's labels, and the labels of one issue."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from bot.rehearsal.github import issues, payloads
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.records import Issue, Label, Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route, text
from bot.rehearsal.github.world import invalid, not_found

_READ = Need(permissions=("issues", "pull_requests"))
_TRIAGE = Need(permissions=("issues", "pull_requests"), level="write", role=Role.TRIAGE)
_WRITE = Need(permissions=("issues", "pull_requests"), level="write", role=Role.WRITE)
_LABELS = "/repos/{owner}/{repo}/labels"
_ON_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/labels"
_NAME_LIMIT = 50
_DESCRIPTION_LIMIT = 100


@route("GET", _LABELS, _READ)
def list_labels(call: ApiCall) -> Reply:
    return call.page(list(call.repository.labels.values()), lambda label: _render(call, label))


@route("POST", _LABELS, _WRITE)
def create_label(call: ApiCall) -> Reply:
    description = call.body.get("description")
    name, color = _check(text(call.body, "name"), call.body.get("color") or "ededed", description)
    label = issues.create_label(
        call.world, call.repository, name=name, color=color, description=description, actor=call.login
    )
    body = _render(call, label)
    return Reply(status=201, body=body, headers={"Location": body["url"]})


@route("GET", f"{_LABELS}/{{name}}", _READ)
def get_label(call: ApiCall) -> Reply:
    return Reply(body=_render(call, _label(call)))


@route("PATCH", f"{_LABELS}/{{name}}", _WRITE)
def update_label(call: ApiCall) -> Reply:
    """A new name follows onto every issue that has the label."""
    before, repository = _label(call), call.repository
    description = call.body.get("description", before.description)
    name, color = _check(call.body.get("new_name", before.name), call.body.get("color", before.color), description)
    if name.lower() != before.name.lower() and name.lower() in repository.labels:
        raise invalid("Label", "name", "already_exists")
    label = replace(before, name=name, color=color, description=description)
    del repository.labels[before.name.lower()]
    repository.labels[name.lower()] = label
    for number, issue in repository.issues.items():
        renamed = tuple(name if known == before.name else known for known in issue.labels)
        repository.issues[number] = replace(issue, labels=renamed)
    call.world.tell(repository, "label", "edited", call.login, {"label": _render(call, label), "changes": {}})
    return Reply(body=_render(call, label))


@route("GET", _ON_ISSUE, _READ)
def list_labels_on_issue(call: ApiCall) -> Reply:
    return _on_issue(call, call.repository.issue(call.number("issue_number")))


@route("POST", _ON_ISSUE, _TRIAGE)
def add_labels(call: ApiCall) -> Reply:
    number, names = call.number("issue_number"), _names(call.body)
    return _on_issue(call, issues.add_labels(call.world, call.repository, number, names, call.login))


@route("PUT", _ON_ISSUE, _TRIAGE)
def set_labels(call: ApiCall) -> Reply:
    number, names = call.number("issue_number"), _names(call.body)
    return _on_issue(call, issues.set_labels(call.world, call.repository, number, names, call.login))


@route("DELETE", f"{_ON_ISSUE}/{{name}}", _TRIAGE)
def remove_label(call: ApiCall) -> Reply:
    number = call.number("issue_number")
    return _on_issue(call, issues.remove_label(call.world, call.repository, number, call.names["name"], call.login))


def _on_issue(call: ApiCall, issue: Issue) -> Reply:
    labels = [call.repository.labels[name.lower()] for name in issue.labels]
    return Reply(body=[_render(call, label) for label in labels])


def _render(call: ApiCall, label: Label) -> dict[str, Any]:
    return payloads.label(call.world, call.repository, label)


def _label(call: ApiCall) -> Label:
    found = call.repository.labels.get(call.names["name"].lower())
    if found is None:
        raise not_found()
    return found


def _names(body: Any) -> list[str]:
    """`{"labels": [...]}` or the bare list, of names or of objects with one."""
    listed = body if isinstance(body, list) else body.get("labels", [])
    names = [str(item["name"]) if isinstance(item, dict) else str(item) for item in listed]
    for name in names:
        _check(name, "ededed", None)
    return names


def _check(name: str, color: str, description: str | None) -> tuple[str, str]:
    if not name.strip():
        raise invalid("Label", "name", "missing_field")
    if len(name) > _NAME_LIMIT:
        raise invalid("Label", "name", "custom", f"name is too long (maximum is {_NAME_LIMIT} characters)")
    if description is not None and len(description) > _DESCRIPTION_LIMIT:
        raise invalid(
            "Label", "description", "custom", f"description is too long (maximum is {_DESCRIPTION_LIMIT} characters)"
        )
    if re.fullmatch(r"[0-9A-Fa-f]{6}", color) is None:
        raise invalid("Label", "color", "invalid")
    return name, color.lower()
