"""Explains the ruling on one command, or scores a file of commands: for people, without a session or a socket."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import Any

from hooks.offers import find_offers
from hooks.policy import Context, Ruling, judge
from hooks.policy.paths import BORN_EMPTY


def context_here(workspace: Path | None = None) -> Context:
    """The context of a person at a prompt: this folder, or another one, is the workspace, their home is the home.

    The temporary folders count as a cell's, so that the ruling is the one that a session would get.
    """
    return Context(workspace=(workspace or Path.cwd()).absolute(), home=Path.home(), born_empty=BORN_EMPTY)


def rule(command: str, context: Context | None = None) -> Ruling:
    """The ruling on a shell command."""
    return judge("Bash", {"command": command}, context or context_here())


def explain(ruling: Ruling) -> str:
    """The ruling, its rule, and the simple commands that the gate saw."""
    lines = [f"{'granted' if ruling.granted else 'refused'} by {ruling.rule}: {ruling.reason}"]
    if ruling.subject:
        lines.append(f"found:   {ruling.subject}")
    if ruling.instead:
        lines.append(f"instead: {ruling.instead}")
    lines += ["read as:", *(f"  {number}. {step}" for number, step in enumerate(ruling.trace, start=1))]
    return "\n".join(lines)


def score(path: Path, context: Context | None = None) -> dict[str, Any]:
    """Judge each line of a JSONL file of `{"command", "expect", "category"}` and count what agreed.

    Raises ValueError that names the line which is no such case.
    """
    here = context or context_here()
    lines = enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
    cases = [_read_case(line, f"{path}:{number}") for number, line in lines if line.strip()]
    spent: list[float] = []
    judged = [(case, _judge_timed(case["command"], here, spent)) for case in cases]
    return {
        "block": _count(judged, "block", "refused"),
        "allow": _count(judged, "allow", "granted"),
        "by_category": _count_by_category(judged),
        "misses": [
            {"command": case["command"], "expect": case["expect"], "rule": ruling.rule}
            for case, ruling in judged
            if ruling.granted != (case["expect"] == "allow")
        ],
        "median_us": round(statistics.median(spent) * 1e6) if spent else 0,
    }


def score_checkout(checkout: Path) -> dict[str, Any]:
    """Judge each command that a checkout offers, as a session would run it there; `refused` has the findings."""
    context = context_here(checkout)
    rulings = [(command, judge("Bash", {"command": command}, context)) for command in find_offers(checkout)]
    refused = [
        {"command": command, "rule": ruling.rule, "found": ruling.subject}
        for command, ruling in rulings
        if not ruling.granted
    ]
    return {"offered": len(rulings), "refused": refused}


def _read_case(line: str, place: str) -> dict[str, Any]:
    try:
        case = json.loads(line)
        if isinstance(case["command"], str) and case["expect"] in ("block", "allow"):
            return {"category": "", **case}
    except (ValueError, KeyError, TypeError, RecursionError):
        pass  # said below, in one sentence for all of them
    raise ValueError(f'{place}: expected {{"command": text, "expect": "block" or "allow", "category": text}}')


def _judge_timed(command: str, context: Context, spent: list[float]) -> Ruling:
    started = time.perf_counter()
    ruling = judge("Bash", {"command": command}, context)
    spent.append(time.perf_counter() - started)
    return ruling


def _count(judged: list[tuple[dict[str, Any], Ruling]], expect: str, agreed: str) -> dict[str, int]:
    rulings = [ruling for case, ruling in judged if case["expect"] == expect]
    return {"total": len(rulings), agreed: sum(ruling.granted == (expect == "allow") for ruling in rulings)}


def _count_by_category(judged: list[tuple[dict[str, Any], Ruling]]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for case, ruling in judged:
        row = table.setdefault(case["category"], {"total": 0, "agreed": 0})
        row["total"] += 1
        row["agreed"] += ruling.granted == (case["expect"] == "allow")
    return table
