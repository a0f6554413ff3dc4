"""Repositories are known by GitHub's number: another spelling, a new name and a new owner are followed and reported.

The ledger knows each by the name that GitHub shows. GitHub is asked when a process meets a name first, every ten
minutes, and when a delivery has another name. While an attempt runs, the ledger keeps the name that the attempt knows;
GitHub redirects from it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core.facts import RepositoryFacts
from bot.core.failures import FailureKind, TaskFailed

_log = logging.getLogger(__name__)
_ASK_EVERY = timedelta(minutes=10)
_GONE = 410


class RepositoryReplaced(GitHubFailed):
    """Another repository has its name now: what the ledger knows says nothing about it."""


def require_usable(store: Store, facts: RepositoryFacts, name: str) -> RepositoryFacts:
    """Raises TaskFailed unless it is the one that the ledger knows by this name, and can be written to."""
    with store.read() as ledger:
        known = ledger.repository_names.id_of(name)
    if facts.id and known not in {None, facts.id}:
        raise TaskFailed(FailureKind.REPO_MISSING, f"{name} is not the repository that Nightshift knew by this name")
    if facts.archived:
        raise TaskFailed(FailureKind.REPO_MISSING, f"{name} is archived")
    return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class NameFollower:
    """Not thread-safe. `folder`: the data folder, whose mirrors and evidence bear the names too."""

    store: Store
    github: GitHub
    clock: Callable[[], datetime]
    folder: Path | None = None
    _asked_at: dict[str, datetime] = field(default_factory=dict)

    def settle_all(self) -> list[str]:
        """The present names of the account's repositories, without replaced ones. One that GitHub does not show keeps
        its name here: reading it fails by itself."""
        names = map(self._settle_or_keep, self.github.account.repositories())
        return list(dict.fromkeys(name for name in names if name is not None))

    def find(self, name: str, repository_id: int) -> str:
        """The name under which the ledger knows the repository that a delivery calls so. Raises GitHubFailed."""
        with self.store.read() as ledger:
            known = ledger.repository_names.name_of(repository_id)
        if known is None or known == name:
            return known or name
        return self._ask(known)

    def settle(self, name: str) -> str:
        """Raises GitHubFailed."""
        asked_at = self._asked_at.get(name.lower())
        if asked_at is None or abs(self.clock() - asked_at) >= _ASK_EVERY:
            return self._ask(name)
        with self.store.read() as ledger:
            known = ledger.repository_names.id_of(name)
            return (None if known is None else ledger.repository_names.name_of(known)) or name

    def _settle_or_keep(self, name: str) -> str | None:
        try:
            return self.settle(name)
        except RepositoryReplaced as error:
            _log.error("%s is left alone: %s", name, error.message)
            return None
        except GitHubFailed as error:
            _log.warning("GitHub does not say what %s is called now: %s", name, error)
            return name

    def _ask(self, name: str) -> str:
        facts = self.github.repository_now(name)
        known = self._take(facts, name) if facts.id else facts.full_name
        if known == facts.full_name:
            self._asked_at[name.lower()] = self._asked_at[known.lower()] = self.clock()
            self.github.account.learn_name(name, known)
        return known

    def _take(self, facts: RepositoryFacts, name: str) -> str:
        """Returns the name that the ledger has then."""
        now = facts.full_name
        with self.store.read() as ledger:
            before = ledger.repository_names.name_of(facts.id) or name
            other = ledger.repository_names.id_of(now)
            other_is_there = other not in {None, facts.id} and ledger.repository_names.name_of(other or 0) == now
            is_known = other == facts.id and before == now == name
            is_at_work = before != now and ledger.repository_names.is_at_work(before)
        if other_is_there:
            problem = f"{now} is not the repository that Nightshift knew by this name"
            raise RepositoryReplaced(_GONE, f"{problem}: move the ledger away, and run `nightshift sync`")
        if is_known or is_at_work:
            return before
        self._rename(facts.id, {before, name} - {now}, now)
        return now

    def _rename(self, repository_id: int, former: set[str], now: str) -> None:
        with self.store.transaction() as ledger:
            for each in former:
                ledger.repository_names.rename(each, now)
            ledger.repository_names.keep(repository_id, now)
        for each in former:
            self._rename_folders(each, now)
            _log.warning("%s is %s on GitHub: put that into REPOSITORIES", each, now)

    def _rename_folders(self, before: str, now: str) -> None:
        for folder, ending in (("mirrors", ".git"), ("evidence", "")):
            if self.folder is not None and (there := self.folder / folder / f"{before}{ending}").is_dir():
                target = self.folder / folder / f"{now}{ending}"
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.exists():
                    there.rename(target)
