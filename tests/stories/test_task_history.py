"""What the operator sees of one task on the host: its history, and the steps of its attempts, live and kept."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.tasks import State
from bot.rehearsal.github.faults import Hold
from tests.patience import within
from tests.stories.command_line import PATH, settings_of
from tests.stories.world import World, bash, finish, writes
from tests.typed import Answer, typed

LOOKS = [bash("ls"), bash("printf noon > time.txt && git add . && git commit -qm Noon"), finish()]


def typed_by_the_operator(world: World, folder: Path, *arguments: str) -> Answer:
    return typed(*arguments, cwd=folder, environment=settings_of(world))


def test_show_prints_what_happened_by_whom_and_why(world: World, tmp_path: Path) -> None:
    blocker = world.label_issue("First the \x1b[31mclock", sessions=[[finish("blocked", "There is no clock.")]])
    issue = world.label_issue("Tell the time", f"blocked by #{blocker.number}")
    world.run_until_idle()

    told = typed_by_the_operator(world, tmp_path, "show", str(blocker.number)).out
    waiting = typed_by_the_operator(world, tmp_path, "show", f"#{issue.number}").out
    found = json.loads(typed_by_the_operator(world, tmp_path, "show", str(blocker), "--json").out)

    assert f"{blocker}  First the [31mclock" in told
    assert f"{world.github.web_url}/octo/clock/issues/{blocker.number}" in told
    assert "failed, task_blocked: Claude reports that it cannot do this for now. Next (a maintainer): resolve" in told
    assert "UTC  queued by ada\n" in told
    assert "UTC  attempt 1 began\n" in told
    assert "UTC  failed: task_blocked\n" in told
    assert "attempt 1: task_blocked, 1 of" in told
    assert "    There is no clock." in told
    assert f"waited for by {issue}" in told
    assert f"waits for {blocker}, which is failed" in waiting
    assert (found["state"], found["approved_by"], found["blocks"]) == ("failed", "ada", [str(issue)])
    assert [(each["kind"], each["from"], each["to"], each["by"]) for each in found["events"]] == [
        ("queued", None, "queued", "ada"),
        ("started", "queued", "running", "nightshift"),
        ("moved", "running", "failed", "nightshift"),
    ]
    assert [(each["number"], each["failure"]) for each in found["each_attempt"]] == [(1, "task_blocked")]


def test_list_and_stats_are_for_people_and_for_programs(world: World, tmp_path: Path) -> None:
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
    world.run_until_idle()

    (row,) = json.loads(typed("list", "--json", cwd=tmp_path, environment=settings_of(world)).out)["tasks"]
    table = typed("list", cwd=tmp_path, environment=settings_of(world)).out
    soon = datetime.now(UTC) + timedelta(hours=4)
    hours = {"NIGHTSHIFT_WINDOW": f"{soon:%H:00}-{soon + timedelta(hours=4):%H:00} UTC"}
    by_day = typed("list", cwd=tmp_path, environment=settings_of(world) | hours).out
    stats = json.loads(typed("stats", "--json", cwd=tmp_path, environment=settings_of(world)).out)
    sentences = typed("stats", cwd=tmp_path, environment=settings_of(world)).out

    assert (row["issue"], row["state"], row["branch"], row["attempts"]) == (issue.number, "in_review", "auto/1", 1)
    assert row["guards"]["asked"] == row["guards"]["granted"] > 0
    assert 0 < row["overhead_seconds"] < row["seconds"]
    assert "Tell the time" in table
    assert "Paused:" not in table
    assert f"Paused: Nightshift works from {soon:%H:00}" in by_day
    assert f"{world.github.web_url}/octo/clock/pull/{row['pull_request']}" in table
    assert "in review  a review" in table
    assert "Tasks: 1 in review." in sentences
    assert stats["tasks"]["in_review"] == 1


def test_logs_prints_the_kept_steps_masked(world: World, tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2" * 9
    issue = world.label_issue(sessions=[[bash(f"echo {secret}\x1b[2J && ls"), *LOOKS[1:]]])
    world.run_until_idle()
    pull = world.task(issue).pull_request

    told = typed_by_the_operator(world, tmp_path, "logs", f"{world.github.web_url}/octo/clock/pull/{pull}")

    lines = told.out.splitlines()
    assert (told.code, lines[0]) == (0, f"Attempt 1 of {issue}:")
    assert [line.strip().split("  ")[1][:5] for line in lines[2:-1]] == ["Bash:", "Bash:", "Struc"]
    assert lines[-1].startswith("in review, ")
    assert secret not in told.out
    assert "\x1b" not in told.out


@pytest.mark.parametrize("follow", [[], ["--follow"]])
def test_logs_of_what_has_not_begun_and_of_no_task(world: World, tmp_path: Path, follow: list[str]) -> None:
    issue = world.label_issue()
    world.services.operations.pause("", stop=False)
    world.run_until_idle()
    typed_by_the_operator(world, tmp_path, "cancel", str(issue))

    assert f"Attempt 1 of {issue} has not begun." in typed_by_the_operator(world, tmp_path, "logs", "1", *follow).out
    unknown = typed_by_the_operator(world, tmp_path, "logs", "77", *follow)
    assert (unknown.code, "try: nightshift add octo/clock#77" in unknown.err) == (1, True)
    world.services.operations.resume()
    world.run_until_idle()


def test_logs_follows_a_running_attempt_to_its_end(world: World, tmp_path: Path) -> None:
    """Begun while the task waits; the first steps are there before the attempt has ended."""
    issue = world.label_issue(sessions=[LOOKS])
    hold = Hold(on="POST .*/pulls")
    world.github.faults.add([hold])
    command = [sys.executable, "-m", "bot", "logs", str(issue.number), "--follow"]
    environment = {"PATH": PATH, **settings_of(world)}
    world.wait_until(lambda: True)
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        with world.worker() as worker:
            seen = list[str]()
            while not any("Bash: printf noon" in line for line in seen):
                seen.append(line := following.stdout.readline())
                assert line, seen
            world.wait_until_held(hold)
            assert world.state(issue) is State.RUNNING
            world.github.faults.release(hold)
            world.wait_until_idle(worker)
        rest, _ = following.communicate(timeout=within(60))

    steps = [line.strip().split("  ")[1] for line in "".join([*seen, rest]).splitlines() if "  Bash: " in line]
    assert steps == ["Bash: ls", "Bash: printf noon > time.txt && git add . && git commit -qm Noon"]
    assert rest.splitlines()[-1].startswith("in review, ")
    assert following.returncode == 0


def test_a_second_pause_keeps_the_reason_that_was_given(world: World, tmp_path: Path) -> None:
    """The newer one, if both give one."""
    for arguments, shown in [
        (["--reason", "the disk is full"], "the disk is full"),
        ([], "the disk is full"),
        (["--now"], "the disk is full"),
        (["--reason", " "], "the disk is full"),
        (["--reason", "a new host"], "a new host"),
        (["--now"], "a new host"),
    ]:
        assert typed_by_the_operator(world, tmp_path, "pause", *arguments).code == 0
        pause = world.services.operations.read_pause()
        assert pause is not None
        assert shown in pause.reason, arguments
    typed_by_the_operator(world, tmp_path, "resume")
    typed_by_the_operator(world, tmp_path, "pause")
    pause = world.services.operations.read_pause()
    assert pause is not None
    assert "a new host" not in pause.reason


def test_cancel_of_what_has_ended_says_how_it_ended(world: World, tmp_path: Path) -> None:
    unchanged = world.label_issue(sessions=[[finish()]])
    cancelled = world.label_issue("Later", f"blocked by #{unchanged.number}")
    world.run_until_idle()
    typed_by_the_operator(world, tmp_path, "cancel", str(cancelled))

    first = typed_by_the_operator(world, tmp_path, "cancel", str(unchanged))
    second = typed_by_the_operator(world, tmp_path, "cancel", str(cancelled))

    assert first.err == f"nightshift: {unchanged} has ended: nothing needed to change; there is nothing to cancel\n"
    assert second.err == f"nightshift: {cancelled} was cancelled already; there is nothing to cancel\n"
    assert (first.code, second.code) == (1, 1)
    world.run_until_idle()
