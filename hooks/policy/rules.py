"""The core list of rules, read once from `rules.toml`, where a person can read it too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hooks.policy.toml_files import read_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its name, why it refuses, what to do instead, and whether a repository may lift it for a program."""

    name: str
    reason: str
    instead: str
    liftable: bool = False


@cache
def rules() -> dict[str, Rule]:
    """All rules by name."""
    document = read_file(Path(__file__).with_name("rules.toml"))
    return {rule.name: rule for rule in _collect("", document)}


def _collect(prefix: str, table: dict[str, Any]) -> list[Rule]:
    if "reason" in table:
        return [Rule(name=prefix, **table)]
    return [rule for key, inner in table.items() for rule in _collect(f"{prefix}.{key}".lstrip("."), inner)]
