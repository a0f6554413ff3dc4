"""Which registries a repository's set-up reaches, and how young versions stay out of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.ecosystem_table import TABLE, Ecosystem
from bot.core.environment.cooldown import cooldown_options, cooldown_variables, hex_cooldown, is_pinned
from bot.core.environment.ecosystems import ecosystems, hosts
from bot.core.registries import Destination

NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("package.json", "npm"),
        ("web/pnpm-lock.yaml", "npm"),
        ("bun.lock", "npm"),
        ("pyproject.toml", "pypi"),
        ("requirements.txt", "pypi"),
        ("requirements-dev.txt", "pypi"),
        ("dev_requirements.in", "pypi"),
        ("Pipfile", "pypi"),
        ("setup.cfg", "pypi"),
        ("tests/test_clock.py", "pypi"),
        ("go.mod", "go"),
        ("crates/a/Cargo.toml", "cargo"),
        ("Gemfile", "rubygems"),
        ("own.gemspec", "rubygems"),
        ("composer.json", "packagist"),
        ("pom.xml", "maven"),
        ("build.gradle.kts", "maven"),
        ("src/a.csproj", "nuget"),
        ("mix.exs", "hex"),
        ("deno.jsonc", "deno"),
    ],
)
def test_each_manifest_opens_its_registries(path: str, expected: str) -> None:
    """With or without a lockfile."""
    assert ecosystems(["README.md", path]) == {Ecosystem(expected)}
    assert hosts(ecosystems([path])) == {Destination(host) for host in TABLE[Ecosystem(expected)].hosts}


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "src/clock.py",
        "vendor/x/package.json",
        "node_modules/x/setup.py",
        "testdata/go.mod",
        "a/package.json5",
    ],
)
def test_nothing_else_opens_any(path: str) -> None:
    assert ecosystems([path]) == frozenset()


def test_no_registry_is_a_host_where_everybody_can_write() -> None:
    named = {host for found in TABLE.values() for host in found.hosts}
    assert not {
        host for host in named if host.endswith(("github.com", "gitlab.com", "githubusercontent.com", "amazonaws.com"))
    }


def test_a_cooldown_in_the_words_of_each_tool() -> None:
    found = cooldown_variables(timedelta(days=3), NOW)

    assert (
        found["UV_EXCLUDE_NEWER"]
        == found["PIP_UPLOADED_PRIOR_TO"]
        == found["npm_config_before"]
        == "2026-07-07T12:00:00Z"
    )
    assert found["npm_config_minimum_release_age"] == "4320"
    assert cooldown_variables(timedelta(), NOW) == {}
    assert hex_cooldown(timedelta(days=3)) == {"HEX_COOLDOWN": "3d"}
    assert hex_cooldown(timedelta(hours=30)) == {"HEX_COOLDOWN": "2d"}
    assert hex_cooldown(timedelta()) == {}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("bun install --no-save", "bun install --minimum-release-age 259200 --no-save"),
        ("deno install --no-lock", "deno install --minimum-dependency-age 4320 --no-lock"),
        ("bun install --frozen-lockfile", "bun install --frozen-lockfile"),
        ("npm install", "npm install"),
    ],
)
def test_tools_without_a_variable_get_an_option(command: str, expected: str) -> None:
    assert cooldown_options(command, timedelta(days=3)) == expected
    assert cooldown_options(command, timedelta()) == command


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("npm ci", True),
        ("cd web && npm ci --no-audit", True),
        ("pnpm install --frozen-lockfile", True),
        ("yarn install --immutable", True),
        ("uv sync --locked --all-extras", True),
        ("uv sync", True),
        ("poetry install", True),
        ("pip install --require-hashes -r requirements.txt", True),
        ("cargo fetch --locked", True),
        ("npm install", False),
        ("npm install -g cinder", False),
        ("pip install -r requirements.txt", False),
        ("uv pip install x", False),
        ("make deps", False),
    ],
)
def test_what_a_lockfile_pins_is_installed_whatever_its_age(command: str, expected: bool) -> None:
    """npm refuses a version that its lockfile pins and that is younger than asked for."""
    assert is_pinned(command) is expected
