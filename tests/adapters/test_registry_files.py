"""Registries of the operator's for tools that read no variable: by files for the set-up alone, through the gateway."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.egress import Egress
from bot.adapters.git import Mirror
from bot.adapters.outside import Outside, PrivateRegistry
from bot.adapters.registry_settings import SETTINGS
from bot.core.ecosystem_table import Ecosystem
from bot.steps.limits import authorization
from tests.adapters.services import asked
from tests.adapters.set_ups import SetUps
from tests.adapters.small_registry import ALLOWED, PASSWORD, PREFIX, USER, SmallRegistry, a_registry
from tests.git_host import GitHost

CELL = "http://127.0.0.1:8080/registry"
PATHS = {
    Ecosystem.CARGO: "/crates/index/",
    Ecosystem.MAVEN: "/maven",
    Ecosystem.NUGET: "/nuget/index.json",
    Ecosystem.PACKAGIST: "/composer/",
    Ecosystem.HEX: "/hex/",
}


@pytest.fixture
def registry() -> Iterator[SmallRegistry]:
    with a_registry() as served:
        yield served


def outside_with(registry: SmallRegistry) -> Outside:
    allowed = authorization(f"{USER}:{PASSWORD}")
    return Outside(
        registries=tuple(
            PrivateRegistry(ecosystem=each, url=f"{registry.url}{PREFIX}{path}", credential=allowed)
            for each, path in PATHS.items()
        )
    )


def body_of(answer: bytes) -> bytes:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    return body


def test_the_addresses_that_the_tools_are_given(registry: SmallRegistry) -> None:
    urls = {each.ecosystem: each.url_in_cell for each in outside_with(registry).registries}

    assert urls == {
        Ecosystem.CARGO: f"{CELL}/cargo/index/",
        Ecosystem.MAVEN: f"{CELL}/maven/",
        Ecosystem.NUGET: f"{CELL}/nuget/index.json",
        Ecosystem.PACKAGIST: f"{CELL}/packagist/",
        Ecosystem.HEX: f"{CELL}/hex/",
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("cargo/index/config.json", f"{CELL}/cargo/{{crate}}/{{version}}/download"),
        ("nuget/index.json", f"{CELL}/nuget/flat/"),
        ("packagist/packages.json", "/registry/packagist/p2/%package%.json"),
        ("packagist/p2/own/tool.json", f"{CELL}/packagist/dist/own.zip"),
    ],
)
def test_an_index_leads_to_the_gateway(registry: SmallRegistry, path: str, expected: str) -> None:
    """By whole addresses, by paths from the root of the host, and as PHP writes an address in JSON."""
    with Egress(frozenset(), outside=outside_with(registry)) as egress:
        body = body_of(asked(egress, f"GET /registry/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()))

    assert expected in json.dumps(json.loads(body))
    assert {allowed for _, _, allowed in registry.asked} == {True}


def test_cargo_is_asked_for_no_credential_that_the_cell_lacks(registry: SmallRegistry) -> None:
    with Egress(frozenset(), outside=outside_with(registry)) as egress:
        body = body_of(asked(egress, b"GET /registry/cargo/index/config.json HTTP/1.1\r\nHost: x\r\n\r\n"))

    assert json.loads(body)["auth-required"] is False


@pytest.mark.needs("bwrap")
def test_the_files_are_there_for_the_set_up_and_are_not_kept(
    git_host: GitHost, mirror: Mirror, registry: SmallRegistry, tmp_path: Path
) -> None:
    """Nor what a command made of them. No file holds the credential."""
    set_ups = SetUps(git_host, mirror, tmp_path, outside_with(registry))
    names = [path for settings in SETTINGS.values() for path in settings.files]
    lines = [f'cat "$HOME/{name}" >> seen; echo more >> "$HOME/{name}"' for name in names]
    settings = json.dumps({"setup": ["env > seen", *lines, 'touch "$HOME/.m2/kept"']})

    environment = set_ups.provide(set_ups.commit({"x": "x"}), settings)

    assert environment.failure is None, environment.failure
    assert environment.layer is not None
    seen = (environment.layer / "tree/seen").read_text()
    for each in PATHS:
        assert f"{CELL}/{each}" in seen
    assert PASSWORD not in seen
    assert ALLOWED.removeprefix("Basic ") not in seen
    home = environment.layer / "home"
    assert (home / ".m2/kept").exists()
    assert [name for name in names if (home / name).exists()] == []


@pytest.mark.needs("bwrap")
def test_a_link_of_the_set_up_leads_the_host_to_no_other_file(
    git_host: GitHost, mirror: Mirror, registry: SmallRegistry, tmp_path: Path
) -> None:
    """It removes what it wrote, and follows no link for that: neither as the file nor above it."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.toml").write_text("of another")
    set_ups = SetUps(git_host, mirror, tmp_path, outside_with(registry))
    commands = [
        f'rm -r "$HOME/.cargo" && ln -s {other} "$HOME/.cargo"',
        f'ln -sf {other}/config.toml "$HOME/.m2/settings.xml"',
        'rm "$HOME/.composer/config.json" && mkdir "$HOME/.composer/config.json"',
    ]

    set_ups.provide(set_ups.commit({"x": "x"}), json.dumps({"setup": commands}))

    assert (other / "config.toml").read_text() == "of another"


def test_sessions_and_checks_get_no_file_that_needs_a_credential(registry: SmallRegistry) -> None:
    outside = outside_with(registry).without_credentials()

    assert (outside.files(), outside.variables()) == ({}, {})


@pytest.mark.needs("bwrap")
def test_maven_asks_the_gateway(git_host: GitHost, mirror: Mirror, registry: SmallRegistry, tmp_path: Path) -> None:
    """For its plugins too, though it accepts plain http from no other host."""
    if shutil.which("mvn") is None:
        pytest.skip("Maven is not installed here")
    set_ups = SetUps(git_host, mirror, tmp_path, outside_with(registry))
    pom = "<modelVersion>4.0.0</modelVersion><groupId>own</groupId><artifactId>own</artifactId><version>1</version>"

    environment = set_ups.provide(set_ups.commit({"pom.xml": f"<project>{pom}</project>"}))

    assert environment.failure is not None  # this registry has no plugins
    assert [path for _, path, allowed in registry.asked if path.startswith(f"{PREFIX}/maven/org/") and allowed]
    assert environment.refused_hosts == ()
