"""The public registries on loopback, over TLS, each by its name: old releases, and one that is a day old."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bot.adapters.authority import Authority, authority_of_this_process
from bot.adapters.egress import Egress
from bot.adapters.outside import Outside
from bot.core.ecosystem_table import TABLE, Ecosystem
from bot.core.environment.release_age import INDEXES, ReleaseAgeRule
from bot.core.registries import Destination
from tests.adapters.services import served

OLD, YOUNG = "2026-01-01T00:00:00Z", "2026-06-30T00:00:00Z"
BEFORE = datetime(2026, 6, 28, tzinfo=UTC)
SIMPLE = "application/vnd.pypi.simple.v1+json"


def _file(version: str, moment: str) -> dict[str, object]:
    name = f"own_tool-{version}-py3-none-any.whl"
    url = f"https://files.pythonhosted.org/packages/aa/{name}"
    return {"filename": name, "url": url, "hashes": {"sha256": "0" * 64}, "upload-time": moment}


FILES = [_file("1.0", OLD), _file("2.0", YOUNG)]
NPM = {
    "name": "own",
    "dist-tags": {"latest": "2.0.0", "next": "2.0.0"},
    "versions": {"1.0.0": {"version": "1.0.0"}, "1.1.0-rc.1": {"version": "1.1.0-rc.1"}, "2.0.0": {"version": "2.0.0"}},
    "time": {"created": OLD, "modified": YOUNG, "1.0.0": OLD, "1.1.0-rc.1": OLD, "2.0.0": YOUNG},
}
CRATES = "".join(
    json.dumps({"name": "own", "vers": version, "pubtime": at}) + "\n"
    for version, at in (("1.0.0", OLD), ("2.0.0", YOUNG))
)
COMPOSER = {
    "minified": "composer/2.0",
    "packages": {
        "own/tool": [
            {"name": "own/tool", "version": "2.0.0", "time": YOUNG, "require": {"php": ">=8.2"}},
            {"version": "1.0.0", "time": OLD, "require": "__unset"},
        ]
    },
}
ANSWERS: dict[tuple[str, str], tuple[str, bytes]] = {
    ("pypi.org", "/simple/own-tool/"): (SIMPLE, json.dumps({"versions": ["1.0", "2.0"], "files": FILES}).encode()),
    ("pypi.org", "/pypi/own-tool/json"): (
        "application/json",
        json.dumps(
            {"info": {}, "urls": [FILES[1]], "releases": {"1.0": [FILES[0]], "2.0": [FILES[1]], "0.1": []}}
        ).encode(),
    ),
    ("registry.npmjs.org", "/own"): ("application/json", json.dumps(NPM).encode()),
    ("registry.yarnpkg.com", "/own"): ("application/json", json.dumps(NPM).encode()),
    ("registry.npmjs.org", "/@own%2ftool"): ("application/json", json.dumps({**NPM, "name": "@own/tool"}).encode()),
    ("proxy.golang.org", "/example.org/!own/@v/list"): ("text/plain", b"v0.9.0\nv1.0.0\nv2.0.0\n"),
    ("proxy.golang.org", "/example.org/!own/@v/v1.0.0.info"): (
        "application/json",
        json.dumps({"Version": "v1.0.0", "Time": OLD}).encode(),
    ),
    ("proxy.golang.org", "/example.org/!own/@v/v2.0.0.info"): (
        "application/json",
        json.dumps({"Version": "v2.0.0", "Time": YOUNG}).encode(),
    ),
    ("index.crates.io", "/3/o/own"): ("text/plain", CRATES.encode()),
    ("rubygems.org", "/info/own"): ("text/plain", b"---\n1.0 dep:>= 1|checksum:aa\n1.0-java |x\n2.0 |checksum:bb\n"),
    ("rubygems.org", "/api/v1/versions/own.json"): (
        "application/json",
        json.dumps([{"number": "2.0", "created_at": YOUNG}, {"number": "1.0", "created_at": OLD}]).encode(),
    ),
    ("repo.packagist.org", "/p2/own/tool.json"): ("application/json", json.dumps(COMPOSER).encode()),
    ("jsr.io", "/@own/tool/meta.json"): (
        "application/json",
        json.dumps(
            {"latest": "2.0.0", "versions": {"1.0.0": {"createdAt": OLD}, "2.0.0": {"createdAt": YOUNG}}}
        ).encode(),
    ),
}
"""By host and path. Any other path is a file."""


@dataclass
class PublicRegistries:
    """`failing`: hosts whose indexes answer with an error; `asked`: host, method and path of each request."""

    port: int
    authority: Authority
    failing: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def egress(self, folder: Path, pins: frozenset[tuple[str, str]] = frozenset()) -> Egress:
        """The filter as a session gets it whose repository uses all ecosystems."""
        operator = folder / "operator.pem"
        operator.write_bytes(self.authority.certificate)
        outside = Outside(bundle=operator, folder=folder / "outside")
        outside = outside.with_cooldown(ReleaseAgeRule(before=BEFORE, pins=pins), frozenset(Ecosystem))
        hosts = {host for record in TABLE.values() for host in record.hosts}
        own = frozenset(Destination(host, self.port) for host in hosts)
        return Egress(frozenset(), own=own, resolve=lambda host, port: ["127.0.0.1"], outside=outside)

    def connection(self, egress: Egress, host: str, trusts: Path | None = None) -> HTTPConnection:
        """As a program in a cell connects: through the proxy, trusting what its variables say."""
        plain = socket.create_connection(served(egress), 20)
        plain.sendall(f"CONNECT {host}:{self.port} HTTP/1.1\r\n\r\n".encode())
        answer = plain.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        bundle = trusts or Path(egress.outside.variables()["SSL_CERT_FILE"])
        connection = HTTPConnection(host, self.port)
        connection.sock = ssl.create_default_context(cafile=str(bundle)).wrap_socket(plain, server_hostname=host)
        return connection

    def get(
        self, egress: Egress, host: str, path: str, method: str = "GET", accept: str = "*/*"
    ) -> tuple[int, str, bytes]:
        """Status, type and body."""
        connection = self.connection(egress, host)
        try:
            connection.request(method, path, headers={"Accept": accept})
            answer = connection.getresponse()
            return answer.status, answer.getheader("content-type") or "", answer.read()
        finally:
            connection.close()


@contextmanager
def public_registries() -> Iterator[PublicRegistries]:
    authority = authority_of_this_process.__wrapped__()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.headers["Host"].partition(":")[0]
            registries.asked.append((host, self.command, self.path))
            kind, body = ANSWERS.get((host, self.path), ("application/octet-stream", b"a file"))
            self.send_response(500 if host in registries.failing and kind != "application/octet-stream" else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - its parent's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registries = PublicRegistries(server.server_port, authority)
    context = authority.context("any.example")
    context.sni_callback = lambda end, name, _: setattr(end, "context", authority.context(name or "any.example"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield registries
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


assert set(INDEXES) <= set(TABLE)
