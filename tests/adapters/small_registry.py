"""A small package registry on loopback, as PyPI and npm answer: it asks for a password, and notes who asks."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PASSWORD = "a password of the registry"
USER = "operator"
ALLOWED = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
PREFIX = "/own"


@dataclass(slots=True)
class SmallRegistry:
    """`url`: of its root; `asked`: each request's method, path and whether it was allowed."""

    url: str
    asked: list[tuple[str, str, bool]] = field(default_factory=list)

    @property
    def pypi(self) -> str:
        return f"{self.url}{PREFIX}/simple/"

    @property
    def npm(self) -> str:
        return f"{self.url}{PREFIX}/npm/"


def wheel(name: str, version: str, code: str) -> bytes:
    content = io.BytesIO()
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(content, "w") as made:
        made.writestr(f"{name}.py", code)
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        made.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return content.getvalue()


def tarball(name: str, version: str, code: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as made:
        files = {"package.json": json.dumps({"name": name, "version": version, "main": "index.js"}), "index.js": code}
        for path, text in files.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size = len(text.encode())
            made.addfile(entry, io.BytesIO(text.encode()))
    return content.getvalue()


def _heads(own: str) -> dict[str, tuple[str, bytes]]:
    """What says where the rest of an index is, as Cargo's, NuGet's and Composer's registries send it."""
    crates = {"dl": f"{own}/crates/{{crate}}/{{version}}/download", "api": own, "auth-required": True}
    services = {"version": "3.0.0", "resources": [{"@id": f"{own}/nuget/flat/", "@type": "PackageBaseAddress/3.0.0"}]}
    packages = {"packages": [], "metadata-url": f"{PREFIX}/composer/p2/%package%.json"}
    dist = json.dumps({"packages": {"own/tool": [{"dist": {"url": f"{own}/composer/dist/own.zip"}}]}})
    return {
        f"{PREFIX}/crates/index/config.json": ("text/plain", json.dumps(crates).encode()),
        f"{PREFIX}/nuget/index.json": ("application/json", json.dumps(services).encode()),
        f"{PREFIX}/composer/packages.json": ("application/json", json.dumps(packages).encode()),
        f"{PREFIX}/composer/p2/own/tool.json": ("application/json", dist.replace("/", "\\/").encode()),
        f"{PREFIX}/maven/own/1/own-1.pom": ("text/xml", b"<project/>"),
    }


def _answers(url: str) -> dict[str, tuple[str, bytes]]:
    made, packed = wheel("inner", "1.2", "WORD = 'inner'\n"), tarball("inner", "1.2.0", "module.exports = 'inner'")
    digest = hashlib.sha256(made).hexdigest()
    index = f'<a href="{PREFIX}/files/inner-1.2-py3-none-any.whl#sha256={digest}">inner-1.2-py3-none-any.whl</a>'
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
    version = {
        "name": "inner",
        "version": "1.2.0",
        "dist": {"tarball": f"{url}{PREFIX}/npm/inner/-/inner-1.2.0.tgz", "integrity": integrity},
    }
    document: dict[str, Any] = {"name": "inner", "dist-tags": {"latest": "1.2.0"}, "versions": {"1.2.0": version}}
    document["time"] = {"1.2.0": "2020-01-01T00:00:00.000Z"}
    return {
        f"{PREFIX}/simple/inner/": ("text/html", index.encode()),
        f"{PREFIX}/files/inner-1.2-py3-none-any.whl": ("application/octet-stream", made),
        f"{PREFIX}/npm/inner": ("application/json", json.dumps(document).encode()),
        f"{PREFIX}/npm/inner/-/inner-1.2.0.tgz": ("application/octet-stream", packed),
        **_heads(f"{url}{PREFIX}"),
        "/secrets": ("text/plain", b"of another team"),
    }


@contextmanager
def a_registry() -> Iterator[SmallRegistry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers.get("Authorization") == ALLOWED
            registry.asked.append((self.command, self.path, allowed))
            kind, content = answers.get(self.path.partition("?")[0], ("", b"")) if allowed else ("", b"")
            self.send_response(200 if kind else 404 if allowed else 401)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 - its parent's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry = SmallRegistry(f"http://127.0.0.1:{server.server_port}")
    answers = _answers(registry.url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
