"""What a check run of the App says: a title, which is plain text, and a summary. Neither mentions an account."""

from __future__ import annotations

from bot.core.failure_policy import policy
from bot.core.final_failures import sentence_of_failed
from bot.core.live_attempt import LiveAttempt
from bot.core.messages.quoting import code, fence, words
from bot.core.messages.times import duration
from bot.core.messages.verdict import verdict_headline, verdict_title
from bot.core.revision import Revision
from bot.core.tasks import Attempt, State, Task

_LINES, _REASON = 4000, 300  # characters
_THIS = "this pull request"


def queued(revision: Revision | None, paused: str | None, pressed: str) -> tuple[str, str]:
    """Title and summary while the task waits for its turn. `paused`: why nothing is started now; `pressed`: what became
    of the last press of a button."""
    title = f"{_what(revision)} is queued"
    waits = f"Nothing is started now: {words(paused, _REASON)}" if paused else "It starts by itself."
    return title, _joined(pressed, waits, "`/cancel` removes it from the queue.")


def at_work(revision: Revision | None, live: LiveAttempt, pressed: str) -> tuple[str, str]:
    """Title and summary of an attempt at work."""
    title = f"{_what(revision)}: turn {live.turns}, ${live.cost_usd:.2f}"
    steps = fence("\n".join(live.lines), _LINES)
    progress = f"Attempt {live.number} is at turn {live.turns}, and has cost ${live.cost_usd:.2f}."
    return title, _joined(pressed, progress, f"Its last steps:\n\n{steps}" if steps else "", "`/cancel` stops it.")


def at_rest(task: Task, last: Attempt | None, pressed: str) -> tuple[str, str]:
    """Title and summary of the verdict on what was published last. `last`: the attempt that ended last."""
    return _title(task), _joined(
        pressed, _verdict(task), _last(last), "For another attempt, a maintainer comments `/retry` here."
    )


def can_be_stopped() -> tuple[str, str]:
    """Title and summary of the check run whose button stops the attempt."""
    return "A button to stop the attempt", "*Stop* does what `/cancel` does. This check says nothing of the change."


def replaced() -> tuple[str, str]:
    """Title and summary of a check run that is left behind."""
    return "Replaced", "There is a newer commit: its check run shows the present result."


def pressed(login: str, label: str) -> str:
    """`label`: of the button."""
    return f"{code(login)} pressed “{label}”."


def pressed_in_vain(login: str, label: str, obstacle: str) -> str:
    """`obstacle`: the answer that the command would have got."""
    return f"{pressed(login, label)} {obstacle}"


def pressed_late(login: str, label: str) -> str:
    """The button was one of another attempt."""
    return f"{pressed(login, label)} It was a button of another attempt, so nothing was done."


def _what(revision: Revision | None) -> str:
    if revision is None:
        return "Another attempt"
    return "A repair" if revision.is_repair else "A revision"


def _title(task: Task) -> str:
    if task.state is State.CANCELLED:
        return "Cancelled"
    if task.verdict is None:
        return "See the pull request"
    failed = task.verdict.failed
    return f"Failed: {failed}" if failed is not None else verdict_title(task.verdict)


def _verdict(task: Task) -> str:
    if task.state is State.CANCELLED:
        return "A person stopped the attempt."
    if task.verdict is not None and task.verdict.failed is not None:
        headline = f"{sentence_of_failed(task.verdict.failed)} What it made is in {_THIS}, which is a draft."
        return f"{headline} **Next** (a maintainer): {policy(task.verdict.failed).next_step}."
    headline = verdict_headline(task.verdict, _THIS)
    return f"{headline[0].upper()}{headline[1:]}."


def _last(last: Attempt | None) -> str:
    if last is None:
        return ""
    failure = last.failure
    why = "" if failure is None or policy(failure).by_a_person else f", and failed with {code(failure.value)}"
    turns = f"{last.turns} turn{'' if last.turns == 1 else 's'}"
    return f"Attempt {last.number} took {turns}, ${last.cost_usd:.2f} and {duration(last.seconds)}{why}."


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
