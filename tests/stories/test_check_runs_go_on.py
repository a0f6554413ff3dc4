"""Check runs after a lost answer and a crash; where GitHub takes none, or few writes; and beside those of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.checkpoints import Checkpoint
from bot.core.tasks import State
from bot.doctor import examine
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.faults import Answer, LoseAnswer
from bot.rehearsal.github.setting import ALL_THAT_A_BOT_NEEDS
from tests.stories.app_world import SLUG, AppWorld, an_app_world, labels_of, requests_to_checks
from tests.stories.branch_history import push
from tests.stories.repairs import look, pass_time
from tests.stories.reviews import changes, in_review
from tests.stories.world import REPOSITORY, World, bash, finish, writes

READS_ONLY = {**ALL_THAT_A_BOT_NEEDS, "checks": "read"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AppWorld]:
    with an_app_world(tmp_path) as made:
        yield made


def all_runs(world: AppWorld) -> list[tuple[str, str]]:
    """Every one that there is, also where a later one hides it: name and status."""
    return [(run.name, run.status) for run in world.github.world.repository(REPOSITORY).check_runs.values()]


def said_by_doctor(world: World) -> list[str]:
    return [each.says for each in examine(world.services) if each.need == "check runs"]


def test_a_check_run_whose_answer_was_lost_is_found_again(world: AppWorld) -> None:
    world.github.faults.add([LoseAnswer(on="POST /repos/.*/check-runs$"), Answer(on="PATCH .*check-runs", status=502)])
    issue, _ = in_review(world)

    assert all_runs(world) == [("Nightshift", "completed")]
    assert labels_of(world.shown(issue)) == ["Retry", "More budget"]


class Killed(BaseException):
    """The worker ends at once, as if it were killed."""


def die(step: Checkpoint, subject: str) -> None:
    if step is Checkpoint.CHECK_RUN_MADE:
        raise Killed


def test_a_crash_after_it_was_made_makes_no_second_one(world: AppWorld) -> None:
    """It is made, and not on record: the next worker finds it by its reference."""
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
    dying = replace(world.services, reached=die)
    with pytest.raises(Killed), world.worker(services=dying) as worker:
        worker.join()
    assert all_runs(world) == [("Nightshift", "completed")]
    with world.services.store.read() as ledger:
        assert ledger.shown_checks.of(world.task(issue).id) == {}

    world.run_until_idle()
    assert all_runs(world) == [("Nightshift", "completed")]
    with world.services.store.read() as ledger:
        assert len(ledger.shown_checks.of(world.task(issue).id)) == 1


def test_one_that_github_has_removed_is_made_again(world: AppWorld) -> None:
    """It removes the oldest of a thousand."""
    issue, _ = in_review(world, changes())
    before = world.shown(issue)
    world.github.close_issue(REPOSITORY, issue.number, reason="not_planned", by="ada")
    world.press(before, "Retry")
    world.github.wait_delivered()
    del world.github.world.repository(REPOSITORY).check_runs[before.id]
    world.run_until_idle()

    assert all_runs(world) == [("Nightshift", "completed")]
    assert "pressed" in str(world.shown(issue).output)


def test_without_the_permission_there_are_none_and_everything_else_goes_on(tmp_path: Path) -> None:
    with an_app_world(tmp_path, permissions=READS_ONLY) as world:
        issue, _ = in_review(world)
        assert world.state(issue) is State.IN_REVIEW
        assert requests_to_checks(world) == []
        assert said_by_doctor(world) == [
            f"{REPOSITORY}: none, until the App has the permission Checks (read and write)"
        ]


def test_without_a_webhook_no_button_is_shown(tmp_path: Path) -> None:
    """A press would not reach the bot."""
    with an_app_world(tmp_path, without=["WEBHOOK_SECRET"]) as world:
        issue, _ = in_review(world)
        assert world.shown(issue).conclusion == "neutral"
        assert labels_of(world.shown(issue)) == []
        (says,) = said_by_doctor(world)
        assert "without buttons, which need a webhook" in says


def test_doctor_says_where_they_are_shown(world: AppWorld) -> None:
    assert said_by_doctor(world) == [f"{REPOSITORY}: shown on pull requests, with buttons"]


def test_its_own_check_runs_are_no_failing_checks(world: AppWorld) -> None:
    """Neither one that failed, nor one at work that would have to be waited for."""
    issue, _ = in_review(world, changes("night"))
    world.github.report_check(REPOSITORY, branch_of(issue.number), "Nightshift", "failure", app=SLUG)
    look(world)
    assert world.script.started(issue) == 1

    world.github.report_check(REPOSITORY, branch_of(issue.number), "Nightshift: stop", None, app=SLUG)
    world.github.report_check(REPOSITORY, branch_of(issue.number), "test", "failure", log="##[error]no")
    look(world)
    assert world.script.started(issue) == 2


def test_a_verdict_stays_with_its_commit(world: AppWorld) -> None:
    """What a person pushes was not judged."""
    issue, pull = in_review(world)
    before = world.shown(issue)
    push(world, issue)
    world.comment(issue, "/status")
    world.run_until_idle()

    assert world.check_runs(branch_of(issue.number)) == {}
    (old,) = world.check_runs(before.sha).values()
    assert (old.conclusion, labels_of(old)) == ("neutral", [])
    assert old.output["title"] == "Not verified"
    assert pull.state == "open"


def test_after_the_merge_there_is_nothing_to_press(world: AppWorld) -> None:
    issue, pull = in_review(world)
    sha = world.shown(issue).sha
    world.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()

    assert world.state(issue) is State.DONE
    assert [labels_of(run) for run in world.check_runs(sha).values()] == [[]]


def test_while_github_takes_few_writes_steps_are_dropped_and_the_verdict_is_shown(world: AppWorld) -> None:
    slow = [bash("echo first"), bash("python3 -c 'import time; time.sleep(2)'"), bash("echo last"), finish()]
    issue, _ = in_review(world, slow)
    with world.worker() as worker:
        world.press(world.shown(issue), "Retry")
        world.wait_until(lambda: world.shown(issue).status == "in_progress")
        with world.services.store.transaction() as ledger:
            now = world.services.clock()
            for _ in range(40):
                ledger.writes.reserve(now, reads=0, a_minute=70, an_hour=480)
        pass_time(world, issue)
        world.wait_until_idle(worker)

    steps = [verb for verb, _ in requests_to_checks(world)]
    assert world.shown(issue).conclusion == "neutral"
    assert steps.count("PATCH") == 2, "the verdict, and the end of what stops it"
    with world.services.store.read() as ledger:
        assert ledger.outbox.size() == 0
