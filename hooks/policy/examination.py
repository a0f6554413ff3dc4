"""Examines each simple command: by the rules for every command, by those of its program, then what it runs."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.programs import (
    Rule,
    building,
    cargo_aliases,
    carriers,
    consoles,
    containers,
    creation,
    data_editors,
    database,
    deletion,
    deploy,
    emptying,
    escapes,
    every_command,
    fetched,
    files,
    find,
    git,
    http_clients,
    inner_programs,
    interpreters,
    loaders,
    node_packages,
    packages,
    publish,
    remote,
    remote_code,
    scripts,
    secrets,
    settings_options,
    shells,
    system,
    tasks,
    unseen_edits,
    word_lists,
    wrappers,
)
from hooks.policy.programs.addresses import is_downloaded
from hooks.policy.programs.builtins import BUILTINS
from hooks.policy.programs.calls import HANDED_OVER, calls_of
from hooks.policy.programs.found_files import predict_list
from hooks.policy.programs.own_arguments import check_own_arguments
from hooks.policy.programs.provided import find_entry_files
from hooks.policy.programs.unknown_clients import INSTALLED, check_unclaimed_verb, check_unknown_client
from hooks.policy.programs.written_places import check_written_places
from hooks.policy.shell.facade import Shell
from hooks.policy.shell.memory import PROGRAM
from hooks.policy.shell.printing import predict_output
from hooks.policy.shell.scope import Scope
from hooks.policy.shell.syntax import NotUnderstood
from hooks.policy.shell.values import UNKNOWN, Command, Feed
from hooks.policy.shell.walker import Walker
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.memory import Memory

CALL_DEPTH = 6
BESIDE = "&"
"""Among the functions that are being called: the next one runs beside its caller."""
TEXT_OPTION = re.compile(
    r"-m|-t|-b|-d|--?(message|msg|title|subject|body|text|description|desc|comment|note|notes|summary|reason|name|label)"
)
"""Options whose value is ordinary text in any program."""


DOMAINS = (
    settings_options, secrets, publish, containers, database, deploy, git, http_clients, remote, remote_code,
    system, tasks, cargo_aliases, packages, node_packages, loaders, fetched, building, deletion, find, emptying,
    data_editors, files, wrappers, word_lists, carriers, inner_programs, escapes, consoles, interpreters, shells,
)  # fmt: skip
"""The order in which a program's rules are asked; the first that refuses gives the reason. Of each module the rows of
`tables/calls` are asked first, then its code."""


def _build_registry() -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = {}
    for module in DOMAINS:
        calls = calls_of(module.__name__.rpartition(".")[2])
        asked_here = ((name, rule) for name, rule in calls.items() if name not in HANDED_OVER)
        for name, rule in (*asked_here, *module.TABLE.items()):
            if rule not in found.setdefault(name, []):
                found[name].append(rule)
    return {name: tuple(rules) for name, rules in found.items()}


RULES = _build_registry()
"""The rules of every known program."""


def rules_of(command: Command) -> tuple[Rule, ...]:
    """The rules of a command's program; `mkfs.ext4` and similar names have those of `mkfs`."""
    if command.argv[0].startswith("/etc/init.d/"):
        return (system.check_init_script,)
    name = "mkfs" if command.program.startswith("mkfs.") else command.program
    if name.startswith("git-") and name not in RULES:
        return (git.check_subcommand_alone,)
    return RULES.get(name, ())


class Examination:
    """One judgement of one shell text."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.trace: list[str] = []
        self.walker = Walker(memory, self.execute)

    def run(self, text: str) -> None:
        """Examine a whole command; raises Refused or NotUnderstood."""
        scope = Scope(folders=frozenset({str(self.memory.context.workspace)}))
        self.walker.walk_text(text, scope)

    def execute(self, command: Command, scope: Scope) -> Feed:
        """Examine one simple command, and what it runs in turn."""
        shell = Shell(walker=self.walker, scope=scope)
        with self.memory.one_level_deeper():
            self._note(command)
            every_command.check_every_command(command, shell)
            if not command.argv:
                return Feed(text="")
            unseen_edits.check_run(command, shell, RULES)
            self._program(command, shell)
            check_written_places(command, shell)
            unseen_edits.note_edit(command, shell)
            creation.remember_made(command, shell)
            return self._flow(command, shell)

    def _note(self, command: Command) -> None:
        self.memory.note(command)
        if command.argv:
            self.trace.append(" ".join(word.replace(UNKNOWN, "…") or "''" for word in command.argv)[:300])

    def _flow(self, command: Command, shell: Shell) -> Feed:
        text = predict_output(command, shell)
        if text is None:
            text = predict_list(command.argv, command.feed.sources, shell)
        return Feed(text=text, sources=(command.argv, *command.feed.sources))

    def _program(self, command: Command, shell: Shell) -> None:
        name = command.argv[0]
        if UNKNOWN in name.rpartition("/")[2]:
            self._check_unknown_program(command, shell)
            return
        shell.check_repository_refusals(command.argv)
        self._judge_aliases(command, shell)
        if command.direct and name in shell.scope.functions:
            self._function(command, shell)
            return
        if builtin := BUILTINS.get(name):
            self._builtin(builtin, command, shell)
        else:
            self._missing_program(command, shell)
        self._judge_program(command, shell)

    def _judge_aliases(self, command: Command, shell: Shell) -> None:
        """What an alias of this name stands for, with the command's words behind it."""
        name = command.argv[0]
        for text in shell.scope.aliases.get(name, ()) if command.direct else ():
            if name not in shell.scope.calls:
                code = " ".join((text, *command.arguments))
                self._call(name, shell, lambda inner, code=code: inner.judge_text(code, command.feed))

    def _judge_program(self, command: Command, shell: Shell) -> None:
        name = command.argv[0]
        rules = rules_of(command)
        for rule in rules:
            rule(command, shell)
        if "/" in name:
            self._file(command, shell)
        else:
            self._own_program(command, shell)
        judged = [rule for rule in rules if rule is not loaders.TABLE.get(command.program)]
        if not judged and command.program not in read_list("inert") and name not in BUILTINS:
            check_unknown_client(command, shell)
            self._carrier(command, shell)
            check_own_arguments(command, shell)
        elif judged:
            check_unclaimed_verb(command, shell)

    def _missing_program(self, command: Command, shell: Shell) -> None:
        """bash and zsh call a function of this name for a program that they do not find: any may be missing."""
        for name in ("command_not_found_handle", "command_not_found_handler"):
            if name in shell.scope.functions and name not in shell.scope.calls:
                self._function(replace(command, argv=(name, *command.argv)), shell)

    def _builtin(self, builtin: Rule, command: Command, shell: Shell) -> None:
        """What `command cd` changes is seen here; what `env cd` changes ends with its process."""
        before = None if command.direct else shell.scope.copy()
        builtin(command, shell)
        if before is not None:
            shell.scope.settle()
            shell.scope.merge(before)

    def _check_unknown_program(self, command: Command, shell: Shell) -> None:
        """`$X args`: what runs is unknown; if a download feeds it, it runs downloaded code."""
        if is_downloaded(command.feed):
            shell.refuse("remote.code", command.argv)
        shell.refuse_unless_lenient("unresolved.program", command.argv)
        shell.judge_argv(("unknown-program", *command.arguments))

    def _function(self, command: Command, shell: Shell) -> None:
        name = command.argv[0]
        if name in shell.scope.calls:
            cycle = shell.scope.calls[shell.scope.calls.index(name) :]
            if command.background or command.feed.present or shell.scope.calls[-1] == name or BESIDE in cycle:
                shell.refuse("system.bomb", name)
            return
        before = shell.scope.copy()
        for number, body in enumerate(shell.scope.functions[name]):
            inside = shell if number == 0 else replace(shell, scope=before.copy())
            beside = command.background or command.feed.present
            self._call(name, inside, lambda inner, body=body: self._body(body, command, inner), beside=beside)
            if inside is not shell:
                shell.scope.merge(inside.scope)  # which of them is in force is decided by a branch

    def _body(self, body: dict[str, object], command: Command, shell: Shell) -> None:
        scope = shell.scope
        before, scope.positional = scope.positional, command.arguments
        feed, scope.feed = scope.feed, command.feed
        outer, scope.locals = scope.locals, {}
        with scope.leaving():
            self.walker.walk_statement(body, scope)
            scope.settle()
        scope.restore(scope.locals or {})
        scope.positional, scope.feed, scope.locals = before, feed, outer

    def _call(self, name: str, shell: Shell, action: object, *, beside: bool = False) -> None:
        if len(shell.scope.calls) - shell.scope.calls.count(BESIDE) > CALL_DEPTH:
            raise NotUnderstood("functions call each other too deeply")
        before = shell.scope.calls
        shell.scope.calls = (*before, *([BESIDE] if beside else []), name)
        action(shell)  # type: ignore[operator]
        shell.scope.calls = before

    def _file(self, command: Command, shell: Shell) -> None:
        """A program named by its path may be a script that this session wrote, or downloaded."""
        if INSTALLED.search(f"/{command.argv[0]}"):
            self._entry_point(command.argv[0].rpartition("/")[2], command, shell)
        for path in shell.resolve(command.argv[0]):
            if path is None:
                continue
            real = os.path.realpath(path)
            if PROGRAM.fullmatch(real) and not PROGRAM.fullmatch(path):
                shell.judge_argv((real, *command.arguments), command.feed)  # a link to a program
            elif not paths.is_system(path, shell.context):
                scripts.judge_script(path, "", command, shell, arguments=command.arguments)

    def _own_program(self, command: Command, shell: Shell) -> None:
        """A bare name may be a program that this session put into a folder of PATH, or among the project's installed
        ones."""
        values = (dict(command.assignments).get("PATH", ""), *shell.scope.variables.get("PATH", ()))
        for folder in filter(None, ":".join(values).split(":")):
            path = f"{folder}/{command.argv[0]}"
            if UNKNOWN not in folder and shell.memory.is_own_file(path, shell.scope):
                scripts.judge_script(path, "", command, shell, arguments=command.arguments)
        self._entry_point(command.argv[0], command, shell)
        ending = f"/{command.argv[0]}"
        for path in self.memory.own_files():
            if path.endswith(ending) and INSTALLED.search(path):
                scripts.judge_script(path, "", command, shell, arguments=command.arguments)

    def _entry_point(self, name: str, command: Command, shell: Shell) -> None:
        """A manifest's program, which calls a function of a module that this session wrote."""
        for path in find_entry_files(name, shell):
            language = "python" if path.endswith(".py") else "node"
            scripts.judge_script(path, language, command, shell, arguments=command.arguments)

    def _carrier(self, command: Command, shell: Shell) -> None:
        """A program without rules may run what it is given."""
        for before, word in pairwise(command.argv):
            if re.search(r"\s", word) and not TEXT_OPTION.fullmatch(before):
                shell.refuse_if_surely_code(word)
        operands = [index for index, word in enumerate(command.arguments) if not word.startswith("-")]
        if operands and (first := operands[0]) < len(command.arguments) - 1:
            tail = command.arguments[first:]
            if tail[0] in read_list("carried") or tail[0].startswith("mkfs."):
                with self.memory.as_repository_code():
                    shell.judge_argv(tail, command.feed)
