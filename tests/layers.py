"""The layers of docs/architecture.md, the modules, and what they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
# The top layer first. A module belongs to the first layer with a name that it is or begins with.
LAYERS = (
    (
        "command line",
        (
            *("bot.__main__", "bot.cli", "bot.command_errors", "bot.command_line", "bot.commands", "bot.importing"),
            *("bot.guards", "bot.bench", "bot.init"),
            *("bot.rehearsal.commands", "bot.rehearsal.run_night", "bot.rehearsal.chaos"),
            "bot.rehearsal.simulation",
        ),
    ),
    (
        "entry points",
        (
            *("bot.webhooks", "bot.worker", "bot.worker_passes", "bot.worker_services", "bot.idle_work"),
            *("bot.attempt_runs", "bot.host_attempt", "bot.remote_services"),
            *("bot.processes", "bot.night", "bot.doctor", "bot.doctor_messages", "bot.doctor_host", "bot.doctor_push"),
            *("bot.doctor_refusals", "bot.doctor_record", "bot.doctor_fleet", "bot.fleet_host"),
            *("bot.finding", "bot.doctor_proofs", "bot.doctor_ledger", "bot.doctor_repository"),
        ),
    ),
    ("wiring of attempts", ("bot.attempt_services",)),
    ("wiring", ("bot.wiring",)),
    ("dashboard", ("bot.dashboard",)),
    (
        "use cases",
        (
            *("bot.intake", "bot.runner", "bot.reconcile", "bot.recovery", "bot.outbox", "bot.operations"),
            *("bot.delivery_log", "bot.rebuild", "bot.ledger_file", "bot.task_list", "bot.waking"),
            *("bot.task_history", "bot.attempt_log", "bot.remarks"),
            *("bot.queue_pauses", "bot.remote_runner"),
        ),
    ),
    ("steps", ("bot.steps",)),
    ("rehearsal", ("bot.rehearsal",)),
    ("adapters", ("bot.adapters",)),
    ("core", ("bot.core",)),
    ("hooks", ("hooks",)),
)


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("bot", "hooks"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


MODULES = dict(modules())


def imports(source: str) -> Iterator[str]:
    """Every module that is named, also those that `from bot import x` brings in."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield from _imported_from(node)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _imported_from(node: ast.ImportFrom) -> Iterator[str]:
    assert node.level == 0, "a relative import: its layer cannot be told from its text"
    yield str(node.module)
    named = (f"{node.module}.{alias.name}" for alias in node.names)
    yield from (name for name in named if name in MODULES)
