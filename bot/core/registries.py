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

HTTPS = 443
_HOST = re.compile(
    r"(?=.{1,253}(?::|$))(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}(?::[1-9]\d{1,4})?"
)
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
            raise ValueError(f"{url!r} is no http or https address")
        return cls(parts.hostname.rstrip("."), parts.port or _PORTS[parts.scheme])


def is_host(value: str) -> bool:
    """Whether it is the name of a host, with or without a port."""
    return _HOST.fullmatch(value) is not None


def destination(host: str) -> Destination:
    """HOST or HOST:PORT; without a port it is that of https."""
    name, _, port = host.partition(":")
    return Destination(name, int(port or HTTPS))


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of lockfile: the registry that it means without saying so, and how it names others."""

    usual: tuple[str, ...]
    named: re.Pattern[str] | None = None


def _after(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{words})\s*(https://[^\s\"'#?@]+)", re.MULTILINE)


_NPM, _YARN = "registry.npmjs.org", "registry.yarnpkg.com"
_PYPI = ("pypi.org", "files.pythonhosted.org")
_PACKAGE_LOCK = _Kind((_NPM,), _after(r'"resolved":\s*"'))
_PYTHON = _Kind(_PYPI, _after(r'(?:url|registry)\s*=\s*"|"url":\s*"'))
_KINDS = {
    "package-lock.json": _PACKAGE_LOCK,
    "npm-shrinkwrap.json": _PACKAGE_LOCK,
    "yarn.lock": _Kind((_YARN, _NPM), _after(r'^ +resolved\s+"')),
    "pnpm-lock.yaml": _Kind((_NPM,), _after("tarball:")),
    "bun.lock": _Kind((_NPM,)),
    "poetry.lock": _PYTHON,
    "uv.lock": _PYTHON,
    "pdm.lock": _Kind(_PYPI),
    "Pipfile.lock": _PYTHON,
    "Cargo.lock": _Kind(("index.crates.io", "static.crates.io", "crates.io"), _after(r'"(?:sparse|registry)\+')),
    "go.sum": _Kind(("proxy.golang.org", "sum.golang.org")),
    "Gemfile.lock": _Kind(("rubygems.org", "index.rubygems.org"), _after(r"^GEM\n +remote:")),
    "composer.lock": _Kind(("repo.packagist.org", "packagist.org")),
}
_REQUIREMENTS = _Kind(_PYPI, _after(r"^--(?:extra-)?index-url[= ]"))
_REQUIREMENTS_NAME = re.compile(r"requirements[\w.-]*\.(?:txt|lock)|constraints\.txt")
_HASHED = re.compile(rb"--hash=sha\d+:[0-9a-f]{40}")
_CODE_HOSTS = ("github.com", "githubusercontent.com", "gitlab.com", "bitbucket.org", "codeberg.org", "sr.ht")
_VENDORED = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|testdata|fixtures)/")
LOCKFILES_LIMIT = 50


def lockfiles(paths: Iterable[str]) -> list[str]:
    """The lockfiles among a commit's paths, those nearest to the root first."""
    found = [path for path in paths if _kind(path) is not None and not _VENDORED.search(path)]
    return sorted(found, key=lambda path: (path.count("/"), path))[:LOCKFILES_LIMIT]


def registries(path: str, content: bytes) -> frozenset[Destination]:
    """The registries that one lockfile means and names. Requirements count only with their hashes."""
    kind = _kind(path)
    if kind is None or (kind is _REQUIREMENTS and not _HASHED.search(content)):
        return frozenset()
    text = content.decode(errors="replace")
    named = kind.named.findall(text) if kind.named else ()
    return frozenset((*map(Destination, kind.usual), *_destinations(named)))


def _kind(path: str) -> _Kind | None:
    name = basename(path)
    return _KINDS.get(name) or (_REQUIREMENTS if _REQUIREMENTS_NAME.fullmatch(name) else None)


def _destinations(urls: Iterable[str]) -> Iterator[Destination]:
    for url in set(urls):
        try:
            destination = Destination.of(url)
        except ValueError:
            continue  # a port that is no number: nothing could be reached there
        if not any(destination.host == host or destination.host.endswith(f".{host}") for host in _CODE_HOSTS):
            yield destination
