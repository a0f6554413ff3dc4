"""Sentences of the source that belong together: what `nightshift doctor` finds with its fix, and the gate's rules."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from docs.literals import calls_of
from docs.placeholders import show

ROOT = Path(__file__).parents[1]
_IN_BRACES = re.compile(r"\{[^{}]*\}")


def gate_rules() -> Iterator[str]:
    for name, rule in read_rules():
        yield f"`{name}`: {rule['reason']} — {rule['instead']}"


def read_rules() -> Iterator[tuple[str, dict[str, str]]]:
    """A group is a rule itself, or has several. `granted` is none."""
    for group, rules in tomllib.loads((ROOT / "hooks/policy/rules.toml").read_text()).items():
        if "reason" not in rules:
            yield from ((f"{group}.{name}", rule) for name, rule in rules.items())
        elif group != "granted":
            yield group, rules


def findings() -> Iterator[str]:
    """Of `nightshift doctor`."""
    for path in sorted((ROOT / "bot").glob("doctor*.py")):
        for call, names in calls_of(path, "Finding"):
            given = {each.arg: show(each.value, names) for each in call.keywords if not _is_none(each.value)}
            says, fix = given.get("says", ""), given.get("fix", "")
            if _has_words(says) or _has_words(fix):
                yield f"**{given.get('need', '')}**: {says}" + (f" — {fix}" if fix else "")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _has_words(text: str) -> bool:
    return any(map(str.isalpha, _IN_BRACES.sub("", text)))
