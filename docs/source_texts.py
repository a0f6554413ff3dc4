"""Texts that stand in the source: of `nightshift doctor`, the gate, the command line and the log. `generate.py` lists
them in `docs/messages.md`."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


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


def doctor() -> Iterator[str]:
    files = (ROOT / f"bot/{name}.py" for name in ("doctor", "doctor_host", "doctor_messages", "doctor_push"))
    for call in (call for file in files for call in _calls(file, "Finding")):
        given = {keyword.arg: _text(keyword.value) for keyword in call.keywords}
        says, fix = given.get("says", ""), given.get("fix", "")
        if says.strip("…") or fix.strip("…"):
            yield f"**{given.get('need', '')}**: {says}" + (f" — {fix}" if fix else "")


def refused_commands() -> Iterator[str]:
    for call in _calls(ROOT / "bot/operations.py", "Refused"):
        yield _text(call.args[0])


def printed_lines() -> Iterator[str]:
    for path in [*sorted((ROOT / "bot/commands").glob("*.py")), ROOT / "bot/guards.py"]:
        for name in ("echo", "UsageError", "ClickException"):
            texts = (_text(call.args[0]).strip() for call in _calls(path, name))
            yield from (text for text in texts if text.strip("… \n"))


def log_lines() -> Iterator[str]:
    for path in sorted((ROOT / "bot").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("bot/rehearsal/", "bot/bench/")):
            continue
        for level in ("info", "warning", "error", "exception"):
            for call in _calls(path, level):
                if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "_log":
                    yield f"`{name}` {level}: {_text(_constants(path).get(ast.unparse(call.args[0]), call.args[0]))}"


def _calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in _nodes(path):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and name in {getattr(called, "id", None), getattr(called, "attr", None)}:
            yield node


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text())))


@cache
def _constants(path: Path) -> dict[str, ast.expr]:
    """What a module's own names stand for."""
    assigned = (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign))
    return {ast.unparse(node.targets[0]): node.value for node in assigned}


def _text(node: ast.expr) -> str:
    """A text of the source, each value in it as `…`."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value) for value in values)
        case ast.IfExp(body=one, orelse=other):
            return f"{_text(one)} / {_text(other)}"
        case _:
            return "…"
