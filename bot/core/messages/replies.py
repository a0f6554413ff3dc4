"""Short answers: each is posted once, under a separate key (`tags.reply_tag`)."""

from __future__ import annotations

from datetime import datetime

from bot.core.commands import Mistyped
from bot.core.facts import Actor
from bot.core.failures import FailureKind, policy
from bot.core.messages.quoting import code, words
from bot.core.messages.status import StatusView, headline, moment
from bot.core.pauses import Window
from bot.core.references import IssueRef
from bot.core.tasks import Task


def not_permitted(actor: Actor, issue: IssueRef, why: str) -> str:
    """The answer to a person who may not start anything. `why` completes the sentence "octocat …"."""
    return (
        f"**Nightshift** leaves {issue.repository}#{issue.number} alone for now: {code(actor.login)} {why}.\n\n"
        "**Next** (a maintainer): read the issue; if it should be worked on, take the label off and put it on again."
    )


def mistyped(command: Mistyped) -> str:
    """The answer to a comment that is almost a command."""
    return (
        f"**Nightshift** did not understand {code(command.text)}: {command.problem}.\n\n"
        f"Did you mean {code(command.suggestion)}? `/help` lists all commands."
    )


def cannot_retry(obstacle: str) -> str:
    """`obstacle`: a whole sentence that says what stands in the way and what to do about it."""
    return f"**Nightshift** cannot retry this. {obstacle}"


def nothing_to_cancel(task: Task | None) -> str:
    if task is None:
        return "**Nightshift** has nothing to cancel: it does not work on this issue."
    return f"**Nightshift** has nothing to cancel: {headline(StatusView(task=task))}."


def status_reply(task: Task | None) -> str:
    if task is None:
        return "**Nightshift** does not work on this issue. A person with write permission can put the label on it."
    return f"**Nightshift**: {headline(StatusView(task=task))}. See its status comment above for more."


def help_text() -> str:
    return (
        "**Nightshift** works on issues that carry its label, and opens a pull request for each. In a comment, people "
        "with write permission can write one of these, on a separate line:\n\n"
        "| command | what it does |\n| --- | --- |\n"
        "| `/retry` | run it again, with the issue and its comments as they are now |\n"
        "| `/retry turns=40 budget=10 model=NAME` | the same with more turns, more US dollars, another model |\n"
        "| `/retry fresh` | the same without telling Claude about the attempts before |\n"
        "| `/cancel` | stop it, or take it out of the queue |\n"
        "| `/status` | show its state |\n"
        "| `/help` | show this text |\n\n"
        "`blocked by #12` in an issue makes it wait for that one."
    )


def paused(failure: FailureKind, until: datetime | None) -> str:
    """Why the whole queue waits, and how long."""
    if until is None:
        return f"{policy(failure).sentence} It continues by itself once `nightshift doctor` finds that fixed."
    return f"{policy(failure).sentence} Nightshift tries again after {moment(until)}."


def token_refused() -> str:
    return "GitHub refuses Nightshift's token. Nightshift continues once it is started with a new one."


def outside_window(window: Window, opens: datetime) -> str:
    return f"Nightshift works from {window}. It continues at {moment(opens)}."


def budget_is_spent(usd: float, until: datetime) -> str:
    return f"Tonight's budget of ${usd:g} is used up. It continues at {moment(until)}."


def paused_by_person(reason: str) -> str:
    return f"The operator has paused Nightshift{f': {words(reason)}' if reason else ''}."


def paused_by_label(issue: IssueRef, login: str) -> str:
    return f"{code(login)} has paused Nightshift by the label on {issue}."
