"""Build tools that run what their options say: `cmake -E`, `just -c`, `make --eval`, compilers behind a wrapper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.program_text import judge_program_text
from hooks.policy.programs.variables import check_assignment
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

CMAKE_TOOLS = {
    "rm": ("rm",), "remove": ("rm",), "remove_directory": ("rm", "-r"), "copy": ("cp",), "copy_if_different": ("cp",),
    "copy_directory": ("cp", "-r"), "rename": ("mv",), "create_symlink": ("ln", "-s"), "create_hardlink": ("ln",),
    "cat": ("cat",), "tar": ("tar",), "touch": ("touch",), "environment": ("env",), "time": ("time",),
}  # fmt: skip
"""Commands of `cmake -E`, and the program that does the same."""
EXECUTES = re.compile(r"\bCOMMAND\s+((?:\"[^\"]*\"|[^\")]*?)+?)\s*(?=\)|\b[A-Z_]{4,}\b|$)", re.DOTALL)
REMOVES = re.compile(r"\bfile\s*\(\s*REMOVE(?:_RECURSE)?\s+([^)]*)\)", re.IGNORECASE)


def check_cmake(command: Command, shell: Shell) -> None:
    """cmake -E runs one of CMake's tools, or any program; cmake -P runs a script."""
    words = list(command.arguments)
    if "-E" in words:
        _check_cmake_tool(words[words.index("-E") + 1 :], command, shell)
    elif "-P" in words[:-1]:
        _check_cmake_script(words[words.index("-P") + 1], shell)


def _check_cmake_tool(words: list[str], command: Command, shell: Shell) -> None:
    if not words:
        return
    if words[0] == "env":
        rest = words[1:]
        while rest and (rest[0] in {"--", "--modify"} or rest[0].startswith("--unset=") or "=" in rest[0]):
            if re.match(r"[A-Za-z_]\w*=", rest[0]):
                check_assignment(*rest[0].partition("=")[::2], shell)
            rest = rest[1:]
        shell.judge_argv(rest, command.feed)
    elif words[0] == "chdir":
        shell.judge_argv(words[2:], command.feed)
    elif words[0] in CMAKE_TOOLS:
        shell.judge_argv((*CMAKE_TOOLS[words[0]], *words[1:]), command.feed)


def check_maven_program(command: Command, shell: Shell) -> None:
    """`mvn exec:exec -Dexec.executable=git -Dexec.args=push`."""
    words = re.sub(r"(?m)^(?:-D|--define)[=\n]?", "-D", "\n".join(command.arguments))
    given = dict(re.findall(r"(?m)^-Dexec\.(executable|args|commandlineArgs)=(.*)$", words))
    if program := given.get("executable"):
        shell.judge_text(" ".join((program, given.get("args", ""), given.get("commandlineArgs", ""))))


def _check_cmake_script(name: str, shell: Shell) -> None:
    """Only what this session wrote is read: the repository's own scripts are its code."""
    for path in shell.resolve(name):
        if path is None or not shell.memory.is_own_file(path, shell.scope):
            continue
        text = shell.memory.read_content(path)[1] or ""
        for found in EXECUTES.findall(text):
            shell.judge_text(" ".join(found.split()))
        for found in REMOVES.findall(text):
            shell.judge_text(f"rm -r {found}")


def check_just(command: Command, shell: Shell) -> None:
    """just -c runs a command in the justfile's environment."""
    words = command.arguments
    position = next((index for index, word in enumerate(words) if word in {"-c", "--command"}), len(words))
    inner = words[position + 1 :]
    if len(inner) == 1:
        shell.judge_text(inner[0], command.feed)
    else:
        shell.judge_argv(inner, command.feed)


def check_cargo_settings(command: Command, shell: Shell) -> None:
    """cargo --config sets what the variables set: another registry, or a program that runs in place of another."""
    for setting in parse(command.arguments, "--config --manifest-path --target-dir").values("--config"):
        name, _, value = setting.partition("=")
        program = value.strip(" \"'[]").replace('", "', " ")
        if re.search(r"^\s*(source|registr)", name):
            shell.refuse("guards.environment", command.argv)
        if re.search(r"\b(rustc|rustdoc|rustc-wrapper|rustc-workspace-wrapper|runner|linker)\s*$", name):
            shell.judge_text(program)


SHELLS = re.compile(r"(/usr)?(/local)?(/bin/)?(ba|z|da|k|fi|a)?sh|\x00|/bin/busybox sh|(/usr)?/bin/env (ba|z)?sh")
MAKE_SHELL = re.compile(r"\$[({]\s*shell\s+(?P<shell>(?:[^()]|\([^()]*\))*)[)}]|!=\s*(?P<assigned>[^\n]+)")
RECIPE = re.compile(r"^[^\s#=][^=\n]*?:[^=;\n]*;(?P<recipe>[^\n]+)", re.MULTILINE)


def check_make_code(command: Command, shell: Shell) -> None:
    """make --eval is the session's own makefile; SHELL is the program that runs every recipe."""
    options = parse(command.arguments, value_options("make"))
    for code in options.values("--eval", "-E"):
        for found in MAKE_SHELL.finditer(code):
            shell.judge_text(found["shell"] or found["assigned"])
        for recipe in RECIPE.finditer(code):
            shell.judge_text(recipe["recipe"])
    for word in options.operands:
        name, equals, value = word.partition("=")
        if equals and name.rstrip(":+?!") in {"SHELL", "MAKESHELL"} and not SHELLS.fullmatch(value):
            shell.judge_text(value)
            shell.refuse("guards.environment", word)
        for found in MAKE_SHELL.finditer(value):
            shell.judge_text(found["shell"] or found["assigned"])


def check_compiler(command: Command, shell: Shell) -> None:
    """gcc -wrapper runs a program for each step, -fplugin loads code; rustc -C linker names a program."""
    words = tuple(word for word in command.arguments if word != "-Xclang")
    for before, word in zip(("", *words), words, strict=False):
        if before in {"-load", "--load"}:
            _check_plugin(word, command, shell)
        if before in {"-wrapper", "--wrapper"}:
            shell.judge_argv(word.split(","))
        if plugin := re.match(r"(?:-Xclang[=,])?-{1,2}(?:fplugin|fpass-plugin|load)[=,](?:-Xclang,)?(.+)", word):
            _check_plugin(plugin[1], command, shell)
        linker = re.match(r"(?:-C|--codegen=)?linker=(.+)", word)
        if linker and (before in {"-C", "--codegen"} or word.startswith("-")):
            _check_linker(linker[1], shell)


def _check_plugin(name: str, command: Command, shell: Shell) -> None:
    """A plugin from outside the workspace is code that no review sees."""
    for path in shell.resolve(name) if "/" in name else ():
        inside = path is not None and paths.is_inside(path, str(shell.context.workspace))
        if not inside and not (path and paths.is_system(path, shell.context)):
            shell.refuse_unless_lenient("unresolved.code", command.argv)


def _check_linker(program: str, shell: Shell) -> None:
    """A linker by its name is one that is installed; a path may be any program."""
    shell.judge_text(program)
    if "/" in program and not any(path and path.startswith("/usr/") for path in shell.resolve(program)):
        shell.refuse_unless_lenient("guards.environment", program)


def check_code_runner(command: Command, shell: Shell) -> None:
    """mix run -e, rails runner, manage.py shell -c, artisan tinker: code in the language of the application."""
    options = parse(command.arguments, "-e --eval -c --command --execute")
    verb, rest = "".join(options.operands[:1]), options.operands[1:2]
    language, verbs, options_with_code = CODE_RUNNERS[command.program]
    if verb in verbs:
        given = options.values(*options_with_code) if options_with_code else ()
        for code in (*given, *(rest if not given else ())):
            if re.search(r"[\s(\"'`]", code):
                judge_program_text(code, language, command, shell)


CODE_RUNNERS = {
    "mix": ("elixir", {"run", "eval"}, ("-e", "--eval")),
    "rails": ("ruby", {"runner", "r"}, ()),
    "manage.py": ("python", {"shell", "shell_plus"}, ("-c", "--command")),
    "django-admin": ("python", {"shell"}, ("-c", "--command")),
    "artisan": ("php", {"tinker"}, ("--execute",)),
}
"""The language of the code, the subcommands that take it, and the options that give it; else it is an operand."""


TABLE: Table = build_table(
    __name__,
    check_cmake,
    check_just,
    check_make_code,
    check_compiler,
    check_cargo_settings,
    check_code_runner,
    check_maven_program,
)
