"""Tasks of the repository: package.json scripts and make targets are read and judged, others go by their names too."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.paths import is_inside
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.addresses import refuse_in_fetched_folder
from hooks.policy.programs.drafts import judge_drafts
from hooks.policy.programs.makefile_files import IncludedFiles
from hooks.policy.programs.makefile_syntax import read_makefile
from hooks.policy.programs.package_scripts import judge_scripts
from hooks.policy.programs.publish import check_task_name
from hooks.policy.programs.scripts import refuse_unknown_code
from hooks.policy.programs.task_texts import is_too_deep, judge_texts
from hooks.policy.programs.variables import is_secret_variable
from hooks.policy.shell.values import UNKNOWN
from hooks.policy.tables import publishers, value_options

if TYPE_CHECKING:
    from hooks.policy.programs.makefiles import Makefile
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

ONLY_SHOWS = ("-n", "--dry-run", "--just-print", "--recon", "-q", "--question", "--help", "--version", "-v")
SHELLS = re.compile(r"(/usr)?(/local)?(/bin/)?(env )?(ba|da|k|z|a)?sh(\s+[-+][\w-]+)*")
FLAGS = re.compile(r"\s*(?:(?:[-+][a-zA-Z]*|--[\w-]*|pipefail|errexit|nounset|posix)\s*)*")
"""`-eu -o pipefail -c`."""
FIRST_NAMES = ("GNUmakefile", "makefile", "Makefile")


PRINTED = re.compile(r"\$[({](?:info|warning|error)\s[^\n]*?\$[({](\w+)[)}]")


def check_make(command: Command, shell: Shell) -> None:
    """make: the recipe of each named target is read and judged; a makefile on standard input is code."""
    options = parse(command.arguments, value_options("make"))
    if options.has("-p", "--print-data-base"):
        shell.refuse("secrets.environment", command.argv)
    for code in options.values("--eval", "-E"):
        shell.refuse_if_surely_code(code)
        for name in PRINTED.findall(code):
            if is_secret_variable(name):
                shell.refuse("secrets.environment", name)
    if options.has(*ONLY_SHOWS):
        return
    given = dict(word.split("=", 1) for word in options.operands if "=" in word)
    for name, value in given.items():
        _check_make_variable(name, value, shell)
    goals = [word for word in options.operands if "=" not in word]
    if not is_too_deep(shell):
        variables = {**dict(command.assignments), **{name.rstrip(":+?"): value for name, value in given.items()}}
        _judge_recipes(goals, variables, options, command, shell)
    for goal in goals:
        check_task_name(goal, command, shell)


def _check_make_variable(name: str, value: str, shell: Shell) -> None:
    if name.strip(":+?") in {"SHELL", ".SHELLFLAGS"}:
        shell.judge_text(value)
    shell.refuse_if_surely_code(value)


def _judge_recipes(
    goals: list[str], variables: dict[str, str], options: Options, command: Command, shell: Shell
) -> None:
    """Each makefile that is named; recipes that were not in it before this session are judged like a command."""
    folder = options.value("-C", "--directory") or "."
    refuse_in_fetched_folder(folder, command, shell)
    for name in options.values("-f", "--file", "--makefile") or ("",):
        piped = command.feed if name in {"-", "/dev/stdin"} else shell.memory.find_pipe(name)
        if piped is not None:
            _judge_piped(piped.text, goals, variables, command, shell)
            continue
        for path in _find_makefile(name, folder, shell):
            inside = _enter(folder, path, shell)
            _judge_makefile(path, goals, variables, command, inside, folders=options.values("-I", "--include-dir"))


def _judge_piped(text: str | None, goals: list[str], variables: dict[str, str], command: Command, shell: Shell) -> None:
    if text is None:
        refuse_unknown_code(command, shell)
        return
    made = read_makefile(text, lambda _name: [], variables)
    judge_texts([*made.at_reading(), *made.recipe(goals)], [], command, shell)


def _find_makefile(name: str, folder: str, shell: Shell) -> list[str]:
    """The paths of the makefile; the first of the usual names that is there. Where a recipe's loop
    names the folder, any other one that this session wrote may be meant; if there is none, it is the repository's."""
    found: list[str] = []
    for candidate in (name,) if name else FIRST_NAMES:
        for path in shell.resolve(candidate if candidate.startswith("/") else f"{folder}/{candidate}"):
            if path is None and (name or shell.memory.fetched or "task" not in shell.scope.calls):
                shell.refuse_unless_lenient("unresolved.code", candidate)
            elif path is None:
                found += _own_makefiles(candidate, shell)
            elif _is_there(path, shell):
                found.append(path)
        if found:
            break
    return found


def _is_there(path: str, shell: Shell) -> bool:
    """Whether the makefile may be there: in the cell's `/tmp` any may, unless the session wrote one beside it."""
    folder = path.rpartition("/")[0]
    seen = is_inside(path, str(shell.context.workspace)) or shell.memory.is_own(path)
    hidden = not seen and any(shell.memory.is_own(f"{folder}/{name}") for name in FIRST_NAMES)
    return shell.memory.read_content(path)[0] and not hidden


def _own_makefiles(name: str, shell: Shell) -> list[str]:
    beside = {f"{folder}/{name}" for folder in shell.scope.folders}
    return [path for path in shell.memory.own_files() if path.endswith(f"/{name}") and path not in beside]


def _judge_makefile(
    path: str, goals: list[str], variables: dict[str, str], command: Command, inside: Shell, *, folders: tuple[str, ...]
) -> None:
    if inside.memory.is_fetched(path):
        inside.refuse("remote.code", command.argv)
    text = inside.memory.read_content(path)[1]
    if text is None and inside.memory.is_own(path):
        text = judge_drafts(path, inside)
    elif text is None and not is_inside(path, str(inside.context.workspace)):
        inside.refuse_unless_lenient("unresolved.code", path)
    included = IncludedFiles(path, folders, inside)
    made = read_makefile(text or "", included.read, variables)
    if places := [each for value in made.variables.get("PATH", ()) for each in made.expand(value)]:
        inside = inside.with_variable("PATH", ":".join(places))
    texts = _commands(made, goals)
    for target in sorted(made.reached):
        inside.check_repository_refusals(("make", target))
    if inside.memory.is_own(path) or included.own:
        was = read_makefile(included.original(path, text or ""), included.read_original, variables)
        inherited = _commands(was, goals)
    else:
        inherited = texts
    judge_texts(texts, inherited, command, inside)


def _commands(made: Makefile, goals: list[str]) -> list[str]:
    """What make runs; a SHELL that is no shell gets each line as its code, and so do flags that hold a command."""
    lines = made.recipe(goals)
    others = [each for each in made.values_of("SHELL") if not SHELLS.fullmatch(each.strip())]
    flags = [each for each in made.values_of(".SHELLFLAGS") if not FLAGS.fullmatch(each)]
    return [
        *made.at_reading(),
        *lines,
        *(f"{program} -c {shlex.quote(line)}" for program in others for line in lines),
        *(f"sh {each} ls" for each in flags),
    ]


def _enter(folder: str, path: str, shell: Shell) -> Shell:
    """The shell in which recipes run: in make's folder, one task deeper."""
    folders = [each or UNKNOWN for each in shell.resolve(folder)]
    return shell.as_task(frozenset(folders or [path.rpartition("/")[0]]))


def check_task_runner(command: Command, shell: Shell) -> None:
    """just, task, rake-like runners: by the task's name; `loaders` reads the files of those that have one."""
    for operand in parse(command.arguments, "-f --justfile -d --dir -t --taskfile -C --file -e").operands:
        check_task_name(operand, command, shell)


def check_script_sequence(command: Command, shell: Shell) -> None:
    """npm-run-all, run-s, run-p and concurrently name scripts of package.json: `build:*`, `npm:lint`."""
    names = [
        re.sub(r"^(npm|pnpm|yarn|bun|node):", "", word) for word in parse(command.arguments, "-n --names -c").operands
    ]
    judge_scripts([name.partition(" ")[0] for name in names], ".", command, shell)


def check_workspace_tasks(command: Command, shell: Shell) -> None:
    """turbo, nx, lerna: scripts of this name in all packages of the repository."""
    options = parse(command.arguments, "-t --target --targets --filter -F --scope --projects -p --configuration -c")
    words = [word for value in options.values("-t", "--target", "--targets") for word in value.split(",")]
    words += [part for word in options.operands for part in re.split(r"[:#]", word)]
    names = [word for word in words if word not in {"run", "run-many", "affected", "exec", ""}]
    for name in names if command.program not in publishers() else ():  # their own rows know `-d`, a dry run
        check_task_name(name, command, shell)
    judge_scripts(names, ".", command, shell, members=())


def check_node_run(command: Command, shell: Shell) -> None:
    """`node --run NAME` runs a script of package.json."""
    for name in parse(command.arguments, "--run").values("--run"):
        judge_scripts([name], ".", command, shell)


TABLE: Table = build_table(
    __name__, check_make, check_task_runner, check_script_sequence, check_workspace_tasks, check_node_run
)
