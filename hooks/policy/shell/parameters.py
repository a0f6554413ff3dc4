"""Parameter expansion: `$x`, `${x:-y}`, `${x//a/b}`, `${a[@]}`, where the value is known without running."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hooks.policy.shell import patterns
from hooks.policy.shell.syntax import NotUnderstood
from hooks.policy.shell.tree import find_variables
from hooks.policy.shell.values import UNKNOWN

if TYPE_CHECKING:
    from hooks.policy.shell.scope import Scope
    from hooks.policy.shell.syntax import Node

PROCESS = {"$": "$$", "!": "$!"}
"""Stand for numbers of processes: rules know them by these texts."""
IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_HARMLESS = frozenset("QEAaKkUuL")
"""The operators of `${x@…}` that run nothing of the value."""
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """What an expansion gives: values, each of them a field (`joined`: one field), or the operand of `${x:-…}`."""

    values: tuple[str, ...] = ()
    listed: bool = False
    joined: bool = False
    operand: Node | None = None


NOT_KNOWN = Expanded(values=(UNKNOWN,))


class Reader(Protocol):
    """What an expansion of parameters needs of the words around it."""

    scope: Scope

    def lookup(self, name: str) -> str | None:
        """The value of a variable; None if it is unset as far as is known."""

    def peek(self, name: str) -> str | None:
        """The same for a variable that is only tested: its value goes nowhere."""

    def text(self, word: Node | None) -> str:
        """The one string that a word is where no splitting happens."""

    def pattern(self, word: Node | None) -> str:
        """The same with its quoted characters marked."""

    def names_are_unknown(self) -> None:
        """A variable is read whose name is unknown."""

    def run_substitutions(self, node: Any) -> None:
        """Walk the commands inside a part whose own value does not matter."""

    def run_arithmetic(self, node: Node) -> None:
        """The same for arithmetic, with what it assigns."""

    def spend(self, units: int) -> None:
        """Count what this costs."""


def expand(node: Node, reader: Reader) -> Expanded:
    """The values of a parameter expansion."""
    name, index = node["Param"]["Value"], literal(node.get("Index"))
    if node.get("Names"):
        reader.names_are_unknown()
        return NOT_KNOWN
    whole = name if name in {"@", "*"} else index if index in {"@", "*"} else None
    if whole is not None:
        return _expand_list(node, name, whole, reader)
    unset = name not in reader.scope.variables and name not in reader.scope.arrays
    if node.get("Length") and unset and IDENTIFIER.fullmatch(name) and not node.get("Excl"):
        return Expanded(values=(UNKNOWN,))  # without reading it: how long a variable is gives nothing of it away
    if _only_tests(node) and IDENTIFIER.fullmatch(name) and name not in PROCESS and name not in reader.scope.arrays:
        return _modify(node, reader.peek(name), reader)
    value = _expand_element(node, name, reader) if "Index" in node else _expand_scalar(name, reader)
    if node.get("Excl"):
        value = _expand_indirect(value, reader)
    if node.get("Length"):
        known = value is not None and UNKNOWN not in value and value.isascii() and name != "#"
        return Expanded(values=(str(len(value or "")) if known else UNKNOWN,))
    return _modify(node, value, reader)


def _only_tests(node: Node) -> bool:
    """`${x:+y}` gives `y` or nothing, and never what the variable holds."""
    return (node.get("Exp") or {}).get("Op") in {"+", ":+"} and "Index" not in node and not node.get("Excl")


def _expand_indirect(name: str | None, reader: Reader) -> str | None:
    """`${!x}`: the variable that `x` names."""
    if name is None or UNKNOWN in name:
        reader.names_are_unknown()
        return UNKNOWN
    if IDENTIFIER.fullmatch(name):
        return reader.lookup(name)
    reader.run_arithmetic({"Type": "SglQuoted", "Value": name})
    return UNKNOWN


def _expand_list(node: Node, name: str, whole: str, reader: Reader) -> Expanded:
    """`$@`, `$*` and whole arrays."""
    values = _elements(name, reader)
    joined = whole == "*"
    if (node.get("Exp") or {}).get("Op") == "@" and literal(node["Exp"].get("Word")) not in _HARMLESS:
        for value in values or (UNKNOWN,):
            _run_prompt(value, reader)
    if node.get("Slice") or node.get("Repl") or node.get("Exp"):
        reader.run_substitutions([node.get(key) for key in ("Slice", "Repl", "Exp")])
        return Expanded(values=(UNKNOWN,), listed=True, joined=joined)
    if values is None or UNKNOWN in values:
        values = (UNKNOWN,) if values is None else values
        known = not (node.get("Excl") or node.get("Length"))
        return Expanded(values=values if known else (UNKNOWN,), listed=True, joined=joined)
    if node.get("Length"):
        return Expanded(values=(str(len(values)),))
    if node.get("Excl"):
        values = tuple(map(str, range(len(values)))) if name not in {"@", "*"} else (UNKNOWN,)
    return Expanded(values=values, listed=True, joined=joined)


def _elements(name: str, reader: Reader) -> tuple[str, ...] | None:
    """The elements of an array, or of the positional parameters; a scalar is an array of one."""
    if name in {"@", "*"}:
        return reader.scope.positional
    if (values := reader.scope.arrays.get(name)) is not None:
        return values
    value = reader.lookup(name)
    return None if value is None or UNKNOWN in value else (value,)


def _expand_scalar(name: str, reader: Reader) -> str | None:
    positional = reader.scope.positional
    if name in PROCESS:
        return PROCESS[name]
    if name == "#":
        return UNKNOWN if positional is None or UNKNOWN in "".join(positional) else str(len(positional))
    if name.isdigit() and name != "0":
        return UNKNOWN if positional is None else _select(positional, int(name) - 1)
    if (elements := reader.scope.arrays.get(name)) is not None:
        return UNKNOWN if _is_of_function(name, reader) else _select(elements, 0)
    return reader.lookup(name)


def _is_of_function(name: str, reader: Reader) -> bool:
    """Within a function BASH_SOURCE is the file that defined it, which is not followed."""
    return name == "BASH_SOURCE" and bool(reader.scope.calls)


def _select(elements: tuple[str, ...], index: int) -> str:
    """One element; an earlier one that is unknown may be several."""
    if UNKNOWN in "".join(elements[:index]):
        return UNKNOWN
    return elements[index] if index < len(elements) else ""


def _expand_element(node: Node, name: str, reader: Reader) -> str:
    elements, index = reader.scope.arrays.get(name), literal(node.get("Index"))
    if elements is None or _is_of_function(name, reader) or index is None or not _NUMBER.fullmatch(index):
        return UNKNOWN
    return _select(elements, int(index))


def literal(node: Node | None) -> str | None:
    """The text of a word that is nothing but text."""
    parts = (node or {}).get("Parts", [])
    return parts[0]["Value"] if len(parts) == 1 and parts[0]["Type"] == "Lit" else None


def _modify(node: Node, value: str | None, reader: Reader) -> Expanded:
    if "Exp" in node:
        return _operate(node["Exp"], node, value, reader)
    if "Slice" in node:
        return Expanded(values=(_slice(node["Slice"], value, reader),))
    if "Repl" in node:
        return Expanded(values=(_replace(node["Repl"], value, reader),))
    return Expanded(values=(UNKNOWN if value is None else value,))


def _operate(operation: dict[str, Any], node: Node, value: str | None, reader: Reader) -> Expanded:
    operator, word = operation["Op"], operation.get("Word")
    if operator == "@" and literal(word) not in _HARMLESS:
        _run_prompt(value, reader)
        return NOT_KNOWN
    if operator[-1] not in "-=+?":
        return Expanded(values=(_trim(operator, value, word, reader),))
    chosen = _choose(operator, value)
    if not chosen and operator[-1] == "+":
        for name in find_variables(word):
            reader.lookup(name)  # the environment may well set what counts as unset here, and then these are given
    if chosen is None:
        reader.run_substitutions(word)
        return NOT_KNOWN
    if not chosen:
        reader.run_substitutions(word)
        return Expanded(values=("" if operator[-1] == "+" else value or "",))
    if operator[-1] == "=":
        return _assign(node, reader.text(word), reader)
    return Expanded(operand=word or {"Parts": []})


def _run_prompt(value: str | None, reader: Reader) -> None:
    """`${x@P}` expands the value as a prompt: its substitutions run."""
    if value is None or UNKNOWN in value:
        raise NotUnderstood("an unknown text is expanded as a prompt")
    reader.run_arithmetic({"Type": "SglQuoted", "Value": value})


def _assign(node: Node, value: str, reader: Reader) -> Expanded:
    """`${x:=y}` assigns; which variable or element that is, is followed for a plain name only."""
    if "Index" in node or node.get("Excl"):
        raise NotUnderstood("an expansion assigns to what it computes")
    reader.scope.put(node["Param"]["Value"], (value,))
    return Expanded(values=(value,))


def _choose(operator: str, value: str | None) -> bool | None:
    """Whether `${x:-y}` gives its operand; None if that is unknown.

    Without the colon it matters whether an empty variable is set, which is not followed.
    """
    if value is not None and (value.replace(UNKNOWN, "") == "" and (value or ":" not in operator)):
        return None
    given = bool(value)
    if operator[-1] == "?":
        return False if given else None
    return given if operator[-1] == "+" else not given


def _trim(operator: str, value: str | None, word: Node | None, reader: Reader) -> str:
    """`#`, `%` and their doubles, `^`, `,`; what the case of a letter is beyond ASCII depends on the locale."""
    reader.spend(len(value or "") // 8)
    pattern = patterns.compile_pattern(reader.pattern(word), value or "")
    if value is None or pattern is None:
        return UNKNOWN
    if operator in {"#", "##", "%", "%%"}:
        return patterns.remove(operator, value, pattern)
    if not value.isascii() or word is not None or operator not in {",", ",,", "^", "^^"}:
        return UNKNOWN
    changed = value.lower() if operator[0] == "," else value.upper()
    return changed if len(operator) > 1 else changed[:1] + value[1:]


def _slice(bounds: dict[str, Any], value: str | None, reader: Reader) -> str:
    reader.run_arithmetic(bounds)
    start, length = _number(bounds.get("Offset")), _number(bounds.get("Length"))
    if value is None or UNKNOWN in value or not value.isascii() or start is None:
        return UNKNOWN
    if bounds.get("Length") and length is None:
        return UNKNOWN
    return value[start:] if length is None else value[start:][:length]


def _number(node: Node | None) -> int | None:
    text = literal(node)
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None


def _replace(replacement: dict[str, Any], value: str | None, reader: Reader) -> str:
    old, new = reader.pattern(replacement.get("Orig")), reader.text(replacement.get("With"))
    return UNKNOWN if value is None else patterns.replace(value, old, new, everywhere=bool(replacement.get("All")))
