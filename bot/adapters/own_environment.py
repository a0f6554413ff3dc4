"""What a process of Nightshift gives to one that it starts."""

from __future__ import annotations

from collections.abc import Mapping

from bot.adapters.settings import NAMES

_KEPT = ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "NO_PROXY")


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Built from nothing: the settings, and what a program needs to run and to find its way out."""
    return {name: value for name, value in environment.items() if name in NAMES or name in _KEPT}
