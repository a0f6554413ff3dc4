"""How often sign-ins are begun and completed: from one address, and in all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from flask import Request

from bot.dashboard.viewer import is_loopback

_WINDOW = timedelta(minutes=5)
_NETWORK_OF_ONE = 64  # bits of an IPv6 address that one customer of a provider has in common


@dataclass(slots=True, kw_only=True)
class SignInLimits:
    """Of one process, in windows of five minutes. It remembers no more addresses than it lets in."""

    clock: Callable[[], datetime]
    each: int = 10
    total: int = 100
    _began: datetime | None = None
    _counts: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, address: str) -> int:
        """Seconds until this address may try again; 0: it may now."""
        with self._lock:
            now = self.clock()
            if self._began is None or not timedelta() <= now - self._began < _WINDOW:
                self._began, self._counts = now, {}
            if self._counts.get(address, 0) >= self.each or sum(self._counts.values()) >= self.total:
                return int((self._began + _WINDOW - now).total_seconds()) + 1
            self._counts[address] = self._counts.get(address, 0) + 1
            return 0


def address_of(incoming: Request) -> str:
    """Whose tries are counted together: the client of the proxy on this host, if one names it. That can be made up, and
    opens nothing: all tries count in the total."""
    address = incoming.remote_addr or ""
    if is_loopback(address):
        address = incoming.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or address
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        return str(IPv6Address(int(found) >> _NETWORK_OF_ONE << _NETWORK_OF_ONE))
    return str(found)
