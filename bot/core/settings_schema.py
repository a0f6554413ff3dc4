"""The JSON Schema of `.github/nightshift.yml`, made from the model that reads it, for editors and other programs.

It says no more than JSON Schema can: whether a pattern matches anything, and whether one under `flagged` covers a path
that cannot be downgraded, only the bot knows. `docs/nightshift.schema.json` is what `repository_schema` returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.repository_settings import FILE, RepositorySettings

_DESCRIPTIONS = {
    "protected": "Paths that no change may touch, besides the built-in list; as in .gitignore, case does not matter.",
    "flagged": "Paths that are published though they are protected, and named in the pull request's first lines.",
    "setup": "What makes a checkout ready, before the session and before the checks. Detected if left out.",
    "network": "Hosts that set-up may reach, besides the registries of the repository's languages.",
    "packages_older_than": "Younger versions are not installed, unless a lockfile pins them: `3d`, `12h`, `0d` (none).",
    "services": "Services that run during set-up, session and checks.",
    "submodules": "Paths of submodules that are checked out though another account owns them.",
    "max_open_pull_requests": "The most pull requests of Nightshift's that are open at a time; further tasks wait.",
    "verify": "The checks, one shell command each. Detected if left out; an empty list is none.",
    "limits": "The largest change that is published, and how long commands may take.",
    "limits.files": "Changed files.",
    "limits.lines": "Lines added and removed.",
    "limits.bytes": "Bytes that all of its commits add.",
    "limits.check_minutes": "Time of one check.",
    "limits.checks_minutes": "Time of all checks on one commit.",
    "limits.setup_minutes": "Time of the whole set-up.",
    "limits.command_minutes": "Time of one command of a session.",
    "gate": "What sessions may not run, and what they may run besides.",
    "gate.refuse": "Command lines that are refused.",
    "gate.refuse.command": "The words with which they begin.",
    "gate.refuse.reason": "Why it is refused; the session reads it.",
    "gate.refuse.instead": "What to run instead; the session reads it.",
    "gate.allow": "Packages that sessions may install or run although no lockfile has them.",
    "dependencies": "`stack`: a task builds on the open pull request of its blocker; `merge`: it waits for the merge.",
    "claim_branch": "Whether the branch of an issue is created when an attempt starts.",
    "runs_on": "What a host of a fleet has to have, by its HOST_TAGS, to run the sessions.",
    "mirror_dependencies": "Whether GitHub's own *blocked by* follows what the text of an issue names.",
    "lint": "Whether remarks on an issue are said before it runs.",
    "strict": "Whether an issue with remarks waits for an edit or for `/go`.",
    "assignees": "Logins that pull requests are assigned to when they are ready for review.",
    "reviewers": "Logins and teams (OWNER/TEAM) that are asked for a review, besides the approver.",
    "labels": "Labels of every pull request; GitHub creates those that it lacks.",
    "draft": "Whether every pull request is opened as a draft.",
    "sign_off": "Whether the bot's commits are signed off (https://developercertificate.org).",
}
_NOT_TOGETHER = {
    "type": "object",
    "properties": {"strict": {"const": True}, "lint": {"const": False}},
    "required": ["strict", "lint"],
}


def repository_schema() -> dict[str, Any]:
    made = RepositorySettings.model_json_schema()
    root = _complete(made, "", made["$defs"])
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",  # what editors and SchemaStore read
        "title": FILE,
        "description": "How Nightshift works in this repository. All keys are optional.",
        **root,
        "type": ["object", "null"],  # an empty file, or one of comments alone
        "not": _NOT_TOGETHER,
    }


def _complete(part: Mapping[str, Any], place: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping of the model: without pydantic's titles and docstrings, its own parts in place."""
    shown = {name: part[name] for name in ("type", "additionalProperties", "required") if name in part}
    keys = {name: _key(value, f"{place}.{name}".lstrip("."), parts) for name, value in part["properties"].items()}
    return shown | {"properties": keys}


def _key(value: Mapping[str, Any], place: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: each for name, each in value.items() if name not in {"title", "$ref", "default"}}
    if "$ref" in value:
        kept |= _complete(parts[value["$ref"].rpartition("/")[2]], place, parts)
    elif "default" in value and value["default"] is not None:
        kept["default"] = "3d" if place == "packages_older_than" else value["default"]
    if "$ref" in kept.get("items", {}):
        kept["items"] = _complete(parts[kept["items"]["$ref"].rpartition("/")[2]], place, parts)
    return {"description": _DESCRIPTIONS[place]} | kept
