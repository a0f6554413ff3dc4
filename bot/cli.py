"""The command line, `nightshift`. A command's module is imported when that command is used, so that `--help` is fast.

Exit codes: 0 done, 1 it was tried and failed, 2 an argument or a setting is wrong and nothing started.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click

from bot.importing import importing


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is defined, and the line that `nightshift --help` shows for it."""

    module: str
    name: str
    help: str

    def load(self) -> click.Command:
        with importing():
            command = getattr(import_module(self.module), self.name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table below is tested
        return command


COMMANDS = {
    "add": LazyCommand("bot.commands.queue", "add", "Label an issue and queue it."),
    "attempt": LazyCommand("bot.commands.attempt", "attempt", "Carry out one attempt on a host of a fleet."),
    "backup": LazyCommand(
        "bot.commands.upkeep",
        "backup",
        "Copy the ledger to FILE, also while the worker runs; into DATA_DIR/backups if left out.",
    ),
    "bench": LazyCommand("bot.bench.commands", "bench", "Measure, beside what it is compared with."),
    "cancel": LazyCommand("bot.commands.queue", "cancel", "Stop an issue's task, also while it runs."),
    "completion": LazyCommand(
        "bot.commands.completion", "completion", "Print a shell's completion, to be read where the shell starts."
    ),
    "config": LazyCommand("bot.commands.config", "config", "Check a repository's .github/nightshift.yml."),
    "digest": LazyCommand("bot.commands.digest", "digest", "What the last night came to, and what to do first."),
    "db": LazyCommand(
        "bot.commands.db", "db", "The database of the ledger: its state, migrations, and move to a server."
    ),
    "doctor": LazyCommand(
        "bot.commands.upkeep", "doctor", "Check each thing that Nightshift needs, and say how to fix what is wrong."
    ),
    "evidence": LazyCommand("bot.guards", "evidence", "The kept proof of what sessions did."),
    "executor": LazyCommand(
        "bot.commands.executor",
        "executor",
        "Run a host of a fleet: take attempts from Temporal and carry them out, until stopped.",
    ),
    "gate": LazyCommand("bot.guards", "gate", "Ask the gate for its ruling."),
    "github": LazyCommand(
        "bot.rehearsal.commands", "github", "Serve the simulated GitHub, for bots that are being written."
    ),
    "graph": LazyCommand("bot.commands.graph", "graph", "Which tasks wait for which."),
    "init": LazyCommand(
        "bot.init.command",
        "init",
        "Set Nightshift up: an account on GitHub, Claude's credential, `.env`, labels, a trial, and `doctor`.",
    ),
    "logs": LazyCommand("bot.commands.logs", "logs", "The steps of a task's last attempt."),
    "list": LazyCommand("bot.commands.listing", "list_tasks", "Every task and its state."),
    "night": LazyCommand(
        "bot.commands.night", "night", "Restore the state from GitHub, work on what is queued, and end."
    ),
    "patch": LazyCommand("bot.commands.patch", "print_patch", "Print the change that an issue's task may not publish."),
    "pause": LazyCommand("bot.commands.queue", "pause", "Start no more sessions, until `nightshift resume`."),
    "prune": LazyCommand(
        "bot.commands.pruning", "prune", "Remove what is past its time (KEEP_…_DAYS), as the worker does while idle."
    ),
    "rehearse": LazyCommand(
        "bot.rehearsal.commands",
        "rehearse",
        "Rehearse a night on loopback: simulated GitHub, scripted model, everything else real.",
    ),
    "resume": LazyCommand("bot.commands.queue", "resume", "Lift the pauses of the queue, whatever set them."),
    "retry": LazyCommand("bot.commands.queue", "retry", "Queue an issue again, as `/retry` does in a comment."),
    "service": LazyCommand("bot.commands.service", "service", "Nightshift as a service of systemd."),
    "show": LazyCommand("bot.commands.history", "show", "What happened to a task, and what it waits for."),
    "stats": LazyCommand("bot.commands.listing", "stats", "Counts, costs and times over all tasks."),
    "sync": LazyCommand(
        "bot.commands.upkeep",
        "sync",
        "Restore what the ledger lacks from GitHub, re-read every repository, and retry what GitHub refused.",
    ),
    "transcripts": LazyCommand(
        "bot.commands.transcripts",
        "transcripts",
        "Write the last night's transcripts as pages that open without a server.",
    ),
    "try": LazyCommand(
        "bot.commands.trying",
        "try_repository",
        "Run a repository's set-up and checks once, and print the settings that verify it: no session, no cost.",
    ),
    "up": LazyCommand("bot.commands.running", "up", "Run web server and worker together, until stopped."),
    "web": LazyCommand("bot.commands.running", "web", "Run the web server for webhooks alone (gunicorn)."),
    "worker": LazyCommand(
        "bot.commands.running", "worker", "Run the worker alone: it polls, runs tasks, and reports on GitHub."
    ),
}


class LazyGroup(click.Group):
    """A group that shows its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        found = COMMANDS.get(cmd_name)
        return None if found is None else found.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nightshift")
def cli() -> None:
    """Works off labelled GitHub issues with Claude Code, unattended, and proves that its guards held."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point; `arguments` are those of the process if left out. Always raises SystemExit, unless Nightshift itself
    has an error: a failure outside of it prints one sentence, never a traceback."""
    try:
        cli.main(arguments, prog_name="nightshift")
    except Exception as error:
        from bot.command_errors import explain_and_exit  # noqa: PLC0415 - it imports every service that can fail

        explain_and_exit(error)
        raise
