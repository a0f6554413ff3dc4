"""One bounded part of a periodic pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PassPart:
    """One bounded part of a pass: a repository, the list of them, the status issue or the log of deliveries. `look`
    raises GitHubFailed."""

    name: str
    look: Callable[[], object]
