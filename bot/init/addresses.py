"""Where GitHub's API is, and where GitHub's deliveries can reach this machine."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

GITHUB_COM = "https://api.github.com"
_EXPECTED = "expected https://HOST, as GitHub reaches this machine; or leave it empty"
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+")


def api_of(server: str) -> str:
    """The API of an Enterprise Server, https://HOST, or of a tenant with data residency, https://NAME.ghe.com. Raises
    ValueError."""
    parts = _split(server)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{server!r} is not the address of a server; expected https://HOST")
    host = parts.hostname.removeprefix("api.")
    if host == "github.com":
        return GITHUB_COM
    if host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v3')}/api/v3"


def webhook_of(said: str) -> str | None:
    """The address of the webhook for what a person said; None for nothing. GitHub refuses one that the internet does
    not reach. Raises ValueError."""
    if not said:
        return None
    parts = _split(said)
    if parts is None or parts.scheme != "https" or _is_local(parts.hostname or ""):
        raise ValueError(_EXPECTED)
    if parts.path.rstrip("/") not in {"", "/webhook"}:
        raise ValueError(f"{_EXPECTED}: the web server answers at /webhook alone")
    return f"https://{parts.netloc}/webhook"


def public_of(webhook: str | None) -> str | None:
    """The address of the web server, of whose webhook this is the address."""
    return None if webhook is None else webhook.removesuffix("/webhook")


def _split(said: str) -> SplitResult | None:
    """None for what names no host, or more than a host, a port and a path."""
    try:
        parts = urlsplit(said if "//" in said else f"https://{said}")
        _ = parts.port
    except ValueError:  # brackets that do not close; a port that is none
        return None
    return parts if _HOST.fullmatch(parts.netloc) and not parts.query and not parts.fragment else None


def _is_local(host: str) -> bool:
    """Also one that begins as an address of numbers and is none, as 127.1: resolvers read it as one."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".")
        return "." not in name or name.endswith((".local", ".localhost")) or name.rpartition(".")[2].isdecimal()
