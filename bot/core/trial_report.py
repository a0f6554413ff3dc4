"""A trial as people read it on a terminal, and as programs read it.

Names, commands and outputs are text of others: no control character and no invisible one reaches the terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from bot.core.checks import GivenUp
from bot.core.proposed_settings import proposed_settings
from bot.core.ran import Ran, Result
from bot.core.trial import Trial, TriedCheck, TriedSetUp
from bot.core.untrusted import one_line, plain

_LINES = 12  # of an output
_WIDE = 200
_NAMED = 30
_OUTPUT = 6000


def report_lines(trial: Trial) -> Iterator[str]:
    """The whole report. The proposed settings are its end."""
    yield f"{one_line(trial.where)} at {trial.commit[:10]}"
    yield from _host(trial)
    yield from _set_up(trial)
    yield from _checks(trial)
    yield ""
    yield one_line(trial.conclusion, 2 * _WIDE)
    yield from (f"  to do: {one_line(each, 2 * _WIDE)}" for each in trial.advice)
    yield ""
    yield proposed_settings(trial).rstrip("\n")


def _host(trial: Trial) -> Iterator[str]:
    yield from _row("tools", trial.tools_here)
    yield from _row("services", trial.service_titles)
    yield from _row("missing", trial.missing)
    yield from (f"note: {one_line(note, _WIDE)}" for note in trial.notes)


def _set_up(trial: Trial) -> Iterator[str]:
    set_up = trial.set_up
    if set_up is None:
        yield "set-up: nothing to set up was found" if trial.confines else "set-up: none, as SANDBOX is off"
        return
    if set_up.instead_of is not None:
        yield from _given_up(set_up.instead_of)
    yield f"set-up: {set_up.origin.value}{', kept from before' if set_up.is_kept else ''}"
    for command, ran in set_up.commands:
        yield f"  {_mark(ran)}{_name(command.text, command.reason)}: {_ending(ran)}"
        yield from _output(ran)
    yield from _row("  may reach", set_up.reachable)
    yield from _row("  may fetch with git", set_up.sources)
    yield from _row("  was refused", set_up.refused)
    yield from _row("  installed without a lockfile", set_up.packages)
    yield from _row("  left out, as there are too many projects", set_up.left_out)


def _given_up(given_up: GivenUp) -> Iterator[str]:
    """What another tool's file says comes first, because a person wrote it for this repository."""
    failed = given_up.failed
    yield f"set-up by {given_up.origin} was tried first, as the repository has it, and given up:"
    yield f"  {_mark(failed.ran)}{_name(failed.command, failed.reason)}: {_ending(failed.ran)}"
    if failed.cause:
        yield f"      {one_line(failed.cause, _WIDE)}"
    yield from _output(failed.ran)


def _checks(trial: Trial) -> Iterator[str]:
    if not trial.checks:
        yield "checks: none were found"
        return
    failed = trial.set_up.failed if trial.set_up else None
    set_up_failed = failed.obstacle if failed else "\0"
    yield "checks:"
    for check in trial.checks:
        yield f"  {_mark(check.ran)}{_name(check.command, check.reason)}: {_result(check)}"
        if set_up_failed not in check.ran.obstacle:  # its output stands there already
            yield from _output(check.ran)
    yield from _row("  were refused", trial.refused)


def _row(title: str, items: Iterable[str]) -> Iterator[str]:
    shown = [one_line(item, _WIDE) for item in items]
    if shown:
        more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
        yield f"{title}: {', '.join(shown[:_NAMED])}{more}"


def _mark(ran: Ran) -> str:
    return f"{ran.result.value:15}"


def _name(command: str, reason: str) -> str:
    return f"{one_line(command, _WIDE)} ({one_line(reason, _WIDE)})"


def _result(check: TriedCheck) -> str:
    tests = ", ".join(f"{count} {result}" for result, count in check.tests.items())
    return ", ".join(part for part in (tests, _ending(check.ran)) if part)


def _ending(ran: Ran) -> str:
    ending = ran.ending.removeprefix("could not run: ")
    return f"{one_line(ending, _WIDE)}, {ran.seconds:.1f} s"


def _output(ran: Ran) -> Iterator[str]:
    """The last lines of what did not pass."""
    if ran.result is not Result.PASSES:
        yield from (f"      | {line}" for line in _shown_lines(ran.output))


def _shown_lines(output: str) -> list[str]:
    lines = (_visible(line.expandtabs(4)).rstrip() for line in output.splitlines())
    return [line[:_WIDE] for line in lines if line][-_LINES:]


def _visible(line: str) -> str:
    return "".join(char for char in line if unicodedata.category(char)[0] != "C")


def report_document(trial: Trial) -> dict[str, Any]:
    """What `--json` prints."""
    document = {
        "repository": trial.where,
        "commit": trial.commit,
        "standing": "verified" if trial.is_verified else "not verified",
        "passes": trial.passes,
        "conclusion": trial.conclusion,
        "advice": trial.advice,
        "tools": trial.tools_here,
        "services": trial.services_here,
        "missing": trial.missing,
        "notes": trial.notes,
        "set_up": None if trial.set_up is None else _set_up_document(trial.set_up),
        "checks": [
            {
                "command": check.command,
                "reason": check.reason,
                "tests": check.tests,
                "unstable": check.unstable,
                **_ran_document(check.ran),
            }
            for check in trial.checks
        ],
        "refused": trial.refused,
        "settings": proposed_settings(trial),
    }
    printable: dict[str, Any] = _printable(document)
    return printable


def _set_up_document(set_up: TriedSetUp) -> dict[str, Any]:
    return {
        "origin": set_up.origin.value,
        "is_kept": set_up.is_kept,
        "commands": [{**asdict(command), **_ran_document(ran)} for command, ran in set_up.commands],
        "may_reach": set_up.reachable,
        "may_fetch": set_up.sources,
        "refused": set_up.refused,
        "packages": set_up.packages,
        "left_out": set_up.left_out,
        "instead_of": _given_up_document(set_up.instead_of) if set_up.instead_of else None,
    }


def _given_up_document(given_up: GivenUp) -> dict[str, Any]:
    failed = given_up.failed
    named = {"origin": given_up.origin, "text": failed.command, "reason": failed.reason, "cause": failed.cause}
    return {**named, **_ran_document(failed.ran)}


def _ran_document(ran: Ran) -> dict[str, Any]:
    return {
        "result": ran.result.value,
        "code": ran.code,
        "obstacle": ran.obstacle,
        "seconds": ran.seconds,
        "output": "" if ran.passed else ran.output[-_OUTPUT:],
    }


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {name: _printable(each) for name, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value
