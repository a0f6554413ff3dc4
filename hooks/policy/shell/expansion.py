"""Words to the fields that a command receives: quotes, braces, variables, substitutions, tilde.

What cannot be known without running becomes `UNKNOWN` inside the field; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hooks.policy.shell import marks
from hooks.policy.shell.parameters import expand
from hooks.policy.shell.values import UNKNOWN, Feed, single_value
from hooks.policy.shell.work import limit_size

if TYPE_CHECKING:
    from hooks.policy.shell.scope import Scope
    from hooks.policy.shell.syntax import Node

EMPTY = chr(marks.BASE)
BETWEEN = chr(marks.BASE + 1)


@dataclass(slots=True, kw_only=True)
class Expansion:
    """Expands words in one scope; `run` walks the statements of a substitution and returns what they would print.

    `names` collects the variables that were read and that no assignment of the command had set.
    """

    scope: Scope
    environment: dict[str, str]
    run: Callable[[list[Node]], Feed]
    run_fed: Callable[[list[Node]], Feed]
    name_pipe: Callable[[Feed], str]
    names: set[str] = field(default_factory=set)

    def fields(self, word: Node) -> list[str]:
        """The fields that an unquoted position makes of a word: none, one or several."""
        raw = limit_size("".join(self._expand_part(part) for part in word.get("Parts", [])))
        found = [self._expand_home(piece) for braced in marks.expand_braces(raw) for piece in self._split(braced)]
        return [self._finish(piece) for piece in found]

    def text(self, word: Node | None) -> str:
        """The one string that a word is where no splitting happens: an assignment, a here-string."""
        raw = limit_size("".join(self._expand_part(part) for part in (word or {}).get("Parts", [])))
        return self._finish(self._expand_home(raw)).replace(BETWEEN, " ")

    def is_pattern(self, word: Node) -> bool:
        """Whether file name matching would decide what the word is."""
        raw = "".join(self._expand_part(part) for part in word.get("Parts", []))
        return marks.is_pattern(raw)

    def _finish(self, piece: str) -> str:
        return marks.unmark(piece.replace(EMPTY, ""))

    def _expand_home(self, piece: str) -> str:
        if piece.startswith("~") and (len(piece) == 1 or piece[1] == "/"):
            return self.environment["HOME"] + piece[1:]
        if piece.startswith("~+"):
            return self.environment["PWD"] + piece[2:]
        return piece

    def _split(self, raw: str) -> list[str]:
        separators = self.scope.variables.get("IFS", (" \t\n",))[0]
        pattern = "[" + re.escape(separators + BETWEEN) + "]+"
        return [piece for piece in re.split(pattern, raw) if piece]

    def _expand_part(self, part: Node) -> str:
        kind = part["Type"]
        if kind == "Lit":
            return marks.unescape(part["Value"])
        if kind == "SglQuoted":
            value = part.get("Value", "")
            return marks.mark(marks.decode_ansi_c(value) if part.get("Dollar") else value) or EMPTY
        if kind == "DblQuoted":
            return self._expand_double_quoted(part)
        return self._substitute(part, within_quotes=False)

    def _expand_double_quoted(self, part: Node) -> str:
        pieces = [
            marks.unescape_in_quotes(inner["Value"])
            if inner["Type"] == "Lit"
            else self._substitute(inner, within_quotes=True)
            for inner in part.get("Parts", [])
        ]
        return "".join(pieces) or EMPTY

    def _substitute(self, part: Node, *, within_quotes: bool) -> str:
        kind = part["Type"]
        if kind == "ParamExp":
            values = self.expand_parameter(part)
            shown = marks.mark if within_quotes else _mark_braces
            return BETWEEN.join(shown(value) for value in values)
        if kind == "CmdSubst":
            printed = self.run(part.get("Stmts", [])).text
            value = UNKNOWN if printed is None else printed.rstrip("\n")
            return marks.mark(value) if within_quotes else _mark_braces(value)
        if kind == "ProcSubst":
            inward = part.get("Op") == ">("
            return marks.mark(
                self.name_pipe(self.run_fed(part.get("Stmts", [])) if inward else self.run(part.get("Stmts", [])))
            )
        self.run_substitutions(part)
        return UNKNOWN

    def expand_parameter(self, node: Node) -> list[str]:
        """The value of `$x` or `${x…}`; several for `$@` and `${a[@]}`."""
        self.run_substitutions(node.get("Index") or {})
        return expand(node, self)

    def lookup(self, name: str) -> str | None:
        """The value of a variable in this scope or in the known environment; None if unset as far as is known."""
        if (values := self.scope.variables.get(name)) is not None:
            return single_value(values)
        self.names.add(name)
        return self.environment.get(name)

    def run_substitutions(self, node: Any) -> None:
        """Walk the commands inside a part whose own value does not matter."""
        if isinstance(node, list):
            for each in node:
                self.run_substitutions(each)
        elif isinstance(node, dict):
            if node.get("Type") in {"CmdSubst", "ProcSubst"}:
                (self.run_fed if node.get("Op") == ">(" else self.run)(node.get("Stmts", []))
                return
            for each in node.values():
                self.run_substitutions(each)

    def expand_document(self, word: Node, *, literal: bool) -> str:
        """A here-document's text; only an unquoted delimiter lets it expand."""
        pieces = []
        for part in word.get("Parts", []):
            if part["Type"] == "Lit":
                pieces.append(part["Value"] if literal else re.sub(r"\\([\\$`])", r"\1", part["Value"]))
            else:
                pieces.append(self._finish(self._substitute(part, within_quotes=True)))
        return "".join(pieces)


def _mark_braces(value: str) -> str:
    """An unquoted value splits and matches files, but its braces and tildes are text, and so commas are."""
    return "".join(marks.mark(character) if character in "{}~" else character for character in value)
