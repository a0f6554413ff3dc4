"""Installing: from the repository's lockfile or requirements, not whatever a registry has today. Tasks: read, then judged."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import Options, parse
from hooks.policy.programs import Rule, Table, named
from hooks.policy.programs.publish import NODE_VALUED, node_manager, task_named
from hooks.policy.shell.files import read_text
from hooks.policy.shell.values import UNKNOWN, Command

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

TASK_DEPTH = 4
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


PIP_VALUED = """-r --requirement -c --constraint -e --editable -t --target -i --index-url --extra-index-url -f --find-links --prefix
 --root --python --python-version --platform --src --cache-dir --log --timeout --proxy --cert --trusted-host --no-binary --only-binary
 --progress-bar --upgrade-strategy --report --config-settings -C --index --group --no-deps_ --exclude-newer -p"""


def pip(command: Command, shell: Shell) -> None:
    """pip: requirements files and the project itself; no names, no addresses."""
    options = parse(command.arguments, PIP_VALUED)
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
        options = parse(
            command.arguments,
            PIP_VALUED
            + " --with --from --directory --project --extra -n --name -c --channel --file -G --dev_ --source --spec -E --optional",
        )
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
    options = parse(command.arguments, NODE_VALUED + " -c --call -p --package --loglevel --cache --omit --include")
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
        _node_script(verb, rest, folder, command, shell)


def _executed(verb: str, command: Command, shell: Shell) -> None:
    words = list(command.arguments)
    position = words.index(verb)
    own = parse(words[position + 1 :], "-p --package -c --call", until_operand=True)
    inner = list(own.operands)
    if verb in {"create", "init"}:
        if inner and inner[0] not in {"."}:
            shell.doubt("remote.package", command.argv)
        return
    fetches = verb in {"dlx", "x"} or own.has("-y", "--yes") or bool(own.values("-p", "--package"))
    npx_like(inner, command, shell, fetches=fetches)


def npx(command: Command, shell: Shell) -> None:
    """npx, bunx: what the lockfile has is run and judged under its name; what it lacks would be fetched."""
    options = parse(command.arguments, "-p --package -c --call --node-arg -n --registry", until_operand=True)
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
            if os.path.exists(f"{current}/node_modules/{name}") or os.path.exists(
                f"{current}/node_modules/.bin/{name}"
            ):
                return True
            for file in (*LOCKFILES, "package.json"):
                text = read_text(f"{current}/{file}")
                if text is not None and re.search(rf"[\"'/ ]{re.escape(name)}[\"'@:]", text):
                    return True
            current = os.path.dirname(current)  # noqa: PTH120
    return False


def _node_script(verb: str, rest: list[str], folder: str, command: Command, shell: Shell) -> None:
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
    known = {"install", "ci", "list", "ls", "why", "outdated", "audit", "remove", "rm", "uninstall", "up", "upgrade", "update", "link", "pack", "version", "versions", "info", "view", "config", "cache", "store", "node", "bin", "root", "prune", "dedupe", "rebuild", "import", "set", "plugin", "plugins", "policies", "unplug", "patch", "help", "pm", "build", "dev", "lint", "start", "test"}  # fmt: skip
    if verb not in known and len(inner) > 1:
        shell.run(inner, command.feed)


def _script_text(name: str, folder: str, shell: Shell) -> str | None:
    for path in shell.resolve(f"{folder}/package.json"):
        text = read_text(path) if path else None
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


# make and its kind


def make(command: Command, shell: Shell) -> None:
    """make: the recipe of each named target is read and judged; a makefile on standard input is code."""
    options = parse(command.arguments, "-f --file --makefile -C --directory -I -j_ -o -W --eval -E")
    if options.has("-n", "--dry-run", "--just-print", "--recon", "-q", "--question", "--help", "--version", "-v"):
        return
    for code in options.values("--eval", "-E"):
        shell.prose(code)
    goals = [word for word in options.operands if "=" not in word]
    for assignment in (word for word in options.operands if "=" in word):
        name, _, value = assignment.partition("=")
        if name.strip(":+?") in {"SHELL", ".SHELLFLAGS"}:
            shell.run([value, "-c", ":"])
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
    found = re.search(
        rf"^(?:[\w./ -]*\s)?{re.escape(target)}(?:\s[\w./ -]*)?\s*::?(?!=)([^\n]*)((?:\n(?:\t[^\n]*|[ ]*#[^\n]*|\s*))*)",
        text,
        re.MULTILINE,
    )
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
            "--path --version --features --git --branch --manifest-path -v --root --target-dir -p --package --profile --bin --example --test -Z --color -C --modfile",
        )
        operands = list(options.operands)
        if options.has("--git"):
            shell.refuse("remote.code", command.argv)
        if re.match(pattern, " ".join(operands)) and not options.has("--path", "--local", "--help"):
            unpinned([name for name in operands[1:] if not _is_local(name)], command, shell)

    return rule


def cargo(command: Command, shell: Shell) -> None:
    """cargo: publishing is refused elsewhere in the table, installing by name here; `cargo clean` only cleans target."""
    from hooks.policy.programs.publish import published  # noqa: PLC0415

    published(command, shell)
    installer(r"install (?!--path)\S|binstall\b")(command, shell)


def go(command: Command, shell: Shell) -> None:
    """go: building, testing, `go mod`; `go run` and `go install` of an address fetch code."""
    operands = parse(
        command.arguments,
        "-o -run -tags -ldflags -gcflags -mod -modfile -C -count -timeout -coverprofile -bench -exec -toolexec -vettool -p",
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
    from hooks.policy.programs.publish import published  # noqa: PLC0415

    published(command, shell)
    installer(r"install \S")(command, shell)


TABLE: Table = {
    **named("pip pip3 pipwin", pip),
    "poetry": python_manager(r"add|self"),
    "uv": python_manager(r"add"),
    "pdm": python_manager(r"add"),
    "pipenv": python_manager(r"install"),
    "rye": python_manager(r"add"),
    "pixi": python_manager(r"add|global"),
    **named("conda mamba micromamba", python_manager(r"install|create")),
    "pipx": python_manager(r"install|run|inject"),
    "uvx": lambda command, shell: npx_like(
        list(parse(command.arguments, "--from --with -p --python", until_operand=True).operands),
        command,
        shell,
        fetches=True,
    ),
    "easy_install": lambda command, shell: unpinned(list(parse(command.arguments).operands), command, shell),
    **named("npm pnpm yarn bun cnpm", node_install),
    **named("npx bunx pnpx", npx),
    **named("make gmake", make),
    **named("just task mage invoke inv doit nox_ tox_ earthly_ taskfile poe thor", tasked),
    "composer": php_manager,
    "cargo": cargo,
    "go": go,
    "gem": gem,
    "luarocks": installer(r"install \S"),
    "cpan": installer(r"\S"),
    "cpanm": installer(r"\S"),
    "opam": installer(r"install \S"),
    "cabal": installer(r"install \S"),
    "stack": installer(r"install \S+"),
    "dotnet": installer(r"(tool install|add package|new install) \S"),
    "R_install": installer(r"(?!)"),
    "corepack": installer(r"prepare_"),
    "nimble": installer(r"install \S"),
}
