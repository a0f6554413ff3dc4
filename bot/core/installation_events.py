"""Deliveries about the installation of an App."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.payload_node import Node

INSTALLATION_ACTIONS = frozenset(
    {"created", "deleted", "suspend", "unsuspend", "new_permissions_accepted", "added", "removed"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationEvent:
    """The App was installed, removed, suspended, or given other repositories: those that the action is about."""

    action: str
    repositories: tuple[str, ...] = ()


def read_installation(payload: Node) -> InstallationEvent | None:
    action = payload["action"].text()
    if action not in INSTALLATION_ACTIONS:
        return None
    key = {"added": "repositories_added", "removed": "repositories_removed"}.get(action, "repositories")
    repositories = payload[key] if payload[key].given else ()
    return InstallationEvent(action=action, repositories=tuple(each["full_name"].repository() for each in repositories))
