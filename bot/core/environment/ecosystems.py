"""The registries of each language: where a repository's packages come from if nothing else is said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from bot.core.ecosystem_table import TABLE, Ecosystem
from bot.core.registries import Destination

_BROUGHT_ALONG = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|testdata|fixtures)/")


def ecosystems(paths: Iterable[str]) -> frozenset[Ecosystem]:
    """The languages whose manifests a commit has: what it brings along of others does not count."""
    names = {path.rpartition("/")[2] for path in paths if not _BROUGHT_ALONG.search(path)}
    return frozenset(each for each, record in TABLE.items() if any(map(record.manifests.fullmatch, names)))


def is_input(path: str) -> bool:
    """Whether a file is a manifest or a lockfile: on those a set-up depends."""
    name = path.rpartition("/")[2]
    if _BROUGHT_ALONG.search(path) or (name.endswith(".py") and name not in {"setup.py", "noxfile.py"}):
        return False
    return (
        name in _STEERING
        or _OF_REQUIREMENTS.search(path) is not None
        or any(record.manifests.fullmatch(name) for record in TABLE.values())
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
    return frozenset(Destination(host) for each in found for host in TABLE[each].hosts)


BUILT_IN = hosts(tuple(Ecosystem))
"""All of the table, at the port of https: names that no repository chooses."""
