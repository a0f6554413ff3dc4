"""Code in files and on standard input: judged in its language, if its text is known when the command is.

A file that the session wrote is judged like a command; the repository's own files are judged for certain findings only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.programs.addresses import is_downloaded
from hooks.policy.programs.documents import read_json
from hooks.policy.programs.drafts import judge_drafts
from hooks.policy.programs.imports import judge_imports
from hooks.policy.programs.program_text import LANGUAGES, NODE, PYTHON, judge_program_text
from hooks.policy.programs.publish import check_task_name
from hooks.policy.ruling import Refused
from hooks.policy.shell.files import read_head
from hooks.policy.shell.parameters import PROCESS
from hooks.policy.shell.syntax import NotUnderstood
from hooks.policy.shell.values import program_name
from hooks.policy.tables import families, read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command, Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A file that is run, and the words after it: `$0` and `$1` to the code in it."""

    path: str = "bash"
    arguments: tuple[str, ...] = ()


NO_SCRIPT = Script()


def refuse_unknown_code(command: Command, shell: Shell) -> None:
    recent = {argv[0].rpartition("/")[2] for argv in shell.memory.log[-12:] if argv}
    if recent & read_list("downloaders"):
        shell.refuse("remote.code", command.argv)
    shell.refuse_unless_lenient("unresolved.code", command.argv)


def judge_input(feed: Feed, language: str, command: Command, shell: Shell) -> None:
    """Code on standard input: known text is judged, a download is refused, anything else is not known."""
    read = [feed.path, *(word for argv in feed.sources if argv and argv[0] == "cat" for word in argv[1:])]
    for path in (path for name in read if name for path in shell.resolve(name)):
        shell.check_refused_file(path, command.argv)
    if is_downloaded(feed):
        shell.refuse("remote.code", command.argv)
    if any(argv and argv[0].rpartition("/")[2] in read_list("decoders") for argv in feed.sources):
        shell.refuse("unresolved.code", command.argv)
    if feed.text is None:
        if feed.path is not None:
            path = shell.resolve(feed.path)[0]
            if path is not None and shell.memory.is_fetched(path):
                shell.refuse("remote.code", command.argv)
            if path is not None and not shell.memory.read_content(path)[0]:
                return
        shell.refuse_unless_lenient("unresolved.code", command.argv)
        return
    judge_code(feed.text, language, command, shell)


def is_present(names: Sequence[str], shell: Shell) -> bool:
    """Whether the first of these words names a file that is there when the command runs."""
    return any(path and shell.memory.read_content(path)[0] for name in names[:1] for path in shell.resolve(name))


def judge_script(name: str, language: str, command: Command, shell: Shell, arguments: tuple[str, ...] = ()) -> None:
    """A script file: downloaded, written by this session, or the repository's own."""
    check_task_name(re.sub(r"\.\w+$", "", name.rpartition("/")[2]), command, shell)
    if any(number in name for number in PROCESS.values()):
        shell.refuse_unless_lenient("unresolved.code", command.argv)
    piped = shell.memory.find_pipe(name)
    if piped is not None:
        judge_input(piped, language, command, shell)
        return
    for path in shell.memory.resolve_files(name, shell.scope):
        if path is None:
            shell.refuse_unless_lenient("unresolved.code", command.argv)
            continue
        path = shell.memory.behind_links(path)  # noqa: PLW2901 -- the file that runs
        shell.check_refused_file(path, command.argv)
        if path in {"/dev/stdin", "/dev/fd/0"}:
            judge_input(command.feed, language, command, shell)
            continue
        if shell.memory.is_fetched(path) or shell.memory.was_unpacked(path):
            shell.refuse("remote.code", name)
        for file in entry_points(path, language, shell):
            _judge_file(Script(path=file, arguments=arguments), language, command, shell)


def entry_points(path: str, language: str, shell: Shell) -> Iterator[str]:
    """The file that an interpreter runs for a path: of a folder `__main__.py`, or what package.json says is main."""
    memory = shell.memory
    if memory.read_content(path)[0]:
        yield path
        return
    names = ["__main__.py"] if LANGUAGES.get(language) is PYTHON else []
    if language in JAVASCRIPT:
        document = read_json(memory.read_content(f"{path}/package.json")[1] or "")
        main = document.get("main") if isinstance(document, dict) else None
        names = [*([main, f"{main}.js"] if isinstance(main, str) else []), "index.js", "index.mjs", "index.ts"]
    inside = [os.path.normpath(f"{path}/{name}") for name in names]
    found = [each for each in inside if memory.read_content(each)[0]]
    beside = [f"{path}.js"] if language in JAVASCRIPT and memory.read_content(f"{path}.js")[0] else []
    yield from found[:1] or beside or [path]


def _judge_file(script: Script, language: str, command: Command, shell: Shell) -> None:
    path = script.path
    exists, text = shell.memory.read_content(path)
    own = shell.memory.is_own(path)
    if text is None and own and path in shell.memory.drafts:
        text, own = judge_drafts(path, shell), False
    if text is None:
        made = not exists and language == "bash" and _may_have_been_made(path, shell)
        written_now = path in shell.memory.wrote and not os.path.exists(path)  # noqa: PTH110 -- hot path, plain strings
        if made or written_now or (exists and _is_script(path, language, str(shell.context.workspace), own=own)):
            shell.refuse_unless_lenient("unresolved.code", path)
    elif own:
        _judge_own(text, language, command, shell, script)
    elif paths.is_inside(path, str(shell.context.workspace)):
        judge_repository_code(text, language, command, shell, script)


def judge_repository_code(text: str, language: str, command: Command, shell: Shell, script: Script = NO_SCRIPT) -> None:
    """Code that was there before the session, for certain findings: also what no parser of ours reads is let pass."""
    with shell.memory.as_repository_code(), shell.memory.within_script_budget():
        try:
            judge_code(text, language, command, shell, script)
        except NotUnderstood:
            return


def _judge_own(text: str, language: str, command: Command, shell: Shell, script: Script) -> None:
    """Like a command. What the repository's text gave before the session edited it counts as reviewed."""
    try:
        with shell.memory.as_session_code():
            judge_code(text, language, command, shell, script)
    except (Refused, NotUnderstood) as reason:
        inherited = shell.memory.read_inherited(script.path)
        if not inherited or _find_reason(inherited, language, command, shell, script) != _describe(reason):
            raise
        judge_repository_code(text, language, command, shell, script)


def _find_reason(text: str, language: str, command: Command, shell: Shell, script: Script) -> tuple[str, str]:
    """Why this text would be refused if it were the session's; empty texts if it would not be."""
    try:
        with shell.memory.as_session_code():
            judge_code(text, language, command, shell, script)
    except (Refused, NotUnderstood) as reason:
        return _describe(reason)
    return "", ""


def _describe(reason: Exception) -> tuple[str, str]:
    return (reason.rule, reason.subject) if isinstance(reason, Refused) else ("unresolved.shell", str(reason))


def _is_script(path: str, language: str, workspace: str, *, own: bool) -> bool:
    """Whether a file that cannot be read as text is run as a shell script, or is one that this session wrote.

    A program named by its path may as well be a binary that was built here: that one has no `#!`, nor text. A bundle
    that names another language's interpreter is run as `node bundle.js` is.
    """
    if language == "" and not own:
        head = read_head(path, workspace)
        return head is not None and not (head.startswith("#!") and _language_of(head) not in {"bash", ""})
    return language == "bash" or (own and language != "") or (language == "" and read_head(path, workspace) is not None)


JAVASCRIPT = frozenset(name for name, row in LANGUAGES.items() if row is NODE)
INLINE = frozenset({"-c", "-e", "-", "-r", "--eval"})


def _may_have_been_made(path: str, shell: Shell) -> bool:
    """Whether code on the same command line could have written a script that is not there yet."""
    inline = {program_name(argv[0]) for argv in shell.memory.log[:-1] if not INLINE.isdisjoint(argv)}
    return not inline.isdisjoint(LANGUAGES) and paths.is_inside(path, str(shell.context.workspace))


def judge_code(text: str, language: str, command: Command, shell: Shell, script: Script = NO_SCRIPT) -> None:
    """Judge code in its language; a shebang decides for files that are run by name."""
    if language == "":
        _judge_first_line(text, command, shell, script)
        language = _language_of(text)
    if language == "bash" and command.program in {"source", "."}:
        shell.judge_here(text, script.arguments, "" if script is NO_SCRIPT else script.path)
    elif language == "bash":
        arguments, program = script.arguments or None, _shell_of(text, command)
        source = "" if script is NO_SCRIPT else script.path
        shell.judge_text(text, command.feed, positional=arguments, zero=script.path, source=source, program=program)
    elif language:
        with shell.memory.within_script("" if script is NO_SCRIPT else script.path):
            _judge_program_once(text, language, command, shell)
        judge_imports(text, language, command, shell)


def _judge_first_line(text: str, command: Command, shell: Shell, script: Script) -> None:
    """`#!/usr/bin/make -f`, `#!/usr/bin/env -S git push`: a file that another program than its language's runs."""
    first = text.partition("\n")[0]
    program, _, rest = first.removeprefix("#!").strip().partition(" ")
    plain = _language_of(text) and not re.search(r"(^|\s)-\w*[cS]", rest)
    if not first.startswith("#!") or plain or (seen := ("first line", script.path, first)) in shell.memory.judged:
        return
    shell.memory.judged.add(seen)
    words = (program, rest.strip()) if rest.strip() else (program,)
    shell.judge_argv((*words, script.path, *script.arguments), command.feed)


def _judge_program_once(text: str, language: str, command: Command, shell: Shell) -> None:
    """A build runs the repository's same script many times; nothing new is found while all that it depends on is the
    same."""
    memory, scope = shell.memory, shell.scope
    state = (
        text, language, memory.script, command.argv, command.assignments, frozenset(scope.folders), memory.tests,
        repr(scope.variables.get("TMPDIR")), frozenset(memory.wrote.items()), frozenset(memory.fetched),
    )  # fmt: skip
    if memory.judges_repository and state in memory.judged:
        return
    judge_program_text(text, language, command, shell)
    if memory.judges_repository:
        memory.judged.add(state)


def _shell_of(text: str, command: Command) -> str:
    """The shell that runs a script: the one that was called, or the one that its first line names."""
    if command.program in families("shells")["check_shell"].programs.split():
        return command.program
    first = text.partition("\n")[0]
    return "bash" if not first.startswith("#!") or "bash" in first else "sh"


def _language_of(text: str) -> str:
    first = text.partition("\n")[0]
    if not first.startswith("#!"):
        return "bash" if re.match(r"[\x20-\x7e\t\n\r]*$", text[:200]) else ""
    words = [word for word in first.rpartition("/")[2].split() if word != "env" and not word.startswith("-")]
    program = re.sub(r"[\d.]+$", "", words[0] if words else "")
    if program in families("shells")["check_shell"].programs.split():
        return "bash"
    return next((each for each in (program, f"{program} commands") if each in LANGUAGES), "")
