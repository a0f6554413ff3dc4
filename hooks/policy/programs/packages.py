"""Installing: from the repository's lockfile or requirements, not whatever a registry has today."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table, families, named
from hooks.policy.programs.publish import node_manager, published, task_named
from hooks.policy.programs.tasks import node_script
from hooks.policy.shell.files import read_text
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.tables import valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

LOCKFILES = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock")
SOURCE = re.compile(r"^(git\+|https?://|git@|ssh://|github:|gitlab:|bitbucket:|file:/{0,2}tmp|/tmp/)")


def unpinned(names: list[str], command: Command, shell: Shell) -> None:
    """Packages named on the command line are in no lockfile."""
    for name in names:
        if SOURCE.search(name) or "@git+" in name or " @ " in name:
            shell.refuse("remote.code", command.argv)
    wanted = [name for name in names if _package(name) not in shell.context.additions.allowed]
    if wanted:
        shell.doubt("remote.package", command.argv)


def _package(name: str) -> str:
    return re.split(r"(?<=.)@|[=<>~!\[;]", name, maxsplit=1)[0]


def pip(command: Command, shell: Shell) -> None:
    """pip: requirements files and the project itself; no names, no addresses."""
    options = parse(command.arguments, valued("pip"))
    operands = list(options.operands)
    if not operands or operands[0] not in {"install", "download", "wheel", "uninstall", "sync", "compile", "config"}:
        return
    if operands[0] == "config" and operands[1:2] in (["set"], ["unset"], ["edit"]):
        shell.refuse("guards.environment", command.argv)
    if operands[0] not in {"install", "download", "wheel"}:
        return
    for name in options.values(
        "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host", "--index"
    ):
        if not (options.has("--no-index") and _is_local(f"./{name}") and "://" not in name):
            shell.refuse("remote.package", (*command.argv[:2], name))
    for name in (*options.values("-r", "--requirement", "-c", "--constraint", "-e", "--editable"), *operands[1:]):
        if SOURCE.search(name) or "git+" in name:
            shell.refuse("remote.code", command.argv)
    names = [name for name in operands[1:] if not _is_local(name)]
    if options.has("-U", "--upgrade") and set(names) <= {"pip", "setuptools", "wheel"} and names:
        return
    unpinned(names, command, shell)


def _is_local(name: str) -> bool:
    return (
        name in {".", ".."}
        or name.startswith(("./", ".[", "../", "/"))
        or name.endswith((".whl", ".tar.gz", ".zip"))
        or UNKNOWN in name
    )


def python_manager(verbs: str) -> Rule:
    """poetry, uv, pdm, pipenv, conda and others: syncing is granted, adding by name is not."""

    def rule(command: Command, shell: Shell) -> None:
        options = parse(command.arguments, valued("python_manager"))
        operands = list(options.operands)
        if operands[:1] == ["pip"]:
            pip(Command(argv=("pip", *command.arguments[command.arguments.index("pip") + 1 :])), shell)
            return
        if operands[:1] == ["tool"] and operands[1:2] in (["install"], ["upgrade"]):
            unpinned(operands[2:], command, shell)
        if options.values("--with", "--from") and operands[:1] == ["run"]:
            unpinned(
                [name for value in options.values("--with", "--from") for name in value.split(",")], command, shell
            )
        if re.fullmatch(verbs, operands[0] if operands else ""):
            names = [name for name in operands[1:] if not _is_local(name)]
            if operands[0] == "install" and command.program in {"poetry", "pdm", "uv", "hatch"}:
                return
            if options.values("--file", "-f") and not names:
                return
            unpinned(names, command, shell)

    return rule


def node_install(command: Command, shell: Shell) -> None:
    """npm, pnpm, yarn, bun: `ci` and `install` are granted, packages by name are not; scripts are read and judged."""
    node_manager(command, shell)
    options = parse(command.arguments, valued("node_install"))
    operands = list(options.operands)
    while operands[:1] in (["workspace"], ["workspaces"], ["foreach"]):
        operands = operands[2:] if operands[0] == "workspace" else operands[1:]
    if not operands:
        return
    verb, rest = operands[0], operands[1:]
    folder = options.value("--prefix", "-C", "--cwd", "--dir") or "."
    for code in options.values("-c", "--call"):
        shell.code(code)
    if verb in {"dlx", "x", "exec", "create", "init", "npx"}:
        _executed(verb, command, shell)
    elif verb in {"add", "i", "install", "in", "isntall", "ins", "update_", "link_"}:
        unpinned([name for name in rest if not _is_local(name)], command, shell)
    elif verb == "global" and rest[:1] in (["add"], ["install"]):
        unpinned(rest[1:], command, shell)
    elif verb == "cache" and rest[:1] in (["clean"], ["clear"]):
        return
    else:
        node_script(verb, rest, folder, command, shell)


def _executed(verb: str, command: Command, shell: Shell) -> None:
    words = list(command.arguments)
    position = words.index(verb)
    own = parse(words[position + 1 :], "-p --package -c --call", until_operand=True)
    inner = list(own.operands)
    if verb in {"create", "init"}:
        if inner and inner[0] not in {"."}:
            shell.doubt("remote.package", command.argv)
        return
    fetches = verb == "dlx" or own.has("-y", "--yes") or bool(own.values("-p", "--package"))
    npx_like(inner, command, shell, fetches=fetches)


def npx(command: Command, shell: Shell) -> None:
    """npx, bunx: what the lockfile has is run and judged under its name; what it lacks would be fetched."""
    options = parse(command.arguments, valued("npx"), until_operand=True)
    for code in options.values("-c", "--call"):
        shell.code(code)
    fetches = options.has("-y", "--yes") or bool(options.values("-p", "--package"))
    npx_like(list(options.operands), command, shell, fetches=fetches)


def npx_like(inner: list[str], command: Command, shell: Shell, *, fetches: bool) -> None:
    """A package's program by name: judged as that program, then asked whether the repository has it."""
    if not inner:
        return
    if SOURCE.search(inner[0]):
        shell.refuse("remote.code", command.argv)
    name = _package(inner[0])
    program = name.rpartition("/")[2] if name.startswith("@") else name
    shell.run([{"cli": name.strip("@").partition("/")[0]}.get(program, program), *inner[1:]], command.feed)
    asked = "@" in inner[0][1:]
    if (fetches or asked) and not provided(name, shell) and name not in shell.context.additions.allowed:
        shell.doubt("remote.package", command.argv)


def provided(name: str, shell: Shell) -> bool:
    """Whether the repository's manifest, lockfile or installed modules have a package."""
    for folder in shell.resolve("."):
        current = folder
        while current and paths.inside(current, str(shell.context.workspace)):
            if any(Path(current, "node_modules", each).exists() for each in (name, f".bin/{name}")):
                return True
            for file in (*LOCKFILES, "package.json"):
                text = read_text(f"{current}/{file}", str(shell.context.workspace))
                if text is not None and re.search(rf"[\"'/ ]{re.escape(name)}[\"'@:]", text):
                    return True
            current = str(Path(current).parent)
    return False


def php_manager(command: Command, shell: Shell) -> None:
    """composer: install is granted, require is not."""
    options = parse(command.arguments, "-d --working-dir")
    operands = list(options.operands)
    if operands[:1] in (["require"], ["create-project"]) or operands[:2] == ["global", "require"]:
        unpinned(operands[1:], command, shell)
    if operands[:1] in (["run"], ["run-script"]) and len(operands) > 1:
        task_named(operands[1], command, shell)
    if operands[:1] == ["exec"]:
        words = list(command.arguments)
        shell.run([word for word in words[words.index("exec") + 1 :] if word != "--"])


def installer(pattern: str) -> Rule:
    """cargo install, gem install, go install …@latest and others: named packages from a registry."""

    def rule(command: Command, shell: Shell) -> None:
        options = parse(
            command.arguments,
            valued("installer"),
        )
        operands = list(options.operands)
        if options.has("--git"):
            shell.refuse("remote.code", command.argv)
        if re.match(pattern, " ".join(operands)) and not options.has("--path", "--local", "--help"):
            unpinned([name for name in operands[1:] if not _is_local(name)], command, shell)

    return rule


def cargo(command: Command, shell: Shell) -> None:
    """cargo: publishing and installing by name; `cargo clean` only cleans target."""
    published(command, shell)
    installer(r"install (?!--path)\S|binstall\b")(command, shell)


def go(command: Command, shell: Shell) -> None:
    """go: building, testing, `go mod`; `go run` and `go install` of an address fetch code."""
    operands = parse(
        command.arguments,
        valued("go"),
        single=True,
    )
    for program in operands.values("-exec", "-toolexec", "-vettool"):
        shell.code(program)
    words = list(operands.operands)
    if words[:1] in (["run"], ["install"], ["get"]) and len(words) > 1:
        remote = [word for word in words[1:2] if re.match(r"[\w-]+\.[a-z]{2,}/", word)]
        if remote and (words[0] == "run" or words[0] == "install" or words[0] == "get"):
            unpinned(remote, command, shell)
    if words[:1] == ["generate"]:
        return


def gem(command: Command, shell: Shell) -> None:
    """gem: looking is granted."""
    published(command, shell)
    installer(r"install \S")(command, shell)


def uvx(command: Command, shell: Shell) -> None:
    """uvx: a tool of the registry's choice, run at once."""
    options = parse(command.arguments, "--from --with -p --python", until_operand=True)
    npx_like(list(options.operands), command, shell, fetches=True)


def easy_install(command: Command, shell: Shell) -> None:
    """easy_install: always by name."""
    unpinned(list(parse(command.arguments).operands), command, shell)


TABLE: Table = families(__name__, pip, node_install, npx, uvx, easy_install, php_manager, cargo, go, gem) | {
    "poetry": python_manager(r"add|self"),
    "uv": python_manager(r"add"),
    "pdm": python_manager(r"add"),
    "pipenv": python_manager(r"install"),
    "rye": python_manager(r"add"),
    "pixi": python_manager(r"add|global"),
    **named("conda mamba micromamba", python_manager(r"install|create")),
    "pipx": python_manager(r"install|run|inject"),
    "luarocks": installer(r"install \S"),
    "cpan": installer(r"\S"),
    "cpanm": installer(r"\S"),
    "opam": installer(r"install \S"),
    "cabal": installer(r"install \S"),
    "stack": installer(r"install \S+"),
    "dotnet": installer(r"(tool install|add package|new install) \S"),
    "nimble": installer(r"install \S"),
}
