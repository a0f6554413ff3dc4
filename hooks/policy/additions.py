"""A repository's own additions to the policy, read by the host from the base branch.

They can refuse more, and they can name programs that the liftable rules let pass; no rule of the core list is lifted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

EXPECTED = 'expected {"refuse": [{"command": "make e2e", "reason": "…", "instead": "…"}], "allow": ["program"]}'


class InvalidAdditions(Exception):
    """The file does not hold additions to the policy; the message says where and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A repository refuses each command that begins with these words."""

    words: tuple[str, ...]
    reason: str
    instead: str

    def covers(self, argv: tuple[str, ...]) -> bool:
        """Whether `argv`, its program without folders, begins with the refused words."""
        return argv[: len(self.words)] == self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What `.github/nightshift.yml` adds to the policy."""

    refusals: tuple[Refusal, ...] = ()
    allowed: frozenset[str] = frozenset()


def read_additions(path: Path) -> Additions:
    """The additions in a JSON file; raises InvalidAdditions with the entry that is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidAdditions(f"{path}: {error}; {EXPECTED}") from error
    return parse_additions(data)


def parse_additions(data: object) -> Additions:
    """The additions in a decoded document; unknown keys are refused, so that a typing error cannot disarm a refusal."""
    if not isinstance(data, dict) or set(data) - {"refuse", "allow"}:
        raise InvalidAdditions(f"the policy holds {_describe(data)}; {EXPECTED}")
    refuse, allow = data.get("refuse", []), data.get("allow", [])
    if not isinstance(refuse, list) or not isinstance(allow, list) or not all(isinstance(name, str) for name in allow):
        raise InvalidAdditions(f"'refuse' and 'allow' are lists; {EXPECTED}")
    return Additions(refusals=tuple(_read_refusal(entry) for entry in refuse), allowed=frozenset(allow))


def _read_refusal(entry: Any) -> Refusal:
    command = entry.get("command") if isinstance(entry, dict) else None
    if not isinstance(command, str) or not command.split() or set(entry) - {"command", "reason", "instead"}:
        raise InvalidAdditions(f"the refusal {_describe(entry)} is not understood; {EXPECTED}")
    reason = str(entry.get("reason") or "this repository refuses it")
    return Refusal(words=tuple(command.split()), reason=reason, instead=str(entry.get("instead") or ""))


def _describe(data: object) -> str:
    return ", ".join(sorted(map(str, data))) if isinstance(data, dict) else f"{data!r:.80}"
