"""The filter between a cell and the network, seen from inside a cell. Everything runs on this machine's loopback."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.egress import Egress
from bot.adapters.process import Completed
from bot.core.registries import Destination
from tests.adapters.cells import PYTHON, a_cell, inside
from tests.adapters.services import Service, a_service


@pytest.fixture
def service() -> Iterator[Service]:
    with a_service() as made:
        yield made


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
