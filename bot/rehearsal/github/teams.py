"""Teams of an organization, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of an organization. `repositories`: those of the organization that it has access to; None: all."""

    id: int
    owner: str
    slug: str
    members: tuple[str, ...]
    repositories: tuple[str, ...] | None = None
