"""What happened to a task, in lines for a person at a terminal. Other people's text is made one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.final_failures import next_of_failed, sentence_of_failed
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, State, Task, TaskEvent
from bot.core.untrusted import one_line

_SUMMARY = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`waits`: each unmet blocker, and how it stands. `blocks`: the tasks that wait for this one. `is_answered`: the
    author replied to the last questions."""

    task: Task
    happenings: Sequence[TaskEvent]
    attempts: Sequence[Attempt]
    waits: Sequence[tuple[IssueRef, str]]
    blocks: Sequence[IssueRef]
    web_url: str
    is_answered: bool = False


def state_words(state: State) -> str:
    return state.value.replace("_", " ")


def address(web_url: str, issue: IssueRef, kind: str = "issues") -> str:
    return f"{web_url}/{issue.repository}/{kind}/{issue.number}"


def history_lines(history: History) -> Iterator[str]:
    task = history.task
    yield f"{task.issue}  {one_line(task.snapshot.title)}"
    yield f"  {address(history.web_url, task.issue)}"
    yield f"  {_standing(history)}"
    yield from (f"  {line}" for line in _links(history))
    yield ""
    yield from (f"  {moment(each.at)}  {event_words(each)}" for each in history.happenings)
    if history.attempts:
        yield ""
    for attempt in history.attempts:
        yield f"  attempt {attempt.number}: {attempt_words(attempt)}"
        for words in dict.fromkeys(text for text in (attempt.detail, attempt.summary) if text.strip()):
            yield f"    {one_line(words, _SUMMARY)}"


def attempt_words(attempt: Attempt) -> str:
    """How it ended, with turns, cost and time."""
    if attempt.finished_at is None:
        return f"running since {moment(attempt.started_at)}, turn {attempt.turns}"
    ended = attempt.failure or (state_words(attempt.outcome) if attempt.outcome else "ended")
    turns = f"{attempt.turns} of {attempt.turn_limit} turns" if attempt.turn_limit else f"{attempt.turns} turns"
    return f"{ended}, {turns}, ${attempt.cost_usd:.2f}, {span(attempt.seconds)}"


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def span(seconds: float) -> str:
    """A time in its two largest units."""
    whole = round(seconds)
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}{f' {rest} {name}' if rest else ''}"
    return f"{whole} s"


def _standing(history: History) -> str:
    task = history.task
    words = state_words(task.state)
    if task.state is State.FAILED and task.failure is not None:
        kind = task.failure
        turn, next_step = next_of_failed(kind, is_answered=history.is_answered)
        step = f"Next ({turn}): {next_step}."
        return f"{words}, {kind}: {sentence_of_failed(kind)} {step}"
    return f"{words}{f': {one_line(task.detail, _SUMMARY)}' if task.detail else ''}"


def _links(history: History) -> Iterator[str]:
    task = history.task
    if task.pull_request is not None:
        pull = IssueRef(task.issue.repository, task.pull_request)
        yield f"pull request: {address(history.web_url, pull, 'pull')}"
    if task.snapshot.approved_by and task.snapshot.approved_at is not None:
        yield f"approved by {one_line(task.snapshot.approved_by)}, {moment(task.snapshot.approved_at)}"
    yield from (f"waits for {issue}, {why}" for issue, why in history.waits)
    if task.waits_for_go:
        yield "waits for a maintainer's /go"
    if task.state is State.QUEUED and task.not_before is not None:
        yield f"waits until {moment(task.not_before)}"
    if history.blocks:
        yield f"waited for by {', '.join(map(str, history.blocks))}"


def event_words(each: TaskEvent) -> str:
    """Who did what, and why."""
    who, why = one_line(each.actor), f": {one_line(each.why)}" if each.why else ""
    by = "" if who == "nightshift" else f" by {who}"
    match each.kind:
        case "queued":
            return f"queued{' again' if each.source else ''}{by}{why}"
        case "started":
            return f"attempt {each.details['attempt']} began" if "attempt" in each.details else "an attempt began"
        case "restored":
            return f"restored from GitHub as {state_words(each.target)}{why}"
        case "approved":
            return f"approved again{by}"
        case "prioritized":
            return f"priority changed{by}{why}"
    number = each.details.get("pull_request")
    pull = f", pull request #{number}" if isinstance(number, int) else ""
    again = " again" if each.target is State.QUEUED else ""
    return f"{state_words(each.target)}{again}{by}{why}{pull}"
