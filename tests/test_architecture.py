"""The layers of docs/architecture.md, compared with the imports: a module imports from its own layer or a lower one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# The top layer first. A module belongs to the first layer with a name that it is or begins with.
LAYERS = (
    (
        "command line",
        (
            *("bot.__main__", "bot.cli", "bot.command_errors", "bot.command_line", "bot.commands"),
            *("bot.guards", "bot.bench"),
            *("bot.rehearsal.commands", "bot.rehearsal.run_night", "bot.rehearsal.chaos"),
        ),
    ),
    ("entry points", ("bot.webhooks", "bot.worker", "bot.processes", "bot.doctor")),
    ("wiring", ("bot.wiring",)),
    (
        "use cases",
        (
            *("bot.intake", "bot.runner", "bot.reconcile", "bot.recovery", "bot.outbox", "bot.operations"),
            *("bot.dashboard", "bot.delivery_log", "bot.rebuild", "bot.ledger_file", "bot.task_list"),
            "bot.queue_pauses",
        ),
    ),
    ("steps", ("bot.steps",)),
    ("rehearsal", ("bot.rehearsal",)),
    ("adapters", ("bot.adapters",)),
    ("core", ("bot.core",)),
    ("hooks", ("hooks",)),
)
LAYERS_WITH_SIBLING_IMPORTS = {"command line", "entry points", "steps", "rehearsal", "adapters", "core", "hooks"}


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("bot", "hooks"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def layer(module: str) -> int:
    for level, (_, names) in enumerate(LAYERS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return level
    return -1


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


IMPORTS = {name: frozenset(imports(path.read_text())) for name, path in MODULES.items()}
OURS = tuple(name for name in MODULES if name not in {"bot", "hooks"})


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("import bot.wiring", {"bot.wiring"}),
        ("from bot import wiring", {"bot", "bot.wiring"}),
        ("from bot.core import tasks, budget", {"bot.core", "bot.core.tasks", "bot.core.budget"}),
        ("from bot.core.tasks import Task", {"bot.core.tasks"}),
        ("def later():\n    from bot import wiring as w", {"bot", "bot.wiring"}),
    ],
)
def test_every_way_to_import_is_seen(source: str, named: set[str]) -> None:
    assert set(imports(source)) == named


@pytest.mark.parametrize("module", OURS)
def test_every_module_belongs_to_a_layer(module: str) -> None:
    """A module without a layer would be free to import anything."""
    assert layer(module) >= 0, f"{module} belongs to no layer: add it here and in docs/architecture.md"


@pytest.mark.parametrize("module", OURS)
def test_imports_go_down_only(module: str) -> None:
    """No module imports from a layer above its own, and the use cases do not import each other."""
    here = layer(module)
    for imported in IMPORTS[module]:
        if imported.split(".")[0] not in {"bot", "hooks"} or imported in {"bot", "hooks"}:
            continue
        there = layer(imported)
        assert there >= here, f"{module} imports {imported}, which belongs to a higher layer"
        if there == here and LAYERS[here][0] not in LAYERS_WITH_SIBLING_IMPORTS:
            assert imported == module, f"{module} imports {imported} of its own layer ({LAYERS[here][0]})"


@pytest.mark.parametrize("module", OURS)
def test_files_are_short(module: str) -> None:
    """A longer one has more than one subject."""
    assert len(MODULES[module].read_text().splitlines()) <= 300


@pytest.mark.parametrize("module", [name for name in OURS if name.startswith("hooks")])
def test_hooks_import_nothing_of_the_bot(module: str) -> None:
    """What runs beside the agent has to start fast, and to be read on its own."""
    assert not [name for name in IMPORTS[module] if name.split(".")[0] == "bot"]


@pytest.mark.parametrize("module", [name for name in OURS if name.startswith("bot.core")])
def test_the_core_does_nothing(module: str) -> None:
    """No input or output, no clock, no chance in the core: only values and decisions."""
    doing = {"os", "subprocess", "socket", "time", "random", "requests", "sqlalchemy", "github", "flask", "pathlib"}
    assert not doing & {name.split(".")[0] for name in IMPORTS[module]}


@pytest.mark.parametrize("module", [name for name in OURS if not name.startswith("bot.rehearsal")])
def test_only_the_command_line_knows_the_rehearsal(module: str) -> None:
    """The product runs without its rehearsal. Benchmarks measure the product in it, and only they do. The command line
    imports both by name, when they are used (tests/test_start.py)."""
    if module.startswith("bot.bench"):
        return
    assert not [name for name in IMPORTS[module] if name.startswith(("bot.rehearsal", "bot.bench"))]
