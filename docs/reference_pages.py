"""The pages of the documentation that are read from the code's own tables: failure kinds, labels, commands in comments
and the command line. `docs/generate.py` writes them, and `docs/site_build.py` the last one; `make docs` runs both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from bot.cli import COMMANDS, cli
from bot.core import messages
from bot.core.failure_columns import Policy
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.labels import AUTO

_MADE = "Generated from the code by `make docs`."
_WIDTH = 100


def reference_pages() -> dict[Path, str]:
    folder = Path("docs")
    return {
        folder / "failure-kinds.md": failure_kinds(),
        folder / "labels.md": labels(),
        folder / "commands.md": commands(),
    }


def failure_kinds() -> str:
    about = (
        "Every task ends with a pull request, with *nothing to change*, or with one of these kinds of failure. The "
        "issue's status comment shows the kind, the evidence, whose turn it is, and the next step. The exact "
        "comments are in [messages/github.md](messages/github.md)."
    )
    return "\n\n".join(["# Failure kinds", f"{_MADE} {about}", *map(_describe, FailureKind)]) + "\n"


def _describe(kind: FailureKind) -> str:
    rule = policy(kind)
    return "\n".join(
        [
            f"## `{kind.value}`\n\n{rule.sentence}\n",
            f"- **Whose turn**: {rule.turn.value}.",
            f"- **By itself**: {_by_itself(rule)}.",
            f"- **What is kept**: {'; '.join(_kept(rule))}.",
            f"- **Next**: {rule.next_step}.",
        ]
    )


def _by_itself(rule: Policy) -> str:
    if rule.pauses:
        return "the queue waits, and continues by itself once the cause is over; the task is queued again"
    if not rule.retries:
        return "nothing, it waits for a person"
    times = "once" if rule.retries == 1 else f"{rule.retries} times"
    minutes = int(rule.wait.total_seconds() // 60)
    waits = f", first after {minutes} minute{'s' if minutes > 1 else ''}" if minutes else ""
    return f"tried again, {times}{waits}"


def _kept(rule: Policy) -> Iterator[str]:
    if rule.keeps_work:
        yield "commits and conversation of a session whose guards are proven, for the next attempt"
    if rule.keeps_publication:
        yield "a push or pull request that had begun, which the next attempt finishes"
    if rule.shows_work:
        yield "once it is not tried again by itself, the commits as a draft pull request"
    if rule.attaches_patch:
        yield "the change as a patch in the status comment"
    if not (rule.keeps_work or rule.keeps_publication):
        yield "the next attempt begins without the commits of this one"


def labels() -> str:
    """Whose turn each of them means is in README.md, as a sentence with its planted bug."""
    about = (
        "People set `auto` and the two priorities, Nightshift sets all others; it creates what a repository lacks. "
        "An issue has one label of its state, and in review one of its verdict. With another `LABEL` in the "
        "[configuration](configuration.md) all begin with that."
    )
    rows = "\n".join(f"| `{each.name}` | {each.description.removeprefix('Nightshift: ')} |" for each in AUTO.all)
    pause = f"| `{AUTO.pause}` | on the issue that `STATUS_ISSUE` names, set by a person: no session starts |"
    return f"# Labels\n\n{_MADE} {about}\n\n| label | meaning |\n|---|---|\n{rows}\n{pause}\n"


def commands() -> str:
    """The text of `/help`, without the hidden marker."""
    shown = messages.help_text().split("\n\n<!--", maxsplit=1)[0].rstrip()
    about = (
        "`/help` in a comment shows this. A command that is mistyped gets one answer with the line to type instead "
        "([messages/github.md](messages/github.md)); commands of other bots are passed over."
    )
    return f"# Commands in comments\n\n{_MADE} {about}\n\n{shown}\n"


def command_line() -> str:
    """For the site alone: the repository has the manual page, which says the same."""
    about = "The same is in `man nightshift`, and `nightshift COMMAND --help` prints a part of it."
    with click.Context(cli, info_name="nightshift", **cli.context_settings) as context:
        parts = [part for name in sorted(COMMANDS) for part in _help(name, COMMANDS[name].load(), context)]
    return "\n\n".join(["# Command line", f"{_MADE} {about}", *parts]) + "\n"


def _help(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent, terminal_width=_WIDTH) as context:
        yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```"
        if isinstance(command, click.Group):
            for each in command.list_commands(context):
                if (found := command.get_command(context, each)) is not None:
                    yield from _help(each, found, context)
