"""From the label to the pull request, with the real Claude Code in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.faults import Delay
from tests.stories.process_ends import has_ended
from tests.stories.world import World, a_world, bash, finish, text_of, tools, writes


def test_a_labelled_issue_becomes_a_pull_request(world: World) -> None:
    """On the bot's own branch, linked to the issue, with the evidence of how it came to be."""
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert (pull.head, pull.base, pull.title) == (branch_of(issue.number), "main", "Tell the time")
    assert f"Closes #{issue.number}" in text_of(pull)
    assert "git commit -qm" in text_of(pull)
    assert world.files(issue)["time.txt"] == b"noon"
    assert world.labels(issue) == {"auto", "auto:review", "auto:not-verified"}
    assert f"#{pull.number}" in world.status(issue)


def test_what_was_left_uncommitted_is_committed(world: World) -> None:
    issue = world.label_issue(sessions=[[bash("echo noon > time.txt"), finish()]])

    world.run_until_idle()

    assert world.files(issue)["time.txt"] == b"noon\n"


def test_a_retry_replaces_the_bots_own_branch_and_keeps_its_pull_request(world: World) -> None:
    """An earlier run's leftover is no failure, and there is never a second pull request."""
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("time.txt", "midnight")])
    world.run_until_idle()

    world.comment(issue, "/retry")
    world.run_until_idle()

    assert len(world.pull_requests()) == 1
    assert world.files(issue)["time.txt"] == b"midnight"


def test_a_chain_runs_in_its_order(world: World) -> None:
    """The second waits until the first is in review."""
    first = world.open_issue("First", sessions=[writes("one.txt", "1")])
    second = world.open_issue("Second", f"Blocked by #{first.number}", sessions=[writes("two.txt", "2")])
    world.label(second)
    world.label(first)

    world.run_until_idle()

    assert {world.state(first), world.state(second)} == {State.IN_REVIEW}
    assert world.task(first).updated_at < world.task(second).updated_at


def test_a_failed_blocker_leaves_its_dependents_waiting_and_says_so(world: World) -> None:
    first = world.open_issue("First", sessions=[[finish("blocked", "No.")]])
    second = world.open_issue("Second", f"Blocked by #{first.number}")
    world.label(first)
    world.label(second)

    world.run_until_idle()

    assert world.state(second) is State.QUEUED
    assert world.labels(second) == {"auto", "auto:waiting"}
    assert "which failed" in world.status(second)


def test_merging_is_the_end(world: World) -> None:
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    (pull,) = world.pull_requests()

    world.github.merge_pull_request("octo/clock", pull.number, by="ada")
    world.run_until_idle()

    assert world.state(issue) is State.DONE
    assert world.labels(issue) == {"auto"}


def test_closing_the_pull_request_ends_it_too(world: World) -> None:
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    world.run_until_idle()

    world.github.close_pull_request("octo/clock", world.pull_requests()[0].number, by="ada")
    world.run_until_idle()

    assert world.state(issue) is State.CLOSED


def test_taking_the_label_off_stops_a_running_session(world: World) -> None:
    """At once, not at its end; and nothing is published."""
    issue = world.label_issue(sessions=[[{"hang": 3600}, *writes("time.txt", "noon")]])
    with world.worker():
        world.wait_until(lambda: world.script.started(issue) == 1)
        world.github.unlabel_issue("octo/clock", issue.number, "auto", by="ada")
        world.wait_until(lambda: world.state(issue) is State.CANCELLED)
        world.wait_until(lambda: "auto:running" not in world.labels(issue), seconds=30)
        world.wait_until(lambda: has_ended(world, issue), seconds=30)

    assert world.pull_requests() == []


def test_closing_the_issue_stops_a_running_session(world: World) -> None:
    issue = world.label_issue(sessions=[[{"hang": 3600}, *writes("time.txt", "noon")]])
    with world.worker():
        world.wait_until(lambda: world.script.started(issue) == 1)
        world.github.close_issue("octo/clock", issue.number, by="ada")
        world.wait_until(lambda: world.state(issue) is State.CANCELLED)
        world.wait_until(lambda: has_ended(world, issue), seconds=30)
    world.run_until_idle()

    assert world.pull_requests() == []
    assert "the issue was closed" in world.status(issue)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 401, "type": "authentication_error", "message": "invalid x-api-key"}, FailureKind.AUTH_FAILED),
        (
            {"status": 400, "type": "invalid_request_error", "message": "Your credit balance is too low"},
            FailureKind.CREDIT_EXHAUSTED,
        ),
    ],
)
def test_a_claude_account_in_trouble_pauses_the_whole_queue(
    world: World, fault: dict[str, object], kind: FailureKind
) -> None:
    """Twenty issues must not fail one after the other for the same reason."""
    first = world.label_issue("First", sessions=[[{"error": fault, "times": 20}]])
    world.run_until_idle()
    second = world.label_issue("Second")
    world.run_until_idle()

    assert world.task(first).failure is kind
    assert {world.state(first), world.state(second)} == {State.QUEUED}
    assert world.task(second).attempts == 0
    assert "queue" in world.status(second).lower()


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("No body", ""),
        ("Very long", "word " * 13107),
        ("Emoji 🕰️ and العربية", "\u202ereversed\u202c <!-- hidden --> 🧪"),
        ('$(touch pwned); `touch pwned`; "', "'; touch pwned; #"),
    ],
)
def test_whatever_the_issue_says_is_only_text(world: World, title: str, body: str) -> None:
    """Nothing of it is ever interpreted by a shell, and it all arrives."""
    issue = world.label_issue(title, body, sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert "pwned" not in " ".join(world.files(issue))
    assert world.pull_requests()[0].title == title


def test_a_file_that_the_session_wrote_is_published_as_written(world: World) -> None:
    issue = world.label_issue(
        sessions=[[tools({"Write": {"file_path": "{workspace}/notes.md", "content": "# Notes\n"}}), finish()]]
    )

    world.run_until_idle()

    assert world.state(issue) in {State.IN_REVIEW, State.NO_CHANGE}


def test_closed_by_default_means_closed(world: World) -> None:
    """Tools that Nightshift does not know are not permitted."""
    issue = world.label_issue(
        sessions=[[tools({"WebFetch": {"url": "http://127.0.0.1/", "prompt": "x"}}), *writes("time.txt", "noon")]]
    )

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW


def test_what_was_refused_is_shown_as_it_was_asked(world: World) -> None:
    """A reader wants the command, not what it would have hit on some host's disk."""
    issue = world.label_issue(sessions=[[bash("rm -rf ~"), *writes("time.txt", "noon")]])

    world.run_until_idle()

    with world.services.store.read() as ledger:
        (attempt,) = ledger.attempts.of(world.task(issue).id)
    assert attempt.refused_commands == ("rm -rf ~",)


def test_preparing_for_longer_than_a_lease_loses_no_task(tmp_path: Path) -> None:
    """A large repository takes minutes to clone: the heart beats beside that."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        world.github.faults.add([Delay(on="GET .*/repos/octo/clock$", seconds=4, times=2)])
        world.github.faults.add([Delay(on="git-upload-pack", seconds=7, times=1)])
        issue = world.label_issue(sessions=[writes("time.txt", "noon")])

        world.run_until_idle()

        assert (world.state(issue), world.task(issue).attempts) == (State.IN_REVIEW, 1)
        world.check()


def test_a_worker_that_stops_while_it_publishes_publishes_first(world: World) -> None:
    """The session is paid for, and opening the pull request takes seconds; nothing runs a second time."""
    world.github.faults.add([Delay(on="POST .*/pulls$", seconds=2)])
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    with world.worker():
        world.wait_until(lambda: branch_of(issue.number) in world.github.branches("octo/clock"))

    assert world.state(issue) is State.IN_REVIEW
    assert len(world.pull_requests()) == 1
    world.run_until_idle()
    assert world.task(issue).attempts == 1
