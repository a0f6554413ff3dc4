"""Texts that stand in the source: of `nightshift doctor`, the gate, the command line and the log. `generate.py` lists
them in `docs/messages.md`."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
Names = Mapping[str, ast.expr]
_NO_NAMES: Names = {}


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
    files = (
        ROOT / f"bot/{name}.py"
        for name in ("doctor", "doctor_host", "doctor_messages", "doctor_push", "doctor_repository", "doctor_proofs")
    )
    for call, names in (each for file in files for each in _calls_with_names(file, "Finding")):
        given = {keyword.arg: _text(keyword.value, names) for keyword in call.keywords}
        says, fix = given.get("says", ""), given.get("fix", "")
        if says.strip("…") or fix.strip("…"):
            yield f"**{given.get('need', '')}**: {says}" + (f" — {fix}" if fix else "")


def refused_commands() -> Iterator[str]:
    for call in _calls(ROOT / "bot/operations.py", "Refused"):
        yield _text(call.args[0])


def printed_lines() -> Iterator[str]:
    folders = (ROOT / "bot/commands", ROOT / "bot/init")
    for path in [*(path for folder in folders for path in sorted(folder.glob("*.py"))), ROOT / "bot/guards.py"]:
        for name in ("echo", "UsageError", "ClickException"):
            texts = (_text(call.args[0], names).strip() for call, names in _calls_with_names(path, name))
            yield from (text for text in texts if any(map(str.isalpha, text)))


def log_lines() -> Iterator[str]:
    for path in sorted((ROOT / "bot").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("bot/rehearsal/", "bot/bench/")):
            continue
        for level in ("info", "warning", "error", "exception"):
            for call in _calls(path, level):
                if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "_log":
                    yield f"`{name}` {level}: {_text(call.args[0], _assigned(ast.parse(path.read_text()).body))}"


def _calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in _nodes(path):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and name in {getattr(called, "id", None), getattr(called, "attr", None)}:
            yield node


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text())))


def _calls_with_names(path: Path, name: str) -> Iterator[tuple[ast.Call, Names]]:
    """Each call with what the names of its module and of its function stand for."""
    module = ast.parse(path.read_text())
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    for call in _calls(path, name):
        names = dict(_assigned(module.body))
        for each in functions:
            if each.lineno <= call.lineno <= (each.end_lineno or 0):
                names |= _assigned(node for node in ast.walk(each) if getattr(node, "lineno", 0) <= call.lineno)
        yield call, names


def _assigned(nodes: Iterable[ast.AST]) -> Names:
    """Of a name that is assigned more than once, the last one."""
    assigned = sorted((node for node in nodes if isinstance(node, ast.Assign)), key=lambda node: node.lineno)
    return {ast.unparse(node.targets[0]): node.value for node in assigned}


def _text(node: ast.expr, names: Names = _NO_NAMES) -> str:
    """A text of the source, each value in it as `…`; where one of several is chosen, all of them, and in brackets what
    may be left out."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value, names) for value in values)
    choices = _choices(node, names)
    rest = {name: value for name, value in names.items() if value not in choices}  # no name stands for itself
    texts = list(dict.fromkeys(_text(each, rest) for each in choices)) or ["…"]
    told = " / ".join(filter(None, texts))
    return f"[{told}]" if "" in texts else told


def _choices(node: ast.expr, names: Names) -> list[ast.expr]:
    """What a value may be, as far as the source shows it."""
    match node:
        case ast.FormattedValue(value=value):
            return [value]
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return [value]
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)) if name in names:
            return [names[name]]
        case ast.Dict(values=values):
            return values
        case ast.IfExp(body=one, orelse=other):
            return [one, other]
        case _:
            return []
