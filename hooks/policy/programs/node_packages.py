"""Packages of Node: installed from the lockfile; a package's program runs if the workspace provides it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.addresses import is_address
from hooks.policy.programs.package_scripts import check_lifecycle, check_manifest_edit, check_node_script, judge_scripts
from hooks.policy.programs.packages import check_packages, is_local, package_of
from hooks.policy.programs.provided import is_provided
from hooks.policy.programs.publish import check_node_registry
from hooks.policy.programs.registries import check_settings_files, is_official
from hooks.policy.programs.variables import check_assignment
from hooks.policy.tables import read_list, value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

FOLDER_OPTIONS = ("--prefix", "-C", "--cwd", "--dir")
INSTALLS = frozenset(
    {"add", "a", "i", "install", "in", "isntall", "ins", "ci", "clean-install", "update", "upgrade", "up"}
)
ADDS = INSTALLS - {"ci", "clean-install", "update", "upgrade", "up"}
RUNS_PROGRAM = frozenset({"dlx", "x", "exec", "create", "init", "npx"})
FETCHES_NOTHING = ("--no-install", "--no", "--offline")


def check_node_manager(command: Command, shell: Shell) -> None:
    """npm, pnpm, yarn, bun: `ci` and `install` are granted, packages by name are not; scripts are read and judged."""
    check_node_registry(command, shell)
    options = parse(command.arguments, value_options("node_install"))
    _check_settings(options, shell)
    operands = list(options.operands)
    while operands[:1] in (["workspace"], ["workspaces"], ["foreach"]):
        operands = operands[2:] if operands[0] == "workspace" else operands[1:]
    folder = options.value(*FOLDER_OPTIONS) or "."
    check_lifecycle(operands[0] if operands else "" if command.program == "yarn" else "-", folder, command, shell)
    for code in options.values("-c", "--call"):
        shell.judge_text(code)
    if operands[:1] in (["config"], ["c"], ["set"]) and (operands[0] == "set" or operands[1:2] == ["set"]):
        _check_stored(operands[1:] if operands[0] == "set" else operands[2:], command, shell)
    if not operands or operands[0] in INSTALLS or operands[0] in RUNS_PROGRAM:
        check_settings_files(folder, command, shell)
    if operands[:1] == ["x"] and command.program in {"yarn", "pnpm"}:
        judge_scripts(["x"], folder, command, shell)  # to these it is a script's name like another
    if operands and operands[0] in RUNS_PROGRAM:
        _check_exec(operands[0], folder, command, shell)
    elif operands:
        _check_verb(operands[0], operands[1:], folder, command, shell)


def _check_settings(options: Options, shell: Shell) -> None:
    """npm's options are its settings: `--registry x` is what npm_config_registry=x is."""
    for name, value in options.given:
        if value is not None and name.startswith("--"):
            check_assignment(f"npm_config_{name[2:]}", value, shell)


def _check_stored(words: list[str], command: Command, shell: Shell) -> None:
    """`config set name value`, `set name=value`: yarn writes `npmRegistryServer` for npm's `registry`."""
    name, equals, value = "".join(words[:1]).partition("=")
    value = value if equals else "".join(words[1:2])
    check_assignment(f"npm_config_{name}", value, shell)
    if re.search("registry", name, re.IGNORECASE) and not is_official(value):
        shell.refuse("guards.environment", command.argv)


def _check_verb(verb: str, rest: list[str], folder: str, command: Command, shell: Shell) -> None:
    if verb in ADDS:
        check_packages([name for name in rest if not is_local(name)], command, shell)
    elif verb == "global" and rest[:1] in (["add"], ["install"]):
        check_packages(rest[1:], command, shell)
    elif verb == "pkg" or (verb == "pm" and rest[:1] == ["pkg"]):
        check_manifest_edit(rest[verb == "pm" :], folder, command, shell)
    elif verb == "set-script":
        check_manifest_edit(["set", f"scripts.{''.join(rest[:1])}={' '.join(rest[1:])}"], folder, command, shell)
    elif not (verb == "cache" and rest[:1] in (["clean"], ["clear"])):
        check_node_script(verb, rest, folder, command, shell)


def _check_exec(verb: str, folder: str, command: Command, shell: Shell) -> None:
    words = list(command.arguments)
    position = words.index(verb)
    before = parse(words[:position], value_options("node_install"))
    own = parse(words[position + 1 :], value_options("npx"), stop_at_operand=True)
    inner = list(own.operands)
    if verb in {"create", "init"}:
        if inner and inner[0] not in {"."}:
            shell.refuse_unless_lenient("remote.package", command.argv)
        return
    if command.program == "yarn" and verb == "exec":
        if len(inner) == 1 and " " in inner[0]:
            shell.judge_text(inner[0], command.feed)  # yarn 1 gives it to a shell
        else:
            shell.judge_argv(inner, command.feed)  # it runs any program, and fetches none
        return
    packages = (*before.values("-p", "--package"), *own.values("-p", "--package"))
    fetches = verb == "dlx" or own.has("-y", "--yes")
    _judge_fetched(own, packages, folder, command, shell, fetches=fetches)


def check_npx(command: Command, shell: Shell) -> None:
    """npx, bunx: what the workspace provides is run and judged under its name; what it lacks would be fetched."""
    options = parse(command.arguments, value_options("npx"), stop_at_operand=True)
    _check_settings(options, shell)
    for code in options.values("-c", "--call"):
        shell.judge_text(code)
    folder = options.value(*FOLDER_OPTIONS) or "."
    check_settings_files(folder, command, shell)
    packages = options.values("-p", "--package")
    _judge_fetched(options, packages, folder, command, shell, fetches=options.has("-y", "--yes"))


def _judge_fetched(
    options: Options, packages: tuple[str, ...], folder: str, command: Command, shell: Shell, *, fetches: bool
) -> None:
    inner = list(options.operands)
    for name in packages:
        _check_provided(name, folder, command, shell, known=False)
    if options.has(*FETCHES_NOTHING):
        shell.judge_argv(inner, command.feed)
    else:
        judge_package_program(inner, folder, command, shell, known=not fetches, provided=bool(packages))


def judge_package_program(
    inner: list[str], folder: str, command: Command, shell: Shell, *, known: bool, provided: bool = False
) -> None:
    """A package's program by name: judged as that program; then the workspace must provide it.

    `known`: a well-known development tool may run without that. `provided`: its package was named, and checked.
    """
    if not inner:
        return
    if is_address(inner[0]):
        shell.refuse("remote.code", command.argv)
    name = package_of(inner[0])
    program = name.rpartition("/")[2] if name.startswith("@") else name
    shell.judge_argv([{"cli": name.strip("@").partition("/")[0]}.get(program, program), *inner[1:]], command.feed)
    informs = inner[1:] in (["--help"], ["--version"], ["-h"], ["-v"], ["-V"])
    if not provided and not (known and informs):
        _check_provided(inner[0], folder, command, shell, known=known)


def _check_provided(word: str, folder: str, command: Command, shell: Shell, *, known: bool) -> None:
    name = package_of(word)
    if is_address(word):
        shell.refuse("remote.code", command.argv)
    if known and name == word and name in read_list("node_tools"):
        return
    if not is_provided(name, folder, shell) and name not in shell.context.additions.allowed:
        shell.refuse_unless_lenient("remote.package", command.argv)


TABLE: Table = build_table(__name__, check_node_manager, check_npx)
