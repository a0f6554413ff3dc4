"""What the check runs of an App say, for `docs/generate.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from bot.core import messages
from bot.core.checks import CheckStanding
from bot.core.failures import FailureKind
from bot.core.live_attempt import LiveAttempt
from bot.core.revision import Revision
from bot.core.short_verdict import ShortVerdict
from bot.core.shown_check import CheckView, ShownCheck, describe_replaced, find_checks
from bot.core.tasks import Attempt, State, Task


def check_runs(make_task: Callable[..., Task], attempt: Attempt, now: datetime) -> Iterator[tuple[str, str]]:
    verdict = ShortVerdict(standing=CheckStanding.VERIFIED, commands=("pytest",), tests=2)
    revision = Revision(pull_request=8, by="ada", at=now)
    live = LiveAttempt(
        number=2,
        turns=14,
        cost_usd=0.4,
        lines=("Read: clock/time.py", "Bash: pytest -q"),
        pressed=messages.pressed("ada", "Retry"),
        pressed_at=1,
    )
    told = {
        "waits": (State.QUEUED, {"attempts": 1}),
        "is at work": (State.RUNNING, {"attempts": 2}),
        "shows a verdict": (State.IN_REVIEW, {"attempts": 1, "verdict": verdict}),
        "shows the work of a failure": (
            State.FAILED,
            {
                "attempts": 1,
                "failure": FailureKind.STALLED,
                "verdict": ShortVerdict(standing=verdict.standing, failed=FailureKind.STALLED),
            },
        ),
        "was cancelled": (State.CANCELLED, {"attempts": 1}),
    }
    for name, (state, more) in told.items():
        task = make_task(state, pull_request=8, **more)
        view = CheckView(task=task, attempts=[attempt], revision=revision, live=live, budget_usd=5.0)
        for check in find_checks(view):
            yield f"`{check.name}` when a task {name}", _shown(check)
    yield "on a commit that is left behind", _shown(describe_replaced("Nightshift", "4:1"))
    obstacle = messages.cannot_revise("The pull request is closed: reopen it first.")
    yield "a press that cannot be followed", messages.pressed_in_vain("ada", "Retry", obstacle)
    yield "a press of an old button", messages.pressed_late("ada", "Stop")


def _shown(check: ShownCheck) -> str:
    buttons = " ".join(f"[{button.label}: {button.description}]" for button in check.buttons)
    return "\n\n".join(part for part in (f"**{check.title}**", check.summary, buttons) if part)
