"""What GitHub accepts as the manifest of an App. GitHub documents the parameters, and names few of its refusals."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any
from urllib.parse import urlsplit

from bot.rehearsal.github.guard import shipped_description
from bot.rehearsal.github.world import Refused, World

_MOST_OF_A_NAME = 34
_MOST_CALLBACKS = 10
_INVALID = "Invalid GitHub App configuration. The configuration does not appear to be a valid GitHub App manifest."
# The permission without which GitHub does not tell an App of an event: its page "Webhook events and payloads".
_NEEDED = {
    "issues": "issues",
    "issue_comment": "issues",
    "issue_dependencies": "issues",
    "sub_issues": "issues",
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "check_run": "checks",
    "push": "contents",
    "repository": "metadata",
}

Manifest = dict[str, Any]


def read_manifest(text: str) -> Manifest:
    """Raises Refused as GitHub's page words it."""
    try:
        manifest = json.loads(text)
    except ValueError:
        raise Refused(422, f"{_INVALID} Error: it is not JSON.") from None
    if not isinstance(manifest, dict):
        raise Refused(422, f"{_INVALID} Error: it is not an object.")
    _check_addresses(manifest)
    _check_permissions(manifest)
    return manifest


def check_name(world: World, name: str) -> str:
    """The slug of an App of this name. Raises Refused."""
    if not name.strip() or len(name) > _MOST_OF_A_NAME:
        raise Refused(422, f"Name is too long (maximum is {_MOST_OF_A_NAME} characters) or empty")
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if any(app.slug == slug for app in world.apps.values()) or slug in world.accounts:
        raise Refused(422, "Name is already taken")
    return slug


def _check_addresses(manifest: Manifest) -> None:
    """A block for the webhook needs an address also where the webhook is not active (handarbeit/fabrik#1711,
    alp82/curia#933), and GitHub's error names the field without its block."""
    hook = manifest.get("hook_attributes")
    for place in (manifest, hook):
        if place is not None and not urlsplit(str(place.get("url") or "")).hostname:
            raise Refused(422, f'{_INVALID} Error: "url" wasn\'t supplied.')
    if not urlsplit(str(manifest.get("redirect_url") or "")).hostname:
        raise Refused(422, f'{_INVALID} Error: "redirect_url" wasn\'t supplied.')
    callbacks = manifest.get("callback_urls") or []
    if len(callbacks) > _MOST_CALLBACKS or any(not urlsplit(str(each)).hostname for each in callbacks):
        raise Refused(422, f"{_INVALID} Error: callback_urls must be up to {_MOST_CALLBACKS} addresses.")
    if hook is not None and is_local(host := urlsplit(str(hook["url"])).hostname or ""):
        raise Refused(422, f"Hook url is not supported because it isn't reachable over the public Internet ({host})")


def _check_permissions(manifest: Manifest) -> None:
    known = shipped_description()["components"]["schemas"]["app-permissions"]["properties"]
    wanted = manifest.get("default_permissions") or {}
    for name, level in wanted.items():
        if level not in known.get(name, {}).get("enum", ()):
            raise Refused(422, f"{_INVALID} Error: Default permission records resource is not included in the list")
    unsupported = [event for event in manifest.get("default_events") or () if _NEEDED.get(event) not in wanted]
    if unsupported:
        raise Refused(422, f"Default events unsupported: {', '.join(unsupported)}")


def is_local(host: str) -> bool:
    """Whether only this machine or its network can reach it."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host
