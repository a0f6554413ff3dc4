"""What the set-up of the base commit means for checks of another: its commands again, or checks that could not run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.adapters.claude.plan import USUAL_PATH
from bot.adapters.outside import Outside
from bot.core.checks import FailedSetUp
from bot.core.environment.python import makes_environment
from bot.core.environment.values import Origin, SetUp
from bot.core.ran import Ran
from bot.steps.prepared_commit import PreparedCommit
from bot.steps.set_up_terms import needs_again, set_up_of_change, write_texts

Run = Callable[[str], Ran]


def check_commit(
    commands: Sequence[str], prepared: PreparedCommit, commit: str, run: Run, again: Run, *, texts: Path
) -> list[Ran]:
    """Run the checks in a checkout of `commit` that got what set-up made. Where set-up failed, what it wrote down as
    needed is not there: checks do not run, or say nothing if they fail. `again`: runs a command of the set-up;
    `texts`: the cell's TEXTS."""
    environment = prepared.environment
    failed, is_repeated = environment.failure, False
    if failed is not None and environment.set_up is not None and environment.set_up.origin is Origin.DECLARED:
        return [_could_not_run(failed) for _ in commands]
    files = prepared.quarantine.files(commit)
    if failed is None and needs_again(environment, prepared.files.commit, files):
        set_up = set_up_of_change(environment, files, prepared.settings.setup)
        failed, is_repeated = _again(set_up, again, texts) if set_up is not None else None, True
    is_base = commit == prepared.base.commit
    return [_explain(run(command), failed, is_repeated=is_repeated, is_base=is_base) for command in commands]


def variables(prepared: PreparedCommit, outside: Outside) -> dict[str, str]:
    """What checks inherit of the environment, of the host's tools and of services."""
    environment, tools = prepared.environment, prepared.tools
    path = (*environment.path, *tools.path, *USUAL_PATH, *environment.path_after)
    given = {**tools.variables, **prepared.services.variables, **environment.variables, **outside.variables()}
    return {**given, "PATH": ":".join(path)}


def _again(set_up: SetUp, run: Run, texts: Path) -> FailedSetUp | None:
    """Run a set-up in the checkout of the change, in the checks' cell. The environment for Python is there already."""
    write_texts(set_up, texts)
    for command in set_up.commands:
        if makes_environment(command):
            continue
        ran = run(command.text)
        if not ran.passed:
            return FailedSetUp(command=command.text, reason=command.reason, ran=ran)
    return None


def _explain(ran: Ran, failed: FailedSetUp | None, *, is_repeated: bool, is_base: bool) -> Ran:
    """Tests that ran although the set-up of the base failed in part are compared: it failed on both commits. Where none
    of them passes on the base commit, there is nothing to compare with: they lack what was not set up."""
    if failed is None or ran.passed:
        return ran
    is_compared = ran.number_of_tests and not is_repeated and not (is_base and ran.passes_none)
    return ran if is_compared else replace(_could_not_run(failed), seconds=ran.seconds)


def _could_not_run(failed: FailedSetUp) -> Ran:
    return Ran(code=None, seconds=0.0, output=failed.ran.output, obstacle=failed.obstacle)
