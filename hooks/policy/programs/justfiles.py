"""Reads justfiles: the commands of a recipe and of those that it needs, with the file's variables put in."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

from hooks.policy.shell.work import at_most

ASSIGNMENT = re.compile(r"(?:export\s+)?([\w-]+)\s*:=\s*(.+)")
HEAD = re.compile(r"@?([A-Za-z_][\w-]*)((?:\s[^:]*)?):(?!=)\s*(.*)")
ALIAS = re.compile(r"alias\s+([\w-]+)\s*:=\s*([\w-]+)")
QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
SHELL = re.compile(r"(?m)^set\s+(?:windows-)?shell\s*:=\s*\[([^\]\n]*)")
"""The program that runs each line."""
COMPUTED = "${MADE}"
RECIPES = 100


@dataclass(slots=True, kw_only=True)
class Recipe:
    """A recipe: what it needs, and its lines."""

    needs: list[str]
    lines: list[str] = field(default_factory=list)


def read_justfile(text: str, goals: tuple[str, ...]) -> list[str]:
    """The commands of these recipes, or of the first one; a recipe that begins with `#!` is one text."""
    recipes, variables, aliases = _parse(text)
    wanted = [aliases.get(goal, goal) for goal in goals if aliases.get(goal, goal) in recipes] or list(recipes)[:1]
    for name in wanted:
        wanted += [need for need in recipes[name].needs if need in recipes and need not in wanted]
        at_most(RECIPES, wanted)
    commands = [code for value in variables.values() for code in re.findall(r"`([^`]+)`", value)]
    commands += [shlex.join(a or b for a, b in QUOTED.findall(words)) for words in SHELL.findall(text)]
    for name in wanted:
        commands += _commands(recipes[name], variables)
    return commands


def recipe_names(text: str) -> list[str]:
    """The recipes that a person may name: not those that begin with `_`."""
    return [name for name in _parse(text)[0] if not name.startswith("_")]


def _parse(text: str) -> tuple[dict[str, Recipe], dict[str, str], dict[str, str]]:
    recipes: dict[str, Recipe] = {}
    variables: dict[str, str] = {}
    aliases: dict[str, str] = {}
    current: Recipe | None = None
    for line in re.sub(r"\\\n[ \t]*", " ", text).split("\n"):
        if line[:1] in {" ", "\t"} and current is not None:
            current.lines.append(line)
        elif alias := ALIAS.fullmatch(line.strip()):
            aliases[alias[1]] = alias[2]
        elif assignment := ASSIGNMENT.fullmatch(line.strip()):
            variables[assignment[1]] = assignment[2]
        elif head := HEAD.fullmatch(line):
            current = recipes[head[1]] = Recipe(needs=re.findall(r"[A-Za-z_][\w-]*", head[3].partition("#")[0]))
        elif line.strip() and not line.startswith(("#", "[")):
            current = None
    return recipes, variables, aliases


def _commands(recipe: Recipe, variables: dict[str, str]) -> list[str]:
    margin = min((len(line) - len(line.lstrip()) for line in recipe.lines if line.strip()), default=0)
    lines = [_put_in(line[margin:], variables) for line in recipe.lines]
    if lines and lines[0].startswith("#!"):
        return ["\n".join(lines)]
    return [line.lstrip("@-") for line in lines if line.strip("@- ")]


def _put_in(line: str, variables: dict[str, str]) -> str:
    return re.sub(r"\{\{(.*?)\}\}", lambda match: _value(match[1].strip(), variables), line)


def _value(expression: str, variables: dict[str, str], depth: int = 0) -> str:
    if quoted := QUOTED.fullmatch(expression):
        return quoted[1] if quoted[1] is not None else quoted[2]
    if code := re.fullmatch(r"`([^`]+)`", expression):
        return f"$({code[1]})"
    if " + " in expression and depth < len(variables) + 2:
        return "".join(_value(part.strip(), variables, depth + 1) for part in expression.split(" + "))
    if expression in variables and depth <= len(variables):
        return _value(variables[expression], variables, depth + 1)
    return COMPUTED
