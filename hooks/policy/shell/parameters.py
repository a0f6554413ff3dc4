"""Parameter expansion: `$x`, `${x:-y}`, `${x//a/b}`, `${a[@]}`, where the value is known without running."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from hooks.policy.shell.values import UNKNOWN, single_value

if TYPE_CHECKING:
    from hooks.policy.shell.scope import Scope
    from hooks.policy.shell.syntax import Node

COUNTED = {"?": "0", "$": "$$", "!": "$!", "#": "0", "-": "hB", "RANDOM": "0", "SECONDS": "0", "LINENO": "0"}
PATTERN_CHARACTERS = re.compile(r"[*?\[\\]")


class Reader(Protocol):
    """What an expansion of parameters needs of the words around it."""

    scope: Scope

    def lookup(self, name: str) -> str | None:
        """The value of a variable; None if it is unset as far as is known."""

    def text(self, word: Node | None) -> str:
        """The one string that a word is where no splitting happens."""

    def run_substitutions(self, node: Any) -> None:
        """Walk the commands inside a part whose own value does not matter."""


def expand(node: Node, reader: Reader) -> list[str]:
    """The values of a parameter expansion."""
    name = node["Param"]["Value"]
    if node.get("Length"):
        return ["0"]
    if (listed := _expand_list(node, name, reader)) is not None:
        return listed
    value = _expand_scalar(name, reader)
    if node.get("Excl"):
        value = reader.lookup(value or UNKNOWN)  # with a name that is not known it may be any variable
    if "Index" in node:
        value = _expand_element(node, name, reader)
    return [_modify(node, value, reader)]


def _expand_list(node: Node, name: str, reader: Reader) -> list[str] | None:
    """`$@`, `$*` and whole arrays; None for what is one value."""
    if name in {"@", "*"}:
        positional = reader.scope.positional
        return [UNKNOWN] if positional is None else list(positional)
    index = _literal(node.get("Index"))
    if index in {"@", "*"}:
        if node.get("Slice") or node.get("Repl") or node.get("Exp"):
            return [UNKNOWN]
        values = reader.scope.arrays.get(name)
        return list(values) if values is not None else [reader.lookup(name) or UNKNOWN]
    return None


def _expand_scalar(name: str, reader: Reader) -> str | None:
    if name in COUNTED:
        return COUNTED[name]
    if name == "0":
        return single_value(reader.scope.variables.get("0", ("bash",)))
    if name.isdigit():
        positional = reader.scope.positional
        if positional is None:
            return UNKNOWN
        return positional[int(name) - 1] if int(name) <= len(positional) else ""
    if (elements := reader.scope.arrays.get(name)) is not None:
        return elements[0] if elements else ""
    return reader.lookup(name)


def _expand_element(node: Node, name: str, reader: Reader) -> str:
    elements, index = reader.scope.arrays.get(name), _literal(node.get("Index"))
    if elements is None or index is None or not index.isdigit() or UNKNOWN in elements:
        return UNKNOWN
    return elements[int(index)] if int(index) < len(elements) else ""


def _literal(node: Node | None) -> str | None:
    parts = (node or {}).get("Parts", [])
    return parts[0]["Value"] if len(parts) == 1 and parts[0]["Type"] == "Lit" else None


def _modify(node: Node, value: str | None, reader: Reader) -> str:
    if "Exp" in node:
        return _operate(node["Exp"], value, reader)
    known = UNKNOWN if value is None else value
    if "Slice" in node:
        return _slice(node["Slice"], known, reader)
    if "Repl" in node:
        return _replace(node["Repl"], known, reader)
    return known


def _operate(operation: dict[str, Any], value: str | None, reader: Reader) -> str:
    operator = operation["Op"]
    operand = reader.text(operation.get("Word"))
    if operator in {":-", "-", ":=", "="}:
        return operand if value in (None, "") else value or ""
    if operator in {":+", "+"}:
        return UNKNOWN if operand else ""
    if operator in {":?", "?"}:
        return UNKNOWN if value is None else value
    if value is None or UNKNOWN in value + operand:
        return UNKNOWN
    return _trim(operator, value, operand)


def _trim(operator: str, value: str, operand: str) -> str:
    if operator in {",,", "^^"}:
        return value.lower() if operator == ",," else value.upper()
    if operator in {",", "^"}:
        return (value[:1].lower() if operator == "," else value[:1].upper()) + value[1:]
    if PATTERN_CHARACTERS.search(operand):
        return UNKNOWN
    if operator in {"#", "##"}:
        return value.removeprefix(operand)
    return value.removesuffix(operand) if operator in {"%", "%%"} else UNKNOWN


def _slice(bounds: dict[str, Any], value: str, reader: Reader) -> str:
    reader.run_substitutions(bounds)
    start, length = _number(bounds.get("Offset")), _number(bounds.get("Length"))
    if UNKNOWN in value or start is None or (bounds.get("Length") and length is None):
        return UNKNOWN
    return value[start:] if length is None else value[start:][:length]


def _number(node: Node | None) -> int | None:
    text = _literal(node)
    return int(text) if text is not None and text.isdigit() else None


def _replace(replacement: dict[str, Any], value: str, reader: Reader) -> str:
    old, new = reader.text(replacement.get("Orig")), reader.text(replacement.get("With"))
    if UNKNOWN in value + old + new or not old or PATTERN_CHARACTERS.search(old) or old[0] in "#%":
        return UNKNOWN
    return value.replace(old, new) if replacement.get("All") else value.replace(old, new, 1)
