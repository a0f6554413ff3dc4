"""The connection that the filter of egress opens: what is passed on to a registry, and what never is."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.public_registries import PublicRegistries, public_registries
from tests.adapters.services import asked


@pytest.fixture(scope="module")
def running() -> Iterator[PublicRegistries]:
    with public_registries() as made:
        yield made


@pytest.fixture
def registries(running: PublicRegistries) -> PublicRegistries:
    running.asked.clear()
    running.failing.clear()
    return running


@pytest.mark.parametrize(
    "path",
    [
        "//own/-/own-2.0.0.tgz",
        "/own//-/own-2.0.0.tgz",
        "/x/../own/-/own-2.0.0.tgz",
        "/./own/-/own-2.0.0.tgz",
        "/x/%2e%2e/own/-/own-2.0.0.tgz",
        "/own/-/own-2.0.0%252etgz",
        "/own\\-\\own-2.0.0.tgz",
        "/own/-/own-2.0.0.tgz;x",
        "/own/-/%2e/own-2.0.0.tgz",
    ],
)
def test_a_path_that_two_programs_may_read_in_two_ways_is_refused(
    registries: PublicRegistries, tmp_path: Path, path: str
) -> None:
    with registries.egress(tmp_path) as egress:
        assert registries.get(egress, "registry.npmjs.org", path)[0] == 400
    assert registries.asked == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_registry_is_only_read_from(registries: PublicRegistries, tmp_path: Path, method: str) -> None:
    """Nothing that the session knows can be sent there in a body."""
    with registries.egress(tmp_path) as egress:
        connection = registries.connection(egress, "registry.npmjs.org")
        connection.request(method, "/-/npm/v1/security/audits", body=b"secrets")
        answer = connection.getresponse()
        assert (answer.status, b"only read from" in answer.read()) == (405, True)
        connection.request("GET", "/own")
        assert connection.getresponse().status == 200
        connection.close()

    assert {method for _, method, _ in registries.asked} == {"GET"}


def test_several_requests_use_one_connection(registries: PublicRegistries, tmp_path: Path) -> None:
    with registries.egress(tmp_path) as egress:
        connection = registries.connection(egress, "registry.npmjs.org")
        found = []
        for path in ("/own", "/own/-/own-2.0.0.tgz", "/own/-/own-1.0.0.tgz"):
            connection.request("GET", path)
            answer = connection.getresponse()
            found.append((answer.status, len(answer.read()) > 0))
        connection.close()

    assert found == [(200, True), (403, True), (200, True)]


def test_no_age_is_asked_for_twice(registries: PublicRegistries, tmp_path: Path) -> None:
    with registries.egress(tmp_path) as egress:
        for _ in range(3):
            registries.get(egress, "static.crates.io", "/crates/own/1.0.0/download")

    assert registries.asked.count(("index.crates.io", "GET", "/3/o/own")) == 1


def test_a_program_that_does_not_trust_the_authority_reaches_nothing(
    registries: PublicRegistries, tmp_path: Path
) -> None:
    """To leave the variables out opens no other way."""
    with registries.egress(tmp_path) as egress, pytest.raises(ssl.SSLCertVerificationError):
        registries.connection(egress, "pypi.org", trusts=tmp_path / "operator.pem")
    assert registries.asked == []


def test_hosts_that_are_not_on_the_list_stay_closed(registries: PublicRegistries, tmp_path: Path) -> None:
    """Also those of the table, where the repository does not use their ecosystem."""
    with registries.egress(tmp_path) as egress:
        egress.own = frozenset()
        answer = asked(egress, f"CONNECT pypi.org:{registries.port} HTTP/1.1\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 403 ")


def test_the_name_of_an_index_must_not_lead_into_the_hosts_network(
    registries: PublicRegistries, tmp_path: Path
) -> None:
    with registries.egress(tmp_path) as egress:
        egress.allowed, egress.own = egress.own, frozenset()
        status, _, words = registries.get(egress, "pypi.org", "/simple/own-tool/")

    assert (status, b"private network" in words) == (403, True)
    assert registries.asked == []


def test_a_host_that_is_not_what_it_says_is_not_passed_on(registries: PublicRegistries, tmp_path: Path) -> None:
    """Its certificate has to be of an authority that the operator trusts: here it is of another one."""
    with registries.egress(tmp_path) as egress:
        cooldown = egress.outside.cooldown
        assert cooldown is not None
        cooldown.bundle.write_bytes(cooldown.authority.certificate)
        status, _, words = registries.get(egress, "pypi.org", "/simple/own-tool/")

    assert (status, b"cannot be asked" in words) == (502, True)
    assert registries.asked == []
