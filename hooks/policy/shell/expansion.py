"""Words to the fields that a command receives: quotes, braces, variables, substitutions, tilde.

What cannot be known without running becomes `UNKNOWN` inside the field; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hooks.policy.shell import marks
from hooks.policy.shell.braces import expand_braces
from hooks.policy.shell.escapes import decode_ansi_c
from hooks.policy.shell.parameters import Expanded, expand
from hooks.policy.shell.tilde import expand_operand_tilde, expand_tilde, expand_tildes, expand_tildes_of_braces
from hooks.policy.shell.tree import POSITION_KEYS
from hooks.policy.shell.values import PLACEHOLDER, UNKNOWN, Feed, is_set_by_bash, single_value
from hooks.policy.shell.work import limit_size

if TYPE_CHECKING:
    from hooks.policy.shell.scope import Scope
    from hooks.policy.shell.syntax import Node

Separators = str | None
"""The characters at which unquoted values split; None where nothing is split."""
TRANSLATING = ("TEXTDOMAIN", "TEXTDOMAINDIR")
"""With these set, `$"…"` may print any text."""


@dataclass(slots=True, kw_only=True)
class Expansion:
    """Expands words in one scope; `run` walks the statements of a substitution and returns what they would print.

    `names` collects the variables that were read and that no assignment of the command had set; UNKNOWN among them
    is a variable whose name is unknown.
    """

    scope: Scope
    environment: dict[str, str]
    run: Callable[[list[Node]], Feed]
    run_fed: Callable[[list[Node]], Feed]
    name_pipe: Callable[[Feed], str]
    compute: Callable[[Node], None]
    spend: Callable[[int], None]
    names: set[str] = field(default_factory=set)

    def fields(self, word: Node) -> list[str]:
        """The fields that an unquoted position makes of a word: none, one or several."""
        raw = self._expand_parts(word, self._separators(), braced=True)
        braced = expand_braces(raw) if self.scope.is_bash else [marks.without_names(raw)]
        expand_home = expand_tildes if len(braced) == 1 and "{" not in raw else expand_tildes_of_braces
        words = [expand_home(each, self.lookup) for each in braced]
        return [marks.unmark(piece) for each in words for piece in marks.split_fields(each)]

    def text(self, word: Node | None) -> str:
        """The one string that a word is where no splitting happens: a here-string, the target of a redirection."""
        raw = expand_tilde(self._expand_parts(word, None), self.lookup)
        return marks.unmark(raw.replace(marks.BETWEEN, " "))

    def value(self, word: Node | None) -> str:
        """What an assignment assigns: tildes expand after each colon too."""
        raw = expand_tildes(f"x={self._expand_parts(word, None)}", self.lookup)
        return marks.unmark(raw[2:].replace(marks.BETWEEN, " "))

    def pattern(self, word: Node | None) -> str:
        """The text of a word with its quoted characters marked."""
        raw = self._expand_parts(word, None)
        return raw.replace(marks.EMPTY, "").replace(marks.BETWEEN, marks.mark(" "))

    def is_pattern(self, word: Node) -> bool:
        """Whether file name matching would decide what the word is."""
        if all(part["Type"] == "Lit" and not marks.is_pattern(part["Value"]) for part in word.get("Parts", [])):
            return False
        return marks.is_pattern(self._expand_parts(word, None))

    def _separators(self) -> str:
        """The characters at which unquoted values split: IFS, which is no variable of the environment."""
        return single_value(self.scope.variables.get("IFS", (marks.BLANKS,)))

    def _expand_parts(self, word: Node | None, separators: Separators, *, braced: bool = False) -> str:
        parts = (word or {}).get("Parts", [])
        pieces = [self._expand_part(part, separators) for part in parts]
        if braced and len(parts) > 1:
            ends = (marks.END_OF_NAME if part.get("Short") else "" for part in parts)
            pieces = [piece + end for piece, end in zip(pieces, ends, strict=True)]
        return limit_size("".join(pieces))

    def _expand_part(self, part: Node, separators: Separators) -> str:
        kind = part["Type"]
        if kind == "Lit":
            return marks.unescape(part["Value"])
        if kind == "SglQuoted":
            value = part.get("Value", "").replace(PLACEHOLDER, UNKNOWN)
            if part.get("Dollar"):
                value = decode_ansi_c(value) if self.scope.is_bash else f"${value}"
            return marks.mark(value) or marks.EMPTY
        if kind == "DblQuoted":
            return self._expand_double_quoted(part)
        return self._substitute(part, separators, within_quotes=False)

    def _expand_double_quoted(self, part: Node) -> str:
        if part.get("Dollar") and any(name in self.scope.variables for name in TRANSLATING):
            return UNKNOWN
        pieces = [
            marks.unescape_in_quotes(inner["Value"])
            if inner["Type"] == "Lit"
            else self._substitute(inner, None, within_quotes=True)
            for inner in part.get("Parts", [])
        ]
        lists = any(_is_list(inner) for inner in part.get("Parts", []))
        return "".join(pieces) or ("" if lists else marks.EMPTY)

    def _substitute(self, part: Node, separators: Separators, *, within_quotes: bool) -> str:
        kind = part["Type"]
        if kind == "ParamExp":
            return self._show(self.expand_parameter(part), separators, within_quotes=within_quotes)
        if kind == "CmdSubst":
            printed = self.run(part.get("Stmts", [])).text
            return self._show_value("\0" if printed is None else printed.rstrip("\n"), separators, within_quotes)
        if kind == "ProcSubst":
            inward = part.get("Op") == ">("
            return marks.mark(
                self.name_pipe(self.run_fed(part.get("Stmts", [])) if inward else self.run(part.get("Stmts", [])))
            )
        self.run_arithmetic(part)
        return UNKNOWN

    def _show(self, expanded: Expanded, separators: Separators, *, within_quotes: bool) -> str:
        """An expansion's values as they stand in the word."""
        if expanded.operand is not None:
            return self._expand_operand(expanded.operand, separators, within_quotes=within_quotes)
        if not expanded.listed:
            return self._show_value(expanded.values[0], separators, within_quotes)
        if expanded.joined and (within_quotes or separators is None):
            first = self._separators()[:1]
            return self._show_value(first.join(expanded.values), None, within_quotes)
        self.spend(len(expanded.values) // 4)
        shown = (self._show_value(value, separators, within_quotes) for value in expanded.values)
        return marks.BETWEEN.join(value or (marks.EMPTY if within_quotes else "") for value in shown)

    def _show_value(self, value: str, separators: Separators, within_quotes: bool) -> str:
        if within_quotes:
            return marks.mark(value)
        return UNKNOWN if UNKNOWN in (separators or "") and value else marks.mark_value(value, separators or "")

    def _expand_operand(self, word: Node, separators: Separators, *, within_quotes: bool) -> str:
        """`y` of `${x:-y}`: its unquoted parts split like a value; between quotes, single quotes are text."""
        parts = word.get("Parts", [])
        if within_quotes and any(part["Type"] == "DblQuoted" or part.get("Dollar") is True for part in parts):
            self.run_substitutions(word)  # what bash makes of quotes within quotes is not followed
            return UNKNOWN
        if within_quotes:
            return "".join(self._expand_quoted_operand(part) for part in parts)
        if UNKNOWN in (separators or "") or (folder := expand_operand_tilde(parts, self.lookup)) is None:
            self.run_substitutions(word)
            return UNKNOWN
        first, rest = folder
        return first + "".join(
            marks.unescape_operand(part["Value"], separators or "")
            if part["Type"] == "Lit"
            else self._expand_part(part, separators)
            for part in rest
        )

    def _expand_quoted_operand(self, part: Node) -> str:
        if part["Type"] == "Lit":
            return marks.unescape_in_quotes(part["Value"], '\\\\"$`}')
        if part["Type"] == "SglQuoted":  # no quotes here: what stands between them expands
            text = part.get("Value", "")
            return marks.mark(f"'{text}'") if re.fullmatch(r"[^\\$`\"]*", text) else UNKNOWN
        return self._substitute(part, None, within_quotes=True)

    def expand_parameter(self, node: Node) -> Expanded:
        """The value of `$x` or `${x…}`; several for `$@` and `${a[@]}`."""
        self.run_arithmetic(node.get("Index") or {})
        return expand(node, self)

    def lookup(self, name: str) -> str | None:
        """The value of a variable in this scope or in the known environment; None if unset as far as is known."""
        if (values := self.scope.variables.get(name)) is not None:
            self.names |= self.scope.origins.get(name, frozenset())
            return single_value(values)
        self.names.add(name)
        return self.environment.get(name, UNKNOWN if is_set_by_bash(name) else None)

    def peek(self, name: str) -> str | None:
        """The same for a variable that is only tested: its value goes nowhere."""
        noted = set(self.names)
        value = self.lookup(name)
        self.names = noted
        return value

    def names_are_unknown(self) -> None:
        """A variable is read whose name is unknown."""
        self.names.add(UNKNOWN)

    def run_arithmetic(self, node: Node) -> None:
        """Walk the commands inside an arithmetic expression, and what it assigns."""
        self.run_substitutions(node)
        self.compute(node)

    def run_substitutions(self, node: Any) -> None:
        """Walk the commands inside a part whose own value does not matter."""
        if isinstance(node, list):
            for each in node:
                self.run_substitutions(each)
        elif isinstance(node, dict):
            if node.get("Type") in {"CmdSubst", "ProcSubst"}:
                (self.run_fed if node.get("Op") == ">(" else self.run)(node.get("Stmts", []))
                return
            for key, each in node.items():
                if key not in POSITION_KEYS:
                    self.run_substitutions(each)

    def expand_document(self, word: Node, *, literal: bool, strip_tabs: bool = False) -> str:
        """A here-document's text; only an unquoted delimiter lets it expand. `<<-` strips tabs."""
        pieces = []
        for part in word.get("Parts", []):
            if part["Type"] == "Lit":
                pieces.append(
                    part["Value"].replace(PLACEHOLDER, UNKNOWN)
                    if literal
                    else re.sub(r"\\([\\$`\n])", _unescape_line, part["Value"])
                )
            else:
                pieces.append(self._substitute(part, None, within_quotes=True))
        raw = "".join(pieces)
        raw = re.sub(r"^\t+", "", raw, flags=re.MULTILINE) if strip_tabs else raw
        return marks.unmark(raw).replace(marks.BETWEEN, " ")


def _unescape_line(match: re.Match[str]) -> str:
    return "" if match[1] == "\n" else match[1]


def _is_list(part: Node) -> bool:
    """`$@` or `${a[@]}`, which may be no field at all even between quotes."""
    if part["Type"] != "ParamExp" or part.get("Length"):
        return False
    index = (part.get("Index") or {}).get("Parts", [{}])[0:1]
    return part["Param"]["Value"] == "@" or (bool(index) and index[0].get("Value") == "@")
