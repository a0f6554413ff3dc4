"""A private registry is asked by the host, with a credential that no cell holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.egress import Egress
from bot.adapters.git import Mirror
from bot.adapters.outside import Outside, PrivateRegistry
from bot.core.ecosystem_table import Ecosystem
from bot.steps.limits import authorization
from tests.adapters.services import asked
from tests.adapters.set_ups import SetUps
from tests.adapters.small_registry import PASSWORD, PREFIX, USER, SmallRegistry, a_registry
from tests.git_host import GitHost


@pytest.fixture
def registry() -> Iterator[SmallRegistry]:
    with a_registry() as served:
        yield served


def outside_with(registry: SmallRegistry, credential: str = f"{USER}:{PASSWORD}") -> Outside:
    allowed = authorization(credential)
    return Outside(
        registries=(
            PrivateRegistry(ecosystem=Ecosystem.PYPI, url=registry.pypi, credential=allowed),
            PrivateRegistry(ecosystem=Ecosystem.NPM, url=registry.npm, credential=allowed),
        )
    )


def test_pip_installs_from_a_private_registry(
    git_host: GitHost, mirror: Mirror, registry: SmallRegistry, tmp_path: Path
) -> None:
    """By the repository's own requirements, into the environment that is first in PATH. What was installed without a
    lockfile is on record."""
    set_ups = SetUps(git_host, mirror, tmp_path, outside_with(registry))

    environment = set_ups.provide(set_ups.commit({"requirements.txt": "inner\n"}))

    assert environment.failure is None, environment.failure
    assert environment.packages == ("inner==1.2",)
    assert environment.path == ("/run/nightshift/python/bin",)
    assert [step.command.reason for step in environment.steps] == ["requirements.txt"] * 2
    assert environment.layer is not None
    assert len(list(environment.layer.glob("python/lib/python3*/site-packages/inner.py"))) == 1
    assert {allowed for _, _, allowed in registry.asked} == {True}


def test_npm_installs_from_a_private_registry(
    git_host: GitHost, mirror: Mirror, registry: SmallRegistry, tmp_path: Path
) -> None:
    """Without a lockfile, and writes none. The tarballs' addresses in its answers lead to the gateway, too."""
    set_ups = SetUps(git_host, mirror, tmp_path, outside_with(registry))
    package = {"name": "outer", "version": "1.0.0", "dependencies": {"inner": "^1.0.0"}}

    environment = set_ups.provide(set_ups.commit({"package.json": json.dumps(package)}))

    assert environment.failure is None, environment.failure
    assert environment.packages == ("inner==1.2.0",)
    assert environment.created == ("node_modules",)
    assert environment.layer is not None
    assert (environment.layer / "tree/node_modules/inner/index.js").read_text() == "module.exports = 'inner'"


def test_npm_installs_what_a_lockfile_names_by_the_registrys_own_address(
    git_host: GitHost, mirror: Mirror, registry: SmallRegistry, tmp_path: Path
) -> None:
    set_ups = SetUps(git_host, mirror, tmp_path, outside_with(registry))
    package = {"name": "outer", "version": "1.0.0", "dependencies": {"inner": "1.2.0"}}
    inner = {"version": "1.2.0", "resolved": f"{registry.npm}inner/-/inner-1.2.0.tgz"}
    lock = {"name": "outer", "lockfileVersion": 3, "packages": {"": package, "node_modules/inner": inner}}

    files = {"package.json": json.dumps(package), "package-lock.json": json.dumps(lock)}
    environment = set_ups.provide(set_ups.commit(files))

    assert environment.failure is None, environment.failure
    assert environment.packages == ()
    assert ("GET", f"{PREFIX}/npm/inner/-/inner-1.2.0.tgz", True) in registry.asked


def test_no_cell_gets_the_credential(
    git_host: GitHost, mirror: Mirror, registry: SmallRegistry, tmp_path: Path
) -> None:
    """Not by its environment, its files, its processes, nor by what the gateway answers."""
    set_ups = SetUps(git_host, mirror, tmp_path, outside_with(registry))
    script = """
        { env; cat /proc/*/environ /proc/*/cmdline; cat ~/.npmrc ~/.config/pip/pip.conf; } > seen 2>&1 || true
        python3 - >> seen 2>&1 <<'END' || true
import urllib.request
for path in ("simple/inner/", "simple/", "../secrets", "%2e%2e/secrets", "simple/..%2f..%2fsecrets"):
    request = urllib.request.Request("http://127.0.0.1:8080/registry/pypi/" + path, headers={"Authorization": "mine"})
    try:
        answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
        print(path, answer.status, answer.headers, answer.read())
    except Exception as error:
        print(path, error)
END
    """

    environment = set_ups.provide(set_ups.commit({"look.sh": script}), "setup: ['bash look.sh']\n")

    assert environment.layer is not None
    seen = (environment.layer / "tree/seen").read_text(errors="replace")
    assert "simple/inner/ 200" in seen
    for word in (PASSWORD, authorization(f"{USER}:{PASSWORD}").removeprefix("Basic "), "another team"):
        assert word not in seen
    assert {path for _, path, _ in registry.asked} <= {f"{PREFIX}/simple/inner/", f"{PREFIX}/simple/"}


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("PUT /registry/npm/inner", "405 Method Not Allowed"),
        ("POST /registry/npm/-/npm/v1/security/audits", "405 Method Not Allowed"),
        ("DELETE /registry/pypi/simple/inner/", "405 Method Not Allowed"),
        ("GET /registry/pypi/../secrets", "400 Bad Request"),
        ("GET /registry/pypi/simple/%2e%2e/%2E%2e/secrets", "400 Bad Request"),
        ("GET /registry/pypi/simple/..\\..\\secrets", "400 Bad Request"),
        ("GET /registry/cargo/config.json", "404 Not Found"),
        ("GET /registry/pypiother", "404 Not Found"),
        ("GET /secrets", "405 Method Not Allowed"),
    ],
)
def test_the_gateway_reads_below_its_address_only(registry: SmallRegistry, request_line: str, status: str) -> None:
    with Egress(frozenset(), outside=outside_with(registry)) as egress:
        answer = asked(egress, f"{request_line} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert answer.startswith(f"HTTP/1.1 {status}\r\n".encode())
    assert registry.asked == []


def test_sessions_and_checks_do_not_reach_what_needs_a_credential(registry: SmallRegistry) -> None:
    """Code of a change runs there: it could put a private package into a public pull request."""
    outside = outside_with(registry).without_credentials()

    assert outside.variables() == {}
    with Egress(frozenset(), outside=outside) as egress:
        answer = asked(egress, b"GET /registry/pypi/simple/inner/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert registry.asked == []


def test_a_mirror_without_a_credential_is_for_sessions_too(registry: SmallRegistry) -> None:
    outside = outside_with(registry, credential="").without_credentials()

    assert outside.variables()["PIP_INDEX_URL"] == "http://127.0.0.1:8080/registry/pypi/simple/"
    assert outside.variables()["npm_config_registry"] == "http://127.0.0.1:8080/registry/npm/"


def test_neither_settings_nor_values_show_a_credential(registry: SmallRegistry) -> None:
    assert PASSWORD not in repr(outside_with(registry))
    assert authorization(f"{USER}:{PASSWORD}") not in repr(outside_with(registry))
