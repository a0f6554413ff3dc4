"""Code in files and on standard input: judged in its language, if its text is known when the command is.

A file that the session wrote is judged like a command; the repository's own files are judged for certain findings only.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.programs.program_text import LANGUAGES, judge_program_text
from hooks.policy.programs.publish import check_task_name
from hooks.policy.shell.files import is_text
from hooks.policy.shell.parameters import PROCESS
from hooks.policy.shell.values import program_name
from hooks.policy.tables import families, listed

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command, Feed


def refuse_unknown_code(command: Command, shell: Shell) -> None:
    recent = {argv[0].rpartition("/")[2] for argv in shell.session.log[-12:] if argv}
    if recent & listed("downloaders"):
        shell.refuse("remote.code", command.argv)
    shell.refuse_unless_lenient("unresolved.code", command.argv)


def judge_input(feed: Feed, language: str, command: Command, shell: Shell) -> None:
    """Code on standard input: known text is judged, a download is refused, anything else is not known."""
    if any(argv and argv[0].rpartition("/")[2] in listed("downloaders") for argv in feed.sources):
        shell.refuse("remote.code", command.argv)
    if language == "bash" and any(argv and argv[0].rpartition("/")[2] in listed("decoders") for argv in feed.sources):
        shell.refuse("unresolved.code", command.argv)
    if feed.text is None:
        if feed.path is not None:
            path = shell.resolve(feed.path)[0]
            if path is not None and shell.session.is_fetched(path):
                shell.refuse("remote.code", command.argv)
            if path is not None and not shell.session.read_content(path)[0]:
                return
        shell.refuse_unless_lenient("unresolved.code", command.argv)
        return
    judge_code(feed.text, language, command, shell)


def judge_script(name: str, language: str, command: Command, shell: Shell, arguments: tuple[str, ...] = ()) -> None:
    """A script file: downloaded, written by this session, or the repository's own."""
    check_task_name(re.sub(r"\.\w+$", "", name.rpartition("/")[2]), command, shell)
    if any(number in name for number in PROCESS.values()):
        shell.refuse_unless_lenient("unresolved.code", command.argv)
    piped = shell.session.find_pipe(name)
    if piped is not None:
        judge_input(piped, language, command, shell)
        return
    for path in shell.resolve(name):
        if path is None:
            shell.refuse_unless_lenient("unresolved.code", command.argv)
            continue
        if path in {"/dev/stdin", "/dev/fd/0"}:
            judge_input(command.feed, language, command, shell)
            continue
        if shell.session.is_fetched(path):
            shell.refuse("remote.code", name)
        exists, text = shell.session.read_content(path)
        own = path in shell.session.wrote or path in shell.context.written
        if text is None:
            made = not exists and language == "bash" and _may_have_been_made(path, shell)
            written_now = path in shell.session.wrote and not os.path.exists(path)  # noqa: PTH110 -- hot path, plain strings
            if made or written_now or (exists and _is_script(path, language, str(shell.context.workspace), own=own)):
                shell.refuse_unless_lenient("unresolved.code", name)
        elif own:
            judge_code(text, language, command, shell, arguments)
        elif paths.is_inside(path, str(shell.context.workspace)):
            with shell.session.as_repository_code(), shell.session.within_script_budget():
                judge_code(text, language, command, shell, arguments)


def _is_script(path: str, language: str, workspace: str, *, own: bool) -> bool:
    """Whether a file that cannot be read as text is run as a shell script, or is one that this session wrote.

    A program named by its path may as well be a binary that was built here: that one has no `#!`, nor text.
    """
    return language == "bash" or (own and language != "") or (language == "" and is_text(path, workspace))


INLINE = frozenset({"-c", "-e", "-", "-r", "--eval"})


def _may_have_been_made(path: str, shell: Shell) -> bool:
    """Whether code on the same command line could have written a script that is not there yet."""
    inline = {program_name(argv[0]) for argv in shell.session.log[:-1] if not INLINE.isdisjoint(argv)}
    return not inline.isdisjoint(LANGUAGES) and paths.is_inside(path, str(shell.context.workspace))


def judge_code(text: str, language: str, command: Command, shell: Shell, arguments: tuple[str, ...] = ()) -> None:
    """Judge code in its language; a shebang decides for files that are run by name."""
    if language == "":
        language = _language_of(text)
    if language == "bash" and command.program in {"source", "."}:
        shell.judge_here(text, arguments)
    elif language == "bash":
        shell.judge_text(text, command.feed, positional=arguments or None, separate=True)
    elif language:
        judge_program_text(text, language, command, shell)


def _language_of(text: str) -> str:
    first = text.partition("\n")[0]
    if not first.startswith("#!"):
        return "bash" if re.match(r"[\x20-\x7e\t\n\r]*$", text[:200]) else ""
    program = re.sub(r"[\d.]+$", "", first.split("/")[-1].split()[-1] if first.split() else "")
    if program in families("shells")["check_shell"].programs.split():
        return "bash"
    return program if program in LANGUAGES else ""
