"""Short answers: each is posted once, under a separate key (`markers.reply_marker`)."""

from __future__ import annotations

from datetime import datetime

from bot.core.commands import Mistyped
from bot.core.facts import Actor
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.messages.quoting import code, words
from bot.core.messages.status import StatusView, headline, wait_of
from bot.core.messages.waiting import why_it_waits
from bot.core.pauses import Window
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.core.turns import is_login
from bot.core.waiting import WaitReason, find_reason, moment

_WHY = 200  # characters
_COMMENT = "Write it in a comment, then comment `/retry`: the next attempt reads it."
_INSTEAD = {
    State.QUEUED: _COMMENT,
    State.RUNNING: "Comment `/say` again while it is at work.",
    State.IN_REVIEW: "On its pull request, `/revise TEXT` starts a revision.",
    State.DONE: "Open an issue for what is left.",
    State.FAILED: _COMMENT,
    State.NO_CHANGE: _COMMENT,
    State.CANCELLED: _COMMENT,
    State.CLOSED: _COMMENT,
}
_ASK = {
    **dict.fromkeys(State, "To run it again, comment `/retry`; `/help` lists all commands."),
    State.QUEUED: "`/cancel` removes it from the queue; `/help` lists all commands.",
    State.RUNNING: "To tell the session something, comment `/say TEXT`; `/help` lists all commands.",
    State.IN_REVIEW: "For changes comment `/revise` and what to change; `/help` lists all commands.",
    State.DONE: "Open an issue for what is left.",
}


def not_permitted(actor: Actor, issue: IssueRef, why: str) -> str:
    """The answer to the label or a command of a person without permission: one on each issue, so it says nothing of
    what was asked. `why` completes the sentence "octocat …"."""
    return (
        f"**Nightshift** did nothing on {issue.repository}#{issue.number}: {code(actor.login)} {why}.\n\n"
        "**Next** (a maintainer): read the issue. If you agree, ask for the same: a label counts once you remove it "
        "and add it again, a command once you write it."
    )


def needs_confirmation(author: Actor, approver: str) -> str:
    """The answer to `/retry` by the issue's author, who may not write. `approver`: of the task, as it is on record."""
    person = "a person with write permission"
    who = f"{code(approver)}, or another person with write permission," if is_login(approver) else person
    return (
        f"**Nightshift** did not start this: {code(author.login)} has no write permission.\n\n"
        f"**Next** (a maintainer): to confirm the answers, {who} comments `/retry`, or reacts with 👍 to each of them."
    )


def edited_since(login: str) -> str:
    """The answer to a 👍 on a reply of the issue's author that was edited since."""
    return (
        f"**Nightshift** did not use this reply: it was edited after the 👍 of {code(login)}.\n\n"
        "**Next** (a maintainer): read it again. To confirm it, comment `/retry`, or remove the 👍 and add it again."
    )


def not_mirrored(blocker: IssueRef, why: str) -> str:
    """Once in a repository whose `mirror_dependencies` GitHub does not accept. `why`: GitHub's answer."""
    named = code(f"blocked by {blocker}")
    return (
        f"**Nightshift** could not let GitHub's own relation follow {named}: {words(why, _WHY)}. "
        "The text counts all the same, and this is said once.\n\n"
        "**Next** (a maintainer): give the bot's account the triage role here, or remove `mirror_dependencies` from "
        "`.github/nightshift.yml`."
    )


def mistyped(command: Mistyped) -> str:
    """The answer to a comment that is almost a command."""
    meant = f"Did you mean {code(command.suggestion)}? " if command.suggestion else ""
    return (
        f"**Nightshift** did not understand {code(command.text)}: {command.problem}.\n\n"
        f"{meant}`/help` lists all commands."
    )


def cannot_retry(obstacle: str) -> str:
    """`obstacle`: a whole sentence that says why not and what to do."""
    return f"**Nightshift** cannot retry this. {obstacle}"


def not_our_pull_request() -> str:
    return (
        "**Nightshift** did not open this pull request, so it does nothing here. To have an issue worked on, add its "
        "label to the issue."
    )


def not_permitted_here(actor: Actor, why: str) -> str:
    """The answer on a pull request to a person without permission. `why` completes the sentence "octocat …"."""
    return f"**Nightshift** did not follow this: {code(actor.login)} {why}. A maintainer can write it instead."


def cannot_revise(obstacle: str) -> str:
    """`obstacle`: a whole sentence that says why not and what to do."""
    return f"**Nightshift** cannot revise this. {obstacle}"


def no_pull_request() -> str:
    return "**Nightshift** has no open pull request of this issue to revise. To run the issue again, comment `/retry`."


def revising(login: str) -> str:
    """Said of a review, which takes no reaction as comments do."""
    return f"**Nightshift** has read the review of {code(login)} and revises this pull request. `/cancel` stops it."


def nothing_to_cancel(task: Task | None) -> str:
    if task is None:
        return "**Nightshift** has nothing to cancel: it does not work on this issue."
    return f"**Nightshift** has nothing to cancel. Now: {headline(StatusView(task=task))}."


def nothing_to_go(task: Task | None) -> str:
    if task is None:
        return status_reply(task)
    return f"**Nightshift** has nothing here that waits for `/go`. Now: {headline(StatusView(task=task))}."


def nothing_at_work(task: Task | None) -> str:
    """The answer to `/say` while no session runs: what to type instead."""
    if task is None:
        return status_reply(task)
    now = headline(StatusView(task=task))
    return f"**Nightshift** runs no session here that could read this. Now: {now}. {_INSTEAD[task.state]}"


def nothing_said() -> str:
    return "**Nightshift** has nothing to pass on. Write the words after the command: `/say Use the old format.`"


def said_too_much(most: int) -> str:
    return (
        f"**Nightshift** passes on at most {most:,} characters to a session at work. Say it shorter, or write it in a "
        "comment: on the pull request `/revise` reads it, on the issue `/retry`."
    )


def said_too_often(most: int) -> str:
    return (
        f"**Nightshift** has passed on {most} messages to this attempt, and passes on no more. `/cancel` stops it; "
        "the next attempt reads the comments."
    )


def not_read(task: Task) -> str:
    """The answer to `/say` whose attempt ended before a session read it. `task`: as it is now."""
    now = headline(StatusView(task=task))
    text = "**Nightshift** could not pass this on: the session ended before it read this."
    return f"{text} Now: {now}. {_INSTEAD[task.state]}"


def how_to_ask(task: Task | None) -> str:
    """The answer to a comment that speaks to Nightshift without a command."""
    if task is None:
        return status_reply(task)
    now = headline(StatusView(task=task))
    return f"**Nightshift** follows commands, each on a separate line. Now: {now}. {_ASK[task.state]}"


def label_on_pull_request(*, is_own: bool) -> str:
    """`is_own`: Nightshift opened it."""
    change = "To have this one changed, comment `/revise` and what to change."
    step = change if is_own else "To have an issue worked on, add the label to the issue."
    return f"**Nightshift** works on issues: on a pull request its label starts nothing. {step}"


def status_reply(task: Task | None, view: StatusView | None = None) -> str:
    """`view`: what the status comment shows, where that was read."""
    if task is None:
        return "**Nightshift** does not work on this issue. A person with write permission can add the label."
    shown = view or StatusView(task=task)
    is_ready = task.state is not State.QUEUED or find_reason(wait_of(shown)) in {WaitReason.TURN, WaitReason.UNREAD}
    why = f" {why_it_waits(wait_of(shown))}".rstrip() if not is_ready else ""
    return f"**Nightshift**: {headline(shown)}.{why} See its status comment above for more."


def help_text() -> str:
    return (
        "**Nightshift** works on issues that have its label, and opens a pull request for each. Maintainers, that is "
        "people with write permission, can write these commands in a comment, each on a separate line:\n\n"
        "| command | what it does |\n| --- | --- |\n"
        "| `/retry` | run the issue again, with its present text and comments |\n"
        "| `/retry turns=40 budget=10 model=NAME` | the same, with other limits (US dollars) or another model |\n"
        "| 👍 on a reply of the issue's author | the same, with this answer to Claude's questions |\n"
        "| `/retry fresh` | try again from the start, without earlier commits or conversation |\n"
        "| `/allow FINGERPRINT` | try again after a false alarm: this value only looks like a secret |\n"
        "| `/go` | run the issue as it was approved, whatever Nightshift remarked on it |\n"
        "| `/revise TEXT` | change the open pull request as this text and its reviews say |\n"
        "| `/say TEXT` | tell the session at work something, which it reads before its next step |\n"
        "| `/cancel` | stop the run, or remove the issue from the queue |\n"
        "| `/status` | show the state of the issue |\n"
        "| `/help` | show this text |\n\n"
        "Write `blocked by #12` in an issue to make it wait for #12. On a pull request of Nightshift's, `/revise` and "
        "`/retry` revise it, and so does a review that requests changes or begins threads."
    )


def paused(failure: FailureKind, until: datetime | None) -> str:
    """Why the whole queue waits, and how long. `until` None: until the operator has acted."""
    rule = policy(failure)
    if until is None:
        check = "the operator can check it with `nightshift doctor`"
        return f"{rule.sentence} All issues wait until the operator has {rule.remedy}; {check}."
    return f"{rule.sentence} Nightshift tries again after {moment(until)}."


def token_refused() -> str:
    return (
        "GitHub refuses Nightshift's token. All issues wait until the operator sets a new one and restarts Nightshift."
    )


def outside_window(window: Window, opens: datetime) -> str:
    return f"Nightshift works from {window}. It continues at {moment(opens)}."


def budget_is_spent(usd: float, until: datetime) -> str:
    return f"Tonight's budget of ${usd:g} is used up. It continues at {moment(until)}."


def repository_budget_is_spent(repository: str, usd: float, until: datetime) -> str:
    return f"Tonight's budget of ${usd:g} for {repository} is used up. It continues at {moment(until)}."


def organisation_budget_is_spent(owner: str, usd: float, until: datetime) -> str:
    return f"Tonight's budget of ${usd:g} for the repositories of {owner} is used up. It continues at {moment(until)}."


def settings_are_wrong(repository: str, issue: int | None) -> str:
    """`issue`: the number of the one on which a comment names the mistakes."""
    where = f", which a comment on {repository}#{issue} names" if issue is not None else ""
    return f"`.github/nightshift.yml` of {repository} has mistakes{where}. Its issues wait until they are fixed."


def paused_by_person(reason: str) -> str:
    why = f": {words(reason)}" if reason else ""
    return f"The operator has paused Nightshift{why}. All issues wait until the operator runs `nightshift resume`."


def paused_by_label(issue: IssueRef, login: str) -> str:
    return f"{code(login)} has paused Nightshift with the label on {issue}. All issues wait until the label is removed."
