"""Which addresses git may talk to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from bot.adapters.git.credentials import GitCredentials


def check_url(url: str, credentials: GitCredentials | None) -> str:
    """Refuse a URL that would send a token unencrypted or to another host, or that contains one."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    expected = f"{url!r} is not a repository that Nightshift may talk to: expected "
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.strip("/"):
        raise ValueError(f"{expected}https://HOST/OWNER/REPO.git")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("a repository's URL holds no user name, token, query or fragment: give credentials instead")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError(f"{expected}https (plain http is for this machine's own loopback address)")
    if credentials is not None and credentials.origin != origin:
        raise ValueError(f"{expected}one under {credentials.origin}, where its credentials belong")
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name: it may resolve to any address
        return False
