"""How the set-ups of tests reach the real registries."""

from __future__ import annotations

import socket
from pathlib import Path

from bot.adapters.outside import Outside, PrivateRegistry, write_bundle
from bot.core.ecosystem_table import Ecosystem
from bot.core.registries import Destination

SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")
HOSTS = ("pypi.org", "files.pythonhosted.org", "registry.npmjs.org")


def can_be_reached(*hosts: str) -> bool:
    try:
        for host in hosts:
            socket.create_connection((host, 443), 10).close()
    except OSError:
        return False
    return SYSTEM.is_file()


def real(folder: Path) -> Outside:
    """As an operator would set it whose network has mirrors by these names."""
    return Outside(
        bundle=write_bundle(SYSTEM, folder / "authorities"),
        registries=(PrivateRegistry(ecosystem=Ecosystem.NPM, url="https://registry.npmjs.org"),),
        own=frozenset(map(Destination, HOSTS)),
    )


def real_settings() -> dict[str, str]:
    """The same as an operator's settings."""
    return {
        "NETWORK_HOSTS": ",".join(HOSTS),
        "CA_FILE": str(SYSTEM),
        "REGISTRIES": "npm=https://registry.npmjs.org",
    }
