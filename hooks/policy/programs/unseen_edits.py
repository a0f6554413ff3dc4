"""A file that a program writes and another runs in the same call: what it will hold is on no disk yet.

Which texts the first one may put there is read from its words and its input, whatever the program. They must not be
commands that the gate surely refuses. What a call before wrote is read from the disk instead.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from hooks.policy.programs.code_files import CHANGES_FILES
from hooks.policy.programs.text_files import literals, read_literal
from hooks.policy.shell.values import Command, program_name
from hooks.policy.shell.work import at_most
from hooks.policy.tables import languages, read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

_INPUT = re.compile(r"/dev/(?:stdin|fd/\d+)|/proc/self/fd/\d+")
_IN_PLACE = re.compile(r"-[a-zA-Z]*i.*|--in-place.*|(?:.*[^\w])?w .*", re.DOTALL)
_WRITES = {
    "cp": _INPUT,
    "install": _INPUT,
    "find": re.compile("-fprint(?:0|f)?"),
    "git": re.compile("apply"),
    "sed": _IN_PLACE,
}
"""Programs that write a given text only with one of these words."""
_DOCUMENT = re.compile(r".*\.(?:md|rst|txt|adoc|html?|css|csv|svg|log|lock|po|out)|/dev/null")
_FILE = re.compile(r"(?:[\w.~-]*/)*(?:[\w-]+\.\w{1,5}|[\w.]*(?:[Mm]ake|[Jj]ust|[Rr]ake)file)")
_COMMAND = re.compile(r"[\w./-]+[ \t]+\S")
_ADDRESS_OF_SED = re.compile(r"(?:[\d,$~+!]|\\?/)*[aic]\\*(?:\\t|[ \t\n])*")
_PIECES = re.compile(r"[\"'|=\n]|\\n|\\t|[/#,;]")
_TEXTS = 60


def note_edit(command: Command, shell: Shell) -> None:
    """Remember what a command may write into a file that runs later in this call."""
    if shell.memory.lenient or not command.argv or not _may_write(command):
        return
    named = [word for word in _words(command) if _FILE.fullmatch(word)]
    if named and all(map(_DOCUMENT.fullmatch, named)):
        return
    shell.memory.unseen += dict.fromkeys(_texts(command))


def check_run(command: Command, shell: Shell, known: Container[str]) -> None:
    """Before a command that may run a file: none of the texts that were written unseen may be refused as a command.
    `known`: the programs that have rules; the other ones are words of some text."""
    memory = shell.memory
    if not memory.unseen or memory.lenient or command.program in read_list("runs_no_file"):
        return
    unseen, memory.unseen = dict.fromkeys(memory.unseen), []
    for text in at_most(_TEXTS, (each for each in unseen if _first_word(each) in known)):
        shell.refuse_if_surely_code(text)


def _may_write(command: Command) -> bool:
    program, words = command.program, command.arguments
    if program in read_list("file_writers"):
        return True
    if program in languages():
        return any(CHANGES_FILES.search(code) for code in (*words, command.feed.text or ""))
    if (writes := _WRITES.get(program)) is not None:
        return any(map(writes.fullmatch, words)) or _writes_elsewhere(command)
    return _writes_elsewhere(command)


def _writes_elsewhere(command: Command) -> bool:
    """Into a descriptor or another command; or a filter into a file, of what it reads."""
    targets = [each.target for each in command.redirects if each.writes]
    if any(re.fullmatch(r"[3-9]|\d\d+", each) or each.startswith("/dev/fd/") for each in targets):
        return True
    return bool(targets) and command.feed.text is not None and command.program not in {"cat", "echo", "printf"}


def _words(command: Command) -> Iterator[str]:
    yield from command.arguments
    yield from (each.target for each in command.redirects if each.writes)
    for word in command.arguments:
        yield from literals(word)


def _texts(command: Command) -> Iterator[str]:
    """What may be a command among its words and its input."""
    is_code = command.program in languages()
    whole = [*command.arguments, *filter(None, [command.feed.text])]
    found = [read_literal(each) for word in whole for each in literals(word)]
    if not is_code:
        found += [piece for word in command.arguments for piece in _PIECES.split(word)]
        found += (command.feed.text or "").split("\n")
    for text in found:
        for line in text.split("\n"):
            bare = line.strip().lstrip("@+>- \t")
            yield from (each for each in (bare, _ADDRESS_OF_SED.sub("", bare, count=1)) if _COMMAND.match(each))


def _first_word(text: str) -> str:
    return program_name(text.split(None, 1)[0])
