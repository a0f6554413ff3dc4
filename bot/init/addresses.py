"""Where GitHub's API is, and where GitHub's deliveries can reach this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

GITHUB_COM = "https://api.github.com"
_EXPECTED = "expected https://HOST, as GitHub reaches this machine; or leave it empty"


def api_of(server: str) -> str:
    """The API of an Enterprise Server, https://HOST, or of a tenant with data residency, https://NAME.ghe.com. Raises
    ValueError."""
    parts = _split(server)
    if parts is None or parts.scheme not in {"http", "https"}:
        raise ValueError(f"{server!r} is no address of a server; expected https://HOST")
    assert parts.hostname  # noqa: S101 - it was split so
    if parts.hostname == "github.com":
        return GITHUB_COM
    if parts.hostname.endswith(".ghe.com"):
        return f"https://api.{parts.hostname}"
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v3')}/api/v3"


def webhook_of(said: str) -> str | None:
    """The address of the webhook for what a person said; None for nothing. GitHub refuses one that the internet does
    not reach. Raises ValueError."""
    if not said:
        return None
    parts = _split(said)
    if parts is None or parts.scheme != "https" or _is_local(parts.hostname or ""):
        raise ValueError(_EXPECTED)
    return f"https://{parts.netloc}/webhook"


def _split(said: str) -> SplitResult | None:
    """None for what names no host."""
    try:
        parts = urlsplit(said if "//" in said else f"https://{said}")
    except ValueError:  # brackets that do not close
        return None
    return parts if parts.hostname else None


def _is_local(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost"))
