"""The layers of docs/architecture.md, compared with the imports: a module imports from its own layer or a lower one."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.layers import LAYERS, MODULES, ROOT, imports

LAYERS_WITH_SIBLING_IMPORTS = {
    "command line",
    "entry points",
    "dashboard",
    "steps",
    "rehearsal",
    "adapters",
    "core",
    "hooks",
}


def layer(module: str) -> int:
    for level, (_, names) in enumerate(LAYERS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return level
    return -1


@functools.cache
def imported_by_module() -> dict[str, frozenset[str]]:
    """Not on import: every test process imports this module, and one of them runs its tests."""
    return {name: frozenset(imports(path.read_text())) for name, path in MODULES.items()}


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


def imports_of(*packages: str) -> list[tuple[str, str]]:
    """Each module of these packages, with each that it imports."""
    by_module = imported_by_module()
    return [(name, imported) for name in OURS if name.startswith(packages) for imported in by_module[name]]


def test_every_module_belongs_to_a_layer() -> None:
    """A module without a layer would be free to import anything: add it here and in docs/architecture.md."""
    assert len(OURS) > 300
    assert [module for module in OURS if layer(module) < 0] == []


def test_imports_go_down_only() -> None:
    """No module imports from a layer above its own, and the use cases do not import each other."""
    ours = [(name, imported) for name, imported in imports_of("bot.", "hooks.") if imported in OURS]

    assert [(name, imported) for name, imported in ours if layer(imported) < layer(name)] == []
    beside = [(name, imported) for name, imported in ours if layer(imported) == layer(name) and imported != name]
    assert [pair for pair in beside if LAYERS[layer(pair[0])][0] not in LAYERS_WITH_SIBLING_IMPORTS] == []


SHORT = ("bot/**/*", "hooks/**/*", "tests/**/*", "docs/**/*")
WRITTEN_BY_HAND = {".py", ".toml", ".yml", ".yaml", ".md", ".html", ".css", ".js", ".c", ".sh"}
MOST_LINES = 300


def written_files() -> Iterator[Path]:
    """Programs, tables and pages that a person writes and reads from the beginning to the end."""
    for pattern in SHORT:
        yield from (path for path in sorted(ROOT.glob(pattern)) if path.suffix in WRITTEN_BY_HAND and path.is_file())


def long_files(paths: Iterable[Path]) -> dict[str, int]:
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in paths}
    return {name: count for name, count in lines.items() if count > MOST_LINES}


def test_files_are_short() -> None:
    """A longer one has more than one subject. This holds for programs, tests, tables and pages.

    It does not hold for `docs/messages/`, which is generated, and lockfiles; nor for what is recorded
    (`tests/adapters/ledgers`, `tests/data`) and for lists of one case a line (`tests/hooks/*.txt`), which are searched,
    not read."""
    assert long_files(path for path in written_files() if path.parent != ROOT / "docs/messages") == {}


def test_each_kind_of_file_is_among_the_short_ones() -> None:
    """A file of another kind, or in a folder that is left out, could grow unseen."""
    named = {path.relative_to(ROOT).as_posix() for path in written_files()}
    assert named >= {
        *("bot/worker.py", "hooks/policy/tables/machine.toml", "bot/rehearsal/scenarios/demo.yml"),
        *("tests/test_architecture.py", "tests/stories/world.py", "tests/planted/bugs/guards.toml"),
        *("docs/rehearsal.md", "docs/decisions/0032-a-judge-that-does-not-ask-the-bot.md", "docs/messages.md"),
    }


def test_hooks_import_nothing_of_the_bot() -> None:
    """What runs beside the agent has to start fast, and to be read on its own."""
    assert [pair for pair in imports_of("hooks.") if pair[1].split(".")[0] == "bot"] == []


def test_the_core_does_nothing() -> None:
    """No input or output, no clock, no chance in the core: only values and decisions."""
    doing = {"os", "subprocess", "socket", "time", "random", "requests", "sqlalchemy", "github", "flask", "pathlib"}

    assert [pair for pair in imports_of("bot.core") if pair[1].split(".")[0] in doing] == []


def test_only_the_command_line_knows_the_rehearsal() -> None:
    """The product runs without its rehearsal. Benchmarks measure the product in it, and only they do. The command line
    imports both by name, when they are used (tests/test_start.py)."""
    product = [pair for pair in imports_of("bot.", "hooks.") if not pair[0].startswith(("bot.rehearsal", "bot.bench"))]

    assert [pair for pair in product if pair[1].startswith(("bot.rehearsal", "bot.bench"))] == []


def imported_tests(source: str) -> list[str]:
    """Each module of tests that this source imports, or takes something from."""
    froms = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    named = {*imports(source), *(f"{node.module}.{alias.name}" for node in froms for alias in node.names)}
    return sorted(name for name in named if name.startswith("tests.") and ".test_" in name)


def test_no_test_imports_another_one() -> None:
    """What two of them share is in a separate module, under a name that says what it is. A test that is imported runs
    what it has at its top for a file that is about something else."""
    assert imported_tests("from tests.core import test_a\nimport tests.test_b as b") == [
        "tests.core.test_a",
        "tests.test_b",
    ]
    assert imported_tests("def f():\n    from tests.test_a import b") == ["tests.test_a", "tests.test_a.b"]

    found = {path: imported_tests(path.read_text()) for path in sorted((ROOT / "tests").rglob("*.py"))}
    assert len(found) > 400
    assert {path.name: names for path, names in found.items() if names} == {}
