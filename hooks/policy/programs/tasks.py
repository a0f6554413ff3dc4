"""Tasks of the repository: package.json scripts and make targets are read and judged, others go by their names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.publish import check_task_name
from hooks.policy.shell.files import read_text
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import listed, valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

TASK_DEPTH = 4


RUN_VERBS = frozenset({"run", "run-script", "rum", "urn"})
SCRIPT_VERBS = {"test": "test", "t": "test", "tst": "test", "start": "start", "stop": "stop", "restart": "restart"}
"""Subcommands that run the script of the same name; `t` and `tst` are npm's own short forms."""


def check_node_script(verb: str, rest: list[str], folder: str, command: Command, shell: Shell) -> None:
    """A script of package.json: its text and its name are judged; without one, pnpm, yarn and bun run a program."""
    name = _script_name(verb, rest, command)
    if not name or name.startswith("-"):
        return
    check_task_name(name, command, shell)
    text = _read_script(name, folder, shell)
    if text is not None:
        judge_task(text, folder, shell)
    elif command.program in {"yarn", "pnpm", "bun"} and verb not in {"run", "run-script"}:
        _judge_package_program(verb, command, shell)


def _script_name(verb: str, rest: list[str], command: Command) -> str:
    if verb in RUN_VERBS and rest:
        return rest[0]
    return SCRIPT_VERBS.get(verb, "" if command.program == "npm" else verb)


def _judge_package_program(verb: str, command: Command, shell: Shell) -> None:
    """`yarn prisma migrate reset`: a package's program by its name."""
    words = list(command.arguments)
    inner = words[words.index(verb) :]
    if verb not in listed("node_verbs") and len(inner) > 1:
        shell.judge_argv(inner, command.feed)


def _read_script(name: str, folder: str, shell: Shell) -> str | None:
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


def judge_task(text: str, folder: str, shell: Shell) -> None:
    """A task's own text, judged as the repository's code is: certain findings refuse, the rest runs."""
    if shell.scope.calls.count("task") >= TASK_DEPTH:
        return
    scope = shell.scope.copy()
    scope.calls = (*scope.calls, "task")
    scope.folders = frozenset(path or UNKNOWN for path in shell.resolve(folder))
    with shell.session.as_repository_code():
        shell.walker.walk_text(text, scope)


ONLY_SHOWS = ("-n", "--dry-run", "--just-print", "--recon", "-q", "--question", "--help", "--version", "-v")


def check_make(command: Command, shell: Shell) -> None:
    """make: the recipe of each named target is read and judged; a makefile on standard input is code."""
    options = parse(command.arguments, valued("make"))
    if options.has(*ONLY_SHOWS):
        return
    for code in options.values("--eval", "-E"):
        shell.refuse_if_surely_code(code)
    for assignment in (word for word in options.operands if "=" in word):
        _check_make_variable(assignment, shell)
    goals = [word for word in options.operands if "=" not in word]
    _judge_recipes(goals, options, command, shell)
    for goal in goals:
        check_task_name(goal, command, shell)


def _check_make_variable(assignment: str, shell: Shell) -> None:
    name, _, value = assignment.partition("=")
    if name.strip(":+?") in {"SHELL", ".SHELLFLAGS"}:
        shell.judge_text(value)
    shell.refuse_if_surely_code(value)


def _judge_recipes(goals: list[str], options: Options, command: Command, shell: Shell) -> None:
    """The repository's recipes are its own code; those of a makefile on standard input are the session's."""
    name, folder = options.value("-f", "--file", "--makefile"), options.value("-C", "--directory") or "."
    makefile = _read_makefile(name, folder, command, shell)
    for goal in (goals or [find_first_target(makefile)]) if makefile is not None else []:
        lines = "\n".join(recipe_lines(makefile or "", goal))
        if name in {"-", "/dev/stdin"}:
            shell.judge_text(lines)
        elif lines:
            judge_task(lines, folder, shell)


def _read_makefile(name: str | None, folder: str, command: Command, shell: Shell) -> str | None:
    if name in {"-", "/dev/stdin"}:
        return command.feed.text
    for candidate in (name,) if name else ("GNUmakefile", "makefile", "Makefile"):
        path = shell.resolve(f"{folder}/{candidate}" if not str(candidate).startswith("/") else str(candidate))[0]
        exists, text = shell.session.read_content(path) if path else (False, None)
        if exists:
            return text
    return None


def find_first_target(text: str) -> str:
    """The target that `make` alone builds."""
    found = re.search(r"^([A-Za-z0-9_][\w./-]*)\s*:(?!=)", text, re.MULTILINE)
    return found[1] if found else ""


def recipe_lines(text: str, target: str, depth: int = 0) -> list[str]:
    """The shell lines of a target and of what it depends on, variables replaced where the file sets them."""
    if not target or depth > TASK_DEPTH:
        return []
    names = rf"(?:[\w./ -]*\s)?{re.escape(target)}(?:\s[\w./ -]*)?"
    found = re.search(rf"^{names}\s*::?(?!=)([^\n]*)((?:\n(?:\t[^\n]*|[ ]*#[^\n]*|\s*))*)", text, re.MULTILINE)
    if found is None:
        return []
    variables = dict(re.findall(r"^([A-Z_a-z]\w*)\s*[:?]?=\s*(.*)$", text, re.MULTILINE))
    head, _, inline = found[1].partition(";")
    lines = [line for name in head.split() for line in recipe_lines(text, name, depth + 1)]
    body = [inline] if inline.strip() else []
    body += [line.lstrip("\t") for line in found[2].split("\n") if line.startswith("\t")]
    return lines + [_shell_line(line, variables) for line in body]


def _shell_line(line: str, variables: dict[str, str]) -> str:
    stripped = line.lstrip("@-+ ")
    for _ in range(3):
        stripped = re.sub(r"\$[({](\w+)[)}]", lambda match: variables.get(match[1], "${" + match[1] + "}"), stripped)
    stripped = re.sub(r"\$\((?![(\w]*\))[^)]*\)", "${MADE}", stripped)
    return stripped.replace("$$", "$").replace("$@", "target").replace("$<", "source").replace("$^", "sources")


def check_task_runner(command: Command, shell: Shell) -> None:
    """just, task, rake-like runners without a file that is read here: by the task's name."""
    for operand in parse(command.arguments, "-f --justfile -d --dir -t --taskfile -C --file -e").operands:
        check_task_name(operand, command, shell)


TABLE: Table = build_table(__name__, check_make, check_task_runner)
