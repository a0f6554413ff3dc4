"""Which hook of a repository is ours: each delivery names the hook that sent it, and its signature is checked."""

from __future__ import annotations

from collections.abc import Iterable

from bot.adapters.store import Ledger
from bot.core.references import is_repository

_MOST_DIGITS = 18


def remember_hook(ledger: Ledger, *, kind: str, hook: str, repository: object) -> None:
    """Headers and repository of a genuine delivery. An App's or an organization's hook is none of the repository's."""
    if kind != "repository" or not hook.isascii() or not hook.isdecimal() or len(hook) > _MOST_DIGITS:
        return
    if isinstance(repository, str) and is_repository(repository) and ledger.recall(_key(repository)) != hook:
        ledger.remember(_key(repository), hook)


def known_hooks(ledger: Ledger, repositories: Iterable[str]) -> dict[str, int]:
    found = {name: ledger.recall(_key(name)) for name in repositories}
    return {name: int(hook) for name, hook in found.items() if hook is not None}


def _key(repository: str) -> str:
    return f"hook:{repository}"
