"""The gate is small enough to be read: short files and functions, and no two modules that need each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "hooks").rglob("*.py"))
LINES, FUNCTION_LINES = 300, 30


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports_of(path: Path) -> Iterator[str]:
    """The modules of hooks that this one imports, for types alone too, and as `from hooks.policy import x`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "hooks":
            within = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module for name in within)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)


MODULES = {module_of(path): path for path in FILES}


def needed_by(module: str) -> set[str]:
    """All modules that a module needs, directly or not."""
    needed: set[str] = set()
    pending = [module]
    while pending:
        for name in imports_of(MODULES[pending.pop()]):
            if name not in needed:
                needed.add(name)
                pending.append(name)
    return needed


@pytest.mark.parametrize("module", MODULES)
def test_no_module_needs_itself(module: str) -> None:
    """Neither when it runs nor for its types: where two would need each other, one names a Protocol."""
    assert module not in needed_by(module)


def test_a_cycle_for_types_alone_is_seen(tmp_path: Path) -> None:
    """However it is written, and wherever in the file."""
    for text in (
        "if TYPE_CHECKING:\n    from hooks.policy.shell.walker import Walker",
        "def later():\n    import hooks.policy.shell.walker",
        "from hooks.policy.shell import walker as w",
    ):
        (tmp_path / "a.py").write_text(text)
        assert list(imports_of(tmp_path / "a.py")) == ["hooks.policy.shell.walker"]


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "hooks").rglob("*.toml"))], ids=lambda path: path.name)
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_function_is_short(path: Path) -> None:
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]

    assert [each.name for each in functions if (each.end_lineno or 0) - each.lineno >= FUNCTION_LINES] == []
