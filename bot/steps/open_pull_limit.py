"""Keeps up with how many pull requests a repository lets be open, also while that keeps every task from starting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core.due import is_due
from bot.core.repository_settings import FILE, RepositorySettings, RepositorySettingsWrong, read_repository_settings

_EVERY = timedelta(minutes=10)
_NOT_FOUND = 404


def keep_limit(store: Store, repository: str, settings: RepositorySettings) -> None:
    """With what else they say of pull requests. Called by each attempt, which has read the settings anyway."""
    with store.transaction() as ledger:
        ledger.pressure.keep_limit(repository, settings.max_open_pull_requests)
        ledger.pull_request_settings.keep(repository, settings.pull_requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPullLimits:
    """Reads the settings of repositories with tasks that are ready to run. A file that did not change costs nothing of
    GitHub's hour.

    Wrong settings change nothing: the next attempt fails with each mistake."""

    store: Store
    github: GitHub
    clock: Callable[[], datetime]
    _next: dict[str, datetime] = field(default_factory=dict)

    def look(self, repository: str) -> None:
        """Raises GitHubFailed."""
        now = self.clock()
        if not is_due(self._next.get(repository), _EVERY, now) or not self._matters(repository):
            return
        try:
            found = self.github.file(repository, FILE)
            settings = read_repository_settings(found.value) if found.value is not None else None
        except GitHubFailed as error:
            if error.status != _NOT_FOUND:
                raise
            keep_limit(self.store, repository, RepositorySettings())
        except RepositorySettingsWrong:
            pass
        else:
            self.github.keep(found)
            if settings is not None:
                keep_limit(self.store, repository, settings)
        self._next[repository] = now + _EVERY

    def _matters(self, repository: str) -> bool:
        with self.store.read() as ledger:
            return ledger.pressure.is_ready_in(repository)
