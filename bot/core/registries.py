"""Which hosts a repository's lockfiles name: where its packages come from, and so where a session may go for them.

Only the hosts of registries count. A code host that a lockfile names (a dependency straight from git) is none of
them: everybody can write there, so it would be a way out for everything that the session knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import basename
from typing import Self
from urllib.parse import urlsplit

from bot.core.ecosystem_table import TABLE, Ecosystem, Lockfile

HTTPS = 443
HOST = r"(?=.{1,253}(?::|$))(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}(?::[1-9][0-9]{1,4})?"
_PORTS = {"http": 80, "https": HTTPS}


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """A host, in lower case, and a port of it."""

    host: str
    port: int = HTTPS

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def of(cls, url: str) -> Self:
        """Where a URL leads. Raises ValueError for one without a host, or of another scheme than http and https."""
        parts = urlsplit(url)
        if not parts.hostname or parts.scheme not in _PORTS:
            raise ValueError(f"{url!r} is not an http or https address")
        return cls(parts.hostname.rstrip("."), parts.port or _PORTS[parts.scheme])


def is_host(value: str) -> bool:
    """Whether it is the name of a host, with or without a port."""
    return re.fullmatch(HOST, value) is not None


def destination(host: str) -> Destination:
    """HOST or HOST:PORT; without a port it is that of https."""
    name, _, port = host.partition(":")
    return Destination(name, int(port or HTTPS))


_CODE_HOSTS = ("github.com", "githubusercontent.com", "gitlab.com", "bitbucket.org", "codeberg.org", "sr.ht")
_VENDORED = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|testdata|fixtures)/")
LOCKFILES_LIMIT = 50


def lockfiles(paths: Iterable[str]) -> list[str]:
    """The lockfiles among a commit's paths, those nearest to the root first."""
    found = [path for path in paths if _kind(path) is not None and not _VENDORED.search(path)]
    return sorted(found, key=lambda path: (path.count("/"), path))[:LOCKFILES_LIMIT]


def registries(path: str, content: bytes) -> frozenset[Destination]:
    """The registries that one lockfile means and names. Requirements count only with their hashes."""
    text = content.decode(errors="replace")
    if (kind := _kind(path)) is None or not _pins(kind[1], text):
        return frozenset()
    ecosystem, lockfile = kind
    named = lockfile.registry.findall(text) if lockfile.registry else ()
    usual = lockfile.hosts or TABLE[ecosystem].hosts
    return frozenset((*map(Destination, usual), *_destinations(named)))


def _pins(lockfile: Lockfile, text: str) -> bool:
    return lockfile.needs is None or lockfile.needs.search(text) is not None


def _kind(path: str) -> tuple[Ecosystem, Lockfile] | None:
    name = basename(path)
    return next((kind for names, kind in _KINDS if names.fullmatch(name)), None)


_KINDS = tuple(
    (re.compile(lockfile.names), (ecosystem, lockfile))
    for ecosystem, record in TABLE.items()
    for lockfile in record.lockfiles
)


def _destinations(urls: Iterable[str]) -> Iterator[Destination]:
    for url in set(urls):
        try:
            destination = Destination.of(url)
        except ValueError:
            continue  # a port that is no number: nothing could be reached there
        if not any(destination.host == host or destination.host.endswith(f".{host}") for host in _CODE_HOSTS):
            yield destination
