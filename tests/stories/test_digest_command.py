"""`nightshift digest`: what the night came to, for a person and for a program."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from bot.core.tasks import State
from tests.stories.command_line import settings_of
from tests.stories.other_ledgers import another_ledger
from tests.stories.times_of_day import window
from tests.stories.world import World, bash, finish, writes
from tests.typed import typed


def digest_of(world: World, folder: Path, **settings: str) -> str:
    answer = typed("digest", cwd=folder, environment=settings_of(world) | settings)
    assert answer.code == 0, answer.err
    return answer.out


def digest_json(world: World, folder: Path, **settings: str) -> dict[str, object]:
    answer = typed("digest", "--json", cwd=folder, environment=settings_of(world) | settings)
    assert answer.code == 0, answer.err
    return dict(json.loads(answer.out))


def test_the_morning_after_a_mixed_night(world: World, tmp_path: Path) -> None:
    """What to review and what waits for it, the question, the failure with its line, and the cost: with a subscription
    the share of its window."""
    window = "anthropic-ratelimit-unified-5h"
    world.model.headers = {f"{window}-utilization": "0.1", f"{window}-reset": "1900000000"}
    first = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
    unlabelled = world.open_issue("Decide on zones")
    world.label_issue("Tell it twice", f"blocked by #{unlabelled.number}")
    asks = [finish("needs_info", "It is not said.", ["In which zone?"])]
    world.label_issue("Tell the zone", sessions=[asks])
    world.label_issue("Do nothing", sessions=[[bash("ls"), finish()]])
    world.run_until_idle()
    world.model.headers = {**world.model.headers, f"{window}-utilization": "0.35"}
    world.label_issue("Ask Claude", sessions=[[finish("blocked", "There is no clock.")]])
    world.run_until_idle()

    text, found = digest_of(world, tmp_path), digest_json(world, tmp_path)

    pull = world.task(first).pull_request
    lines = text.splitlines()
    assert lines[0] == "1 pull request to review (about 5 minutes to read), 1 question, 1 failure."
    about = f"octo/clock#{pull} “Tell the time”: not verified, 1 file, +1 −0, about 5 minutes."
    assert lines[1] == f"1. Review and merge {about}"
    assert lines[2:4] == [
        "2. See that the questions are answered: octo/clock#4, then comment /retry.",
        "3. Decide on what failed: octo/clock#7 (task_blocked).",
    ]
    assert "- octo/clock#3 “Tell it twice” waits for octo/clock#2." in text
    assert "- Nothing needed to change: octo/clock#5." in text
    assert "Spent: 25 % of a five-hour window ($0." in text
    assert " in 4 attempts" in text
    assert "@" not in text
    assert (found["first"], found["is_empty"]) == (lines[:4], False)
    world.check()


def test_reviews_are_in_an_order_that_can_be_merged(world: World, tmp_path: Path) -> None:
    """What the other one builds on comes first, though it takes longer to read."""
    long = [bash("seq 80 > time.txt && git add -A && git commit -qm 'Add the time'"), finish()]
    first = world.label_issue("Tell the time", sessions=[long])
    world.run_until_idle()
    second = world.label_issue("Tell it", f"blocked by #{first.number}", sessions=[writes("two.txt", "2")])
    world.run_until_idle()

    one, two = (world.task(issue).pull_request for issue in (first, second))
    lines = digest_of(world, tmp_path).splitlines()
    assert lines[1].startswith(f"1. Review and merge octo/clock#{one} ")
    assert lines[2] == f"2. Then, in this order, octo/clock#{two}."
    assert f"Merge octo/clock#{one} first." in "\n".join(lines[3:])
    world.check()


def test_a_night_without_work_prints_nothing(world: World, tmp_path: Path) -> None:
    """For programs it says so."""
    world.open_issue()

    assert digest_of(world, tmp_path) == ""
    assert digest_json(world, tmp_path)["is_empty"] is True


def test_by_day_the_digest_is_still_the_nights_and_follows_a_merge(world: World, tmp_path: Path) -> None:
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    closed = window(-timedelta(hours=5), timedelta(hours=4))
    assert "1 pull request to review" in digest_of(world, tmp_path, NIGHTSHIFT_WINDOW=closed)

    world.github.merge_pull_request(issue.repository, world.task(issue).pull_request or 0, by="ada")
    world.run_until_idle()
    assert world.state(issue) is State.DONE
    text = digest_of(world, tmp_path, NIGHTSHIFT_WINDOW=closed)
    assert text.startswith("Nothing to do.\n")
    assert "- Merged: octo/clock#1." in text


def test_what_did_not_run_has_the_reason_that_held_it(world: World, tmp_path: Path) -> None:
    """The budget, a person, or the queue, as `/status` says. What was asked for after the window closed did not miss
    that night."""
    world.services.operations.pause("the host moves", stop=False)
    issue = world.label_issue("Later")
    world.run_until_idle()
    world.comment(issue, "/status")
    world.run_until_idle()
    assert any("waits, nothing is started now. The operator has paused" in each for each in world.replies(issue))

    def held(**settings: str) -> list[tuple[str | None, str]]:
        found = digest_json(world, tmp_path, **settings)["not_run"]
        assert isinstance(found, list)
        return [(each["cause"], each["why"]) for each in found]

    assert held()[0] == ("person", world.services.operations.read_pause().reason)  # type: ignore[union-attr]
    world.services.operations.resume()
    assert held() == [(None, "It waits for its turn in the queue.")]
    ((cause, why),) = held(BUDGET_USD="5", NIGHT_BUDGET_USD="4")
    assert (cause, why.startswith("Tonight's budget of $4 is used up.")) == ("budget", True)
    assert held(NIGHTSHIFT_WINDOW=window(-timedelta(hours=9), timedelta(hours=4))) == []


def test_the_size_of_a_change_comes_back_with_a_new_ledger(world: World, tmp_path: Path) -> None:
    """It is on record where the verdict is."""
    world.label_issue(sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    before = digest_json(world, tmp_path)["reviews"]

    with another_ledger(world):
        world.run_until_idle()
        found = digest_json(world, tmp_path)["reviews"]

    assert isinstance(before, list)
    assert isinstance(found, list)
    assert before[0]["size"] == found[0]["size"] == {"files": 1, "added": 1, "removed": 0}
