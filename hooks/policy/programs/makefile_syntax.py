"""Parses makefiles into variables and rules, includes taken in.

Conditions are not decided: what stands in one of their branches is added to what was there before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hooks.policy.programs.makefile_words import split_references
from hooks.policy.programs.makefiles import Makefile, MakefileRule

Reader = Callable[[str], "list[str]"]
"""Gives the texts of the files that a name or a pattern relative to the makefile's folder stands for."""

_INCLUDED = 60
_EVALUATED = 20
"""What an included file, and a text that make reads as a part of its file, count for."""
INCLUDE = re.compile(r"^[ ]*(?:-|s)?include[ \t]+(.+)$", re.MULTILINE)
ASSIGNMENT = re.compile(
    r"(?:(?:export|override|private|unexport)\s+)*([\w.-]+)\s*(\?=|:{0,3}=|\+=|!=)[ \t]*(.*)", re.DOTALL
)
DEFINITION = re.compile(r"(?:override\s+|export\s+)*define\s+([\w.-]+)\s*(?:[:?+]?=\s*)?")
PLAIN_RULE = re.compile(r"(?!-?s?include\b|else\b|endif\b)[\w./ +-]+: ?[\w./ +-]*")
"""Most lines of a large makefile: names, a colon, names."""
CONDITION = re.compile(r"[ \t]*(ifn?eq|ifn?def|else|endif)\b")


def read_makefile(text: str, read: Reader, given: Mapping[str, str] | None = None) -> Makefile:
    """Parse a makefile. `given` are the variables of the command line, which the file does not change."""
    parser = _Parser(read, dict(given or {}))
    parser.parse(text)
    return parser.made


class _Parser:
    """One parse: the makefile so far, and where in the text it is."""

    def __init__(self, read: Reader, given: dict[str, str]) -> None:
        self.made = Makefile(variables={name: (value,) for name, value in given.items()})
        self._read, self._given = read, given
        self._conditions = 0
        self._rule: MakefileRule | None = None
        self._prefix = "\t"

    def parse(self, text: str) -> None:
        lines = iter(text.replace("\r\n", "\n").split("\n"))
        for first in lines:
            line = first
            while line.endswith("\\") and (following := next(lines, None)) is not None:
                line += "\n" + following.removeprefix(self._prefix)
            if self._rule is not None and line.startswith(self._prefix):
                self._rule.lines.append(line[1:])
            elif definition := DEFINITION.fullmatch(line.strip()):
                self._define(definition[1], lines)
            elif line.strip() and not line.lstrip().startswith("#"):
                self._take(re.sub(r"(?<!\s)\s*\\\n\s*", " ", line).strip())

    def _define(self, name: str, lines: object) -> None:
        body: list[str] = []
        for line in lines:  # type: ignore[attr-defined]
            if line.strip() == "endef":
                break
            body.append(line)
        self._assign(name, "=", "\n".join(body))

    def _take(self, line: str) -> None:
        self.made.work.spend(1)
        if PLAIN_RULE.fullmatch(line):
            targets, _, rest = line.partition(":")
            self._add_rule(targets, rest.lstrip())
        elif condition := CONDITION.match(line):
            self._conditions += {"endif": -1, "else": 0}.get(condition[1], 1)
            self.made.loose.append(line)
        elif include := INCLUDE.match(line):
            self._include(include[1])
        elif assignment := ASSIGNMENT.fullmatch(line):
            self._assign(*assignment.groups())
        elif rule := split_rule(line):
            self._add_rule(*rule)
        else:
            self._take_loose(line)

    def _assign(self, name: str, operator: str, value: str) -> None:
        value = re.sub(r"(?<![\\$\s])\s+#.*$", "", value) if "\n" not in value else value
        before = self.made.variables.get(name, ())
        if name == ".RECIPEPREFIX":
            self._prefix = value[:1] or "\t"
        if name in self._given:
            return
        if operator == "!=":
            value = f"$(shell {value})"
        if operator == "+=":
            self.made.variables[name] = tuple(f"{each} {value}" for each in before) or (value,)
        elif operator == "?=" and before:
            self.made.variables[name] = before
        else:
            self.made.variables[name] = (*(before if self._conditions else ()), _without_itself(name, value, before))

    def _add_rule(self, targets: str, rest: str) -> None:
        names = [name for text in self.made.expand(targets) for name in text.split()]
        if assignment := ASSIGNMENT.fullmatch(rest):  # a variable of these targets alone
            self._assign_for_targets(*assignment.groups())
            return
        needs, semicolon, inline = rest.partition(";")
        static = re.match(r"([^:]*%[^:]*):(?!=)(.*)", needs)  # `objects: %.o: %.c`
        self._rule = MakefileRule(
            targets=names, needs=static[2] if static else needs, pattern=static[1].strip() if static else ""
        )
        if semicolon:
            self._rule.lines.append(inline)
        self.made.add(self._rule)

    def _assign_for_targets(self, name: str, operator: str, value: str) -> None:
        self._conditions += 1
        self._assign(name, operator, value)
        self._conditions -= 1

    def _include(self, names: str) -> None:
        for name in dict.fromkeys(" ".join(self.made.expand(names)).split()):
            self.made.work.spend(1)
            for text in self._read(name) if "${" not in name else ():
                self.made.work.spend(_INCLUDED)
                self.parse(text)

    def _take_loose(self, line: str) -> None:
        """`$(shell …)` runs at once; `$(eval …)` and what a macro gives are read as parts of the file."""
        self.made.loose.append(line)
        self._rule = None
        self.made.work.spend(_EVALUATED)
        if re.search(r"\$[({](eval|call|foreach)\b", line):
            for text in self.made.expand(line):
                if text != line and text.strip():
                    self.parse(text.replace("$\0$", "$"))


def split_rule(line: str) -> tuple[str, str] | None:
    """The targets and what follows the colons; colons and signs inside of references are no part of that."""
    position = 0
    for piece in split_references(line):
        if not piece.startswith("$") or len(piece) < 2:  # noqa: PLR2004 -- a sign and what follows
            if found := re.search(r"&?::?(?![:=])", piece):
                targets = line[: position + found.start()]
                bare = "".join(each for each in split_references(targets) if not each.startswith("$"))
                return (targets, line[position + found.end() :].lstrip()) if targets and "=" not in bare else None
            if re.search(r"[=#]", piece):
                return None
        position += len(piece)
    return None


def _without_itself(name: str, value: str, before: tuple[str, ...]) -> str:
    """`X := a $(X)` gives the value that the variable had."""
    last = before[-1] if before else ""
    return value.replace(f"$({name})", last).replace(f"${{{name}}}", last)
