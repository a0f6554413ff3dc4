"""The filter between a cell and the network, and the attacks on it. Everything runs on this machine's loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.adapters.egress import Egress, is_public
from bot.adapters.process import Completed
from bot.core.registries import Destination
from tests.adapters.cells import PYTHON, a_cell, inside


@dataclass
class Service:
    """A service on the host's loopback, and what it was asked."""

    place: Destination
    asked: list[str] = field(default_factory=list)


@contextmanager
def a_service() -> Iterator[Service]:
    service = Service(Destination("127.0.0.1", 0))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.asked.append(f"{self.path} {dict(self.headers)}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"reached")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.place = Destination("127.0.0.1", server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def service() -> Iterator[Service]:
    with a_service() as made:
        yield made


def served(egress: Egress) -> tuple[str, int]:
    """The address of a socket that the filter serves, as a cell would have handed it over."""
    listener = socket.create_server(("127.0.0.1", 0))
    egress.serve(listener)
    host, port = listener.getsockname()
    return host, port


def asked(egress: Egress, request: bytes) -> bytes:
    """What the filter answers, until it closes."""
    with socket.create_connection(served(egress)) as client:
        client.settimeout(20)
        client.sendall(request)
        answer = b""
        while received := client.recv(4096):
            answer += received
        return answer


def get(place: Destination, path: str = "/") -> bytes:
    return f"GET http://{place}{path} HTTP/1.1\r\nHost: elsewhere\r\nProxy-Authorization: x\r\n\r\n".encode()


def connect(place: Destination) -> bytes:
    return f"CONNECT {place} HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n".encode()


@pytest.mark.parametrize("request_for", [get, connect])
def test_what_the_operator_configured_is_reached_also_on_loopback(
    tmp_path: Path, service: Service, request_for: object
) -> None:
    """Plain and through a tunnel; nothing that was meant for the proxy goes on to the server."""
    with Egress(frozenset(), own=frozenset((service.place,))) as egress:
        answer = asked(egress, request_for(service.place))  # type: ignore[operator]

    assert answer.endswith(b"reached")
    assert "elsewhere" not in service.asked[0]
    assert "Proxy-Authorization" not in service.asked[0]
    assert egress.refused == ()


@pytest.mark.parametrize("request_for", [get, connect])
def test_what_is_not_on_the_list_is_refused_and_noted_once(
    tmp_path: Path, service: Service, request_for: object
) -> None:
    with Egress(frozenset((Destination("pypi.org"),))) as egress:
        answers = [asked(egress, request_for(service.place)) for _ in range(2)]  # type: ignore[operator]

    assert all(answer.startswith(b"HTTP/1.1 403 ") for answer in answers)
    assert str(service.place).encode() in answers[0]
    assert (service.asked, egress.refused) == ([], (str(service.place),))


def test_another_port_of_an_allowed_host_is_another_place(tmp_path: Path, service: Service) -> None:
    other = replace(service.place, port=service.place.port ^ 1)
    with Egress(frozenset(), own=frozenset((other,))) as egress:
        assert asked(egress, connect(service.place)).startswith(b"HTTP/1.1 403 ")


def test_a_name_that_leads_into_the_host_is_refused_though_it_is_on_the_list(tmp_path: Path, service: Service) -> None:
    """The owner of a name decides where it resolves to: a registry's name must not open the host's network."""
    listed = Destination("registry.example", service.place.port)
    with Egress(frozenset((listed,)), resolve=lambda host, port: ["127.0.0.1"]) as egress:
        answer = asked(egress, connect(listed))

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert (service.asked, egress.refused) == ([], (f"{listed} (in a private network)",))


def test_a_name_is_resolved_once(tmp_path: Path, service: Service) -> None:
    """The address that was checked is the one that is connected to: a second answer of the name's owner comes late."""
    answers = iter([["192.0.2.1", "127.0.0.1"]])
    listed = Destination("registry.example", service.place.port)
    with Egress(frozenset((listed,)), resolve=lambda host, port: next(answers)) as egress:
        asked(egress, connect(listed))

    assert service.asked == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
        *("::1", "fe80::1%eth0", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "224.0.0.1", "255.255.255.255", "ff02::1", "::", "not an address"),
    ],
)
def test_no_address_of_a_private_network_is_public(address: str) -> None:
    """Loopback, private ranges, a cloud's metadata, and each of them wrapped in IPv6."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["151.101.1.6", "2a04:4e42::223", "::ffff:151.101.1.6"])
def test_addresses_of_registries_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "request_",
    [
        b"POST http://127.0.0.1:1/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT 127.0.0.1 HTTP/1.1\r\n\r\n",
        b"CONNECT 127.0.0.1:99999 HTTP/1.1\r\n\r\n",
        b"CONNECT a b:443 HTTP/1.1\r\n\r\n",
        b"CONNECT [::1:443 HTTP/1.1\r\n\r\n",
        b"GET http://user@:80/ HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x00\xff\r\n\r\n",
        b"\r\n\r\n",
        b"A" * 70_000,
    ],
)
def test_what_is_no_request_to_a_proxy_gets_an_answer_and_nothing_else(tmp_path: Path, request_: bytes) -> None:
    with Egress(frozenset()) as egress:
        assert asked(egress, request_).startswith(b"HTTP/1.1 4")


def test_headers_cannot_carry_a_second_request(tmp_path: Path, service: Service) -> None:
    """One GET goes out, for the host that was checked, without a body."""
    smuggled = "Content-Length: 40\r\nX: a\rb\r\n folded\r\nTransfer-Encoding: chunked"
    head = f"GET http://{service.place}/one HTTP/1.1\r\n{smuggled}"
    with Egress(frozenset(), own=frozenset((service.place,))) as egress:
        asked(egress, f"{head}\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    (only,) = service.asked
    assert only.startswith("/one ")
    assert not any(word in only for word in ("Content-Length", "Transfer-Encoding", "folded", "X'"))


def test_when_it_ends_so_do_its_connections(tmp_path: Path, service: Service) -> None:
    with socket.socket() as client:
        with Egress(frozenset(), own=frozenset((service.place,))) as egress:
            client.connect(served(egress))
            client.sendall(f"CONNECT {service.place} HTTP/1.1\r\n\r\n".encode())
            client.settimeout(20)
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")

        assert client.recv(100) == b""


# -- from inside a cell

FETCH = """
import json, sys, urllib.request
def ask(url, **proxies):
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler(proxies)] if proxies else []))
    try:
        return opener.open(url, timeout=20).read().decode()
    except Exception as error:
        return str(error)
print(json.dumps([ask(url) for url in sys.argv[1:]]))
"""


def within(folder: Path, script: str, *arguments: str, egress: Egress | None = None) -> Completed:
    """Run Python in a cell whose network ends in the filter."""
    command = [PYTHON, "-I", "-S", "-c", script, *arguments]
    return inside(a_cell(folder), command, {"PATH": "/usr/bin:/bin"}, egress=egress)


@pytest.mark.needs("bwrap")
def test_a_cell_reaches_what_is_listed_and_nothing_else(tmp_path: Path, service: Service) -> None:
    """Through the filter only; another service of the host neither directly nor through it."""
    listed = Destination("registry.example", service.place.port)
    resolve = {"registry.example": ["127.0.0.1"]}.__getitem__
    with (
        a_service() as other,
        Egress(frozenset(), own=frozenset((listed,)), resolve=lambda host, port: resolve(host)) as egress,
    ):
        urls = (f"http://{listed}/", f"http://{other.place}/", "http://registry.example/")
        done = within(tmp_path, FETCH, *urls, egress=egress)

    assert done.code == 0, done.stderr
    reached, direct, refused = json.loads(done.stdout)
    assert reached == "reached"
    assert "refused" in direct
    assert "403" in refused
    assert (other.asked, egress.refused) == ([], ("registry.example:80",))


@pytest.mark.needs("bwrap")
def test_a_cell_has_only_its_own_loopback(tmp_path: Path, service: Service) -> None:
    """No interface, no route, no name server, no abstract socket of the host: every way around the filter is closed."""
    script = f"""
import socket
def tried(family, address):
    try:
        with socket.socket(family) as attempt:
            attempt.settimeout(5)
            attempt.connect(address)
        return "open"
    except OSError:
        return "closed"
inet, unix = socket.AF_INET, socket.AF_UNIX
print(*(tried(*way) for way in (
    (inet, {(service.place.host, service.place.port)!r}), (inet, ("169.254.169.254", 80)), (inet, ("192.0.2.1", 53)),
    (socket.AF_INET6, ("2001:db8::1", 443)), (unix, "\\0nightshift-test"), (unix, "/run/dbus/system_bus_socket"))))
print(*(name for _, name in socket.if_nameindex()))
"""
    with socket.socket(socket.AF_UNIX) as abstract, Egress(frozenset()) as egress:
        abstract.bind("\0nightshift-test")
        abstract.listen()
        done = within(tmp_path, script, egress=egress)

    ways, interfaces = done.stdout.decode().splitlines()
    assert set(ways.split()) == {"closed"}
    assert interfaces == "lo"


@pytest.mark.needs("bwrap")
def test_a_cell_without_a_way_out_runs_all_the_same(tmp_path: Path) -> None:
    """As for what the host runs on a workspace afterwards."""
    done = within(tmp_path, "import os; print(os.environ.get('HTTPS_PROXY') is not None)")

    assert (done.code, done.stdout) == (0, b"False\n")


@pytest.mark.needs("bwrap")
def test_signals_and_exit_codes_are_the_commands_own(tmp_path: Path) -> None:

    assert within(tmp_path, "raise SystemExit(7)").code == 7
    assert within(tmp_path, "import os; os.kill(os.getpid(), 9)").code == 137


@pytest.mark.needs("bwrap")
def test_nothing_in_the_cell_stands_between_it_and_the_filter(tmp_path: Path, service: Service) -> None:
    """The host itself listens there: no process of the cell could be stopped or replaced, and the place is taken."""
    script = """
import os, socket, sys, urllib.request
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) not in (1, os.getpid()):
        os.kill(int(pid), 9)
proxy = os.environ["http_proxy"].rpartition(":")[2]
for options in ((), (socket.SO_REUSEADDR,), (socket.SO_REUSEPORT,), (socket.SO_REUSEADDR, socket.SO_REUSEPORT)):
    with socket.socket() as taker:
        for option in options:
            taker.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            taker.bind(("127.0.0.1", int(proxy)))
            taker.listen()
            print("taken")
        except OSError:
            pass
opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": os.environ["http_proxy"]}))
os.environ.pop("no_proxy"), os.environ.pop("NO_PROXY")
print(opener.open(sys.argv[1], timeout=20).read().decode())
"""
    with Egress(frozenset(), own=frozenset((service.place,))) as egress:
        done = within(tmp_path, script, f"http://{service.place}/", egress=egress)

    assert done.stdout.decode().split() == ["reached"], done.stderr
