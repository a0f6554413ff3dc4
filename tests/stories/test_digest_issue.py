"""Each night has one issue that tells what it came to: made when the night is over, kept true, closed when the next
begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import Lane
from bot.core.checkpoints import Checkpoint
from bot.core.messages.markers import read_digest_night
from bot.core.pauses import Cause
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer, LoseAnswer, StaleAnswer
from bot.rehearsal.github.mentions import find_mentions
from bot.rehearsal.github.records import Issue
from bot.wiring import utc_now
from tests.receivers import a_webhook
from tests.stories.killed_runs import run_until_killed_at
from tests.stories.other_ledgers import another_ledger
from tests.stories.times_of_day import at
from tests.stories.world import BOT, REPOSITORY, World, a_world, finish, writes

HOUR = timedelta(hours=1)


def digests(world: World, repository: str = REPOSITORY) -> list[Issue]:
    """The issues of nights, the oldest first."""
    found = [issue for issue in world.github.issues(repository) if read_digest_night(issue.body or "")]
    assert all(issue.author == BOT and tuple(issue.labels) == ("auto:digest",) for issue in found)
    return found


def the_digest(world: World) -> Issue:
    (found,) = digests(world)
    return found


def run_at(world: World, ahead: timedelta) -> None:
    with at(world, ahead):
        world.run_until_idle(clock=world.services.clock)


def nights(*, hours: int = 23) -> str:
    """A window that opened an hour ago, as a setting."""
    opens = datetime.now(UTC) - HOUR
    return f"{opens:%H:%M}-{opens + timedelta(hours=hours):%H:%M} UTC"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, NIGHTSHIFT_WINDOW=nights()) as made:
        yield made
        made.check()


def a_failure(world: World) -> None:
    """Without a session: an issue that waits for itself."""
    number = len(world.github.issues(REPOSITORY)) + 1
    world.label_issue("Tell the time", f"blocked by #{number}")
    world.run_until_idle()


def a_night(world: World) -> IssueRef:
    """A review and a question."""
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
    world.label_issue("Tell the zone", sessions=[[finish("needs_info", "Unclear.", ["In which zone?"])]])
    world.run_until_idle()
    return issue


def test_it_is_made_once_nothing_happens_any_more(world: World) -> None:
    """Not during the night, and then only once: GitHub sends a mail for a new issue. It mentions no account."""
    issue = a_night(world)
    run_at(world, timedelta(minutes=20))
    assert digests(world) == []

    for minutes in (35, 36, 90):
        run_at(world, timedelta(minutes=minutes))

    made = the_digest(world)
    assert made.title == f"Nightshift: the night of {datetime.now(UTC) - HOUR:%Y-%m-%d}"
    assert made.state == "open"
    lines = (made.body or "").splitlines()
    assert lines[0].startswith("**1 pull request to review (about ")
    assert f"[octo/clock#{world.task(issue).pull_request}](" in lines[1]
    assert "[octo/clock#2](" in lines[2]
    assert not find_mentions(made.body or "")
    assert not [mail for mail in world.github.mails if mail.number == made.number]
    assert not world.bot_comments(IssueRef(REPOSITORY, made.number))


def test_it_follows_what_people_do(world: World) -> None:
    issue = a_night(world)
    run_at(world, HOUR)
    world.github.merge_pull_request(REPOSITORY, world.task(issue).pull_request or 0, by="ada")
    world.run_until_idle()
    run_at(world, HOUR + timedelta(minutes=5))

    body = the_digest(world).body or ""
    assert body.startswith("**1 question.**")
    assert "- Merged: [octo/clock#1](" in body

    world.github.close_issue(REPOSITORY, 2, by="ada")
    world.run_until_idle()  # the delivery may come after the pass that looks at the digest
    run_at(world, HOUR + timedelta(minutes=10))
    assert (the_digest(world).body or "").startswith("**Nothing to do.**")


def test_the_next_night_has_another_one_which_closes_it(world: World) -> None:
    """When it begins. What is still to be reviewed is in it, too. Without work there is none."""
    a_failure(world)
    run_at(world, timedelta(hours=22, minutes=50))
    first = the_digest(world)
    assert first.state == "open"
    run_at(world, timedelta(hours=23, minutes=1))
    assert [(issue.number, issue.state) for issue in digests(world)] == [(first.number, "closed")]

    with at(world, timedelta(hours=24)):
        world.label_issue("Tell the date", "blocked by #3")
        world.run_until_idle(clock=world.services.clock)
    run_at(world, timedelta(hours=25))

    before, after = digests(world)
    assert (before.number, before.state, after.state) == (first.number, "closed", "open")
    assert (after.body or "").startswith("**A bad night: 1 of 1 issue failed.** 1 failure.")
    assert "From earlier nights 1 more waits for a person" in (after.body or "")


def test_when_the_window_closes_it_is_made_at_once(tmp_path: Path) -> None:
    with a_world(tmp_path, NIGHTSHIFT_WINDOW=nights(hours=3)) as world:
        a_failure(world)
        run_at(world, timedelta(hours=2, minutes=1))

        assert the_digest(world).state == "open"
        world.check()


def test_a_night_that_asks_nothing_of_anybody_has_none(world: World) -> None:
    """Nothing was labelled but what needs no change: the issue says so."""
    world.open_issue()
    done = world.label_issue(sessions=[[finish()]])
    world.run_until_idle()
    assert world.state(done) is State.NO_CHANGE
    for hours in (0, 2, 24, 48):
        run_at(world, timedelta(hours=hours))

    assert digests(world) == []


def test_a_night_that_could_not_run_has_one_that_says_so_first(world: World) -> None:
    with world.services.store.transaction() as ledger:
        reason = "The account has no credit left. All issues wait until the operator has added some."
        ledger.pauses.begin(Cause.USAGE_LIMIT, until=utc_now() + 9 * HOUR, reason=reason, now=utc_now())
    world.label_issue("Later")
    world.run_until_idle()
    run_at(world, HOUR)

    body = the_digest(world).body or ""
    assert body.startswith("**A bad night: 1 issue did not run. The account has no credit left.")
    assert "[octo/clock#1](" in body.split("### Did not run")[1]


@pytest.mark.parametrize("fault", [LoseAnswer(on="POST /repos/octo/clock/issues$"), None])
def test_after_a_lost_answer_it_is_found_again(fault: LoseAnswer | None, world: World) -> None:
    """Or where GitHub failed first."""
    a_failure(world)
    failing = Answer(on="POST /repos/octo/clock/issues$", status=502, message="Bad gateway", times=2)
    world.github.faults.add([fault or failing])
    run_at(world, HOUR)
    run_at(world, HOUR + timedelta(minutes=1))

    assert the_digest(world).state == "open"


def test_while_github_does_not_list_it_yet_no_second_one_is_made(world: World) -> None:
    a_failure(world)
    world.github.faults.add(
        [
            LoseAnswer(on="POST /repos/octo/clock/issues"),
            StaleAnswer(on="GET /repos/octo/clock/issues?", seconds=30, times=1),
        ]
    )
    run_at(world, HOUR)
    run_at(world, HOUR + timedelta(minutes=1))

    assert the_digest(world).state == "open"


def test_a_lost_ledger_finds_it_again(world: World) -> None:
    a_failure(world)
    run_at(world, HOUR)
    made = the_digest(world)
    with another_ledger(world):
        world.run_until_idle()
        run_at(world, HOUR)

    assert the_digest(world).number == made.number


def test_one_that_people_deleted_or_closed_is_left_so(world: World) -> None:
    a_failure(world)
    run_at(world, HOUR)
    made = the_digest(world)
    world.github.close_issue(REPOSITORY, made.number, by="ada")
    a_failure(world)
    run_at(world, 2 * HOUR)

    after = the_digest(world)
    assert (after.state, after.body != made.body) == ("closed", True)


def test_a_repository_can_be_chosen_or_none(tmp_path: Path) -> None:
    for chosen, count in (("none", 0), ("octo/night", 1)):
        folder = tmp_path / chosen.replace("/", "-")
        folder.mkdir()
        with a_world(folder, NIGHTSHIFT_WINDOW=nights(), DIGEST_REPOSITORY=chosen) as world:
            world.github.add_repository("octo/night", files={"README.md": "# Night\n"})
            world.github.set_role("octo/night", BOT, "write")
            a_failure(world)
            run_at(world, HOUR)

            assert (len(digests(world)), len(digests(world, "octo/night"))) == (0, count)
            world.check()


@pytest.mark.parametrize(("place_is_private", "is_named"), [(False, False), (True, True)])
def test_a_private_repository_is_not_named_in_a_public_one(
    place_is_private: bool, is_named: bool, tmp_path: Path
) -> None:
    """Nor in a private one that the operator has not chosen for it."""
    settings = {"NIGHTSHIFT_WINDOW": nights(), "DIGEST_REPOSITORY": "octo/night"}
    with a_world(tmp_path, **settings) as world:
        world.github.add_repository("octo/night", files={"README.md": "# Night\n"}, private=place_is_private)
        world.github.set_role("octo/night", BOT, "write")
        world.github.world.repository(REPOSITORY).private = True
        a_failure(world)
        run_at(world, HOUR)

        (made,) = digests(world, "octo/night")
        assert ("octo/clock" in (made.body or "")) == is_named
        assert ("1 issue of private repositories" in (made.body or "")) != is_named
        world.check()


def test_it_is_sent_to_receivers_once(tmp_path: Path) -> None:
    """Also where no issue is made."""
    settings = {"NIGHTSHIFT_WINDOW": nights(), "DIGEST_REPOSITORY": "none"}
    with a_webhook() as hook, a_world(tmp_path, **settings, NOTIFY_URL=hook.address) as world:
        a_failure(world)
        run_at(world, HOUR)
        run_at(world, HOUR + timedelta(minutes=5))
        world.wait_until(lambda: not unsent(world))

        bodies = [json.loads(body) for _, body in hook.requests]
        (event,) = [body for body in bodies if body["event"] == "digest"]
        assert event["text"].startswith("A bad night: 1 of 1 issue failed. 1 failure.")
        assert event["digest"]["failures"][0]["issue"] == "octo/clock#1"
        assert len(event["text"].splitlines()) == 2
        world.check()


def unsent(world: World) -> int:
    with world.services.store.read() as ledger:
        return ledger.outbox.size(Lane.WEBHOOK)


@pytest.mark.parametrize("step", [Checkpoint.COMMENT_NOTED, Checkpoint.COMMENT_POSTED, Checkpoint.COMMENT_RECORDED])
def test_after_a_kill_there_is_one(step: Checkpoint, tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        a_failure(world)
        assert world.services.outbox.digests.post(at_once=True)
        run_until_killed_at(step, world, tmp_path)
        world.run_until_idle()

        assert the_digest(world).state == "open"
        world.check()


def test_it_can_be_made_before_the_night_is_over(world: World) -> None:
    a_failure(world)
    assert world.services.outbox.digests.post(at_once=True)
    assert not world.services.outbox.digests.post(at_once=True)  # nothing has changed since
    world.run_until_idle()

    assert "Tell the time" in (the_digest(world).body or "")
