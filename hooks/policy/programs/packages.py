"""Installing packages: from the repository's lockfile or requirements, not by name from a registry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.patterns import compile_once
from hooks.policy.programs import Rule, Table, build_table, merge_tables
from hooks.policy.programs.addresses import is_address
from hooks.policy.programs.covered_packages import is_covered
from hooks.policy.programs.publish import check_task_name
from hooks.policy.programs.registries import (
    REGISTRY_OPTIONS,
    check_registry_options,
    check_requirements,
    check_settings_files,
)
from hooks.policy.programs.variables import check_assignment
from hooks.policy.shell.files import read_text
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.tables import installers, python_managers, value_options, with_aliases
from hooks.policy.tables.rows import PackageManager

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

LOCAL_ELSEWHERE = re.compile(r"(file:/{0,2})?/tmp/")
DIRECT = re.compile(r"@?[\w./\[\],-]+?\s*@\s*(?P<address>\S+)")
"""`name @ https://…`, as pip reads it."""


def check_packages(names: list[str], command: Command, shell: Shell, *, runs_at_once: bool = False) -> None:
    """Packages named on the command line are in no lockfile. They are granted where the network covers them, unless
    their program runs at once."""
    if any(_comes_from_elsewhere(name) for name in names):
        shell.refuse("remote.code", command.argv)
    if shell.memory.in_container:
        return
    wanted = [name for name in names if package_of(name) not in shell.context.additions.allowed]
    if wanted and (runs_at_once or not is_covered(command.program, wanted, shell.context.additions)):
        shell.refuse_unless_lenient("remote.package", command.argv)


def _comes_from_elsewhere(name: str) -> bool:
    direct = DIRECT.fullmatch(name)
    return is_address(direct["address"] if direct else name) or LOCAL_ELSEWHERE.match(name) is not None


def package_of(name: str) -> str:
    """The package's name without version, extras and constraints."""
    return re.split(r"(?<=.)@|[=<>~!\[;]", name, maxsplit=1)[0]


PIP_INDEXES = (
    "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host", "--index", "--default-index",
)  # fmt: skip
PIP_FILES = ("-r", "--requirement", "-c", "--constraint", "-e", "--editable")
PIP_INSTALLS = frozenset({"install", "download", "wheel", "sync"})


def check_pip(command: Command, shell: Shell) -> None:
    """pip: requirements files and the project itself; no names, no addresses."""
    options = parse(command.arguments, value_options("pip"))
    verb, operands = options.operands[:1], options.operands[1:]
    if verb == ("config",) and operands[:1] in {("set",), ("unset",), ("edit",)}:
        shell.refuse("guards.environment", command.argv)
    if not verb or verb[0] not in PIP_INSTALLS:
        return
    check_registry_options(options, PIP_INDEXES, command, shell)
    check_settings_files(".", command, shell)
    files = options.values(*PIP_FILES)
    if any(_comes_from_elsewhere(name) for name in (*files, *operands)):
        shell.refuse("remote.code", command.argv)
    for name in (*files, *(operands if verb == ("sync",) else ())):
        check_requirements(name, command, shell)
    names = [] if verb == ("sync",) else [name for name in operands if not is_local(name)]
    upgrades_itself = options.has("-U", "--upgrade") and set(names) <= {"pip", "setuptools", "wheel"}
    if not upgrades_itself:
        check_packages(names, command, shell)


def is_local(name: str) -> bool:
    """Whether a package's name is a path, or unknown."""
    return (
        name in {".", ".."}
        or name.startswith(("./", ".[", "../", "/", "file:.", "link:", "workspace:"))
        or (name.endswith((".whl", ".tar.gz", ".zip", ".tgz")) and not is_address(name))
        or UNKNOWN in name
    )


def python_manager_rule(row: PackageManager) -> Rule:
    """poetry, uv, pdm, pipenv, conda and others: syncing is granted, adding by name is not."""

    def check_python_manager(command: Command, shell: Shell) -> None:
        words = list(command.arguments)
        valued_options = " ".join((value_options("python_manager"), row.valued))
        options = parse(words, valued_options)
        verb, operands = "".join(options.operands[:1]), options.operands[1:]
        if verb in {"run", "tool"}:
            start = words.index(verb) + 1
            own = parse(words[start:], valued_options, stop_at_operand=True)
            _check_run(own, verb, row, command, shell)
            words = words[: len(words) - len(own.operands)]
        check_redirects(words, row, command, shell)
        if verb == "pip":
            check_pip(Command(argv=("pip", *words[words.index("pip") + 1 :]), feed=command.feed), shell)
        elif verb == "tool" and operands[:1] in {("install",), ("upgrade",)}:
            check_packages([name for name in operands[1:] if not _is_this_project(name)], command, shell)
        elif verb not in {"run", "tool"} and compile_once(rf"(?:{row.adds})(?:\s|$)").match(
            " ".join((verb, *operands))
        ):
            check_packages([name for name in operands if not is_local(name)], command, shell)
        elif any(is_address(name) for name in options.values("-f", "--file")):
            shell.refuse("remote.code", command.argv)

    return check_python_manager


def _check_run(own: Options, verb: str, row: PackageManager, command: Command, shell: Shell) -> None:
    """What `run` fetches first; a script at an address; and `uv tool run`, which runs what a registry has."""
    names = [name for value in own.values("-w", "--with", "--from", "--spec") for name in value.split(",")]
    check_packages([name for name in names if not _is_this_project(name)], command, shell)
    if any(_comes_from_elsewhere(name) for name in own.values("--with-requirements", "--with-editable", "--env-file")):
        shell.refuse("remote.code", command.argv)
    if any(is_address(word) for word in (*own.operands[:1], *own.values("--script"))):
        shell.refuse("remote.code", command.argv)
    fetches = own.operands[:1] == ("run",) if verb == "tool" else compile_once(row.adds).fullmatch(verb)
    if fetches:
        words = list(own.operands[1:] if verb == "tool" else own.operands)
        check_fetched_program(words, command, shell, is_named=own.has("--from", "--spec"))


def check_fetched_program(words: list[str], command: Command, shell: Shell, *, is_named: bool = False) -> None:
    """`uvx`, `uv tool run`, `pipx run`: the registry's version is fetched and run, whatever the lockfile says.
    `is_named`: an option that is not among the words names the package."""
    options = parse(words, "--from --with -p --python --spec --index-url", stop_at_operand=True)
    names = [name for value in options.values("--from", "--with", "--spec") for name in value.split(",")]
    program = list(options.operands)
    if program and not is_named and not options.has("--from", "--spec"):
        names.append(program[0])
    if program:
        shell.judge_argv([package_of(program[0]), *program[1:]], command.feed)
    check_packages([name for name in names if not _is_this_project(name)], command, shell, runs_at_once=True)


def _is_this_project(name: str) -> bool:
    return re.fullmatch(r"\.(\[[\w,-]+\])?", name) is not None


def check_redirects(words: Iterable[str], row: PackageManager, command: Command, shell: Shell) -> None:
    """Words and options with which a manager gets another registry, and settings that this session wrote."""
    options = parse(words, " ".join((value_options("registry_options"), row.valued)))
    if options.operands[:1] in {("exec",), ("run",)}:
        return
    names = (*REGISTRY_OPTIONS, *(PIP_INDEXES if command.program == "uv" else ()))
    check_registry_options(options, names, command, shell)
    if compile_once(row.redirects).match(" ".join(options.operands)):
        shell.refuse("guards.environment", command.argv)
    check_settings_files(".", command, shell)


def check_composer(command: Command, shell: Shell) -> None:
    """composer: install is granted, require is not."""
    options = parse(command.arguments, "-d --working-dir")
    operands = list(options.operands)
    if operands[:1] in (["require"], ["create-project"]) or operands[:2] == ["global", "require"]:
        check_packages(operands[1:], command, shell, runs_at_once=operands[0] == "create-project")
    if operands[:1] == ["config"] and re.search(r"^repo|^secure-http|^disable-tls", "".join(operands[1:2])):
        shell.refuse("guards.environment", command.argv)
    if operands[:1] in (["run"], ["run-script"]) and len(operands) > 1:
        check_task_name(operands[1], command, shell)
    if operands[:1] == ["exec"]:
        words = list(command.arguments)
        shell.judge_argv([word for word in words[words.index("exec") + 1 :] if word != "--"])


def installer_rule(row: PackageManager) -> Rule:
    """cargo install, gem install and others: named packages from a registry."""

    def check_installer(command: Command, shell: Shell) -> None:
        words = [word for word in command.arguments if not word.startswith("+")]
        options = parse(words, " ".join((value_options("installer"), row.valued)))
        if options.has("--git"):
            shell.refuse("remote.code", command.argv)
        check_redirects(words, row, command, shell)
        if options.has("--path", "--help", "--dry-run") or (command.program == "gem" and options.has("--local")):
            return
        text = " ".join(options.operands)
        if verb := compile_once(rf"(?:{row.adds})(?:\s|$)" if row.adds else "").match(text):
            check_packages([name for name in text[verb.end() :].split() if not is_local(name)], command, shell)

    return check_installer


MODULE = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}/")


def check_go(command: Command, shell: Shell) -> None:
    """go: building, testing, `go mod`; `go run`, `go install` and `go get` of an address fetch code."""
    options = parse(command.arguments, value_options("go"), one_dash=True)
    for program in options.values("-exec", "-toolexec", "-vettool", "--exec", "--toolexec", "--vettool"):
        shell.judge_text(program)
    verb, addresses = "".join(options.operands[:1]), options.operands[1:]
    if verb == "env" and "-w" in command.arguments:
        for setting in addresses:
            check_assignment(*setting.partition("=")[::2], shell)
    if verb in {"run", "install", "get"}:
        wanted = addresses[:1] if verb == "run" else addresses
        names = [name for name in wanted if MODULE.match(name)]
        check_packages([name for name in names if verb == "get" or not _is_required(name, shell)], command, shell)


def _is_required(name: str, shell: Shell) -> bool:
    """Whether go.mod names a package's module; a version behind `@` is fetched whatever go.mod says."""
    for folder in shell.resolve(".") if "@" not in name else ():
        text = read_text(f"{folder}/go.mod", str(shell.context.workspace)) if folder else None
        for module in re.findall(r"^\s*(?:module|require)?\s*([\w.-]+\.[a-z]+/[\w./-]+)", text or "", re.MULTILINE):
            if name == module or name.startswith(f"{module}/"):
                return True
    return False


def check_uvx(command: Command, shell: Shell) -> None:
    """uvx: a tool of the registry's choice, run at once."""
    check_registry_options(
        parse(command.arguments, value_options("registry_options")), REGISTRY_OPTIONS, command, shell
    )
    check_fetched_program(list(command.arguments), command, shell)


def check_easy_install(command: Command, shell: Shell) -> None:
    """easy_install: always by name."""
    check_packages(list(parse(command.arguments).operands), command, shell)


TABLE: Table = merge_tables(
    build_table(__name__, check_pip, check_uvx, check_easy_install, check_composer, check_go),
    {name: python_manager_rule(row) for name, row in with_aliases(python_managers()).items()},
    {name: installer_rule(row) for name, row in with_aliases(installers()).items()},
)
