"""The floor plan of docs/architecture.md, held against the imports: imports go down only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Top floor first. A module belongs to the first floor whose name it is or begins with.
FLOORS = (
    (
        "command line",
        (
            *("bot.__main__", "bot.cli", "bot.command_line", "bot.guards", "bot.bench"),
            *("bot.rehearsal.commands", "bot.rehearsal.run_night", "bot.rehearsal.chaos"),
        ),
    ),
    ("doors", ("bot.webhooks", "bot.worker", "bot.processes", "bot.doctor")),
    ("wiring", ("bot.wiring",)),
    (
        "use cases",
        (
            *("bot.intake", "bot.runner", "bot.reconcile", "bot.recovery", "bot.outbox", "bot.operations"),
            *("bot.dashboard", "bot.delivery_log", "bot.rebuild"),
        ),
    ),
    ("steps", ("bot.steps",)),
    ("rehearsal", ("bot.rehearsal",)),
    ("adapters", ("bot.adapters",)),
    ("core", ("bot.core",)),
    ("hooks", ("hooks",)),
)
FLOORS_WITH_ROOMS_THAT_MEET = {"command line", "doors", "steps", "rehearsal", "adapters", "core", "hooks"}


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("bot", "hooks"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def floor(module: str) -> int:
    for level, (_, names) in enumerate(FLOORS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return level
    return -1


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


MODULES = dict(modules())
OURS = tuple(name for name in MODULES if name not in {"bot", "hooks"})


@pytest.mark.parametrize("module", OURS)
def test_every_module_is_on_a_floor(module: str) -> None:
    """A module that is on no floor would be free to import anything."""
    assert floor(module) >= 0, f"{module} is on no floor: give it one here and in docs/architecture.md"


@pytest.mark.parametrize("module", OURS)
def test_imports_go_down_only(module: str) -> None:
    """Nothing imports from a floor above its own, and the use cases know nothing of each other."""
    here = floor(module)
    for imported in imports(MODULES[module]):
        if imported.split(".")[0] not in {"bot", "hooks"} or imported in {"bot", "hooks"}:
            continue
        there = floor(imported)
        assert there >= here, f"{module} imports {imported}, which is a floor above it"
        if there == here and FLOORS[here][0] not in FLOORS_WITH_ROOMS_THAT_MEET:
            assert imported == module, f"{module} imports {imported} of its own floor ({FLOORS[here][0]})"


@pytest.mark.parametrize("module", [name for name in OURS if name.startswith("hooks")])
def test_hooks_import_nothing_of_the_bot(module: str) -> None:
    """What runs beside the agent has to start fast, and to be read on its own."""
    assert not [name for name in imports(MODULES[module]) if name.split(".")[0] == "bot"]


@pytest.mark.parametrize("module", [name for name in OURS if name.startswith("bot.core")])
def test_the_core_does_nothing(module: str) -> None:
    """No input or output, no clock, no chance in the core: only values and decisions."""
    doing = {"os", "subprocess", "socket", "time", "random", "requests", "sqlalchemy", "github", "flask", "pathlib"}
    assert not doing & {name.split(".")[0] for name in imports(MODULES[module])}


@pytest.mark.parametrize("module", [name for name in OURS if not name.startswith("bot.rehearsal")])
def test_only_the_command_line_knows_the_rehearsal(module: str) -> None:
    """The product runs without its stage set. Benchmarks measure the product on it, and only they do."""
    if module == "bot.cli" or module.startswith("bot.bench"):
        return
    assert not [name for name in imports(MODULES[module]) if name.startswith(("bot.rehearsal", "bot.bench"))]
