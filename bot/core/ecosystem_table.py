"""What Nightshift knows of each ecosystem of packages, in one table with one record for each.

The registries that its tools ask by themselves, the files by which a repository shows that it uses it, and how its
lockfiles name packages and other registries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockfile:
    """One kind of lockfile. `names`: a pattern for the whole name of the file. `registry`: finds the addresses of other
    registries that it names. `pin`: finds the packages that it pins, in the groups `name` and `version`. `hosts`: the
    registries that it means without saying so, where these are not all of the ecosystem's. `needs`: a file without it
    pins nothing."""

    names: str
    registry: re.Pattern[str] | None = None
    pin: re.Pattern[str] | None = None
    hosts: tuple[str, ...] = ()
    needs: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EcosystemRecord:
    """`hosts`: the registries that its tools ask by themselves. `manifests`: a pattern for the names of the files that
    show its use, lockfiles among them."""

    hosts: tuple[str, ...]
    manifests: re.Pattern[str]
    lockfiles: tuple[Lockfile, ...] = ()


def _after(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{words})\s*(https://[^\s\"'#?@]+)", re.MULTILINE)


_NPM = "registry.npmjs.org"
_TOML_PIN = re.compile(r'^name = "(?P<name>[^"\n]+)"\nversion = "(?P<version>[^"\n]+)"', re.MULTILINE)
_PYTHON_REGISTRY = _after(r'(?:url|registry)\s*=\s*"|"url":\s*"')
_REQUIREMENT_PIN = re.compile(
    r"^\s*(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]\n]*\])?\s*==\s*(?P<version>[\w.+!-]+)", re.MULTILINE
)

TABLE: dict[Ecosystem, EcosystemRecord] = {
    Ecosystem.PYPI: EcosystemRecord(
        hosts=("pypi.org", "files.pythonhosted.org"),
        manifests=re.compile(
            r"pyproject\.toml|setup\.(?:py|cfg)|Pipfile(?:\.lock)?|(?:uv|poetry|pdm)\.lock|pylock[\w.]*\.toml|tox\.ini|noxfile\.py"
            r"|[\w.-]*(?:requirements?|constraints?)[\w.-]*\.(?:txt|in|pip)|conftest\.py|pytest\.ini|test_[^/]*\.py|[^/]*_test\.py"
        ),
        lockfiles=(
            Lockfile(names=r"(?:uv|poetry)\.lock", registry=_PYTHON_REGISTRY, pin=_TOML_PIN),
            Lockfile(names=r"pdm\.lock|pylock[\w.]*\.toml", pin=_TOML_PIN),
            Lockfile(
                names=r"Pipfile\.lock",
                registry=_PYTHON_REGISTRY,
                pin=re.compile(r'"(?P<name>[\w.-]+)":\s*\{[^{}]*?"version":\s*"==(?P<version>[^"]+)"'),
            ),
            Lockfile(
                names=r"requirements[\w.-]*\.(?:txt|lock)|constraints\.txt",
                registry=_after(r"^--(?:extra-)?index-url[= ]"),
                pin=_REQUIREMENT_PIN,
                needs=re.compile(r"--hash=sha\d+:[0-9a-f]{40}"),
            ),
        ),
    ),
    Ecosystem.NPM: EcosystemRecord(
        hosts=(_NPM, "registry.yarnpkg.com"),
        manifests=re.compile(
            r"package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|pnpm-workspace\.yaml"
        ),
        lockfiles=(
            Lockfile(
                names=r"(?:package-lock|npm-shrinkwrap)\.json",
                registry=_after(r'"resolved":\s*"'),
                pin=re.compile(
                    r'"(?:[^"\n]*node_modules/)?(?P<name>[^"\n]+)":\s*\{\s*"version":\s*"(?P<version>[^"\n]+)"'
                ),
                hosts=(_NPM,),
            ),
            Lockfile(
                names=r"yarn\.lock",
                registry=_after(r'^ +resolved\s+"'),
                pin=re.compile(r'^"?(?P<name>@?[^@"\s]+)@[^\n]*:\n\s+version:?\s+"?(?P<version>[^"\s]+)', re.MULTILINE),
            ),
            Lockfile(
                names=r"pnpm-lock\.yaml",
                registry=_after("tarball:"),
                pin=re.compile(
                    r"^\s+['\"]?/?(?P<name>@?[\w./-]+?)[@/](?P<version>\d[^\s()'\":]*)[^\n]*:$", re.MULTILINE
                ),
                hosts=(_NPM,),
            ),
            Lockfile(names=r"bun\.lock", pin=re.compile(r'\["(?P<name>@?[^@"]+)@(?P<version>\d[^"]*)"'), hosts=(_NPM,)),
        ),
    ),
    Ecosystem.GO: EcosystemRecord(
        hosts=("proxy.golang.org", "sum.golang.org"),
        manifests=re.compile(r"go\.(?:mod|work|sum)"),
        lockfiles=(
            Lockfile(
                names=r"go\.sum", pin=re.compile(r"^(?P<name>\S+) (?P<version>v[^\s/]+)(?:/go\.mod)? h1:", re.MULTILINE)
            ),
        ),
    ),
    Ecosystem.CARGO: EcosystemRecord(
        hosts=("index.crates.io", "static.crates.io", "crates.io"),
        manifests=re.compile(r"Cargo\.(?:toml|lock)"),
        lockfiles=(Lockfile(names=r"Cargo\.lock", registry=_after(r'"(?:sparse|registry)\+'), pin=_TOML_PIN),),
    ),
    Ecosystem.RUBYGEMS: EcosystemRecord(
        hosts=("rubygems.org", "index.rubygems.org"),
        manifests=re.compile(r"Gemfile(?:\.lock)?|gems\.(?:rb|locked)|[^/]*\.gemspec"),
        lockfiles=(
            Lockfile(
                names=r"Gemfile\.lock|gems\.locked",
                registry=_after(r"^GEM\n +remote:"),
                pin=re.compile(r"^ {4}(?P<name>[\w.-]+) \((?P<version>\d[^)\n]*)\)$", re.MULTILINE),
            ),
        ),
    ),
    Ecosystem.PACKAGIST: EcosystemRecord(
        hosts=("repo.packagist.org", "packagist.org"),
        manifests=re.compile(r"composer\.(?:json|lock)"),
        lockfiles=(
            Lockfile(
                names=r"composer\.lock",
                pin=re.compile(r'"name":\s*"(?P<name>[^"\n]+)",\s*"version":\s*"(?P<version>[^"\n]+)"'),
            ),
        ),
    ),
    Ecosystem.MAVEN: EcosystemRecord(
        # The wrappers fetch the tools themselves; Gradle's downloads are on a separate host.
        hosts=(
            *("repo.maven.apache.org", "repo1.maven.org", "plugins.gradle.org", "plugins-artifacts.gradle.org"),
            *("services.gradle.org", "downloads.gradle.org"),
        ),
        manifests=re.compile(r"pom\.xml|(?:build|settings)\.gradle(?:\.kts)?|build\.sbt|project\.clj|deps\.edn"),
    ),
    Ecosystem.NUGET: EcosystemRecord(
        hosts=("api.nuget.org", "www.nuget.org"),
        manifests=re.compile(r"[^/]*\.(?:sln|slnx|csproj|fsproj|vbproj)|packages\.config|global\.json"),
    ),
    Ecosystem.HEX: EcosystemRecord(
        hosts=("hex.pm", "repo.hex.pm", "builds.hex.pm"), manifests=re.compile(r"mix\.(?:exs|lock)|rebar\.config")
    ),
    Ecosystem.DENO: EcosystemRecord(
        hosts=("jsr.io", "npm.jsr.io", "deno.land", _NPM),
        manifests=re.compile(r"deno\.(?:jsonc?|lock)"),
        lockfiles=(
            Lockfile(names=r"deno\.lock", pin=re.compile(r'"(?P<name>@?[\w./-]+)@(?P<version>\d[^"_]*)[^"]*":\s*\{')),
        ),
    ),
}
