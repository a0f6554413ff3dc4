"""Programs that run other programs: opened by table, and what is inside is judged in their place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Rule, Table, families
from hooks.policy.programs.variables import variable_set
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.tables import table, valued

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """Options with values, how many operands come before the command, and whether the command is shell text."""

    valued: str = ""
    skip: int = 0
    text: bool = False
    assignments: bool = False
    words: str = ""


def wrapping(row: Wrapper) -> Rule:
    """The rule of a plain wrapper: judge what follows its own options."""

    def rule(command: Command, shell: Shell) -> None:
        operands = list(parse(command.arguments, row.valued, until_operand=True).operands)
        while operands and row.words and operands[0] in row.words.split():
            operands.pop(0)
            operands = list(parse(operands, row.valued, until_operand=True).operands)
        operands = operands[row.skip :]
        if row.assignments:
            while operands and re.match(r"[A-Za-z_]\w*=", operands[0]):
                _assign(operands.pop(0), shell)
        if operands and row.text:
            shell.code(" ".join(operands), command.feed)
        elif operands:
            shell.run(operands, command.feed)

    return rule


def _assign(word: str, shell: Shell) -> None:
    name, _, value = word.partition("=")
    variable_set(name, value, shell)


def command_builtin(command: Command, shell: Shell) -> None:
    """`command -v name` only looks; else it runs the name past functions and aliases."""
    options = parse(command.arguments, until_operand=True)
    if options.operands and not options.has("-v", "-V"):
        shell.run(options.operands, command.feed)


def env(command: Command, shell: Shell) -> None:
    """`env`: prints everything when nothing follows; -S splits its word into a command."""
    options = parse(command.arguments, "-u --unset -C --chdir -S --split-string", until_operand=True)
    operands = list(options.operands)
    while operands and re.match(r"[A-Za-z_][\w.]*=", operands[0]):
        _assign(operands.pop(0), shell)
    shell = _elsewhere(options.value("-C", "--chdir"), shell)
    split = options.values("-S", "--split-string")
    if split:
        shell.code(" ".join((*split, *(_quoted(word) for word in operands))), command.feed)
    elif operands:
        shell.run(operands, command.feed)
    elif not options.has("--help", "--version") and not (options.has("-i", "--ignore-environment")):
        shell.refuse("secrets.environment", command.argv)


def _elsewhere(folder: str | None, shell: Shell) -> Shell:
    """The same shell in another folder."""
    if folder is None:
        return shell
    scope = shell.scope.copy()
    scope.folders = frozenset(path or UNKNOWN for path in shell.resolve(folder))
    return replace(shell, scope=scope)


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def xargs(command: Command, shell: Shell) -> None:
    """`xargs`: the words come from standard input, known or not."""
    options = parse(command.arguments, valued("xargs"), until_operand=True)
    inner = list(options.operands) or ["echo"]
    text = command.feed.text
    words = (
        [UNKNOWN]
        if text is None or UNKNOWN in (text or "")
        else re.split(r"[\s\0]+", text.strip())
        if text.strip()
        else [UNKNOWN]
    )
    placeholder = options.value("-I", "--replace", "-J") or ("{}" if options.has("-i") else None)
    if placeholder:
        lines = [UNKNOWN] if text is None else text.strip().splitlines() or [UNKNOWN]
        for line in lines[:8]:
            shell.run([word.replace(placeholder, line) for word in inner])
    else:
        shell.run([*inner, *words])


PLACE = re.compile(r"\{[^{}]*\}")
"""Where `parallel` puts its words: `{}`, `{.}`, `{1}`."""


def parallel(command: Command, shell: Shell) -> None:
    """GNU parallel: a template, and words behind `:::` or on standard input."""
    options = parse(
        command.arguments,
        valued("parallel"),
        until_operand=True,
    )
    if options.has("-S", "--sshlogin"):
        shell.refuse("deploy.shell", command.argv)
    words = list(options.operands)
    marker = next((index for index, word in enumerate(words) if re.fullmatch(r":{3,4}\+?", word)), len(words))
    template, given = words[:marker], [word for word in words[marker + 1 :] if not word.startswith(":::")]
    if not given:
        given = (command.feed.text or UNKNOWN).strip().splitlines() or [UNKNOWN]
    for word in given[:8]:
        if not template:
            shell.code(word)
        elif any("{" in each for each in template):
            shell.code(" ".join(PLACE.sub(word.replace("\\", ""), each) for each in template))
        else:
            shell.code(" ".join((*template, word)))


def scripted(command: Command, shell: Shell) -> None:
    """`script -c '…'` and `flock file -c '…'`."""
    options = parse(command.arguments, "-c --command -E -w --timeout -O -I -B -T -o -t", until_operand=False)
    for code in options.values("-c", "--command"):
        shell.code(code)
    if command.program == "flock" and len(options.operands) > 1:
        shell.run(options.operands[1:])


def concurrent(command: Command, shell: Shell) -> None:
    """concurrently, npm-run-all, start-server-and-test: each word is a command line."""
    for word in parse(command.arguments, "-n --names -c --prefix-colors -k_ --max-processes -m").operands:
        if word.startswith(("npm:", "pnpm:", "yarn:")) or " " not in word:
            continue
        shell.code(word)


def nodemon(command: Command, shell: Shell) -> None:
    """nodemon --exec '…', tsx watch, chokidar -c '…', watchexec -- …"""
    options = parse(command.arguments, valued("nodemon"))
    for code in options.values("-x", "--exec", "-c", "--command", "-s", "--shell"):
        shell.code(code)


def stdin_each(command: Command, shell: Shell) -> None:
    """fd -x: runs a command for each file; rg --pre runs one before each."""
    words = list(command.arguments)
    for flag in ("-x", "--exec", "-X", "--exec-batch"):
        if flag in words and command.program in {"fd", "fdfind"}:
            inner = [word.replace("{}", UNKNOWN) for word in words[words.index(flag) + 1 :]]
            shell.run([*inner, UNKNOWN])
    for flag, value in parse(words, "--pre --hostname-bin").given:
        if flag in {"--pre", "--hostname-bin"} and value:
            shell.code(value)


def carriers(command: Command, shell: Shell) -> None:
    """make-like carriers with a command in one option: `sed e`, `tar --to-command`, `vim -c`, `ed !`."""
    words = command.arguments
    options = parse(
        words,
        valued("tar"),
    )
    for name in (
        "--to-command",
        "-I",
        "--use-compress-program",
        "--rsh-command",
        "--info-script",
        "-F",
        "--new-volume-script",
        "--rmt-command",
    ):
        for code in options.values(name):
            shell.code(code)
    for action in options.values("--checkpoint-action"):
        if action.startswith("exec="):
            shell.code(action[5:])
            shell.refuse("unresolved.code", command.argv)
    if options.has("--remove-files"):
        shell.refuse("delete.recursive", command.argv)
    _unpacked(words, command, shell)


def _unpacked(words: tuple[str, ...], command: Command, shell: Shell) -> None:
    """Unpacking over the system or over the guards."""
    from hooks.policy.programs.anything import written  # noqa: PLC0415

    folder = parse(words, "-C --directory -d -f").value("-C", "--directory")
    if folder and words and re.match(r"-?\w*x|--extract|--get", words[0]):
        written(shell.resolve(folder)[0], shell)
    if "--absolute-names" in words or "-P" in words:
        shell.doubt("delete.outside", command.argv)


def editors(command: Command, shell: Shell) -> None:
    """vim -c ':!…', ed and ex fed with `!…`, emacs --eval, less +!…"""
    words = command.arguments
    texts = [
        *parse(words, "-c --cmd -S -s -u --eval -ex -i -W -w").values("-c", "--cmd", "--eval", "-ex"),
        *(word[1:] for word in words if word.startswith("+")),
    ]
    if command.program in {"ed", "ex", "vi", "vim", "nvim"} and command.feed.text:
        texts += command.feed.text.splitlines()
    for text in texts:
        for code in re.findall(r"!\s*(.+)", text):
            shell.code(code)
        if re.search(r"system\s*\(|call-process|shell-command|jobstart|os\.execute|delete-directory|termopen", text):
            shell.doubt("unresolved.code", text)


def manual(command: Command, shell: Shell) -> None:
    """`man -P program`."""
    for code in parse(command.arguments, "-P --pager -H -C").values("-P", "--pager", "-H"):
        shell.code(code)


def gdb(command: Command, shell: Shell) -> None:
    """gdb -ex 'shell …' --args program."""
    for text in parse(command.arguments, "-ex -x -p -iex --eval-command --command", single=True).values(
        "-ex", "-iex", "--eval-command"
    ):
        if code := re.match(r"\s*(shell|!|python|call|compile)\s*(.*)", text):
            shell.code(code[2]) if code[1] in {"shell", "!"} else shell.doubt("unresolved.code", text)
    if "--args" in command.arguments:
        shell.run(command.arguments[command.arguments.index("--args") + 1 :], command.feed)


def expect(command: Command, shell: Shell) -> None:
    """expect -c 'spawn …'."""
    for text in (*parse(command.arguments, "-c -f").values("-c"), command.feed.text or ""):
        for code in re.findall(r"\b(?:spawn|exec|system)\s+([^;\n]+)", text):
            shell.code(code)


def zip_tested(command: Command, shell: Shell) -> None:
    """zip -T -TT '…' and 7z, unrar: programs inside archivers; -m deletes what was packed."""
    options = parse(command.arguments, "-TT -x -i -b -t -n", single=True)
    for code in options.values("-TT", "--unzip-command"):
        shell.code(code)
    if command.program == "zip" and options.has("-m", "--move", "-rm"):
        shell.refuse("delete.recursive", command.argv)


def launched(command: Command, shell: Shell) -> None:
    """open, xdg-open, start: they hand work to a program outside the session."""
    for word in command.arguments:
        if " " in word:
            shell.prose(word)


TABLE: Table = {name: wrapping(Wrapper(**row)) for name, row in table("wrappers").items()} | families(
    __name__,
    command_builtin,
    env,
    xargs,
    parallel,
    scripted,
    concurrent,
    nodemon,
    stdin_each,
    carriers,
    editors,
    manual,
    gdb,
    expect,
    zip_tested,
    launched,
)
