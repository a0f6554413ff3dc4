"""Answers in the place of hosts that are open for single files: whatever else is asked for there is refused.

A set-up reaches them where a registry leads to them, or where the base commit's lockfiles name their files
(`bot/core/environment/downloads.py`).
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.addresses import RefusedRequest
from bot.adapters.authority import Authority
from bot.adapters.reading_gateway import ReadingGateway, Request, path_of
from bot.core.environment.downloads import Download


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """`files`: what may be read. `bundle`: the certificates that cells trust, with this authority's."""

    files: tuple[Download, ...]
    authority: Authority = field(repr=False)
    bundle: Path

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(each.host for each in self.files)

    def permit(self, host: str, path: str) -> bool:
        return any(each.host == host and re.fullmatch(each.path, path) for each in self.files)


@dataclass(slots=True, kw_only=True)
class DownloadGateway(ReadingGateway):
    """Serves one connection of a cell to one such host."""

    downloads: Downloads

    def pass_on(self, request: Request, client: socket.socket) -> bool:
        path = path_of(request)
        if not self.downloads.permit(self.wanted.host, path):
            self.note(f"{self.wanted} ({path[:200]})")
            raise RefusedRequest("403 Forbidden", f"set-up may not read {path} of {self.wanted.host}")
        return self.stream(request, client)
