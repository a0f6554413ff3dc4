"""The filter between a cell and the network, and the attacks on it. Everything runs on this machine's loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.addresses import RefusedRequest
from bot.adapters.egress import Egress
from bot.core.addresses import is_public, may_be_mirror
from bot.core.environment.ecosystems import BUILT_IN
from bot.core.registries import Destination
from tests.adapters.services import Service, a_service, asked, served


@pytest.fixture
def service() -> Iterator[Service]:
    with a_service() as made:
        yield made


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


MIRRORS = ("10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "203.0.113.7", "fd12:3456::1", "::ffff:10.1.2.3")
NO_MIRRORS = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.1.1", "224.0.0.1"),  # noqa: S104
    *("255.255.255.255", "240.0.0.1", "100.100.100.200", "168.63.129.16", "::1", "::", "fe80::1%eth0", "fe80::1"),
    *("fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:0:0:0:0:80ff:fffe", "", "not an address"),
)


def addresses_of(place: Destination, found: str) -> list[str]:
    """Where the filter would connect to for a place on its list that the resolver leads to `found`."""
    made = Egress(frozenset((place,)), resolve=lambda host, port: [found])
    try:
        return made.permitted_addresses(place)
    except RefusedRequest as refused:
        assert str(refused) == f"{place} leads into a private network"
        assert made.refused == (f"{place} (in a private network)",)
        return []


@pytest.mark.parametrize("address", MIRRORS)
def test_a_built_in_registry_may_have_a_mirror_in_the_operators_network(address: str) -> None:
    """The operator's resolver leads there, and the client checks the certificate: no repository chooses the name."""
    assert may_be_mirror(address)
    assert not is_public(address)
    assert all(addresses_of(place, address) == [address] for place in BUILT_IN)


@pytest.mark.parametrize("address", NO_MIRRORS)
def test_a_built_in_registry_is_never_on_this_host_or_its_link(address: str) -> None:
    """Nor a cloud's metadata, a group of hosts, or one of these in the form of IPv6."""
    assert not may_be_mirror(address)
    assert [place for place in BUILT_IN if addresses_of(place, address)] == []


@pytest.mark.parametrize(
    "place",
    [
        Destination("pypi.org", 80),
        Destination("pypi.org", 8443),
        *map(Destination, ("npm.example.org", "files.pypi.org", "xpypi.org", "pypi.org.example.org", "github.com")),
        *map(Destination, ("registry.npmjs.org.internal", "artifactory.example.org", "maven.example.org", "10.1.2.3")),
    ],
    ids=str,
)
@pytest.mark.parametrize("address", ["10.1.2.3", "203.0.113.7", "fd12:3456::1", "127.0.0.1"])
def test_any_other_name_is_refused_in_the_operators_network(place: Destination, address: str) -> None:
    """Another port of a registry, what a repository or its lockfile names, and where an answer leads to."""
    assert addresses_of(place, address) == []


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
