"""The work of a task that failed can be looked at: in a draft pull request, or as a patch, with Claude's own words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.records import PullRequest
from tests.stories.other_ledgers import another_ledger, live_on
from tests.stories.repository_settings import commits, settings
from tests.stories.world import REPOSITORY, Script_, World, a_world, bash, finish, text_of, writes

BREAKS = "verify: ['test ! -e time.txt']\n"
WORDS = "The test has to change too, and the issue does not say how."


def only_draft(world: World) -> PullRequest:
    """The one pull request: a draft whose first words are how it failed."""
    (pull,) = world.pull_requests()
    assert pull.draft
    assert text_of(pull).split("\n\n")[1].startswith("**Failed**: `")
    assert "ready for review" not in text_of(pull)
    return pull


def test_failing_checks_are_shown_in_a_draft(world: World) -> None:
    """First how it failed, then Claude's words. The issue names the draft, and asks no one for a review."""
    settings(world, BREAKS)
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), [finish(summary=WORDS)]])

    world.run_until_idle()

    pull = only_draft(world)
    assert (world.state(issue), world.failure(issue)) == (State.FAILED, FailureKind.VERIFICATION_FAILED)
    assert "**Failed**: `verification_failed`" in text_of(pull)
    assert "fail with it: `test ! -e time.txt`" in text_of(pull)
    assert f"> {WORDS}" in text_of(pull)
    assert f"In Claude's words:\n\n> {WORDS}" in world.status(issue)
    assert f"/pull/{pull.number}), a draft" in world.status(issue)
    assert "ready for review" not in world.status(issue)
    assert "auto:failed" in world.labels(issue)
    assert f"/pull/{pull.number})" in world.notices(issue)[0]
    assert world.files(issue)["time.txt"] == b"noon"


HALF = bash("echo half > half.txt && git add half.txt && git commit -qm 'Begin'")


def at_turns(_: World) -> Script_:
    return [[HALF, bash("true"), bash("true")]]


def at_blocked(_: World) -> Script_:
    return [[HALF, finish("blocked", WORDS)]]


def at_budget(_: World) -> Script_:
    return [[HALF, *(bash(f"echo {number}") for number in range(6))]]


@pytest.mark.parametrize(
    ("sessions", "kind", "limits"),
    [
        (at_turns, FailureKind.SESSION_TIMEOUT, {"MAX_TURNS": "2"}),
        (at_blocked, FailureKind.TASK_BLOCKED, {"MAX_TURNS": "2"}),
        pytest.param(
            at_budget, FailureKind.BUDGET_EXHAUSTED, {"BUDGET_USD": "0.01"}, id="budget", marks=pytest.mark.nightly
        ),
    ],
)
def test_unfinished_work_is_shown_in_a_draft(
    tmp_path: Path, sessions: Callable[[World], Script_], kind: FailureKind, limits: dict[str, str]
) -> None:
    with a_world(tmp_path, **limits) as world:
        settings(world, "verify: ['test -e clock.py']\n")
        issue = world.label_issue(sessions=sessions(world))

        world.run_until_idle()

        body = text_of(only_draft(world))
        assert world.failure(issue) is kind
        assert f"**Failed**: `{kind}`" in body
        assert "Its checks: `test -e clock.py` passes, as before." in body
        assert world.files(issue)["half.txt"] == b"half\n"
        world.check()


def test_a_lost_ledger_knows_that_the_draft_is_a_failures(world: World) -> None:
    """Its text is enough: people may have deleted the status comment."""
    settings(world, BREAKS)
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), [finish(summary=WORDS)]])
    world.run_until_idle()
    status, _ = world.github.comments(REPOSITORY, issue.number)
    world.github.delete_comment(REPOSITORY, status.id, by="ada")

    with another_ledger(world):
        live_on(world)

        assert (world.state(issue), world.failure(issue)) == (State.FAILED, FailureKind.VERIFICATION_FAILED)
        assert "auto:failed" in world.labels(issue)
        assert "ready for review" not in world.status(issue)


def test_without_commits_there_is_no_draft(world: World) -> None:
    issue = world.label_issue(sessions=[[finish("blocked", WORDS)]])

    world.run_until_idle()

    assert world.pull_requests() == []
    assert branch_of(issue.number) not in world.github.branches(REPOSITORY)


def test_what_may_not_be_published_is_kept_as_a_patch(world: World) -> None:
    settings(world, "protected: [time.txt]\n")
    issue = world.label_issue(sessions=[[*writes("time.txt", "noon")[:1], finish("blocked", WORDS)]])

    world.run_until_idle()

    assert world.pull_requests() == []
    assert world.failure(issue) is FailureKind.TASK_BLOCKED
    assert WORDS in world.status(issue)
    assert "`protected_path`" in world.status(issue)
    assert f"`nightshift patch {issue} | git -C CLONE apply`" in world.status(issue)


def test_a_secret_is_neither_published_nor_kept(world: World) -> None:
    token = "".join(("ghp_", "4kJ9x2LmQ8vR", "5tYw1ZbN7cFd", "3HgP6sA0uEiT"))
    issue = world.label_issue(sessions=[[*writes("time.txt", f"token={token}")[:1], finish("blocked", WORDS)]])

    world.run_until_idle()

    assert world.pull_requests() == []
    assert branch_of(issue.number) not in world.github.branches(REPOSITORY)
    assert "`secret_detected`" in world.status(issue)
    assert token not in world.status(issue)
    assert "nightshift patch" not in world.status(issue)


def test_a_change_in_review_is_not_replaced_by_what_failed(world: World) -> None:
    settings(world, BREAKS)
    issue = world.label_issue(sessions=[writes("good.txt", "noon"), writes("time.txt", "noon"), [finish()]])
    world.run_until_idle()
    (good,) = world.pull_requests()

    world.later(5)
    world.comment(issue, "/retry")
    world.run_until_idle()

    assert world.failure(issue) is FailureKind.VERIFICATION_FAILED
    (pull,) = world.pull_requests()
    assert (pull.number, text_of(pull)) == (good.number, text_of(good))
    assert "good.txt" in world.files(issue)
    assert f"`nightshift patch {issue} | git -C CLONE apply`" in world.status(issue)
    assert "a draft" not in world.status(issue)


def test_a_later_attempt_replaces_the_draft(world: World) -> None:
    """First by what failed again, then by what can be reviewed."""
    settings(world, BREAKS)
    broken, good = [writes("time.txt", "noon"), [finish(summary="No.")]], writes("good.txt", "noon")
    issue = world.label_issue(sessions=[*broken, *broken, good])
    world.run_until_idle()

    for _ in range(2):
        world.later(5)
        world.comment(issue, "/retry")
        world.run_until_idle()

    (pull,) = world.pull_requests()
    assert world.state(issue) is State.IN_REVIEW
    assert "**Verified**" in text_of(pull)
    assert "**Failed**" not in text_of(pull)
    assert set(world.files(issue)) >= {"good.txt"}
    assert "time.txt" not in world.files(issue)


def test_a_revision_continues_from_the_draft(world: World) -> None:
    settings(world, BREAKS)
    mends = [bash("git rm -q time.txt && echo noon > good.txt && git add -A && git commit -qm Mend"), finish()]
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), [finish(summary=WORDS)], mends])
    world.run_until_idle()
    pull = only_draft(world)

    world.later(5)
    world.github.comment(REPOSITORY, pull.number, "/revise Use another name.", by="ada")
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert "time.txt" not in world.files(issue)
    assert "good.txt" in world.files(issue)


def test_a_revision_of_the_draft_that_fails_leaves_it_failed(world: World) -> None:
    settings(world, BREAKS)
    issue = world.label_issue(
        sessions=[writes("time.txt", "noon"), [finish(summary=WORDS)], [finish("blocked", "I cannot.")]]
    )
    world.run_until_idle()
    pull = only_draft(world)

    world.later(5)
    world.github.comment(REPOSITORY, pull.number, "/revise Use another name.", by="ada")
    world.run_until_idle()

    assert (world.state(issue), world.failure(issue)) == (State.FAILED, FailureKind.TASK_BLOCKED)
    assert "`task_blocked`" in world.github.comments(REPOSITORY, pull.number)[-1].body
    assert only_draft(world).number == pull.number


def test_a_cancelled_failure_does_not_become_a_review(world: World) -> None:
    """Neither does a draft that a person closes and opens again."""
    settings(world, BREAKS)
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), [finish()]])
    world.run_until_idle()
    pull = only_draft(world)

    world.later(5)
    world.comment(issue, "/cancel")
    world.run_until_idle()
    assert world.state(issue) is State.CANCELLED
    world.github.close_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()
    world.github.reopen_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()

    assert world.state(issue) is State.CLOSED
    assert "auto:review" not in world.labels(issue)


def test_a_merged_draft_ends_the_task(world: World) -> None:
    """A person decides."""
    settings(world, BREAKS)
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), [finish()]])
    world.run_until_idle()

    world.github.merge_pull_request(REPOSITORY, only_draft(world).number, by="ada")
    world.run_until_idle()

    assert world.state(issue) is State.DONE


def test_too_large_a_change_is_explained_by_claude(world: World) -> None:
    settings(world, "limits: {lines: 5}\n")
    issue = world.label_issue(sessions=[[*commits("seq 9 > time.txt")[:-1], finish(summary=WORDS)]])

    world.run_until_idle()

    assert world.failure(issue) is FailureKind.DIFF_TOO_LARGE
    assert f"> {WORDS}" in world.status(issue)
    assert f"`nightshift patch {issue} | git -C CLONE apply`" in world.status(issue)


def test_the_next_attempt_reads_the_evidence_and_the_words(world: World) -> None:
    settings(world, BREAKS)
    issue = world.label_issue(
        sessions=[writes("time.txt", "noon"), [finish(summary=WORDS)], [finish("blocked", "Still no.")]]
    )
    world.run_until_idle()

    world.later(5)
    world.comment(issue, "/retry")
    world.run_until_idle()

    asked = str(world.model.requests[-1].messages)
    assert "$ test ! -e time.txt" in asked
    assert WORDS in asked
