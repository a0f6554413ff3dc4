"""Programs that run other programs: the program inside is judged in their place."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.programs import Rule, Table, build_table, merge_tables
from hooks.policy.programs.every_command import check_write
from hooks.policy.programs.found_files import secrets_handed_on
from hooks.policy.programs.secrets import shows_names
from hooks.policy.programs.variables import check_assignment
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.tables import value_options, wrappers
from hooks.policy.tables.rows import Wrapper

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell


SOURCES = (".py", ".pyw")


def wrapper_rule(row: Wrapper) -> Rule:
    """The rule of a plain wrapper: judge what follows its own options."""

    def rule(command: Command, shell: Shell) -> None:
        codes, options, operands = _read_wrapper(command, row)
        for code in codes:
            shell.judge_text(code, command.feed)
        if row.separator:
            operands = operands[operands.index("--") + 1 :] if "--" in operands else operands
        operands = operands[row.skip :]
        if row.assignments:
            while operands and re.match(r"[A-Za-z_]\w*=", operands[0]):
                _check_assignment_word(operands.pop(0), shell)
        operands = _name_program(operands, options, row)
        if row.text and operands:
            shell.judge_text(" ".join(operands), command.feed)
        if operands and not (row.text and len(operands) == 1):
            shell.judge_argv(operands, command.feed)

    return rule


def _read_wrapper(command: Command, row: Wrapper) -> tuple[list[str], Options, list[str]]:
    """The codes that options give, the last options, and the words behind the wrapper's options and run verbs."""
    options = _own_options(command.arguments, row)
    codes, operands = list(options.values(*row.code.split())), list(options.operands)
    if row.run_verbs and not row.bare and operands[:1] and operands[0] not in row.run_verbs.split():
        operands = []  # another subcommand: `poetry export` is no `export`
    verb = ""
    while operands and operands[0] in row.run_verbs.split() and verb not in LAST_VERBS:
        verb = operands[0]
        options = _own_options(operands[1:], row)
        codes, operands = [*codes, *options.values(*row.code.split())], list(options.operands)
    return codes, options, operands


LAST_VERBS = frozenset({"run", "exec"})
"""Behind these stands the program, whatever it is called: `uv tool run x`, but `uv run tool x`."""


def _name_program(operands: list[str], options: Options, row: Wrapper) -> list[str]:
    """The words with the program's own name: without a prefix, or behind the interpreter that runs it."""
    if not operands:
        return operands
    if row.prefixed:
        operands = [operands[0].rpartition(":")[2], *operands[1:]]
    as_module = options.has("-m", "--module")
    if row.interpreter and (as_module or operands[0] == "-" or operands[0].endswith(SOURCES)):
        return [row.interpreter, *(["-m"] if as_module else []), *operands]
    return operands


def _own_options(words: Iterable[str], row: Wrapper) -> Options:
    takes = f"{row.valued} {row.code}"
    kept = _without_pairs(tuple(words), row.pairs.split(), takes.split()) if row.pairs else words
    return parse(kept, takes, stop_at_operand=True, one_dash=row.one_dash)


def _without_pairs(words: tuple[str, ...], pairs: list[str], takes: list[str]) -> tuple[str, ...]:
    """Without the options that take two values; what stands behind the first operand is the inner program's."""
    kept: list[str] = []
    place = 0
    while place < len(words) and words[place].startswith("-"):
        width = 2 if words[place] in takes else 1
        kept += words[place : place + width] if words[place] not in pairs else ()
        place += 3 if words[place] in pairs else width
    return (*kept, *words[place:])


def _check_assignment_word(word: str, shell: Shell) -> None:
    name, _, value = word.partition("=")
    check_assignment(name, value, shell)


ARCHITECTURE = re.compile(
    r"x86_64|i[3-6]86|linux(32|64)|uname26|a(arch64|rm\w*|lpha)|ia64|mips\w*|pp(c\w*|32|64)|riscv\w*|s390x?|sparc\w*"
)


def check_setarch(command: Command, shell: Shell) -> None:
    """`setarch x86_64 ls` and `setarch -R ls`: an architecture may stand before the command."""
    operands = parse(command.arguments, stop_at_operand=True).operands
    while operands and ARCHITECTURE.fullmatch(operands[0]):
        operands = parse(operands[1:], stop_at_operand=True).operands
    if operands:
        shell.judge_argv(operands, command.feed)


def check_command(command: Command, shell: Shell) -> None:
    """`command -v name` only looks; else it runs the name past functions and aliases."""
    options = parse(command.arguments, stop_at_operand=True)
    if options.operands and not options.has("-v", "-V"):
        shell.judge_argv(options.operands, command.feed)


def check_env(command: Command, shell: Shell) -> None:
    """`env`: prints everything when nothing follows; -S splits its word into a command."""
    options = parse(command.arguments, "-u --unset -C --chdir -S --split-string", stop_at_operand=True)
    operands = list(options.operands)
    while operands and "=" in operands[0][1:]:
        _check_assignment_word(operands[0], shell)
        name, _, value = operands.pop(0).partition("=")
        shell = shell.with_variable(name, value)
    shell = _in_folder(options.value("-C", "--chdir"), shell)
    split = options.values("-S", "--split-string")
    if split:
        shell.judge_text(" ".join((*split, *map(shlex.quote, operands))), command.feed)
    elif operands:
        shell.judge_argv(operands, command.feed)
    elif not options.has("--help", "--version", "-i", "--ignore-environment") and not shows_names(shell.scope.readers):
        shell.refuse("secrets.environment", command.argv)


def _in_folder(folder: str | None, shell: Shell) -> Shell:
    """The same shell in another folder."""
    if folder is None:
        return shell
    scope = shell.scope.copy()
    scope.folders = frozenset(path or UNKNOWN for path in shell.resolve(folder))
    return replace(shell, scope=scope)


def check_script(command: Command, shell: Shell) -> None:
    """`script -c '…'` and `flock file -c '…'`."""
    options = parse(command.arguments, "-c --command -E -w --timeout -O -I -B -T -o -t", stop_at_operand=False)
    for code in options.values("-c", "--command"):
        shell.judge_text(code)
    if command.program == "flock" and len(options.operands) > 1:
        shell.judge_argv(options.operands[1:])


def check_concurrently(command: Command, shell: Shell) -> None:
    """concurrently, npm-run-all, start-server-and-test: each word is a command line."""
    for word in parse(command.arguments, "-n --names -c --prefix-colors --max-processes -m").operands:
        if word.startswith(("npm:", "pnpm:", "yarn:")) or " " not in word:
            continue
        shell.judge_text(word)


def check_nodemon(command: Command, shell: Shell) -> None:
    """nodemon --exec '…', tsx watch, chokidar -c '…', watchexec -- …"""
    options = parse(command.arguments, value_options("nodemon"))
    for code in options.values("-x", "--exec", "-c", "--command", "-s", "--shell"):
        shell.judge_text(code)
        if command.program == "nodemon" and options.operands:
            shell.judge_text(" ".join((code, *map(shlex.quote, options.operands))))
    if "--" in command.arguments:
        shell.judge_argv(command.arguments[command.arguments.index("--") + 1 :], command.feed)


def check_fd(command: Command, shell: Shell) -> None:
    """fd -x: runs a command for each file; rg --pre runs one before each."""
    words = list(command.arguments)
    for flag in ("-x", "--exec", "-X", "--exec-batch"):
        if flag in words and command.program in {"fd", "fdfind"}:
            before, inner = words[: words.index(flag)], words[words.index(flag) + 1 :]
            shell.judge_argv([*(word.replace("{}", UNKNOWN) for word in inner), UNKNOWN])
            for secret in secrets_handed_on([("fd", *before)], shell)[:1]:
                shell.judge_argv([*(word.replace("{}", secret) for word in inner), secret])
    for flag, value in parse(words, "--pre --hostname-bin").given:
        if flag in {"--pre", "--hostname-bin"} and value:
            shell.judge_text(value)


def check_tar(command: Command, shell: Shell) -> None:
    """make-like carriers with a command in one option: `sed e`, `tar --to-command`, `vim -c`, `ed !`."""
    words = command.arguments
    options = parse(words, value_options("tar"))
    for code in options.values(*value_options("tar_programs").split()):
        shell.judge_text(code)
    for action in options.values("--checkpoint-action"):
        if action.startswith("exec="):
            shell.judge_text(action[5:])
            shell.refuse("unresolved.code", command.argv)
    if options.has("--remove-files"):
        shell.refuse("delete.recursive", command.argv)
    _check_unpacking(words, command, shell)


def _check_unpacking(words: tuple[str, ...], command: Command, shell: Shell) -> None:
    """Unpacking over the system or over the guards."""
    folder = parse(words, "-C --directory -d -f").value("-C", "--directory")
    if folder and words and re.match(r"-?\w*x|--extract|--get", words[0]):
        check_write(shell.resolve(folder)[0], shell)
    bundled = re.fullmatch(r"[a-zA-Z]*P[a-zA-Z]*", "".join(words[:1]))  # `tar xPf`, without a dash
    if bundled or any(re.match(r"--absolute-n|-[^-\WfCTIbX]*P", word) for word in words):
        shell.refuse_unless_lenient("delete.outside", command.argv)


def check_editor(command: Command, shell: Shell) -> None:
    """vim -c ':!…', ed and ex fed with `!…`, emacs --eval, less +!…"""
    words = command.arguments
    texts = [
        *parse(words, "-c --cmd -S -u --eval -ex -i -W -w").values("-c", "--cmd", "--eval", "-ex"),
        *(word[1:] for word in words if word.startswith("+")),
        *(word for before, word in pairwise(words) if before in {"-eval", "-execute", "--execute"}),
    ]
    if command.program in {"ed", "ex", "vi", "vim", "nvim"} and command.feed.text:
        texts += command.feed.text.splitlines()
    for text in texts:
        for code in re.findall(r"!\s*(.+)", text):
            shell.judge_text(code)
        if re.search(r"system\s*\(|call-process|shell-command|jobstart|os\.execute|delete-directory|termopen", text):
            shell.refuse_unless_lenient("unresolved.code", text)


def check_man(command: Command, shell: Shell) -> None:
    """`man -P program`."""
    for code in parse(command.arguments, "-P --pager -H -C").values("-P", "--pager", "-H"):
        shell.judge_text(code)


def check_gdb(command: Command, shell: Shell) -> None:
    """gdb -ex 'shell …' --args program."""
    for text in parse(command.arguments, "-ex -x -p -iex --ex --iex --eval-command --command", one_dash=True).values(
        "-ex", "-iex", "--ex", "--iex", "--eval-command"
    ):
        if code := re.match(r"\s*(shell|!|python|call|compile)\s*(.*)", text):
            shell.judge_text(code[2]) if code[1] in {"shell", "!"} else shell.refuse_unless_lenient(
                "unresolved.code", text
            )
    if "--args" in command.arguments:
        shell.judge_argv(command.arguments[command.arguments.index("--args") + 1 :], command.feed)


def check_expect(command: Command, shell: Shell) -> None:
    """expect -c 'spawn …'."""
    for text in (*parse(command.arguments, "-c -f").values("-c"), command.feed.text or ""):
        for code in re.findall(r"\b(?:spawn|exec|system)\s+([^;\n]+)", text):
            shell.judge_text(code.strip('"{} '))


def check_zip(command: Command, shell: Shell) -> None:
    """zip -T -TT '…' and 7z, unrar: programs inside archivers; -m deletes what was packed."""
    options = parse(command.arguments, "-TT --unzip-command -x -i -b -t -n", one_dash=True)
    for code in options.values("-TT", "--unzip-command"):
        shell.judge_text(code)
    if command.program == "zip" and options.has("-m", "--move", "-rm"):
        shell.refuse("delete.recursive", command.argv)


PLAIN: Table = {name: wrapper_rule(row) for name, row in wrappers().items()}
FAMILIES: Table = build_table(
    __name__,
    check_command,
    check_env,
    check_script,
    check_concurrently,
    check_nodemon,
    check_fd,
    check_tar,
    check_editor,
    check_man,
    check_gdb,
    check_expect,
    check_zip,
    check_setarch,
)
TABLE: Table = merge_tables(PLAIN, FAMILIES)
