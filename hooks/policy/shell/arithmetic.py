"""What arithmetic does besides computing: it assigns, and it runs the substitutions that are in a variable's value.

`((x=1))`, `${a[i++]}`, `[[ $n -eq 1 ]]`: a variable's value is evaluated in turn, as text (`x='a[$(command)]'`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hooks.policy.shell.tree import POSITION_KEYS
from hooks.policy.shell.values import UNKNOWN

Values = Mapping[str, tuple[str, ...]]

_NAME = re.compile(r"(?<![\w$])[A-Za-z_]\w*", re.ASCII)
_PLAIN = re.compile(r"[\s\d]*")
_ASSIGNING = re.compile(r"(?<![=!<>])=(?!=)|<<=|>>=|\+\+|--")
_COMPARING = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R"})
_ASSIGNMENTS = frozenset(["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--"])


@dataclass(slots=True)
class Effects:
    """The variables that an expression may assign, and texts with substitutions that it runs."""

    assigned: set[str] = field(default_factory=set)
    code: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def add_text(self, text: str, values: Values) -> None:
        """Text that is evaluated: of the expression itself, or a variable's value."""
        if text in self.seen or _PLAIN.fullmatch(text) or UNKNOWN in text:
            return
        self.seen.add(text)
        if "$(" in text or "`" in text:
            self.code.append(text)
        names = _NAME.findall(text)
        if _ASSIGNING.search(text):
            self.assigned.update(names)
        for name in names:
            for value in values.get(name, ()):
                self.add_text(value, values)


def find_effects(node: Any, values: Values) -> Effects:
    """What an arithmetic expression does, or a `[[ … ]]`, whose comparisons of numbers are arithmetic."""
    effects = Effects()
    if isinstance(node, dict) and node.get("Type") == "TestClause":
        for operand in _find_compared(node):
            _collect(operand, effects, values)
    else:
        _collect(node, effects, values)
    return effects


def _find_compared(node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        for each in node:
            yield from _find_compared(each)
    elif isinstance(node, dict):
        if node.get("Op") in _COMPARING:
            yield from (node.get("X"), node.get("Y"))
        for key, each in node.items():
            if key not in POSITION_KEYS:
                yield from _find_compared(each)


def _collect(node: Any, effects: Effects, values: Values) -> None:
    if isinstance(node, list):
        for each in node:
            _collect(each, effects, values)
    elif isinstance(node, dict) and node.get("Type") not in {"CmdSubst", "ProcSubst"}:
        _collect_one(node, effects, values)


def _collect_one(node: dict[str, Any], effects: Effects, values: Values) -> None:
    operator = node.get("Op")
    if operator in _ASSIGNMENTS:
        effects.assigned.update(_NAME.findall(_text_of(node.get("X"))))
    if node.get("Type") == "ParamExp":
        for value in values.get(node["Param"]["Value"], ()):
            effects.add_text(value, values)
    elif isinstance(node.get("Value"), str):
        effects.add_text(node["Value"], values)
    for key, each in node.items():
        if key not in POSITION_KEYS:
            _collect(each, effects, values)


def _text_of(node: Any) -> str:
    """The words of an assignment's left side."""
    if isinstance(node, list):
        return " ".join(map(_text_of, node))
    if not isinstance(node, dict):
        return ""
    own = node["Value"] if isinstance(node.get("Value"), str) else ""
    return own + " " + " ".join(_text_of(each) for key, each in node.items() if key not in POSITION_KEYS)
