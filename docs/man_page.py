"""Writes the manual page from the command line's own help: `python docs/man_page.py` prints it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import click

from bot.cli import COMMANDS, cli

_HEAD = """\
.\\" Made from the command line by docs/man_page.py (make docs).
.TH NIGHTSHIFT 1
.SH NAME
nightshift \\- works off labelled GitHub issues with Claude Code, unattended
.SH SYNOPSIS
.B nightshift
.I COMMAND
[\\fIOPTIONS\\fR]
.SH DESCRIPTION
Nightshift turns GitHub issues with a label into pull requests, each in a session of Claude Code.
A gate judges every tool call of a session.
It reads its settings from the environment and from \\fI.env\\fR in the current folder.
\\fBnightshift init\\fR sets it up.
.SH COMMANDS
"""
_TAIL = """\
.SH EXIT STATUS
0 if it was done, 1 if it was tried and failed, 2 if an argument or a setting is wrong and nothing was started.
.SH FILES
.TP
.I .env
the settings
.TP
.I var
the ledger, mirrors, environments and evidence, unless DATA_DIR names another folder
"""


def man_page() -> str:
    with click.Context(cli, info_name="nightshift") as context:
        shown = "".join("".join(_describe(name, COMMANDS[name].load(), context)) for name in sorted(COMMANDS))
    return f"{_HEAD}{shown}{_TAIL}"


def _describe(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent) as context:
        usage = " ".join(command.collect_usage_pieces(context)[1:])
        yield f".SS {_escape(f'nightshift {_path(context)} {usage}'.rstrip())}\n"
        yield from (f"{_escape(text)}\n.PP\n" for text in _paragraphs(command.help or ""))
        for parameter in command.get_params(context):
            record = parameter.get_help_record(context)
            if isinstance(parameter, click.Option) and record is not None and parameter.name != "help":
                yield f".TP\n.B {_escape(record[0])}\n{_escape(record[1])}\n"
        if isinstance(command, click.Group):
            for each in command.list_commands(context):
                if (found := command.get_command(context, each)) is not None:
                    yield from _describe(each, found, context)


def _path(context: click.Context) -> str:
    return context.command_path.removeprefix("nightshift ")


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.replace("\b", "")) if part.strip()]


def _escape(text: str) -> str:
    """A backslash, a hyphen that is one, and a line that begins like a request."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    sys.stdout.write(man_page())
