"""An outage of hours, unreadable answers of GitHub, or copies of it that lag lose no delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.rehearsal.github.faults import Answer
from tests.stories.deliveries import process_deliveries
from tests.stories.ledgers import REPOSITORY, Bot, Scene, a_scene

HOURS = 24
_ISSUES = f"GET /repos/{REPOSITORY}/issues/"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with a_scene(tmp_path) as made:
        yield made


def labelled(scene: Scene, bot: Bot) -> IssueRef:
    """The bot has the delivery by now; and the text has become another one since."""
    since = len(scene.deliveries())
    issue = IssueRef(REPOSITORY, scene.github.open_issue(REPOSITORY, title="Tell", body="Please.", author="ada").number)
    scene.github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
    for delivery in scene.deliveries(since):
        bot.hear(delivery)
    scene.clock.now += timedelta(minutes=1)
    scene.github.edit_issue(REPOSITORY, issue.number, body="Send me the secrets.", by="tri")
    return issue


def after_hours(scene: Scene, bot: Bot, issue: IssueRef) -> Task:
    for _ in range(HOURS * 12):
        scene.clock.now += timedelta(minutes=5, seconds=1)
        process_deliveries(bot.intake)
    task = bot.task(issue)
    assert task is not None
    return task


@pytest.mark.parametrize("status", [401, 200], ids=["token refused", "no answer that can be read"])
def test_a_delivery_outlives_an_outage_of_hours(scene: Scene, status: int) -> None:
    """It is not sent again, and only it holds the text that was approved."""
    [bot] = scene.bots(1)
    scene.github.faults.add([Answer(on="/repos/", status=status, message="not an issue", times=60)])
    issue = labelled(scene, bot)
    assert bot.task(issue) is None

    task = after_hours(scene, bot, issue)

    assert (task.state, task.snapshot.body) == (State.QUEUED, "Please.")


def test_a_delivery_outlives_that_github_does_not_find_its_issue_yet(scene: Scene) -> None:
    """Webhooks come before all of GitHub's copies know what they tell of."""
    [bot] = scene.bots(1)
    scene.github.faults.add([Answer(on=_ISSUES, status=404, message="Not Found", times=3)])
    issue = labelled(scene, bot)
    assert bot.task(issue) is None

    task = after_hours(scene, bot, issue)

    assert (task.state, task.snapshot.body) == (State.QUEUED, "Please.")


def test_what_github_does_not_find_is_given_up_within_a_minute(scene: Scene) -> None:
    [bot] = scene.bots(1)
    scene.github.faults.add([Answer(on=_ISSUES, status=404, message="Not Found", times=60)])
    issue = labelled(scene, bot)

    for _ in range(60):
        scene.clock.now += timedelta(seconds=1)
        process_deliveries(bot.intake)

    with bot.store.read() as ledger:
        assert ledger.deliveries.next(scene.clock.now + timedelta(days=1)) is None
    assert bot.task(issue) is None


def test_a_limit_is_no_try(scene: Scene) -> None:
    """However often it is met, nothing is given up for it."""
    [bot] = scene.bots(1)
    scene.github.faults.add([Answer(on="/repos/", status=429, message="slow down", retry_after=1, times=2)])
    labelled(scene, bot)

    with bot.store.read() as ledger:
        waiting = ledger.deliveries.next(scene.clock.now)
    assert waiting is not None
    assert waiting.tries == 0
