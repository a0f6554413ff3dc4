"""Set-up against the real registries, and through an operator's proxy and certificate authority."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.adapters.egress import Egress
from bot.adapters.git import Mirror
from bot.adapters.outside import Outside, Proxy, find_bundle, write_bundle
from bot.core.registries import Destination
from tests.accepting import serve_each
from tests.adapters.real_registries import HOSTS, can_be_reached, real
from tests.adapters.services import a_service, asked
from tests.adapters.set_ups import SetUps
from tests.git_host import GitHost

pytestmark = pytest.mark.needs("bwrap")


def test_a_real_python_and_a_real_npm_project(git_host: GitHost, mirror: Mirror, tmp_path: Path) -> None:
    """The project itself, its extra for tests, what a lockfile pins, and a package of npm: with one set-up."""
    if not can_be_reached(*HOSTS):
        pytest.skip("neither PyPI nor npm's registry can be reached from here")
    set_ups = SetUps(git_host, mirror, tmp_path, real(tmp_path))
    project = (
        '[project]\nname = "own"\nversion = "1"\ndescription = "Own"\n[project.optional-dependencies]\ntest = ["six"]\n'
    )
    backend = '[build-system]\nrequires = ["flit_core<4"]\nbuild-backend = "flit_core.buildapi"\n'
    files = {
        "pyproject.toml": f"{project}{backend}",
        "own.py": '"""Own."""\n',
        "package.json": json.dumps({"name": "n", "version": "1.0.0", "dependencies": {"is-number": "^7.0.0"}}),
    }

    environment = set_ups.provide(set_ups.commit(files))

    assert environment.failure is None, environment.failure
    assert [step.command.text for step in environment.steps] == [
        'python3 -m venv "$VIRTUAL_ENV"',
        "python -m pip install -e '.[test]'",
        "npm install --no-package-lock --no-audit --no-fund",
    ]
    named = {package.partition("==")[0] for package in environment.packages}
    assert named == {"six", "is-number"}
    assert environment.created == ("node_modules",)
    assert not environment.reads_sources
    assert environment.refused_hosts == ()


@contextmanager
def a_proxy(allowed: str) -> Iterator[tuple[int, list[str]]]:
    """A proxy that asks for a password and connects every name to the service behind it; yields its port and what it
    was asked."""
    heads: list[str] = []
    with a_service() as behind, socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(client: socket.socket) -> None:
            head = client.recv(4096).decode()
            heads.append(head)
            if f"Proxy-Authorization: {allowed}" not in head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with socket.create_connection((behind.place.host, behind.place.port)) as there:
                there.sendall(client.recv(4096))
                while piece := there.recv(4096):
                    client.sendall(piece)

        with serve_each(listener, serve):
            yield listener.getsockname()[1], heads


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(host: str) -> bytes:
    return f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def test_connections_go_through_the_operators_proxy() -> None:
    """By the name, which this host may not be able to resolve; with the password that no cell has."""
    listed = Destination("mirror.example.org")

    def unresolved(host: str, port: int) -> list[str]:
        raise OSError(f"no address of {host}:{port}")

    with a_proxy("Basic YTpi") as (port, heads):
        outside = Outside(proxy=Proxy.of(f"http://a:b@127.0.0.1:{port}"))
        with Egress(frozenset((listed,)), resolve=unresolved, outside=outside) as egress:
            answer = asked(egress, connect("mirror.example.org") + GET)
            other = asked(egress, connect("evil.example"))

    assert answer.endswith(b"reached")
    assert [head.split("\r\n")[0] for head in heads] == ["CONNECT mirror.example.org:443 HTTP/1.1"]
    assert other.startswith(b"HTTP/1.1 403 ")


def test_the_proxy_leads_to_no_private_network_that_this_host_knows_of() -> None:
    """A repository's lockfile could name a host of the operator's own."""
    listed = Destination("inside.example.org")
    with a_proxy("Basic YTpi") as (port, heads):
        outside = Outside(proxy=Proxy.of(f"http://a:b@127.0.0.1:{port}"))
        with Egress(frozenset((listed,)), resolve=lambda host, port: ["10.0.0.1"], outside=outside) as egress:
            assert asked(egress, connect("inside.example.org")).startswith(b"HTTP/1.1 403 ")

    assert heads == []


def test_a_proxy_that_refuses_is_no_way_out() -> None:
    with a_proxy("Basic other") as (port, _):
        outside = Outside(proxy=Proxy.of(f"http://a:b@127.0.0.1:{port}"), own=frozenset())
        with Egress(
            frozenset((Destination("pypi.org"),)), resolve=lambda host, port: ["151.101.0.223"], outside=outside
        ) as egress:
            answer = asked(egress, connect("pypi.org"))

    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"the proxy answered 407" in answer


def test_the_authorities_of_cells_are_the_systems_and_the_operators(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_text("-----BEGIN CERTIFICATE-----\nof the operator\n-----END CERTIFICATE-----\n")

    bundle = write_bundle(own, tmp_path / "outside")

    assert "of the operator" in bundle.read_text()
    assert bundle.stat().st_mode & 0o777 == 0o644
    variables = Outside(bundle=bundle).variables()
    assert {variables[name] for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "PIP_CERT")} == {str(bundle)}
    assert Outside(bundle=bundle).readable == (bundle.parent,)


def test_without_a_setting_cells_trust_what_the_system_trusts(tmp_path: Path) -> None:
    """By the variables of the programs that bring a separate list; what is in /etc needs no folder."""
    bundle = find_bundle(None, tmp_path / "outside")

    assert bundle is not None
    assert "-----BEGIN CERTIFICATE-----" in bundle.read_text()
    outside = Outside(bundle=bundle)
    assert outside.readable == ()
    assert not (tmp_path / "outside").exists()
    named = outside.variables()
    for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "npm_config_cafile", "CARGO_HTTP_CAINFO"):
        assert named[name] == str(bundle)
