"""What a canary proves holds for the very programs that it ran with: all of them are in its fingerprint."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from bot.adapters.claude import canary
from hooks.static_client import BUILT, SOURCE


def imported(path: Path) -> Iterator[Path]:
    """The files of the modules of `bot` and `hooks` that a file imports."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    for name in names:
        if name.split(".")[0] not in {"bot", "hooks"}:
            continue
        try:
            spec = importlib.util.find_spec(name)
        except ModuleNotFoundError:  # a name within a module
            continue
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin)


def test_every_module_that_a_guard_imports_is_in_the_fingerprint() -> None:
    """A module that was left out could change without a new canary."""
    waiting, seen = [Path(str(canary.__file__))], set[Path]()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += imported(path)

    code = {path for path in seen if path.name != "__init__.py"}
    assert len(code) > 40
    assert code - set(canary.guard_programs()) == set()


def test_the_gates_client_is_in_the_fingerprint_with_its_source() -> None:
    """A client that was built anew needs a canary, although the hook in the settings stays the same."""
    programs = set(canary.guard_programs())

    assert SOURCE in programs
    assert not BUILT.exists() or BUILT in programs
