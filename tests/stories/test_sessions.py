"""From the label to the pull request, with the real Claude Code in between."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.github import GitHub, GitHubFailed
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer, Delay, LoseAnswer, RejectPush
from bot.wiring import utc_now
from tests.stories.world import World, a_world, bash, finish, text_of, tools, writes


def test_a_labelled_issue_becomes_a_pull_request(world: World) -> None:
    """On the bot's own branch, linked to the issue, with the evidence of how it came to be."""
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert (pull.head, pull.base, pull.title) == (issue.branch, "main", "Tell the time")
    assert f"Closes #{issue.number}" in text_of(pull)
    assert "git commit -qm" in text_of(pull)
    assert world.files(issue)["time.txt"] == b"noon"
    assert world.labels(issue) == {"auto", "auto:review"}
    assert f"#{pull.number}" in world.status(issue)


def test_what_was_left_uncommitted_is_committed(world: World) -> None:
    issue = world.label_issue(sessions=[[bash("echo noon > time.txt"), finish()]])

    world.run_until_idle()

    assert world.files(issue)["time.txt"] == b"noon\n"


def test_nothing_to_change_is_no_failure(world: World) -> None:
    issue = world.label_issue(sessions=[[finish(summary="The README says so already.")]])

    world.run_until_idle()

    assert world.state(issue) is State.NO_CHANGE
    assert "says so already" in world.status(issue)
    assert world.pull_requests() == []
    assert issue.branch not in world.github.branches("octo/clock")


def test_a_session_that_is_blocked_says_why(world: World) -> None:
    issue = world.label_issue(sessions=[[finish("blocked", "There is no clock to fix.")]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.TASK_BLOCKED
    assert "There is no clock to fix." in world.status(issue)
    assert world.labels(issue) == {"auto", "auto:failed"}


def test_questions_are_numbered(world: World) -> None:
    issue = world.label_issue(sessions=[[finish("needs_info", "Unclear.", ["Which zone?", "Which clock?"])]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.NEEDS_INFO
    assert re.search(r"1\. Which zone\?[\s>]+2\. Which clock\?", world.status(issue))


def test_more_turns_help(tmp_path: Path) -> None:
    """A session out of turns fails; the comment names the line to type, and that line works."""
    busy = [bash(f"echo {n}") for n in range(3)]
    with a_world(tmp_path, MAX_TURNS="2") as world:
        issue = world.label_issue(sessions=[busy, [*busy, *writes("time.txt", "noon")]])
        world.run_until_idle()
        assert world.task(issue).failure is FailureKind.SESSION_TIMEOUT
        assert "`/retry turns=" in world.status(issue)

        world.comment(issue, "/retry turns=20")
        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        assert len(world.pull_requests()) == 1
        world.check()


def test_a_refused_command_does_not_happen_and_is_shown(world: World) -> None:
    """The session goes on and finishes; the pull request lists what was refused."""
    issue = world.label_issue(
        sessions=[[bash("git push --force origin main"), *writes("time.txt", "noon")]],
    )

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "git push --force origin main" in text_of(pull)
    with world.services.store.read() as ledger:
        (attempt,) = ledger.attempts.of(world.task(issue).id)
    assert attempt.guards.refused == 1
    assert attempt.guards.asked == attempt.guards.granted + 1


def test_a_retry_replaces_the_bots_own_branch_and_keeps_its_pull_request(world: World) -> None:
    """An earlier run's leftover is no failure, and there is never a second pull request."""
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("time.txt", "midnight")])
    world.run_until_idle()

    world.comment(issue, "/retry")
    world.run_until_idle()

    assert len(world.pull_requests()) == 1
    assert world.files(issue)["time.txt"] == b"midnight"


def test_a_commit_of_somebody_else_is_never_overwritten(world: World) -> None:
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("time.txt", "midnight")])
    world.run_until_idle()
    world.github.push_commit("octo/clock", issue.branch, {"time.txt": "by hand"}, by="ada")

    world.comment(issue, "/retry")
    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.BRANCH_CONFLICT
    assert world.files(issue)["time.txt"] == b"by hand"


def test_a_branch_that_was_there_before_is_not_touched(world: World) -> None:
    """Its name is the bot's, but its commits are not."""
    world.github.push_commit("octo/clock", "auto/1", {"mine.txt": "by hand"}, by="ada")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.BRANCH_CONFLICT
    assert set(world.files(issue)) >= {"mine.txt"}


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
    assert world.labels(second) == {"auto", "auto:blocked"}
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
    issue = world.label_issue(sessions=[[{"hang": 60}, *writes("time.txt", "noon")]])
    with world.worker():
        world.wait_until(lambda: world.tasks() and world.state(issue) is State.RUNNING)
        world.github.unlabel_issue("octo/clock", issue.number, "auto", by="ada")
        world.wait_until(lambda: world.state(issue) is State.CANCELLED)
        world.wait_until(lambda: "auto:running" not in world.labels(issue), seconds=30)
        world.wait_until(lambda: has_ended(world, issue), seconds=30)  # half of what the model would have it hang

    assert world.pull_requests() == []


def has_ended(world: World, issue: IssueRef) -> bool:
    """Whether its attempt has ended, which it does only after its session."""
    with world.services.store.read() as ledger:
        task = ledger.tasks.find(issue)
        return task is not None and all(each.finished_at for each in ledger.attempts.of(task.id))


def test_the_words_of_the_predecessor_count_and_are_marked(world: World) -> None:
    issue = world.label_issue(
        sessions=[[*writes("time.txt", "noon")[:1], {"say": "TASK_COMPLETE\nIt is noon."}, {"say": "TASK_COMPLETE"}]]
    )

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "TASK_COMPLETE" in text_of(pull) or "words" in text_of(pull)
    assert world.state(issue) is State.IN_REVIEW


def test_commits_without_a_word_count_and_are_marked(world: World) -> None:
    issue = world.label_issue(
        sessions=[[*writes("time.txt", "noon")[:1], {"say": "There you are."}, {"say": "Really."}]]
    )

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    with world.services.store.read() as ledger:
        (attempt,) = ledger.attempts.of(world.task(issue).id)
    assert attempt.completion == "commits"


def test_neither_a_word_nor_a_commit_is_a_failure(world: World) -> None:
    """Tried again once by itself, then told."""
    silent = [{"say": "Hm."}, {"say": "Hm."}]
    issue = world.label_issue(sessions=[silent, silent])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.COMPLETION_SIGNAL_MISSING
    assert world.task(issue).attempts == 2


def test_a_push_that_keeps_being_refused_is_reported_in_githubs_words(world: World) -> None:
    world.github.faults.add([RejectPush(branch="auto/*", times=3)])
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.PUSH_REJECTED
    assert "3 times" in world.status(issue)
    assert "GH006" in world.status(issue)
    assert world.pull_requests() == []


def test_a_push_that_is_refused_once_goes_through(world: World) -> None:
    world.github.faults.add([RejectPush(branch="auto/*", times=1)])
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW


def test_an_answer_that_got_lost_makes_no_second_pull_request(world: World) -> None:
    """It may have been opened, so the bot looks for it first."""
    world.github.faults.add([LoseAnswer(on="POST .*/pulls$")])
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert len(world.pull_requests()) == 1
    assert world.state(issue) is State.IN_REVIEW


def test_an_answer_that_got_lost_makes_no_second_comment(world: World) -> None:
    world.github.faults.add([LoseAnswer(on="POST .*/comments$")])
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert len(world.bot_comments(issue)) == 1


def test_github_may_stumble(world: World) -> None:
    """A 502 here and a limit there delay, and lose nothing."""
    world.github.faults.add(
        [
            Answer(on="POST .*/comments$", status=502),
            Answer(on="POST .*/labels$", status=403, message="You have exceeded a secondary rate limit", retry_after=1),
            Answer(on="GET .*/issues/1$", status=500),
        ]
    )
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert world.labels(issue) == {"auto", "auto:review"}


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


def test_an_archived_repository_is_missing(world: World) -> None:
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    world.github.archive_repository("octo/clock")

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.REPO_MISSING


def test_a_repository_that_has_moved_is_told_before_anything_is_paid_for(world: World) -> None:
    """Nothing can be said there under its old name; once it can, it is."""
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    world.github.rename_repository("octo/clock", "octo/watch")
    with world.worker():
        world.wait_until(lambda: world.failure(issue) is FailureKind.REPO_MISSING)
    assert "octo/watch" in world.task(issue).detail
    assert world.script.started(issue) == 0

    world.github.rename_repository("octo/watch", "octo/clock")
    world.run_until_idle(clock=lambda: utc_now() + timedelta(hours=1))

    assert "octo/watch" in world.status(issue)


@pytest.mark.parametrize(
    "write",
    [
        lambda github, issue: github.create_comment(issue, "x"),
        lambda github, issue: github.react(issue, None, "eyes"),
        lambda github, issue: github.add_label(issue, "bug"),
        lambda github, issue: github.remove_label(issue, "auto"),
        lambda github, issue: github.create_label(issue.repository, "x", color="ffffff", description=""),
        lambda github, issue: github.edit_comment(issue, 1, "x"),
        lambda github, issue: github.create_pull_request(issue.repository, head="a", base="main", title="x", body=""),
        lambda github, issue: github.edit_pull_request(issue.repository, 1, title="x", body=""),
    ],
)
def test_a_write_that_is_redirected_is_no_success(world: World, write: Callable[[GitHub, IssueRef], object]) -> None:
    """PyGithub takes it for one."""
    issue = world.open_issue(labels=["auto"])
    world.github.faults.add([Answer(on="(POST|PATCH|DELETE) /repos/", status=307, headers={"Location": "/x"})])

    with pytest.raises(GitHubFailed, match="has moved"):
        write(world.services.github, issue)


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
        world.wait_until(lambda: issue.branch in world.github.branches("octo/clock"))

    assert world.state(issue) is State.IN_REVIEW
    assert len(world.pull_requests()) == 1
    world.run_until_idle()
    assert world.task(issue).attempts == 1
