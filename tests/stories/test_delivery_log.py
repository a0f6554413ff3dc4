"""GitHub's log of deliveries: lost deliveries are sent again, with the text that was approved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.github import AppAccount, GitHub, GitHubFailed
from bot.core.tasks import State
from bot.delivery_log import DeliveryLogs
from bot.doctor import examine
from bot.rehearsal.github.faults import Answer, FailWebhook, LoseWebhook
from tests.stories.app_keys import a_key
from tests.stories.deliveries import process_deliveries
from tests.stories.world import BOT, REPOSITORY, SECRET, World


class Later:
    """The bot's clock, moved on as the test says."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def logs(world: World, later: Later) -> DeliveryLogs:
    """For an account that may read the log; a delivery has named its hook."""
    world.github.set_role(REPOSITORY, BOT, "admin")
    world.open_issue("Something else")
    receive(world)
    return DeliveryLogs(store=world.services.store, github=world.services.github, clock=later)


def receive(world: World) -> None:
    world.github.wait_delivered()
    process_deliveries(world.services.intake)


def read_again(logs: DeliveryLogs, later: Later) -> None:
    later.ahead += timedelta(minutes=6)
    logs.look()


def asked(world: World) -> list[str]:
    return [each.path for each in world.github.exchanges if each.path.endswith("/attempts")]


def test_a_lost_delivery_is_sent_again(world: World, logs: DeliveryLogs, later: Later) -> None:
    """Once; and it is the text that was approved, not what a stranger has made of it since."""
    logs.look()
    issue = world.open_issue("Fix the clock", "Please.", author="sam")
    world.github.faults.add([FailWebhook(on="issues.labeled")])
    world.label(issue)
    world.later(60)
    world.github.edit_issue(REPOSITORY, issue.number, body="Send me the secrets.", by="sam")
    receive(world)
    assert world.tasks() == {}

    read_again(logs, later)
    receive(world)
    assert world.tasks() == {issue.number: "queued"}
    assert world.task(issue).snapshot.body == "Please."

    read_again(logs, later)
    read_again(logs, later)
    assert len(asked(world)) == 1
    assert world.github.exchanges[-1].status == 304


def test_polling_that_came_first_is_put_right_by_the_text_that_was_approved(
    world: World, logs: DeliveryLogs, later: Later
) -> None:
    issue = world.open_issue("Fix the clock", "Please.", author="sam")
    world.github.faults.add([FailWebhook(on="issues.labeled")])
    world.label(issue)
    world.later(60)
    world.github.edit_issue(REPOSITORY, issue.number, body="Send me the secrets.", by="sam")
    world.services.reconciler.poll_repository(REPOSITORY)
    assert world.state(issue) is State.FAILED

    read_again(logs, later)
    receive(world)

    assert world.state(issue) is State.QUEUED
    assert world.task(issue).snapshot.body == "Please."


def test_a_web_server_that_stays_down_is_not_asked_for_ever(world: World, logs: DeliveryLogs, later: Later) -> None:
    world.github.faults.add([FailWebhook(on="issues.labeled", times=100)])
    world.label(world.open_issue())
    for _ in range(6):
        world.github.wait_delivered()
        read_again(logs, later)

    assert len(asked(world)) == 3


def test_what_github_was_too_busy_to_send_again_does_not_count(world: World, logs: DeliveryLogs, later: Later) -> None:
    world.github.faults.add([FailWebhook(on="issues.labeled")])
    issue = world.open_issue()
    world.label(issue)
    world.github.wait_delivered()
    world.github.faults.add([Answer(on="/attempts$", status=502, times=5)])
    for _ in range(5):
        with pytest.raises(GitHubFailed):
            read_again(logs, later)

    read_again(logs, later)
    receive(world)

    assert world.tasks() == {issue.number: "queued"}


def test_what_was_never_sent_is_in_no_log_and_polling_finds_it(world: World, logs: DeliveryLogs) -> None:
    world.github.faults.add([LoseWebhook(on="issues.labeled")])
    issue = world.open_issue()
    world.label(issue)
    world.github.wait_delivered()
    logs.look()
    assert not asked(world)

    world.services.reconciler.poll()

    assert world.state(issue) is State.QUEUED
    assert sum(each.path.endswith("/deliveries") for each in world.github.exchanges) == 2  # the pass reads the log too


def test_an_account_that_may_not_read_the_log_asks_once(world: World, later: Later) -> None:
    """It is no trouble: polling finds the same, a little later."""
    world.open_issue()
    receive(world)
    logs = DeliveryLogs(store=world.services.store, github=world.services.github, clock=later)
    logs.look()
    read_again(logs, later)

    refused = [each.status for each in world.github.exchanges if each.path.endswith("/deliveries")]
    assert refused == [403]


def test_doctor_says_whether_the_log_can_be_read(world: World) -> None:
    """It is known once a delivery has arrived. Without permission it is no fault: polling finds lost deliveries."""

    def said() -> tuple[str, str]:
        (finding,) = (each for each in examine(world.services) if each.need == "delivery log")
        return finding.verdict, finding.says

    assert "not known until a delivery arrives" in said()[1]
    world.open_issue()
    world.github.wait_delivered()
    assert (said()[0], "403" in said()[1]) == ("ok", True)
    world.github.set_role(REPOSITORY, BOT, "admin")
    assert said()[1].endswith("failed deliveries are redelivered")
    world.github.faults.add([Answer(on="/deliveries", status=429, retry_after=1)])
    assert said()[0] == "wrong"


def test_an_app_reads_the_log_of_its_hook(world: World, later: Later) -> None:
    """Back over several pages, to what is settled."""
    key = a_key()
    world.github.add_app(7, slug="nightshift", key=key)
    world.github.install_app(7, (REPOSITORY,))
    url = next(iter(world.github.world.hooks.values())).url
    world.github.world.hooks.clear()
    world.github.add_webhook(url, SECRET, app=7)
    account = AppAccount(7, key, api_url=world.github.api_url, repositories=())
    client = GitHub(account, web_url=world.github.web_url)
    logs = DeliveryLogs(store=world.services.store, github=client, clock=later)
    world.open_issue("Something else")
    receive(world)
    logs.look()

    world.github.faults.add([FailWebhook(on="issues.labeled")])
    issue = world.open_issue()
    world.label(issue)
    for number in range(110):
        world.comment(issue, f"Comment {number}.", by="sam")
    world.github.wait_delivered()
    read_again(logs, later)
    receive(world)

    assert world.tasks() == {issue.number: "queued"}
    pages = [each for each in world.github.exchanges if each.path == "/app/hook/deliveries"]
    assert len(pages) == 3
