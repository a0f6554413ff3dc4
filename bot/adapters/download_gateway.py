"""Answers in the place of hosts that are open for single files and repositories: all else there is refused.

A set-up reaches them where a registry leads to them, or where the base commit's files name what is there
(`bot/core/environment/downloads.py`). Of a repository git may fetch: that is one request by POST, which asks for
commits and can change nothing. The other service, by which git pushes, is another path. Where the operator gave a
credential for a repository, it is added here, outside of the cell.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.addresses import RefusedRequest
from bot.adapters.authority import Authority
from bot.adapters.reading_gateway import GatewayRequest, ReadingGateway, path_of
from bot.core.environment.download import Download

_FETCH = "application/x-git-upload-pack-request"
_OF_GIT = ("git-protocol", "content-type", "content-encoding")
_ADVERTISEMENT = "service=git-upload-pack"
_OTHER_SPELLINGS = ("ssh://git@{}/", "git@{}:", "git://{}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """`files`: what may be read. `bundle`: the certificates that cells trust, with this authority's. `credentials`: the
    value of the header Authorization, by what it is for: `HOST`, `HOST/OWNER` or `HOST/OWNER/REPO`."""

    files: tuple[Download, ...]
    authority: Authority = field(repr=False)
    bundle: Path
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(each.host for each in self.files)

    def permit(self, host: str, path: str) -> bool:
        found = (each for each in self.files if not each.by_git)
        return any(each.host == host and re.fullmatch(each.path, path) for each in found)

    def permit_fetch(self, host: str, request: GatewayRequest) -> bool:
        """Whether it is one of the two requests by which git fetches from a repository that is open."""
        repository, asked = _split(path_of(request))
        is_asking = request.method == "GET" and asked == "info/refs" and _query(request) == _ADVERTISEMENT
        is_fetching = (
            request.method == "POST"
            and asked == "git-upload-pack"
            and not _query(request)
            and request.headers.get("content-type") == _FETCH
        )
        found = (each for each in self.files if each.by_git and each.host == host)
        return (is_asking or is_fetching) and any(re.fullmatch(each.path, repository) for each in found)

    def authorization(self, host: str, path: str) -> dict[str, str]:
        """The header with which git fetches there: the credential of the smallest part that the repository is in."""
        parts = f"{host}/{_split(path)[0]}".lower().split("/")
        names = ("/".join(parts[:count]) for count in range(len(parts), 0, -1))
        found = next((self.credentials[name] for name in names if name in self.credentials), "")
        return {"authorization": found} if found else {}

    def variables(self) -> dict[str, str]:
        """git asks by https, also where an address names SSH, for which no cell has a key."""
        hosts = sorted({each.host for each in self.files if each.by_git})
        pairs = [(f"url.https://{host}/.insteadOf", each.format(host)) for host in hosts for each in _OTHER_SPELLINGS]
        found = {"GIT_CONFIG_COUNT": str(len(pairs))} if pairs else {}
        for number, (key, value) in enumerate(pairs):
            found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return found


def _split(path: str) -> tuple[str, str]:
    """The repository of a path, without `.git`, and what is asked of it."""
    found = re.fullmatch(r"/(.+?)(?:\.git)?/(info/refs|git-upload-pack)", path)
    return (found[1], found[2]) if found else ("", "")


def _query(request: GatewayRequest) -> str:
    return request.path.partition("?")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadGateway(ReadingGateway):
    """Serves one connection of a cell to one such host."""

    downloads: Downloads

    def may_send(self, request: GatewayRequest) -> bool:
        return self.downloads.permit_fetch(self.wanted.host, request)

    def pass_on(self, request: GatewayRequest, client: socket.socket) -> bool:
        path = path_of(request)
        if self.downloads.permit_fetch(self.wanted.host, request):
            own = self.downloads.authorization(self.wanted.host, path)
            return self.stream(request, client, more=_OF_GIT, own=own)
        if not self.downloads.permit(self.wanted.host, path):
            self.note(f"{self.wanted} ({path[:200]})")
            raise RefusedRequest("403 Forbidden", f"set-up may not read {path} of {self.wanted.host}")
        return self.stream(request, client)
