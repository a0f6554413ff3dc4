"""Installing packages: from the repository's lockfile or requirements, not by name from a registry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import Options, parse
from hooks.policy.programs import Rule, Table, build_table, merge_tables
from hooks.policy.programs.package_scripts import check_lifecycle, check_manifest_edit, check_node_script
from hooks.policy.programs.publish import check_node_registry, check_publisher, check_task_name
from hooks.policy.shell.files import read_text
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.tables import installers, python_managers, valued, with_aliases

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

LOCKFILES = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock")
SOURCE = re.compile(r"^(git\+|https?://|git@|ssh://|github:|gitlab:|bitbucket:|file:/{0,2}tmp|/tmp/)")


def check_packages(names: list[str], command: Command, shell: Shell) -> None:
    """Packages named on the command line are in no lockfile."""
    for name in names:
        if SOURCE.search(name) or "@git+" in name or " @ " in name:
            shell.refuse("remote.code", command.argv)
    wanted = [name for name in names if _package(name) not in shell.context.additions.allowed]
    if wanted:
        shell.refuse_unless_lenient("remote.package", command.argv)


def _package(name: str) -> str:
    return re.split(r"(?<=.)@|[=<>~!\[;]", name, maxsplit=1)[0]


PIP_INDEXES = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host", "--index")
PIP_FILES = ("-r", "--requirement", "-c", "--constraint", "-e", "--editable")


def check_pip(command: Command, shell: Shell) -> None:
    """pip: requirements files and the project itself; no names, no addresses."""
    options = parse(command.arguments, valued("pip"))
    verb, operands = options.operands[:1], options.operands[1:]
    if verb == ("config",) and operands[:1] in {("set",), ("unset",), ("edit",)}:
        shell.refuse("guards.environment", command.argv)
    if verb not in {("install",), ("download",), ("wheel",)}:
        return
    _check_pip_indexes(options, command, shell)
    if any(SOURCE.search(name) or "git+" in name for name in (*options.values(*PIP_FILES), *operands)):
        shell.refuse("remote.code", command.argv)
    names = [name for name in operands if not _is_local(name)]
    upgrades_itself = options.has("-U", "--upgrade") and set(names) <= {"pip", "setuptools", "wheel"}
    if not upgrades_itself:
        check_packages(names, command, shell)


def _check_pip_indexes(options: Options, command: Command, shell: Shell) -> None:
    """Another index may have another package of the same name; a local folder with `--no-index` is none."""
    for name in options.values(*PIP_INDEXES):
        if not (options.has("--no-index") and "://" not in name):
            shell.refuse("remote.package", (*command.argv[:2], name))


def _is_local(name: str) -> bool:
    return (
        name in {".", ".."}
        or name.startswith(("./", ".[", "../", "/"))
        or name.endswith((".whl", ".tar.gz", ".zip"))
        or UNKNOWN in name
    )


def python_manager_rule(adds: str) -> Rule:
    """poetry, uv, pdm, pipenv, conda and others: syncing is granted, adding by name is not."""

    def check_python_manager(command: Command, shell: Shell) -> None:
        options = parse(command.arguments, valued("python_manager"))
        verb, operands = "".join(options.operands[:1]), options.operands[1:]
        if verb == "pip":
            check_pip(Command(argv=("pip", *command.arguments[command.arguments.index("pip") + 1 :])), shell)
            return
        if verb == "tool" and operands[:1] in {("install",), ("upgrade",)}:
            check_packages(list(operands[1:]), command, shell)
        if verb == "run":
            fetched = [name for value in options.values("--with", "--from") for name in value.split(",")]
            check_packages(fetched, command, shell)
        if re.fullmatch(adds, verb):
            check_packages([name for name in operands if not _is_local(name)], command, shell)

    return check_python_manager


def check_node_manager(command: Command, shell: Shell) -> None:
    """npm, pnpm, yarn, bun: `ci` and `install` are granted, packages by name are not; scripts are read and judged."""
    check_node_registry(command, shell)
    options = parse(command.arguments, valued("node_install"))
    operands = list(options.operands)
    while operands[:1] in (["workspace"], ["workspaces"], ["foreach"]):
        operands = operands[2:] if operands[0] == "workspace" else operands[1:]
    folder = options.value("--prefix", "-C", "--cwd", "--dir") or "."
    check_lifecycle(operands[0] if operands else "" if command.program == "yarn" else "-", folder, command, shell)
    if not operands:
        return
    verb, rest = operands[0], operands[1:]
    for code in options.values("-c", "--call"):
        shell.judge_text(code)
    if verb in {"dlx", "x", "exec", "create", "init", "npx"}:
        _check_exec(verb, command, shell)
    elif verb in {"add", "i", "install", "in", "isntall", "ins"}:
        check_packages([name for name in rest if not _is_local(name)], command, shell)
    elif verb == "global" and rest[:1] in (["add"], ["install"]):
        check_packages(rest[1:], command, shell)
    elif verb == "pkg":
        check_manifest_edit(rest, folder, command, shell)
    elif verb == "cache" and rest[:1] in (["clean"], ["clear"]):
        return
    else:
        check_node_script(verb, rest, folder, command, shell)


def _check_exec(verb: str, command: Command, shell: Shell) -> None:
    words = list(command.arguments)
    position = words.index(verb)
    own = parse(words[position + 1 :], "-p --package -c --call", stop_at_operand=True)
    inner = list(own.operands)
    if verb in {"create", "init"}:
        if inner and inner[0] not in {"."}:
            shell.refuse_unless_lenient("remote.package", command.argv)
        return
    fetches = verb == "dlx" or own.has("-y", "--yes") or bool(own.values("-p", "--package"))
    judge_package_program(inner, command, shell, fetches=fetches)


def check_npx(command: Command, shell: Shell) -> None:
    """npx, bunx: what the lockfile has is run and judged under its name; what it lacks would be fetched."""
    options = parse(command.arguments, valued("npx"), stop_at_operand=True)
    for code in options.values("-c", "--call"):
        shell.judge_text(code)
    fetches = options.has("-y", "--yes") or bool(options.values("-p", "--package"))
    judge_package_program(list(options.operands), command, shell, fetches=fetches)


def judge_package_program(inner: list[str], command: Command, shell: Shell, *, fetches: bool) -> None:
    """A package's program by name: judged as that program; then the repository must have it."""
    if not inner:
        return
    if SOURCE.search(inner[0]):
        shell.refuse("remote.code", command.argv)
    name = _package(inner[0])
    program = name.rpartition("/")[2] if name.startswith("@") else name
    shell.judge_argv([{"cli": name.strip("@").partition("/")[0]}.get(program, program), *inner[1:]], command.feed)
    asked = "@" in inner[0][1:]
    if (fetches or asked) and not is_provided(name, shell) and name not in shell.context.additions.allowed:
        shell.refuse_unless_lenient("remote.package", command.argv)


def is_provided(name: str, shell: Shell) -> bool:
    """Whether the repository's manifest, lockfile or installed modules have a package."""
    for folder in shell.resolve("."):
        current = folder
        while current and paths.is_inside(current, str(shell.context.workspace)):
            if any(Path(current, "node_modules", each).exists() for each in (name, f".bin/{name}")):
                return True
            for file in (*LOCKFILES, "package.json"):
                text = read_text(f"{current}/{file}", str(shell.context.workspace))
                if text is not None and re.search(rf"[\"'/ ]{re.escape(name)}[\"'@:]", text):
                    return True
            current = str(Path(current).parent)
    return False


def check_composer(command: Command, shell: Shell) -> None:
    """composer: install is granted, require is not."""
    options = parse(command.arguments, "-d --working-dir")
    operands = list(options.operands)
    if operands[:1] in (["require"], ["create-project"]) or operands[:2] == ["global", "require"]:
        check_packages(operands[1:], command, shell)
    if operands[:1] in (["run"], ["run-script"]) and len(operands) > 1:
        check_task_name(operands[1], command, shell)
    if operands[:1] == ["exec"]:
        words = list(command.arguments)
        shell.judge_argv([word for word in words[words.index("exec") + 1 :] if word != "--"])


def installer_rule(adds: str) -> Rule:
    """cargo install, gem install and others: named packages from a registry. `adds`: the words before the names."""
    pattern = re.compile(rf"(?:{adds})(?:\s|$)" if adds else "")

    def check_installer(command: Command, shell: Shell) -> None:
        options = parse(command.arguments, valued("installer"))
        if options.has("--git"):
            shell.refuse("remote.code", command.argv)
        words = " ".join(options.operands)
        verb = pattern.match(words)
        if verb and not options.has("--path", "--local", "--help"):
            check_packages([name for name in words[verb.end() :].split() if not _is_local(name)], command, shell)

    return check_installer


def check_cargo(command: Command, shell: Shell) -> None:
    """cargo: publishing and installing by name; `cargo clean` only cleans target."""
    check_publisher(command, shell)
    installer_rule("install|binstall")(command, shell)


def check_go(command: Command, shell: Shell) -> None:
    """go: building, testing, `go mod`; `go run`, `go install` and `go get` of an address fetch code."""
    options = parse(command.arguments, valued("go"), one_dash=True)
    for program in options.values("-exec", "-toolexec", "-vettool"):
        shell.judge_text(program)
    verb, addresses = options.operands[:1], options.operands[1:2]
    if verb in {("run",), ("install",), ("get",)}:
        check_packages([name for name in addresses if re.match(r"[\w-]+\.[a-z]{2,}/", name)], command, shell)


def check_gem(command: Command, shell: Shell) -> None:
    """gem: looking is granted."""
    check_publisher(command, shell)
    installer_rule("install")(command, shell)


def check_uvx(command: Command, shell: Shell) -> None:
    """uvx: a tool of the registry's choice, run at once."""
    options = parse(command.arguments, "--from --with -p --python", stop_at_operand=True)
    judge_package_program(list(options.operands), command, shell, fetches=True)


def check_easy_install(command: Command, shell: Shell) -> None:
    """easy_install: always by name."""
    check_packages(list(parse(command.arguments).operands), command, shell)


TABLE: Table = merge_tables(
    build_table(
        __name__,
        check_pip,
        check_node_manager,
        check_npx,
        check_uvx,
        check_easy_install,
        check_composer,
        check_cargo,
        check_go,
        check_gem,
    ),
    {name: python_manager_rule(row.adds) for name, row in with_aliases(python_managers()).items()},
    {name: installer_rule(row.adds) for name, row in with_aliases(installers()).items()},
)
