"""Organisations that share one Nightshift: whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def owner_of(repository: str) -> str:
    """The person or organisation on GitHub that a repository belongs to."""
    return repository.partition("/")[0]


def sum_by_owner(by_repository: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for repository, value in by_repository.items():
        found[owner_of(repository)] = found.get(owner_of(repository), 0.0) + value
    return found


def find_later(ready: Collection[str], taken: Mapping[str, float]) -> frozenset[str]:
    """The repositories with work whose owners have had more than another owner with work has. `taken`: by repository,
    what tonight's sessions have cost, those that run counted with all that they may cost."""
    had = sum_by_owner(taken)
    least = min((had.get(owner_of(repository), 0.0) for repository in ready), default=0.0)
    return frozenset(repository for repository in ready if had.get(owner_of(repository), 0.0) > least)
