"""Who looks at the dashboard, and what that person may read and change there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Request, request

from bot.adapters.network_settings import LOOPBACK

# A proxy on this host is on loopback too, and hands over what anybody asks.
_OF_A_PROXY = (
    *("Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-Original-Host", "True-Client-IP"),
    *("CF-Connecting-IP", "CF-Ray", "Fastly-Client-IP", "Fly-Client-IP", "X-Envoy-External-Address", "CDN-Loop"),
)
_OLD = "HTTP/1.0"  # what nginx asks in by default, with no header that names a proxy


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """`reads`, `writes`: full names of repositories, None for all. `form_token`: what each form sends back, so that
    another site cannot send it in the viewer's name."""

    name: str
    reads: frozenset[str] | None
    writes: frozenset[str] | None
    form_token: str

    def may_read(self, repository: str) -> bool:
        return self.reads is None or repository in self.reads

    def may_write(self, repository: str) -> bool:
        return self.writes is None or repository in self.writes


FindViewer = Callable[[], Viewer | None]
"""Who sends the present request; None for a person who is not known. What such a person may see names nothing."""


def find_local_viewer() -> Viewer | None:
    """Who asks from this host itself reads everything."""
    if not is_local(request):
        return None
    return Viewer(name="the operator", reads=None, writes=frozenset(), form_token="")


def is_local(incoming: Request) -> bool:
    """Whether the request came over loopback, by a name of this host, and not by way of a proxy. The name matters: a
    page elsewhere whose name is made to point at 127.0.0.1 could otherwise read what a browser here shows."""
    return is_unmarked(incoming) and _host_name(incoming.headers.get("Host", "")) in LOOPBACK


def is_unmarked(incoming: Request) -> bool:
    """Whether it came over loopback without a mark of a proxy, by whatever name: who asks chooses that."""
    if any(name in incoming.headers for name in _OF_A_PROXY):
        return False
    if any(name.lower().startswith("x-forwarded") for name, _ in incoming.headers):
        return False
    if incoming.environ.get("SERVER_PROTOCOL") == _OLD:
        return False
    return is_loopback(incoming.remote_addr or "")


def is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_loopback or (mapped is not None and mapped.is_loopback)


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
