"""What a writer's comment asks for: which commands can be followed, and how they are answered."""

from __future__ import annotations

import re

from bot.core import messages
from bot.core.approval_events import Role
from bot.core.commands import Cancel, Command, Go, Help, Mistyped, Retry, Revise, Say, Status, parse_command
from bot.core.effects import Accept, Effect, Reply, ShowStatus, Speak
from bot.core.facts import Actor, CommentFacts, IssueFacts
from bot.core.labels import has
from bot.core.markdown import prose
from bot.core.references import IssueRef, parse_issue
from bot.core.said import LONGEST, Said
from bot.core.tasks import Lint, State, Task, may_move


def refuse(issue: IssueRef, actor: Actor, role: Role) -> list[Effect]:
    """One polite answer on the issue, however many people ask and however often."""
    return [Reply(issue, f"not-permitted:{issue}", messages.not_permitted(actor, issue, role.value))]


def answer(command: Command, key: str, *, place: IssueRef, task: Task | None) -> list[Effect]:
    """The answer to a command that changes no task. `place`: the issue, or its pull request."""
    match command:
        case Status():
            shown = task.issue if task is not None else None
            return [Reply(place, key, messages.status_reply(task), status_of=shown), ShowStatus(shown or place)]
        case Help():
            return [Reply(place, key, messages.help_text())]
        case Mistyped():
            return [Reply(place, key, messages.mistyped(command))]
        case Cancel():
            return [Reply(place, key, messages.nothing_to_cancel(task))]
        case Go():
            return [Reply(place, key, messages.nothing_to_go(task))]
        case Retry() | Revise() | Say():
            return []


def speak(task: Task | None, said: Said) -> list[Effect]:
    """What `/say` does with a task: its session reads the words, or an answer says what to type instead."""
    obstacle = None
    if task is None or not task.hears:
        obstacle = messages.nothing_at_work(task)
    elif not said.text:
        obstacle = messages.nothing_said()
    elif len(said.text) > LONGEST:
        obstacle = messages.said_too_much(LONGEST)
    if obstacle is not None or task is None:
        return [Reply(parse_issue(said.place), said.item, obstacle or "")]
    return [Speak(task.issue, said)]


def cannot_retry(comment: CommentFacts, issue: IssueRef, obstacle: str) -> list[Effect]:
    return [Reply(issue, f"comment:{comment.id}", messages.cannot_retry(obstacle))]


def accept(task: Task | None, by: Actor, *, unread: bool = False) -> list[Effect]:
    """A person wants the issue run as it is. Nothing where there is no remark on it to pass over. `unread`: also where
    that is not known yet."""
    remarked = {Lint.SAID, Lint.WAITS} | ({Lint.UNREAD} if unread else set())
    if task is None or task.lint not in remarked:
        return []
    return [Accept(task.issue, by.login), ShowStatus(task.issue)]


def retry_obstacle(facts: IssueFacts, task: Task | None, trigger: str) -> str | None:
    """Why `/retry` cannot be followed, as a sentence; None if it can."""
    if not facts.is_open:
        return "The issue is closed: reopen it first."
    if not has(facts.labels, trigger):
        return f"The issue does not have the label `{trigger}`: add it to start the issue."
    if task is not None and task.state is State.RUNNING:
        return "It is running already: `/cancel` it first."
    if task is not None and task.state is not State.QUEUED and not may_move(task.state, State.QUEUED):
        return f"It cannot be queued again while it is {task.state.value}."
    return None


def speaks_to(body: str, me: Actor) -> bool:
    """Whether the words of a comment mention the bot's account, which for an App has another name than its login."""
    name = re.escape(me.login.removesuffix("[bot]"))
    return re.search(rf"(?<![\w/@.-])@{name}(?![\w-])", prose(body), re.IGNORECASE) is not None


def says_something(body: str) -> bool:
    """Whether a comment is more than a command, and not Nightshift's."""
    return not messages.is_ours(body) and not (parse_command(body) and len(body.strip().splitlines()) == 1)
