"""Which hook of a repository is ours: each delivery names the hook that sent it, and its signature is checked."""

from __future__ import annotations

from dataclasses import dataclass

from bot.adapters.store.engine import Store
from bot.core.references import is_repository

_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """As a genuine delivery names it. `kind` is GitHub's: an App's or an organization's hook is no repository's."""

    kind: str
    number: str
    repository: str

    @property
    def is_of_repository(self) -> bool:
        number = self.number.isascii() and self.number.isdecimal() and len(self.number) <= _MOST_DIGITS
        return self.kind == "repository" and number and is_repository(self.repository)


class SeenHooks:
    """One for each process, safe to share between threads: a hook is written down once, not with each delivery."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: dict[str, Hook] = {}

    def note(self, hook: Hook) -> None:
        """Raises StoreUnusable."""
        if not hook.is_of_repository or self._last.get(hook.repository) == hook:
            return
        with self._store.transaction() as ledger:
            ledger.webhooks.keep(hook.repository, int(hook.number))
        self._last[hook.repository] = hook
