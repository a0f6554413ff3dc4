"""Programs that run another one that their words name: `nvm run 18 x.js`, `coreutils --coreutils-prog=rm`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

VERSION = re.compile(r"v?\d[\d.]*|node|stable|unstable|default|current|system|lts/\S+|-\S*")
"""A version of Node.js, or an option, before the words that nvm runs."""


def check_nvm(command: Command, shell: Shell) -> None:
    """`nvm run 18 x.js` is `node x.js`, and `nvm exec 18 x` is `x`."""
    verb, words = command.arguments[:1], list(command.arguments[1:])
    while words and VERSION.fullmatch(words[0]) and not re.fullmatch(r"-[ep]|--(eval|print)", words[0]):
        if words.pop(0) == "node":
            break
    if verb == ("run",):
        shell.judge_argv(("node", *words), command.feed)
    elif verb == ("exec",) and words:
        shell.judge_argv(words, command.feed)


def check_coreutils(command: Command, shell: Shell) -> None:
    """`coreutils --coreutils-prog=rm`: one binary that is all of them."""
    name, equals, program = (command.arguments[:1] or ("",))[0].partition("=")
    if equals and name in {"--coreutils-prog", "--coreutils-prog-shebang"}:
        shell.judge_argv((program, *command.arguments[1:]), command.feed)
    elif name and not name.startswith("-"):
        shell.judge_argv(command.arguments, command.feed)


def check_init_hook(command: Command, shell: Shell) -> None:
    """`pylint --init-hook CODE`: Python that runs before all else."""
    for code in parse(command.arguments, "--init-hook --rcfile").values("--init-hook"):
        shell.judge_argv(("python3", "-c", code))


def check_runner(command: Command, shell: Shell) -> None:
    """`rails runner 'User.count'`: Ruby, unless it is a file's name."""
    words = parse(command.arguments, "-e --environment").operands
    if words[:1] in (("runner",), ("r",)) and words[1:] and not words[1].endswith(".rb"):
        shell.judge_argv(("ruby", "-e", words[1]), command.feed)


COMPILER = re.compile(r"--?(?:pdf|xe|lua|dvilua)?latex=(.*)", re.DOTALL)


def check_latexmk(command: Command, shell: Shell) -> None:
    """`latexmk -e CODE` runs Perl, and `-pdflatex=COMMAND` a command."""
    words = command.arguments
    for code in (after for word, after in pairwise(words) if word in {"-e", "--e"}):
        shell.judge_argv(("perl", "-e", code))
    for found in filter(None, map(COMPILER.fullmatch, words)):
        shell.judge_text(found[1])


TABLE: Table = build_table(__name__, check_latexmk, check_runner, check_nvm, check_coreutils, check_init_hook)
