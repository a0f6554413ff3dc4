"""Answers in a public registry's place, without the releases that are too young for a session.

Nothing is sent there but the names of packages (`bot/adapters/reading_gateway.py`). A file of a young release is
refused as well, whatever its address came from.
"""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.addresses import RefusedRequest
from bot.adapters.authority import Authority
from bot.adapters.reading_gateway import GatewayRequest, ReadingGateway, path_of, send
from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.release_age import INDEXES, Index, Release, ReleaseAgeRule, Times
from bot.core.environment.release_documents import simple_html

_LARGEST_INDEX = 256 << 20
_OK, _NOT_FOUND, _GONE = 200, 404, 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    """Which releases cells may get, of which ecosystems. `bundle`: the certificates that they trust, with this
    authority's; it is in a folder that they read."""

    rule: ReleaseAgeRule
    ecosystems: frozenset[Ecosystem]
    authority: Authority = field(repr=False)
    bundle: Path
    _known: dict[tuple[str, str], Times] = field(default_factory=dict, repr=False)

    def index_of(self, host: str) -> Index | None:
        """How to look into a host; None for one that is passed on as it is."""
        found = (INDEXES[each] for each in sorted(self.ecosystems) if each in INDEXES)
        return next((index for index in found if host in index.hosts), None)

    def remember(self, host: str, path: str, times: Times) -> Times:
        return self._known.setdefault((host, path), times)

    def look_up(self, host: str, path: str) -> Times | None:
        return self._known.get((host, path))


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexGateway(ReadingGateway):
    """Serves one connection of a cell to one host of an index."""

    cooldown: Cooldown
    index: Index

    def pass_on(self, request: GatewayRequest, client: socket.socket) -> bool:
        path = path_of(request)
        if package := self.index.package_of(path):
            self._send_index(request, package, client)
            return True
        if (release := self.index.download(path)) is not None:
            self._demand(release)
        return self.stream(request, client)

    def _demand(self, release: Release) -> None:
        if not self._permits(release):
            name = f"{release.package} {release.version}"
            self.note(f"{self.wanted} ({name} is too young)")
            why = f"was published after {self.cooldown.rule.before:%Y-%m-%d %H:%M} UTC (`packages_older_than`)"
            raise RefusedRequest("403 Forbidden", f"{name} {why}")

    def _permits(self, release: Release) -> bool:
        rule = self.cooldown.rule
        return rule.has_pinned(release) or rule.permits(release, self._times(release))

    def _times(self, release: Release) -> Times:
        host, path = self.index.index, self.index.times_path(release)
        if (known := self.cooldown.look_up(host, path)) is not None:
            return known
        status, _, body = self._ask(host, path, self.index.accept)
        if status not in {_OK, _NOT_FOUND, _GONE}:
            raise RefusedRequest(
                "502 Bad Gateway", f"{host} answered {status} when it was asked for the age of a release"
            )
        return self.cooldown.remember(host, path, self.index.times(body) if status == _OK else {})

    def _send_index(self, request: GatewayRequest, package: str, client: socket.socket) -> None:
        status, kind, body = self._ask(self.wanted.host, request.path, self.index.accept)
        if status == _OK:
            body = self.index.without(body, package, self._permits)
            if kind.startswith("application/vnd.pypi.simple") and not _takes(request, kind):
                kind, body = "text/html", simple_html(body)
        phrase = http.client.responses.get(status, "")
        send(client, f"{status} {phrase}", [("content-type", kind)] if kind else [], body, request)

    def _ask(self, host: str, path: str, accept: str) -> tuple[int, str, bytes]:
        """Status, type and body of an answer."""
        wanted = {"accept": f"{accept}, */*;q=0.1", "accept-encoding": "identity", "user-agent": "nightshift"}
        answer = self.request(host, "GET", path, wanted)
        body = answer.read(_LARGEST_INDEX + 1)
        if len(body) > _LARGEST_INDEX:
            raise RefusedRequest("502 Bad Gateway", "the registry's index is too large")
        return answer.status, answer.getheader("content-type") or "", body


def _takes(request: GatewayRequest, kind: str) -> bool:
    return kind.partition(";")[0] in request.headers.get("accept", "")
