"""Deliveries about the installation of an App."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.payload_node import Node

INSTALLATION_ACTIONS = frozenset(
    {"created", "deleted", "suspend", "unsuspend", "new_permissions_accepted", "added", "removed"}
)


@dataclass(frozen=True, slots=True)
class InstallationEvent:
    """The App was installed, removed, suspended, or given other repositories or permissions."""


def read_installation(payload: Node) -> InstallationEvent | None:
    return InstallationEvent() if payload["action"].text() in INSTALLATION_ACTIONS else None
