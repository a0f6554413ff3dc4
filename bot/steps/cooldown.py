"""Which releases the cells of a repository may get: none that are younger than its settings say, but for what the
lockfiles of its base commit pin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.adapters.git import CommitFiles
from bot.adapters.outside import Outside
from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.cooldown import hex_cooldown
from bot.core.environment.downloads import find_downloads
from bot.core.environment.ecosystems import ecosystems
from bot.core.environment.git_sources import find_git_sources
from bot.core.environment.release_age import ReleaseAgeRule, pins_of
from bot.core.registries import LOCKFILES_LIMIT, destination, lockfiles
from bot.core.repository_settings import RepositorySettings

_LARGEST = 5_000_000  # bytes of a lockfile
_NAMING = re.compile(
    r"(?:.*/)?(?:package\.json|pyproject\.toml|Pipfile|[\w.-]*requirements?[\w.-]*\.(?:txt|in)|setup\.(?:py|cfg)|tox\.ini"
    r"|noxfile\.py|Cargo\.toml|Gemfile|gems\.rb|[^/]*\.gemspec|mix\.(?:exs|lock)|composer\.json|go\.mod)"
    r"|\.github/(?:nightshift|workflows/copilot-setup-steps)\.ya?ml|\.openhands/setup\.sh|\.devcontainer(?:/[\w./-]*)?\.json"
)
"""What names addresses of archives and repositories besides: manifests, and the commands of a set-up."""


def with_cooldown(outside: Outside, files: CommitFiles, settings: RepositorySettings, now: datetime) -> Outside:
    """`files`: of the base commit, since a change may not choose what is pinned. Raises OSError."""
    if settings.packages_older_than <= timedelta():
        return outside
    contents = files.read_all(lockfiles(files.paths), limit=_LARGEST)
    pins = frozenset[tuple[str, str]]().union(*(pins_of(path, content) for path, content in contents.items()))
    rule = ReleaseAgeRule(before=now - settings.packages_older_than, pins=pins)
    used = ecosystems(files.paths)
    has_hex = Ecosystem.HEX in used - {each.ecosystem for each in outside.registries}
    waits = hex_cooldown(settings.packages_older_than) if has_hex else {}
    return replace(outside.with_cooldown(rule, used), waits=waits)


def with_downloads(outside: Outside, files: CommitFiles, settings: RepositorySettings) -> Outside:
    """For a set-up: where registries lead to, and what the base commit's lockfiles name outside of them. A host of the
    settings' `network:` is open as it is. Raises OSError."""
    used = ecosystems(files.paths)
    found = find_downloads(used, files.paths, _read_naming(files), outside.git_hosts)
    opened = _open_hosts(settings)
    return outside.with_downloads([each for each in found if each.host not in opened], used)


def sources_by_git(files: CommitFiles, settings: RepositorySettings, outside: Outside) -> tuple[str, ...]:
    """The repositories that git may fetch from in a set-up, of hosts that are not open as they are."""
    opened = _open_hosts(settings)
    named = find_git_sources(_read_naming(files), outside.git_hosts)
    found = sorted(each for each in named if each.host not in opened)
    return tuple(f"{each.host}/{each.path}" for each in found)


def _read_naming(files: CommitFiles) -> Mapping[str, bytes]:
    named = [path for path in files.paths if _NAMING.fullmatch(path)][:LOCKFILES_LIMIT]
    return files.read_all([*lockfiles(files.paths), *named], limit=_LARGEST)


def _open_hosts(settings: RepositorySettings) -> set[str]:
    return {destination(each).host for each in settings.network}
