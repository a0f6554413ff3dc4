"""Which addresses and host names mean this machine."""

from __future__ import annotations

import re

LOOPBACK = re.compile(
    r"^(\w+://)?([^@/]*@)?(localhost|127(\.\d{1,3}){3}|\[?::1\]?|0\.0\.0\.0|\[::\]|[\w.-]+\.localhost|host\.docker\.internal)(:\d+|:\0)?([/?#].*)?$",
    re.IGNORECASE,
)
PORT_ONLY = re.compile(r"^:\d*(/.*)?$")


def is_loopback(url: str) -> bool:
    """Whether a URL or host name means this machine."""
    return LOOPBACK.match(url) is not None or PORT_ONLY.match(url) is not None
