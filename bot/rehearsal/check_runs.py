"""The check runs that an App shows on a pull request of a rehearsed night: their buttons, and what is wrong with them.

`docs/check-runs.md` says what they show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.core.references import IssueRef
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.records import CheckRun
from bot.rehearsal.github.server import SimulatedGitHub

VERDICT = "Nightshift"  # the check run that shows the attempt and the verdict
_BOT = "[bot]"
_SHOWN = 300  # characters


def find_check_runs(github: SimulatedGitHub, issue: IssueRef, bot: str) -> tuple[CheckRun, ...]:
    """Those of the bot's App on the head of the newest pull request for the issue, the latest of each name. A bot that
    is no App has none."""
    pulls = [pull for pull in github.pull_requests(issue.repository) if pull.head == branch_of(issue.number)]
    if not pulls or not bot.endswith(_BOT):
        return ()
    return tuple(github.check_runs(issue.repository, pulls[-1].head_sha, app=bot.removesuffix(_BOT)))


def find_button(runs: Sequence[CheckRun], label: str) -> CheckRun | None:
    """The one that shows the button: GitHub does so once it is completed."""
    shown = (run for run in runs if run.conclusion is not None and any(each["label"] == label for each in run.actions))
    return next(shown, None)


def judge_check_runs(runs: Sequence[CheckRun], expected: Sequence[str]) -> Iterator[str]:
    """Of an App's pull request in review whose head is its own. `expected`: texts that the verdict's has to show."""
    verdict = next((run for run in runs if run.name == VERDICT), None)
    if verdict is None:
        yield f"its pull request has no check run called {VERDICT!r}"
        return
    yield from (f"its check run {run.name!r} is still {run.status}" for run in runs if run.conclusion is None)
    said = f"{verdict.output['title']} {verdict.output['summary']}"
    yield from (f"its check run does not say {text!r}, but {said[:_SHOWN]!r}" for text in expected if text not in said)
