"""Which releases the cells of a repository may get: none that are younger than its settings say, but for what the
lockfiles of its base commit pin."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.adapters.git import CommitFiles
from bot.adapters.outside import Outside
from bot.core.environment.ecosystems import ecosystems
from bot.core.environment.release_age import ReleaseAgeRule, pins_of
from bot.core.registries import lockfiles
from bot.core.repository_settings import RepositorySettings

_LARGEST = 5_000_000  # bytes of a lockfile


def with_cooldown(outside: Outside, files: CommitFiles, settings: RepositorySettings, now: datetime) -> Outside:
    """`files`: of the base commit, since a change may not choose what is pinned. Raises OSError."""
    if settings.packages_older_than <= timedelta():
        return outside
    contents = files.read_all(lockfiles(files.paths), limit=_LARGEST)
    pins = frozenset[tuple[str, str]]().union(*(pins_of(path, content) for path, content in contents.items()))
    rule = ReleaseAgeRule(before=now - settings.packages_older_than, pins=pins)
    return outside.with_cooldown(rule, ecosystems(files.paths))
