"""What is judged before anything is published: files that only people change, secrets, size, tests, checks."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.stories.repository_settings import commits, settings
from tests.stories.world import World, a_world, bash, finish, text_of, writes


def running(command: str) -> bool:
    return any(" ".join(process.info["cmdline"] or ()) == command for process in psutil.process_iter(["cmdline"]))


def test_a_secret_is_never_pushed_nor_repeated(world: World) -> None:
    """Also one that a later commit takes out again: it would be in the history for ever."""
    secret = "AKIA" + "2E0A8F3B244C9986"
    issue = world.label_issue(
        sessions=[
            [
                bash(f"echo 'key = {secret}' > aws.txt && git add -A && git commit -qm 'Add it'"),
                bash("echo noon > aws.txt && git add -A && git commit -qm 'Take it out'"),
                finish(summary=f"Used {secret}."),
            ]
        ]
    )

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.SECRET_DETECTED
    assert "aws.txt, line 1: AWS Access Key" in world.status(issue)
    assert secret not in world.status(issue)
    with world.services.store.read() as ledger:
        assert secret not in repr(ledger.attempts.of(world.task(issue).id))
    assert branch_of(issue.number) not in world.github.branches("octo/clock")


def test_what_is_too_large_is_not_published(world: World) -> None:
    settings(world, "limits: {lines: 10}\n")
    issue = world.label_issue(sessions=[commits("seq 11 > time.txt")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.DIFF_TOO_LARGE
    assert "11 lines added and removed; the limit is 10" in world.status(issue)


def test_a_check_that_passes_before_and_after_is_shown(world: World) -> None:
    settings(world, "verify: ['test -f clock.py']\n")
    world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "| passes | `test -f clock.py` | exit 0 | exit 0 |" in text_of(pull)


def test_claude_gets_one_more_chance_at_a_check_that_newly_fails(world: World) -> None:
    """In the same workspace; the figures of both sessions add up."""
    settings(world, "verify: ['grep -q noon time.txt || test ! -e time.txt']\n")
    issue = world.label_issue(sessions=[writes("time.txt", "midnight"), writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert world.files(issue)["time.txt"] == b"noon"
    with world.services.store.read() as ledger:
        (attempt,) = ledger.attempts.of(world.task(issue).id)
    assert attempt.turns == 4
    assert len(attempt.commands) == 2
    assert attempt.guards.granted >= 2


def test_a_check_that_keeps_failing_is_reported_with_its_output(world: World) -> None:
    settings(world, "verify: ['test ! -e time.txt || (echo the clock is wrong; exit 3)']\n")
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), [finish(summary="I see nothing wrong.")]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.VERIFICATION_FAILED
    assert "the clock is wrong" in world.status(issue)
    assert "exit 3; on the base commit: exit 0" in world.status(issue)
    assert [pull.draft for pull in world.pull_requests()] == [True]


def test_what_failed_before_is_not_blamed(world: World) -> None:
    settings(world, "verify: ['exit 1']\n")
    world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "fails as before" in text_of(pull)
    assert "does not count against it" in text_of(pull)


def test_the_session_does_not_choose_the_checks(world: World) -> None:
    """A Makefile's target that it adds is not run, and its own `nightshift.yml` is not read."""
    issue = world.label_issue(sessions=[commits("printf 'test:\\n\\tfalse\\n' > Makefile")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "| Checks | none found" in text_of(pull)
    assert "Makefile" in text_of(pull)
    assert world.state(issue) is State.IN_REVIEW


def test_weakened_tests_are_named(world: World) -> None:
    world.github.push_commit(
        "octo/clock",
        "main",
        {"tests/test_clock.py": "def test_a():\n    assert 1\n    assert 2\n", "tests/test_old.py": "assert 1\n"},
        by="ada",
    )
    settings(world, "verify: []\n")
    skipped = r"printf 'import pytest\n\n@pytest.mark.skip\ndef test_a():\n    assert 1\n' > tests/test_clock.py"
    world.label_issue(sessions=[commits(skipped, "git rm -q tests/test_old.py")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "`tests/test_clock.py`: 1 test or group skipped, 1 assertion fewer" in text_of(pull)
    assert "`tests/test_old.py`: deleted" in text_of(pull)


def test_a_repository_refuses_more_to_sessions(world: World) -> None:
    """By the gate, in the repository's own words; the rest of the session goes on."""
    settings(world, "gate: {refuse: [{command: date, reason: the clock is wrong here}]}\n")
    issue = world.label_issue(sessions=[[bash("date"), *writes("time.txt", "noon")]])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "Refused by the gate" in text_of(pull)
    assert "`date`" in text_of(pull)
    assert world.state(issue) is State.IN_REVIEW


@pytest.mark.needs("bwrap")
def test_checks_run_in_the_cell(tmp_path: Path) -> None:
    """What they run is the session's code: it sees no more of the host than a session does."""
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    with a_world(tmp_path / "world", SANDBOX="required") as world:
        settings(world, f"verify: ['test ! -e {outside}', 'test \"$(ls ~)\" = tmp', 'env | grep -q ^CI=']\n")
        world.label_issue(sessions=[writes("time.txt", "noon")])

        world.run_until_idle()

        (pull,) = world.pull_requests()
        assert "| Checks | 3 of 3 pass |" in text_of(pull)
        world.check()


def test_a_check_that_hangs_leaves_nothing_behind(world: World) -> None:
    """It is ended with all that it started, also when the label is taken off meanwhile."""
    settings(world, "verify: ['test ! -e time.txt || (setsid sleep 4242 & sleep 4242)']\n")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    with world.worker():
        world.wait_until(lambda: running("sleep 4242"))
        world.github.unlabel_issue("octo/clock", issue.number, "auto", by="ada")
        world.wait_until(lambda: world.state(issue) is State.CANCELLED)
        world.wait_until(lambda: not running("sleep 4242"), seconds=30)

    assert world.pull_requests() == []


def test_what_looks_like_a_secret_is_not_shown_when_a_session_gives_up(world: World) -> None:
    key = f"ghp_{'a1B2c3D4e5' * 3}f6G7h8"
    issue = world.label_issue(sessions=[[finish("blocked", f"The key {key} of the tests has expired.")]])

    world.run_until_idle()

    assert world.failure(issue) is FailureKind.TASK_BLOCKED
    assert "of the tests has expired" in world.status(issue)
    assert key not in world.status(issue)
