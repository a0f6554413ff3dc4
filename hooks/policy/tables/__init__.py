"""What the policy knows of programs, as data: one TOML file for each kind, explained in its first lines."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The rows of one table, each also under its aliases (`aliases = "other names"`)."""
    document = tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
    rows = dict(document)
    for row in document.values():
        if isinstance(row, dict):
            rows |= dict.fromkeys(row.pop("aliases", "").split(), row)
    return rows


@cache
def listed(name: str) -> frozenset[str]:
    """One list of names."""
    return frozenset(table("words")[name].split())


@cache
def valued(name: str) -> str:
    """The options of a program that take a value."""
    return str(table("options")[name])
