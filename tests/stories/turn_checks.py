"""What holds of each issue in every story: its label and its notices say whose turn it is."""

from __future__ import annotations

from collections.abc import Collection

from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.core.turns import is_login
from bot.rehearsal.github.mentions import find_mentions
from bot.rehearsal.github.server import SimulatedGitHub
from bot.steps.notices import read_rest
from bot.wiring import Services


def check_turn(
    services: Services, issue: IssueRef, *, shown: Collection[str], notices: Collection[str], github: SimulatedGitHub
) -> None:
    """`shown`: its state labels on GitHub; `notices`: the comments that notify a person. Once its status is sent, if
    GitHub takes it, it has one label until its pull request is merged, one notice while a person has to act, which for
    a pull request in review may be a request on it, and no mention in others."""
    with services.store.read() as ledger:
        task, unsent = ledger.tasks.find(issue), ledger.outbox.size() + len(ledger.outbox.given_up())
        rest = read_rest(ledger, task) if task is not None else None
        is_answered = task is not None and ledger.notices.is_answered(task)
    if task is None or unsent or task.state is State.RUNNING:
        return
    labels = services.labels
    expected = [
        {labels.state_label(task, is_paused=paused, is_answered=is_answered)} - {None} for paused in (False, True)
    ]
    assert set(shown) in expected, f"{task.issue} shows {shown}, not {expected}"
    over = [body for body in notices if body.startswith("No action is needed any more: ")]
    assert not [body for body in over if find_mentions(body)]
    turns = len(notices) - len(over)
    there = asked(github, task) if task.state is State.IN_REVIEW else set()
    is_asked = rest is not None and (rest.approver in there or bool(there and not is_login(rest.approver)))
    assert turns == int(rest is not None and not is_asked), f"{task.issue} is {task.state} and says {notices}"


def asked(github: SimulatedGitHub, task: Task) -> set[str]:
    """Whose review of the task's pull request is requested, who gave one since, and who is assigned to it. On a draft a
    request may tell a person nothing."""
    if task.pull_request is None:
        return set()
    name, number = task.issue.repository, task.pull_request
    pull = next(each for each in github.pull_requests(name) if each.number == number)
    requested = () if pull.draft else (*pull.reviewers, *(each.author for each in github.reviews(name, number)))
    return {*requested, *pull.assignees}


def mails(github: SimulatedGitHub, login: str) -> list[str]:
    """Why GitHub told a person that it is their turn, for what the bot did: by a mention or a request."""
    found = [mail for mail in github.mails if mail.login == login and mail.actor == "nightshift-bot"]
    return [mail.reason for mail in found if mail.reason in ("mention", mail.event)]
