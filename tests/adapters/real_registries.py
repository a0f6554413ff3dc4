"""How the set-ups of tests reach the real registries."""

from __future__ import annotations

import socket
from pathlib import Path

from bot.adapters.outside import Outside, find_bundle

HOSTS = ("pypi.org", "files.pythonhosted.org", "registry.npmjs.org")
"""Public, or an operator's mirrors by these names: both are reached without a setting."""


def can_be_reached(*hosts: str) -> bool:
    try:
        for host in hosts:
            socket.create_connection((host, 443), 10).close()
    except OSError:
        return False
    return True


def real(folder: Path) -> Outside:
    """As a bot has it whose operator set nothing."""
    return Outside(bundle=find_bundle(None, folder / "authorities"))
