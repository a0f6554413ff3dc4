"""Code from other machines: addresses and packages given to programs that run them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.addresses import (
    PACKAGE,
    is_address,
    refuse_if_remote,
    refuse_remote_words,
)
from hooks.policy.programs.packages import check_packages, package_of
from hooks.policy.programs.provided import is_provided
from hooks.policy.programs.scripts import judge_script
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

LOOKS = frozenset({"info", "doc", "fmt", "lint", "check", "types", "completions", "upgrade", "help", "task", "remove"})
ADDS = frozenset({"add", "install", "i", "create", "init"})


def check_deno(command: Command, shell: Shell) -> None:
    """deno: an address or a registry's package where a module stands is fetched and run."""
    options = parse(command.arguments, value_options("deno"), stop_at_operand=False)
    refuse_remote_words(
        options.values("--import-map", "--preload", "--eval-file", "--import", "--config", "-c", "-r"), command, shell
    )
    operands = list(options.operands)
    verb = operands[0] if operands else ""
    if verb == "task" and options.has("--eval"):
        shell.judge_text(" ".join(operands[1:]), command.feed)
    if verb in LOOKS:
        return
    if verb in ADDS:
        names = operands[1:]
        check_packages([name for name in names if verb != "init" or options.has("--npm")], command, shell)
        return
    for word in operands[:2]:
        refuse_if_remote(word, command, shell)
        package = PACKAGE.match(word)
        if package and not is_provided(package_of(word.partition(":")[2]), ".", shell):
            shell.refuse_unless_lenient("remote.package", command.argv)


PRELOADS = ("-r", "--require", "--import", "--loader", "--experimental-loader", "--preload")


def check_preload(command: Command, shell: Shell) -> None:
    """node -r, --import, --loader; ruby -r; bun --preload: modules that run before the program."""
    options = parse(command.arguments, value_options("preloading"), stop_at_operand=True)
    if options.has("--experimental-network-imports"):
        shell.refuse("remote.code", command.argv)
    for name in options.values(*PRELOADS):
        refuse_if_remote(name, command, shell)
        if name.startswith((".", "/", "~")):
            _judge_preloaded(name, command, shell)


def _judge_preloaded(name: str, command: Command, shell: Shell) -> None:
    """A file of the workspace is judged; one from elsewhere, which no review sees, is not known."""
    suffix = {"ruby": ".rb", "jruby": ".rb", "perl": ".pm"}.get(command.program, ".js")
    whole = name if PurePosixPath(name).suffix else name + suffix
    for path in shell.resolve(whole):
        inside = path is not None and paths.is_inside(path, str(shell.context.workspace))
        if not inside and not (path and paths.is_system(path, shell.context)):
            shell.refuse_unless_lenient("unresolved.code", command.argv)
    judge_script(whole, {"ruby": "ruby", "jruby": "ruby", "perl": "perl"}.get(command.program, "node"), command, shell)


def check_task_file(command: Command, shell: Shell) -> None:
    """make -f, just -f, task --taskfile: the file of tasks is code."""
    options = parse(command.arguments, value_options("task_files"))
    refuse_remote_words(options.values(*value_options("task_files").split()), command, shell)


BACKEND = re.compile(r"(?!core:|node|python)\w+:")


def check_mise(command: Command, shell: Shell) -> None:
    """mise: its own tools are releases; `npm:x`, `cargo:x` and `github:x` come from a registry or a repository."""
    words = command.arguments[: command.arguments.index("--")] if "--" in command.arguments else command.arguments
    options = parse(words, "-C --cd -c --command -E --env -j --jobs")
    operands = options.operands
    if operands[:1] in {("use",), ("install",), ("i",), ("u",), ("exec",), ("x",)}:
        check_packages([word for word in operands[1:] if BACKEND.match(word)], command, shell)
    if re.match(r"plugins? (install|i|add)", " ".join(operands)):
        shell.refuse("remote.code", command.argv)


def check_address_operand(command: Command, shell: Shell) -> None:
    """Programs that run, or build from, what stands at an address."""
    for word in (*parse(command.arguments).operands, *parse(command.arguments, "-U --url").values("-U", "--url")):
        if is_address(word) or (command.program == "jbang" and "@" in word):
            shell.refuse("remote.code", command.argv)


NIX_FETCHES = frozenset({"run", "shell", "develop", "build", "profile", "bundle", "print-dev-env"})
NIX_LOCAL = re.compile(r"$|[./#]|path:|git\+file:|self\b|/nix/store/")


def check_nix(command: Command, shell: Shell) -> None:
    """nix: a flake of the workspace is its own code; what another flake has is fetched."""
    options = parse(command.arguments, value_options("nix"))
    verb, operands = "".join(options.operands[:1]), list(options.operands[1:])
    if verb in NIX_FETCHES and not options.has("--dry-run"):
        if verb == "profile":
            operands = operands[1:] if operands[:1] in (["install"], ["add"]) else []
        if verb in {"run", "bundle"}:
            operands = operands[:1]
        _check_flakes(_before_command(command, operands), command, shell)
        _check_flakes(list(options.values("--override-input", "-f", "--file", "-I")), command, shell)
    inner = _behind(command.arguments, ("-c", "--command")) if verb in {"develop", "shell"} else []
    shell.judge_argv(inner, command.feed)


def _before_command(command: Command, operands: list[str]) -> list[str]:
    inner = _behind(command.arguments, ("-c", "--command", "--"))
    return operands[: len(operands) - len([word for word in inner if word in operands])] if inner else operands


def _behind(words: tuple[str, ...], marks: tuple[str, ...]) -> list[str]:
    """The words behind the first of these options."""
    position = next((index for index, word in enumerate(words) if word in marks), len(words))
    return list(words[position + 1 :])


def _check_flakes(references: list[str], command: Command, shell: Shell) -> None:
    for reference in references:
        if is_address(reference.rpartition("=")[2]):
            shell.refuse("remote.code", command.argv)
        if not NIX_LOCAL.match(reference) and "=" not in reference:
            shell.refuse_unless_lenient("remote.package", command.argv)


def check_nix_shell(command: Command, shell: Shell) -> None:
    """nix-shell, nix-build: an expression at an address, and packages by name."""
    options = parse(command.arguments, "-I -A --attr --run --command --arg --argstr -o --out-link")
    if any(is_address(word.rpartition("=")[2]) for word in (*options.operands, *options.values("-I"))):
        shell.refuse("remote.code", command.argv)
    if any(re.search(r"\bfetch(Tarball|Git|url|zip|FromGitHub|FromGitLab)\b", word) for word in command.arguments):
        shell.refuse("remote.code", command.argv)
    if options.has("-p", "--packages") and command.program == "nix-shell":
        check_packages(list(options.operands), command, shell)


def check_module_source(command: Command, shell: Shell) -> None:
    """terraform init -from-module copies a module, and runs what it names."""
    for source in parse(command.arguments, "-from-module", one_dash=True).values("-from-module", "--from-module"):
        if not source.startswith("."):
            shell.refuse("remote.code", command.argv)


TABLE: Table = build_table(
    __name__,
    check_deno,
    check_preload,
    check_task_file,
    check_mise,
    check_address_operand,
    check_nix,
    check_nix_shell,
    check_module_source,
)
