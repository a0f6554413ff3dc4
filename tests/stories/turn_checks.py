"""What holds of each issue in every story: its label and its notices say whose turn it is."""

from __future__ import annotations

from collections.abc import Collection

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.core.turns import find_rest
from bot.rehearsal.github.mentions import find_mentions
from bot.wiring import Services


def check_turn(services: Services, issue: IssueRef, *, shown: Collection[str], notices: Collection[str]) -> None:
    """`shown`: its state labels on GitHub; `notices`: the comments that notify a person. Once its status is sent, if
    GitHub takes it, it has one label until its pull request is merged, one notice while a person has to act,
    and no mention in others."""
    with services.store.read() as ledger:
        task, unsent = ledger.tasks.find(issue), ledger.outbox.size() + len(ledger.outbox.given_up())
    if task is None or unsent or task.state is State.RUNNING:
        return
    labels = services.labels
    expected = [{labels.state_label(task, is_paused=paused)} - {None} for paused in (False, True)]
    assert set(shown) in expected, f"{task.issue} shows {shown}, not {expected}"
    over = [body for body in notices if body.startswith("Done: ")]
    assert not [body for body in over if find_mentions(body)]
    turns = len(notices) - len(over)
    assert turns == int(find_rest(task) is not None), f"{task.issue} is {task.state} and says {notices}"
