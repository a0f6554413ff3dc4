"""Tasks of the repository: package.json scripts and make targets are read and judged, others go by their names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, families
from hooks.policy.programs.publish import task_named
from hooks.policy.shell.files import read_text
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import listed, valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

TASK_DEPTH = 4


def node_script(verb: str, rest: list[str], folder: str, command: Command, shell: Shell) -> None:
    name = (
        rest[0]
        if verb in {"run", "run-script", "rum", "urn"} and rest
        else verb
        if verb in {"test", "start", "stop", "restart", "t", "tst"} or command.program != "npm"
        else ""
    )
    if not name or name.startswith("-"):
        return
    text = _script_text({"t": "test", "tst": "test"}.get(name, name), folder, shell)
    if text is None:
        task_named(name, command, shell)
        if command.program in {"yarn", "pnpm", "bun"} and verb not in {"run", "run-script"}:
            _package_program(verb, command, shell)
        return
    task_named(name, command, shell)
    judged_task(text, folder, shell)


def _package_program(verb: str, command: Command, shell: Shell) -> None:
    """`yarn prisma migrate reset`: a package's program by its name."""
    words = list(command.arguments)
    inner = words[words.index(verb) :]
    if verb not in listed("node_verbs") and len(inner) > 1:
        shell.run(inner, command.feed)


def _script_text(name: str, folder: str, shell: Shell) -> str | None:
    for path in shell.resolve(f"{folder}/package.json"):
        text = read_text(path, str(shell.context.workspace)) if path else None
        if text is None:
            continue
        try:
            scripts = json.loads(text).get("scripts", {})
        except (ValueError, AttributeError):
            return None
        found = scripts.get(name) if isinstance(scripts, dict) else None
        if isinstance(found, str):
            before, after = scripts.get(f"pre{name}"), scripts.get(f"post{name}")
            return "\n".join(part for part in (before, found, after) if isinstance(part, str))
    return None


def judged_task(text: str, folder: str, shell: Shell) -> None:
    """A task's own text, judged as the repository's code is: certain findings refuse, the rest runs."""
    if shell.scope.calls.count("task") >= TASK_DEPTH:
        return
    scope = shell.scope.copy()
    scope.calls = (*scope.calls, "task")
    scope.folders = frozenset(path or UNKNOWN for path in shell.resolve(folder))
    with shell.session.leniently():
        shell.walker.text(text, scope)


def make(command: Command, shell: Shell) -> None:
    """make: the recipe of each named target is read and judged; a makefile on standard input is code."""
    options = parse(command.arguments, valued("make"))
    if options.has("-n", "--dry-run", "--just-print", "--recon", "-q", "--question", "--help", "--version", "-v"):
        return
    for code in options.values("--eval", "-E"):
        shell.prose(code)
    goals = [word for word in options.operands if "=" not in word]
    for assignment in (word for word in options.operands if "=" in word):
        name, _, value = assignment.partition("=")
        if name.strip(":+?") in {"SHELL", ".SHELLFLAGS"}:
            shell.code(value)
        shell.prose(value)
    folder = options.value("-C", "--directory") or "."
    text = _makefile(options.value("-f", "--file", "--makefile"), folder, command, shell)
    if text is None:
        for goal in goals:
            task_named(goal, command, shell)
        return
    strict = options.value("-f", "--file", "--makefile") in {"-", "/dev/stdin"}
    for recipe_lines in (recipe(text, goal) for goal in (goals or [first_target(text)])):
        if strict:
            shell.code("\n".join(recipe_lines))
        elif recipe_lines:
            judged_task("\n".join(recipe_lines), folder, shell)
    for goal in goals:
        task_named(goal, command, shell)


def _makefile(name: str | None, folder: str, command: Command, shell: Shell) -> str | None:
    if name in {"-", "/dev/stdin"}:
        return command.feed.text
    for candidate in (name,) if name else ("GNUmakefile", "makefile", "Makefile"):
        path = shell.resolve(f"{folder}/{candidate}" if not str(candidate).startswith("/") else str(candidate))[0]
        exists, text = shell.session.content(path) if path else (False, None)
        if exists:
            return text
    return None


def first_target(text: str) -> str:
    """The target that `make` alone builds."""
    found = re.search(r"^([A-Za-z0-9_][\w./-]*)\s*:(?!=)", text, re.MULTILINE)
    return found[1] if found else ""


def recipe(text: str, target: str, depth: int = 0) -> list[str]:
    """The shell lines of a target and of what it depends on, variables replaced where the file sets them."""
    if not target or depth > TASK_DEPTH:
        return []
    names = rf"(?:[\w./ -]*\s)?{re.escape(target)}(?:\s[\w./ -]*)?"
    found = re.search(rf"^{names}\s*::?(?!=)([^\n]*)((?:\n(?:\t[^\n]*|[ ]*#[^\n]*|\s*))*)", text, re.MULTILINE)
    if found is None:
        return []
    variables = dict(re.findall(r"^([A-Z_a-z]\w*)\s*[:?]?=\s*(.*)$", text, re.MULTILINE))
    head, _, inline = found[1].partition(";")
    lines = [line for name in head.split() for line in recipe(text, name, depth + 1)]
    body = [inline] if inline.strip() else []
    body += [line.lstrip("\t") for line in found[2].split("\n") if line.startswith("\t")]
    return lines + [_shell_line(line, variables) for line in body]


def _shell_line(line: str, variables: dict[str, str]) -> str:
    stripped = line.lstrip("@-+ ")
    for _ in range(3):
        stripped = re.sub(r"\$[({](\w+)[)}]", lambda match: variables.get(match[1], "${" + match[1] + "}"), stripped)
    stripped = re.sub(r"\$\((?![(\w]*\))[^)]*\)", "${MADE}", stripped)
    return stripped.replace("$$", "$").replace("$@", "target").replace("$<", "source").replace("$^", "sources")


def tasked(command: Command, shell: Shell) -> None:
    """just, task, rake-like runners without a file that is read here: by the task's name."""
    for operand in parse(command.arguments, "-f --justfile -d --dir -t --taskfile -C --file -e").operands:
        task_named(operand, command, shell)


TABLE: Table = families(__name__, make, tasked)
