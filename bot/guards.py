"""`nightshift gate …` and `nightshift evidence …`: the gate's rulings, and the proof that the guards held."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bot.adapters.evidence import Verified
from bot.command_line import EXIT_FAILED, EXIT_WRONG, Issue, as_json, give_up, print_json, with_services
from bot.core.references import IssueRef
from bot.core.untrusted import plain
from bot.wiring import Services
from hooks import check as gate_check


@click.group()
def gate() -> None:
    """Ask the gate for its ruling."""


@gate.command()
@click.argument("command")
def check(command: str) -> None:
    """The ruling on a shell COMMAND, its rule, and the parse that led to it. Exit code 1 if the gate refuses it."""
    ruling = gate_check.rule(command)
    click.echo(gate_check.explain(ruling))
    sys.exit(0 if ruling.granted else EXIT_FAILED)


@gate.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--workspace",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The checkout in which the commands run; scripts and makefiles are read there.",
)
@as_json
def score(file: Path | None, workspace: Path | None, as_json: bool) -> None:
    """Score FILE: one {"command", "expect", "category"} to a line. Without FILE: judge each command that the checkout
    offers, its executables, npm and composer scripts, make targets, and recipes of justfile and Taskfile."""
    if file is None:
        _score_checkout(workspace or Path.cwd(), as_json)
        return
    try:
        found = gate_check.score(file, gate_check.context_here(workspace))
    except ValueError as error:
        give_up(str(error), EXIT_WRONG)
    if as_json:
        print_json(found)
        return
    for miss in found["misses"]:
        click.echo(f"{miss['expect']} expected ({miss['rule']}): {miss['command']}")
    block, allow = found["block"], found["allow"]
    click.echo(f"refused {block['refused']} of {block['total']}, granted {allow['granted']} of {allow['total']}")


def _score_checkout(checkout: Path, as_json: bool) -> None:
    found = gate_check.score_checkout(checkout)
    if as_json:
        print_json(found)
        return
    for refused in found["refused"]:
        click.echo(f"refused ({refused['rule']}): {refused['command']}    {plain(refused['found'])}")
    click.echo(f"granted {found['offered'] - len(found['refused'])} of {found['offered']}")


@click.group()
def evidence() -> None:
    """The kept proof of what sessions did."""


@evidence.command()
@click.argument("issue", type=Issue())
@click.option("--attempt", type=click.IntRange(min=1), help="The last one of which there is evidence, if left out.")
@click.option("--digest", help="The head of the gate's log or of the relay's record, as the pull request shows it.")
@as_json
@with_services
def verify(services: Services, issue: IssueRef, attempt: int | None, digest: str | None, as_json: bool) -> None:
    """Check an attempt's evidence again: signatures, chains, and stream, gate and relay against each other. Works
    offline."""
    evidence_store, issue = services.evidence, services.operations.known_issue(issue)
    number = attempt or max(evidence_store.attempts(issue), default=1)
    found = evidence_store.verify(issue, number)
    unknown = digest is not None and not any(
        digest and digest in (session.digest, session.relay_digest) for session in found
    )
    holds = not unknown and all(session.holds for session in found)
    if as_json:
        sessions = [session.as_json() for session in found]
        print_json({"issue": str(issue), "attempt": number, "holds": holds, "sessions": sessions})
    else:
        click.echo("\n".join(_verify(issue, number, found)))
        if unknown:
            click.echo(f"no session's gate log and no relay's record ends in {digest}")
        click.echo("The evidence holds." if holds else "The evidence does not hold.")
    sys.exit(0 if holds else EXIT_FAILED)


def _verify(issue: IssueRef, attempt: int, found: list[Verified]) -> Iterator[str]:
    for session in found:
        relay = f", relay {session.relay_digest}" if session.relay_digest else ""
        yield f"{issue}, attempt {attempt}, {session.session}: gate log {session.digest}{relay}"
        yield from (f"  checked: {plain(what)}" for what in session.checked)
        yield from (f"  does not hold: {plain(fault)}" for fault in session.faults)
