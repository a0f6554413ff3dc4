"""When Claude takes nothing more from this account, the whole queue waits, and no task pays for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.webhooks import create_app
from bot.wiring import utc_now
from tests.stories.claude_errors import limit_until, refused_key
from tests.stories.world import World, a_world, bash, finish, writes

BEGUN = bash("echo half > work.txt && git add work.txt && git commit -qm 'Begin'")
ENDED = [bash("cat work.txt > whole.txt && git add whole.txt && git commit -qm 'End'"), finish()]
SUBSCRIPTION = {"ANTHROPIC_API_KEY": "", "CLAUDE_CODE_OAUTH_TOKEN": "sk-thetokenofthesubscription"}


def no_credit() -> Mapping[str, Any]:
    message = "Your credit balance is too low to access the Anthropic API."
    return {"error": {"status": 400, "type": "invalid_request_error", "message": message}}


def banner(world: World) -> dict[str, Any]:
    page = create_app(world.services.store, None, queue=world.services.queue).test_client()
    told: dict[str, Any] = page.get("/status.json").get_json()
    return told


def goes_on(world: World, issues: list[IssueRef], *, ahead: timedelta) -> None:
    """Without any command, all of them run after the pause, and none has used a retry."""
    with world.worker(lambda: utc_now() + ahead):
        world.wait_until(lambda: all(world.state(issue) is State.IN_REVIEW for issue in issues), seconds=180)
    assert [world.task(issue).automatic_retries for issue in issues] == [0] * len(issues)


def test_a_usage_limit_holds_the_queue_until_the_moment_that_claude_names(tmp_path: Path) -> None:
    """Then it goes on by itself, from the work that was cut short, and no attempt was used up."""
    resets_at = (utc_now() + timedelta(hours=2, minutes=7)).replace(microsecond=0)
    with a_world(tmp_path, **SUBSCRIPTION) as world:
        first = world.label_issue("First", sessions=[[BEGUN, limit_until(resets_at)], ENDED])
        world.run_until_idle()
        second = world.label_issue("Second", sessions=[writes("two.txt", "2")])
        with world.worker(lambda: resets_at - timedelta(minutes=1)):
            world.wait_until(lambda: world.bot_comments(second))  # so it was not claimed: that comes before

        for issue in (first, second):
            assert f"Nightshift tries again after {resets_at:%Y-%m-%d %H:%M} UTC" in world.status(issue)
        assert [world.task(issue).attempts for issue in (first, second)] == [1, 0]
        told = banner(world)
        assert (told["cause"], datetime.fromisoformat(told["until"])) == ("usage_limit", resets_at)

        goes_on(world, [first, second], ahead=resets_at - utc_now())
        assert world.files(first)["whole.txt"] == b"half\n"
        world.check()


@pytest.mark.parametrize(("at_once", "refusal"), [(1, no_credit()), (2, refused_key())], ids=["credit", "key"])
def test_an_account_in_trouble_is_reported_by_any_process_that_meets_it(
    at_once: int, refusal: Mapping[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """On the page and in one line of the log too. What waits says why, until the account is taken again."""
    with a_world(tmp_path, WORKERS=str(at_once), PER_REPOSITORY="2") as world:
        world.services.operations.pause("", stop=False)
        issues = [world.label_issue(f"Task {each}", sessions=[[BEGUN, refusal], ENDED]) for each in range(at_once)]
        issues.append(world.label_issue("Later", sessions=[writes("later.txt", "2")]))
        world.run_until_idle()  # all say that they wait, before anything goes wrong
        world.services.operations.resume()
        with world.worker():
            world.wait_until(lambda: all("until the operator has" in world.status(issue) for issue in issues))

        assert [world.task(issue).attempts for issue in issues] == [*[1] * at_once, 0]
        assert (banner(world)["cause"], banner(world)["until"]) == ("account", None)
        assert len([each for each in caplog.records if each.levelno >= logging.ERROR]) == 1, caplog.text

        goes_on(world, issues, ahead=timedelta(minutes=3))
        world.check()
