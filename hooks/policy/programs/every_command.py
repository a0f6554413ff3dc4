"""Rules over every command, whatever its program: where it reads and writes, and which files it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.programs import variables
from hooks.policy.programs.content import check_overwritten
from hooks.policy.programs.found_files import reads_listed_secrets
from hooks.policy.shell.printing import predict_output
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command, Redirect

COPIES = frozenset({"cp", "mv", "install", "ln", "rsync", "scp", "ditto"})
"""Programs whose last word is written, not read."""
TEXT_OPTIONS = frozenset(
    {"-m", "--message", "--title", "--body", "--name", "--arg", "--argjson", "--description", "--grep"}
)
CODE_OPTION = re.compile(r"-[a-zA-Z]*[ecpEr]|--eval|--print|--regexp|--expression|--command|--execute")
IN_PLACE = re.compile(r"-[a-zA-Z0-9]*i|--in-?place")
METADATA_HOST = re.compile(
    r"169\.254\.169\.25[0-4]|169\.254\.170\.\d+|metadata\.google\.internal|metadata\.goog\b|fd00:ec2::254|fd20:ce::254"
    r"|100\.100\.100\.200|\b2852039166\b|0xa9fea9fe|0251\.0376\.0251\.0376|::ffff:a9fe:a9fe",
    re.IGNORECASE,
)
METADATA_ADDRESS = re.compile(
    rf"(?:\w+://)?(?:[^\s/@]*@)?\[?(?:{METADATA_HOST.pattern})\]?(?:\.nip\.io)?(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE
)
PRINTS_ITS_WORDS = frozenset({"echo", "printf", "cat", "true", ":", "false", "tee", "head", "tail"})
TAKES_FOLDERS = frozenset({"tar", "zip", "7z", "rsync", "rg", "ag", "ack", "bsdtar"})
"""Programs that take a folder with all that is in it, without an option for it."""
EXCLUDING = TAKES_FOLDERS | {"grep", "egrep", "fgrep", "du", "tree"}
EXCLUDED = re.compile(r"--(exclude|exclude-dir|ignore-pattern)(=|$)")
"""What these programs leave out, they do not read."""
DESCRIPTOR = re.compile(r"\d+-?|-")
"""Behind `>&` and `<&`: an open file is copied, moved or closed."""
RECURSIVE = re.compile(r"-[a-zA-Z]*[rR][a-zA-Z]*|--(recursive|dereference-recursive)")
WORD_LIMIT = 1000


def check_every_command(command: Command, shell: Shell) -> None:
    """All rules that hold for every command."""
    for redirect in command.redirects:
        check_redirect(redirect, command, shell)
    for name, value in command.assignments:
        variables.check_assignment(name, value, shell)
    if command.argv:
        _check_secret_files(command, shell)
        _check_guard_files(command, shell)
        variables.check_printed_variables(command, shell)


def check_redirect(redirect: Redirect, command: Command, shell: Shell) -> None:
    """Where output goes and input comes from."""
    if re.search(r"/dev/(tcp|udp)/", redirect.target):
        shell.refuse("remote.shell", redirect.target)
    if redirect.operator.endswith("&") and DESCRIPTOR.fullmatch(redirect.target):
        return
    if redirect.writes:
        _check_emptying(redirect, command, shell)
    for path in shell.resolve(redirect.target):
        if redirect.writes:
            check_write(path, shell)
        else:
            _check_read(redirect.target, path, shell)


def check_write(path: str | None, shell: Shell) -> None:
    """A command writes this file, or the one behind the links that the same call makes."""
    if path is not None:
        for place in dict.fromkeys((path, shell.memory.behind_links(path))):
            check_place(place, shell)


def check_place(path: str | None, shell: Shell) -> None:
    """What has this name changes: no device, no guard, no file of the system or one that configures later sessions."""
    if path is None:
        return
    if paths.is_device(path):
        shell.refuse("device", path)
    if paths.is_guard(path, shell.context):
        shell.refuse("guards.files", path)
    if paths.is_startup(path, shell.context) or paths.is_system(path, shell.context):
        shell.refuse("delete.outside", path)


def _check_emptying(redirect: Redirect, command: Command, shell: Shell) -> None:
    """`> file` after a command that prints nothing, or only blanks, empties the file."""
    if redirect.operator not in {">", ">|", "&>"} or redirect.descriptor == "2" or command.compound:
        return
    if shell.memory.judges_repository:
        return  # a script of the repository that writes its own generated file anew
    silent = not command.argv or command.program in PRINTS_ITS_WORDS or command.argv == ("exec",)
    printed = predict_output(command, shell) if command.argv else ""
    if printed is None and command.program in {"head", "tail"}:
        return
    if silent and not (printed or "").strip():
        check_overwritten(redirect.target, shell)


# Files that hold secrets


def _check_secret_files(command: Command, shell: Shell) -> None:
    _check_metadata_hosts(command, shell)
    if command.program in read_list("name_only"):
        return
    _check_whole_homes(command, shell)
    for secret in reads_listed_secrets(command, shell):
        shell.refuse("secrets.file", secret)
    for word in _file_words(command):
        for candidate in paths_within(word):
            for path in shell.resolve(candidate):
                _check_read(candidate, path, shell)


def _check_read(word: str, path: str | None, shell: Shell) -> None:
    """A command reads what this word names; `path` is None where that is not wholly known."""
    if path is None and paths.may_be_secret(word, shell.context):
        shell.refuse_unless_lenient("secrets.file", word)
    if path is not None and (paths.is_secret(path, shell.context) or paths.leads_up_from_process(word)):
        shell.refuse("secrets.file", word)


def _check_metadata_hosts(command: Command, shell: Shell) -> None:
    """The hosts that give a machine's credentials, as an address that a command calls; not in a text about them."""
    if command.program in read_list("pattern_first") or command.program in read_list("quoting"):
        return
    calls = command.program in read_list("downloaders")
    for word in command.arguments:
        if METADATA_HOST.search(word) if calls else any(map(METADATA_ADDRESS.fullmatch, re.split(r"[=,]", word))):
            shell.refuse("secrets.vault", word)


def _check_whole_homes(command: Command, shell: Shell) -> None:
    """Packing, copying or searching a whole home, or another folder above secrets, takes these along."""
    recursive = any(map(RECURSIVE.fullmatch, command.arguments))
    searching = command.program in {"grep", "egrep", "fgrep", "cp", "scp"} and recursive
    if not searching and command.program not in TAKES_FOLDERS:
        return
    for word in _file_words(command):
        for path in shell.resolve(word):
            if path is not None and (path in {"/root", "/Users"} or paths.holds_secrets(path, shell.context)):
                shell.refuse("secrets.file", word)


def _file_words(command: Command) -> Iterator[str]:
    """The words that may name files; patterns, texts, code and, for copies, the destination are left out."""
    words = list(command.arguments)
    if command.program in COPIES or command.program == "tee":
        words = words[:-1]
    takes_code = command.program in read_list("code_takers")
    excludes = command.program in EXCLUDING or command.program in read_list("file_takers")
    pattern_due = command.program in read_list("pattern_first") and not {"-f", "--file"} & set(words)
    skip = False
    for before, word in zip(("", *words), words, strict=False):
        if skip:
            skip = pattern_due = False
        elif excludes and EXCLUDED.match(word):
            skip = "=" not in word
        elif word in TEXT_OPTIONS or (takes_code and _introduces_code(word, command.program)):
            skip = True
        elif (
            before not in {"", "-f", "--file"}
            and command.program in read_list("selecting")
            and SELECTOR.fullmatch(word)
        ):
            continue
        elif pattern_due and not word.startswith("-"):
            pattern_due = command.program == "yq" and word in EVALUATES
        else:
            yield word


SELECTOR = re.compile(r"\.\w[\w.]*")
"""`.env` in a query of a document: the document's file stands before it, or behind an option."""
EVALUATES = frozenset({"e", "eval", "ea", "eval-all"})
"""Subcommands of `yq`: the expression follows."""


def _introduces_code(word: str, program: str) -> bool:
    """Whether the next word is a program's text; grep's -r and sed's -E and -r stand alone."""
    alone = {"-r", "-E", "-p", "-c"} if program.endswith(("grep", "rg", "sed", "ag", "ack")) else set()
    return CODE_OPTION.fullmatch(word) is not None and not (word in alone or (alone and not word.endswith("e")))


def paths_within(word: str) -> Iterator[str]:
    """The paths that a word may hold: itself, and what follows `=`, `@`, `:` or an option's letter."""
    if len(word) > WORD_LIMIT or "\n" in word:
        return
    if re.match(r"https?://", word):
        return
    if not word.startswith("-"):
        yield word
    yield from filter(None, re.split(r"[=@:,]", word)[1:])
    if word.startswith("-") and not word.startswith("--"):
        yield word[2:]


# Files that guard the session


def _check_guard_files(command: Command, shell: Shell) -> None:
    """Naming a guard is harmless to programs that only read it; whatever else names it is refused."""
    for word in command.arguments:
        for candidate in paths_within(word):
            for path in shell.resolve(candidate):
                if path is not None and paths.is_guard(path, shell.context) and _may_change(command, word):
                    shell.refuse("guards.files", candidate)


def _may_change(command: Command, word: str) -> bool:
    program, words = command.program, command.arguments
    if program not in read_list("guard_readers"):
        return True
    if program in {"mv", "tee", "dd"}:
        return not word.startswith("if=")
    if program in COPIES:
        return word == words[-1]
    if program in {"sed", "perl", "yq", "ruby", "awk"}:
        return any(IN_PLACE.match(each) for each in words)
    return program == "find" and not {"-delete", "-exec", "-execdir", "-ok"}.isdisjoint(words)
