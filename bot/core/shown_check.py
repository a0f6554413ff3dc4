"""The check runs that an App shows on the head of a pull request: the attempt at work, the verdict, and the buttons.

GitHub shows the buttons of a check run once it is completed. So what stops an attempt at work is a button of a second
check run, which is completed from its beginning.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from bot.core.checks import CheckStanding
from bot.core.commands import BUDGET_USD
from bot.core.live_attempt import NOT_LIVE, LiveAttempt
from bot.core.messages import check_run as texts
from bot.core.revision import Revision
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import ACTIVE, Attempt, State, Task

NAME, STOP_NAME = "Nightshift", "Nightshift: stop"
QUEUED, AT_WORK, COMPLETED = "queued", "in_progress", "completed"  # as GitHub spells them
_SHOWN = frozenset({State.QUEUED, State.RUNNING, State.IN_REVIEW, State.FAILED, State.CANCELLED})
_CONCLUSIONS = {
    CheckStanding.VERIFIED: "success",
    CheckStanding.FAILS_AS_BEFORE: "neutral",
    CheckStanding.NOT_VERIFIED: "neutral",
}
_OFTEN = timedelta(seconds=30)
_SLOWER = 10  # an attempt of ten hours is shown each hour: no attempt takes more than some sixty writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """GitHub takes 20 characters of a label and an identifier, and 40 of a description. The identifier says which
    command the button stands for (`bot.core.buttons`).

    https://docs.github.com/en/rest/checks/runs#create-a-check-run
    """

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCheck:
    """One check run as it has to look. `reference`: by which it is found again on GitHub (`external_id`)."""

    name: str
    reference: str
    status: str
    conclusion: str | None
    title: str
    summary: str
    buttons: tuple[Button, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.conclusion is None

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """`paused`: why nothing is started now. `budget_usd`: what a session may cost, unless the task says otherwise.
    `has_buttons`: whether a press reaches this bot."""

    task: Task
    attempts: Sequence[Attempt] = ()
    revision: Revision | None = None
    live: LiveAttempt = NOT_LIVE
    paused: str | None = None
    budget_usd: float = 0.0
    has_buttons: bool = True


def find_checks(view: CheckView) -> tuple[ShownCheck, ...]:
    """What the pull request of the task has to show; nothing once people decided on it."""
    task = view.task
    if task.pull_request is None or task.state not in _SHOWN:
        return ()
    if task.state not in ACTIVE:
        return (_rest(view),)
    return (_live(view), *([_stop(view)] if view.has_buttons else []))


def number_of(task: Task) -> int:
    """The number of the attempt that runs, waits, or ended last."""
    return task.attempts + 1 if task.state is State.QUEUED else task.attempts


def is_on_any_head(check: ShownCheck) -> bool:
    """Whether it belongs on the head as it is. A verdict is of the bot's own commit."""
    return check.is_open or check.name == STOP_NAME


def describe_replaced(name: str, reference: str) -> ShownCheck:
    """What a check run says that is left behind: on a commit that is not the head any more, or of an attempt that never
    began."""
    title, summary = texts.replaced()
    return ShownCheck(
        name=name, reference=reference, status=COMPLETED, conclusion="neutral", title=title, summary=summary
    )


def is_update_due(live: LiveAttempt, shown_at: datetime, now: datetime) -> bool:
    """Whether the next step of an attempt may be shown. The longer it runs, the more rarely."""
    began_at = live.began_at or now
    return now - shown_at >= max(_OFTEN, (now - began_at) / _SLOWER)


def _live(view: CheckView) -> ShownCheck:
    is_queued = view.task.state is State.QUEUED
    if is_queued:
        title, summary = texts.queued(view.revision, view.paused, _name_pressed(view))
    else:
        title, summary = texts.at_work(view.revision, view.live.of(view.task.attempts), _name_pressed(view))
    return ShownCheck(
        name=NAME,
        reference=_reference(view.task),
        status=QUEUED if is_queued else AT_WORK,
        conclusion=None,
        title=title,
        summary=summary,
    )


def _stop(view: CheckView) -> ShownCheck:
    title, summary = texts.can_be_stopped()
    return ShownCheck(
        name=STOP_NAME,
        reference=_reference(view.task),
        status=COMPLETED,
        conclusion="neutral",
        title=title,
        summary=summary,
        buttons=(Button(label="Stop", description="Stop the attempt, as /cancel does", identifier="stop"),),
    )


def _rest(view: CheckView) -> ShownCheck:
    task, attempts = view.task, view.attempts
    title, summary = texts.at_rest(task, attempts[-1] if attempts else None, _name_pressed(view))
    return ShownCheck(
        name=NAME,
        reference=_reference(task),
        status=COMPLETED,
        conclusion=_conclusion(task),
        title=title,
        summary=summary,
        buttons=_again(view) if view.has_buttons else (),
    )


def _conclusion(task: Task) -> str:
    if task.state is State.CANCELLED:
        return "cancelled"
    return conclusion_of(task.verdict)


def conclusion_of(verdict: ShortVerdict | None) -> str:
    """As GitHub spells it. A person has to look where there are checks and they verify nothing: then it is none that a
    branch may be merged with, if its protection asks for this check run."""
    if verdict is None:
        return "neutral"
    if verdict.failed is not None:
        return "failure"
    return "action_required" if verdict.wants_draft else _CONCLUSIONS[verdict.standing]


def _again(view: CheckView) -> tuple[Button, ...]:
    retry = Button(label="Retry", description="Start another attempt, as /retry does", identifier="retry")
    more = _more_budget(view)
    if more is None:
        return (retry,)
    said = f"budget={more}"
    return (retry, Button(label="More budget", description=f"As /retry {said} does", identifier=said))


def _more_budget(view: CheckView) -> str | None:
    """Twice what the last attempt might cost, as `/retry` takes it; None where that is not more."""
    least, most = BUDGET_USD
    before = view.task.overrides.budget_usd or view.budget_usd
    more = min(round(2 * before, 2), most)
    return f"{more:.2f}".rstrip("0").rstrip(".") if more > max(before, least) else None


def _name_pressed(view: CheckView) -> str:
    """What became of the last press of a button, as long as it is of this attempt."""
    last = view.task.attempts
    numbers = {last, last - 1} if view.task.state is State.RUNNING else {last, last + 1}
    return view.live.pressed if view.live.pressed_at in numbers else ""


def _reference(task: Task) -> str:
    return reference_of(task.issue.number, number_of(task))


def reference_of(issue: int, attempt: int) -> str:
    return f"{issue}:{attempt}"
