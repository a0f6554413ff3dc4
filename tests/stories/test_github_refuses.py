"""What a task does when GitHub refuses, redirects, loses an answer or is out of order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.adapters.github import GitHub, GitHubFailed
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer, LoseAnswer, RejectPush
from tests.stories.turn_checks import mails
from tests.stories.world import World, writes


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

    assert world.status(issue)
    assert mails(world.github, "ada") == ["review_requested"]
    assert world.replies(issue) == []


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
    assert world.labels(issue) == {"auto", "auto:review", "auto:not-verified"}


def test_an_archived_repository_is_missing(world: World) -> None:
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    world.github.archive_repository("octo/clock")

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.REPO_MISSING


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
    """PyGithub takes it for one. It is followed on GitHub's own origin alone, where the token belongs."""
    issue = world.open_issue(labels=["auto"])
    away = {"Location": "http://127.0.0.2:9/x"}
    world.github.faults.add([Answer(on="(POST|PATCH|DELETE) /repos/", status=307, headers=away)])

    with pytest.raises(GitHubFailed, match="has another name now"):
        write(world.services.github, issue)
