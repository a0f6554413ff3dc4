"""The registries of each language: where a repository's packages come from if nothing else is said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from enum import StrEnum

from bot.core.registries import Destination


class Ecosystem(StrEnum):
    """The value names it in settings, and in what the gate is given."""

    PYPI = "pypi"
    NPM = "npm"
    GO = "go"
    CARGO = "cargo"
    RUBYGEMS = "rubygems"
    PACKAGIST = "packagist"
    MAVEN = "maven"
    NUGET = "nuget"
    HEX = "hex"
    DENO = "deno"


SETTABLE = (Ecosystem.PYPI, Ecosystem.NPM, Ecosystem.GO, Ecosystem.RUBYGEMS)
"""Those for which another registry can be set: their tools take its address from a variable."""
_MAVEN = ("repo.maven.apache.org", "repo1.maven.org")
HOSTS: dict[Ecosystem, tuple[str, ...]] = {
    Ecosystem.PYPI: ("pypi.org", "files.pythonhosted.org"),
    Ecosystem.NPM: ("registry.npmjs.org", "registry.yarnpkg.com"),
    Ecosystem.GO: ("proxy.golang.org", "sum.golang.org"),
    Ecosystem.CARGO: ("index.crates.io", "static.crates.io", "crates.io"),
    Ecosystem.RUBYGEMS: ("rubygems.org", "index.rubygems.org"),
    Ecosystem.PACKAGIST: ("repo.packagist.org", "packagist.org"),
    # The wrappers fetch the tools themselves; Gradle's downloads are on a separate host.
    Ecosystem.MAVEN: (
        *_MAVEN,
        "plugins.gradle.org",
        "plugins-artifacts.gradle.org",
        "services.gradle.org",
        "downloads.gradle.org",
    ),
    Ecosystem.NUGET: ("api.nuget.org", "www.nuget.org"),
    Ecosystem.HEX: ("hex.pm", "repo.hex.pm", "builds.hex.pm"),
    Ecosystem.DENO: ("jsr.io", "npm.jsr.io", "deno.land", "registry.npmjs.org"),
}
_FILES: dict[Ecosystem, re.Pattern[str]] = {
    Ecosystem.PYPI: re.compile(
        r"pyproject\.toml|setup\.(?:py|cfg)|Pipfile(?:\.lock)?|(?:uv|poetry|pdm)\.lock|pylock[\w.]*\.toml|tox\.ini|noxfile\.py"
        r"|[\w.-]*(?:requirements?|constraints?)[\w.-]*\.(?:txt|in|pip)|conftest\.py|pytest\.ini|test_[^/]*\.py|[^/]*_test\.py"
    ),
    Ecosystem.NPM: re.compile(
        r"package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|pnpm-workspace\.yaml"
    ),
    Ecosystem.GO: re.compile(r"go\.(?:mod|work|sum)"),
    Ecosystem.CARGO: re.compile(r"Cargo\.(?:toml|lock)"),
    Ecosystem.RUBYGEMS: re.compile(r"Gemfile(?:\.lock)?|gems\.(?:rb|locked)|[^/]*\.gemspec"),
    Ecosystem.PACKAGIST: re.compile(r"composer\.(?:json|lock)"),
    Ecosystem.MAVEN: re.compile(r"pom\.xml|(?:build|settings)\.gradle(?:\.kts)?|build\.sbt|project\.clj|deps\.edn"),
    Ecosystem.NUGET: re.compile(r"[^/]*\.(?:sln|slnx|csproj|fsproj|vbproj)|packages\.config|global\.json"),
    Ecosystem.HEX: re.compile(r"mix\.(?:exs|lock)|rebar\.config"),
    Ecosystem.DENO: re.compile(r"deno\.(?:jsonc?|lock)"),
}
_BROUGHT_ALONG = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|testdata|fixtures)/")


def ecosystems(paths: Iterable[str]) -> frozenset[Ecosystem]:
    """The languages whose manifests a commit has: what it brings along of others does not count."""
    names = {path.rpartition("/")[2] for path in paths if not _BROUGHT_ALONG.search(path)}
    return frozenset(each for each, files in _FILES.items() if any(map(files.fullmatch, names)))


def is_input(path: str) -> bool:
    """Whether a file is a manifest or a lockfile: on those a set-up depends."""
    name = path.rpartition("/")[2]
    if _BROUGHT_ALONG.search(path) or (name.endswith(".py") and name not in {"setup.py", "noxfile.py"}):
        return False
    return (
        name in _STEERING
        or _OF_REQUIREMENTS.search(path) is not None
        or any(files.fullmatch(name) for files in _FILES.values())
    )


_OF_REQUIREMENTS = re.compile(r"(?:^|/)requirements?/[^/]+\.(?:txt|in|pip)$")
_STEERING = frozenset(
    {".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml", ".python-version", ".nvmrc", ".node-version", ".ruby-version"}
    | {".tool-versions", "mise.toml", ".mise.toml", "rust-toolchain", "rust-toolchain.toml", "uv.toml", "poetry.toml"}
    | {
        "Directory.Packages.props",
        "Directory.Build.props",
        "libs.versions.toml",
        "gradle.properties",
        "build.rs",
        "turbo.json",
    }
    | {
        "gradle-wrapper.properties",
        "maven-wrapper.properties",
        "packages.lock.json",
        "NuGet.Config",
        "lerna.json",
        "setup.sh",
    }
)


def hosts(found: Collection[Ecosystem]) -> frozenset[Destination]:
    return frozenset(Destination(host) for each in found for host in HOSTS[each])


BUILT_IN = hosts(tuple(Ecosystem))
"""All of the table, at the port of https: names that no repository chooses."""
