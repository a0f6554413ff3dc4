"""`xargs` and `parallel`: they run a program with words from a list, known or not."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.programs import Table, build_table
from hooks.policy.programs.found_files import secrets_handed_on
from hooks.policy.shell.values import UNKNOWN, Command
from hooks.policy.shell.work import at_most
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

_LINES = 400
_DELIMITERS = {"\\n": "\n", "\\t": "\t", "\\0": "\0"}
PLACE = re.compile(r"\{[^{}]*\}")
"""Where `parallel` puts its words: `{}`, `{.}`, `{1}`."""


def check_xargs(command: Command, shell: Shell) -> None:
    """`xargs`: the words come from standard input, known or not."""
    options = parse(command.arguments, value_options("xargs"), stop_at_operand=True)
    inner = list(options.operands) or ["echo"]
    text = command.feed.text
    words = (text is not None and UNKNOWN not in text and _split_as_xargs(text, options)) or [UNKNOWN]
    if secrets := secrets_handed_on(command.feed.sources, shell):
        words = [*words, secrets[0]]
    placeholder = options.value("-I", "--replace", "-J") or ("{}" if options.has("-i") else None)
    if placeholder:
        lines = [UNKNOWN] if text is None else text.strip().splitlines() or [UNKNOWN]
        for line in (*at_most(_LINES, lines), *secrets[:1]):
            shell.judge_argv([word.replace(placeholder, line) for word in inner])
    else:
        shell.judge_argv([*inner, *words])


def _split_as_xargs(text: str, options: Options) -> list[str]:
    """Words by blanks, quotes and backslashes; with -0 or -d all that is between two delimiters. Empty where it fails,
    or there are none."""
    given = options.value("-d", "--delimiter")
    if options.has("-0", "--null") or given is not None:
        delimiter = _DELIMITERS.get(given or "\\0", given or "\0")
        return [word.strip("\n") for word in text.split(delimiter) if word.strip("\n")]
    try:
        return shlex.split(text)
    except ValueError:
        return []


def check_parallel(command: Command, shell: Shell) -> None:
    """GNU parallel: a template, and words after `:::` or on standard input."""
    options = parse(
        command.arguments,
        value_options("parallel"),
        stop_at_operand=True,
    )
    if options.has("-S", "--sshlogin"):
        shell.refuse("deploy.shell", command.argv)
    words = list(options.operands)
    secrets = secrets_handed_on(command.feed.sources, shell)
    marker = next((index for index, word in enumerate(words) if re.fullmatch(r":{3,4}\+?", word)), len(words))
    template, given = words[:marker], [word for word in words[marker + 1 :] if not word.startswith(":::")]
    if not given:
        given = (command.feed.text or UNKNOWN).strip().splitlines() or [UNKNOWN]
    for word in (*at_most(_LINES, given), *secrets[:1]):
        if not template:
            shell.judge_text(word)
        elif any("{" in each for each in template):
            shell.judge_text(" ".join(PLACE.sub(word.replace("\\", ""), each) for each in template))
        else:
            shell.judge_text(" ".join((*template, word)))


TABLE: Table = build_table(__name__, check_xargs, check_parallel)
