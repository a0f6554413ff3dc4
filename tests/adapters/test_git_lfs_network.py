"""Contents under Git LFS lie on other hosts: they come through the operator's proxy, by the operator's authority."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.adapters.git import Mirror
from bot.adapters.git.lfs_server import LfsServer
from bot.adapters.git.lfs_store import LfsStore
from bot.adapters.git.refusals import NotReached
from bot.adapters.outside import Outside, Proxy, basic, write_bundle
from bot.core.lfs import Pointer

CONTENT = b"large\n" * 500
POINTER = Pointer(hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
MEDIA = "media.example.org"
USER, PASSWORD = "op erator", "a p@ss:word"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """One that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Operator's authority")])
    names: list[x509.GeneralName] = [x509.DNSName(MEDIA), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    there, secret = folder / "authority.pem", folder / "key.pem"
    there.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return there, secret


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
        """Nothing is printed."""

    def answer(self, content: bytes) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@dataclass(slots=True)
class Network:
    """`url`: of the repository; `proxy`: its port; `tunnels`: what it was asked for, each with its credential."""

    url: str = ""
    proxy: int = 0
    authority: Path = Path()
    tunnels: list[tuple[str, str]] = field(default_factory=list)


def media() -> type[BaseHTTPRequestHandler]:
    class Media(Quiet):
        def do_GET(self) -> None:
            self.answer(CONTENT)

    return Media


def batch(href: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Batch(Quiet):
        def do_POST(self) -> None:
            action = {"download": {"href": href()}}
            self.answer(json.dumps({"objects": [{"oid": POINTER.oid, "size": 1, "actions": action}]}).encode())

    return Batch


def tunnel(network: Network, port: int) -> type[BaseHTTPRequestHandler]:
    """A proxy for which every name is that port of this machine."""

    class Tunnel(Quiet):
        def do_CONNECT(self) -> None:
            network.tunnels.append((self.path, self.headers.get("Proxy-Authorization") or ""))
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            with socket.create_connection(("127.0.0.1", port)) as there:
                back = threading.Thread(target=pump, args=(there, self.connection))
                back.start()
                pump(self.connection, there)
                back.join()
            self.close_connection = True

    return Tunnel


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    authority, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, key)
    made = Network(authority=authority)
    with ExitStack() as opened:
        port = opened.enter_context(serving(media(), context))
        made.proxy = opened.enter_context(serving(tunnel(made, port)))
        batches = opened.enter_context(serving(batch(lambda: f"https://{MEDIA}/object")))
        made.url = f"http://127.0.0.1:{batches}/octo/tools.git"
        yield made


def download(network: Network, outside: Outside, folder: Path) -> list[Pointer]:
    return LfsServer(url=network.url, credentials=None, outside=outside).download([POINTER], LfsStore(folder / "lfs"))


def test_contents_come_through_the_proxy_and_by_the_operators_authority(network: Network, tmp_path: Path) -> None:
    """The repository's own host is asked directly, as git asks it. The proxy's credential is in no representation."""
    credential = basic(f"{USER}:{PASSWORD}")
    proxy = Proxy(host="127.0.0.1", port=network.proxy, credential=credential)
    outside = Outside(proxy=proxy, bundle=write_bundle(network.authority, tmp_path / "outside"))

    assert download(network, outside, tmp_path) == []

    assert LfsStore(tmp_path / "lfs").path(POINTER.oid).read_bytes() == CONTENT
    assert network.tunnels == [(f"{MEDIA}:443", credential)]
    assert PASSWORD not in repr(outside)


def test_an_authority_that_is_not_the_operators_is_not_trusted(network: Network, tmp_path: Path) -> None:
    outside = Outside(proxy=Proxy(host="127.0.0.1", port=network.proxy))

    with pytest.raises(NotReached, match="did not answer"):
        download(network, outside, tmp_path)

    assert network.tunnels == [(f"{MEDIA}:443", "")]


def test_a_mirror_hands_it_on(tmp_path: Path) -> None:
    outside = Outside(proxy=Proxy(host="127.0.0.1", port=3128))

    assert (
        Mirror(tmp_path / "m.git", "https://github.com/octo/tools.git", outside=outside).large_files.outside is outside
    )
