"""A review is requested from the approver and from those whom the repository names: each person learns of it once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.checkpoints import Checkpoint
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer, Hold, LoseAnswer
from bot.rehearsal.github.records import PullRequest
from tests.stories.command_line import nightshift, settings_of
from tests.stories.killed_runs import run_until_killed_at
from tests.stories.other_ledgers import another_ledger
from tests.stories.repository_settings import settings
from tests.stories.reviews import changes, in_review, say
from tests.stories.turn_checks import mails
from tests.stories.world import REPOSITORY, World, a_world, finish, writes

ONE = [writes("one.txt", "1")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        for login in ("grace", "tina"):
            made.github.add_user(login)
        made.github.set_role(REPOSITORY, "grace", "write")
        yield made
        made.check()


def only_pull(world: World) -> PullRequest:
    (pull,) = world.pull_requests()
    return pull


def history(world: World, pull: PullRequest) -> list[tuple[str, str | None]]:
    events = world.github.history(REPOSITORY, pull.number)
    return [(each.kind, each.person) for each in events if each.person is not None]


def test_the_approver_is_asked_for_a_review_and_not_mentioned_besides(world: World) -> None:
    """Also where the first copy of GitHub's that is asked does not know the pull request yet."""
    world.github.faults.add([Answer(on="GET /repos/octo/clock/pulls/", status=404, message="Not Found", times=2)])
    issue = world.label_issue(sessions=ONE)
    world.run_until_idle()
    assert not world.github.faults.waiting
    assert only_pull(world).reviewers == ("ada",)
    assert world.notices(issue) == []
    assert len(world.bot_comments(issue)) == 1

    world.comment(issue, "/status")
    world.run_until_idle()
    assert mails(world.github, "ada") == ["review_requested"]
    world.github.merge_pull_request(REPOSITORY, only_pull(world).number, by="ada")
    world.run_until_idle()
    assert world.state(issue) is State.DONE
    assert history(world, only_pull(world)) == [("review_requested", "ada")]


@pytest.mark.parametrize("event", [None, "REQUEST_CHANGES"], ids=["command", "review"])
def test_a_request_is_taken_back_while_nightshift_works_and_made_again(event: str | None, world: World) -> None:
    """GitHub tells a person nothing of a request that is open already, so the next turn needs a new one."""
    _, pull = in_review(world, changes("night"))
    if event is None:
        say(world, pull, "/revise Make it night.")
    else:
        world.later(5)
        world.github.review(REPOSITORY, pull.number, event=event, body="Make it night.", by="ada")
    world.run_until_idle()

    assert only_pull(world).reviewers == ("ada",)
    assert mails(world.github, "ada") == ["review_requested", "review_requested"]
    removed = [("review_request_removed", "ada")] if event is None else []
    assert history(world, pull) == [("review_requested", "ada"), *removed, ("review_requested", "ada")]


@pytest.mark.parametrize("reviews", [False, True], ids=["asked", "reviewed"])
def test_a_revision_that_is_stopped_before_it_runs_gives_the_turn_back(reviews: bool, world: World) -> None:
    """The task is where it was, and its request was taken back meanwhile. Who has reviewed this commit is not asked."""
    issue, pull = in_review(world)
    world.services.operations.pause("", stop=False)
    world.later(5)
    if reviews:
        world.github.review(REPOSITORY, pull.number, event="REQUEST_CHANGES", body="Make it night.", by="ada")
    else:
        say(world, pull, "/revise Make it night.")
    world.run_until_idle()
    assert (world.state(issue), only_pull(world).reviewers) == (State.QUEUED, ())

    world.later(5)
    say(world, pull, "/cancel")
    world.run_until_idle()
    assert world.state(issue) is State.IN_REVIEW
    assert only_pull(world).reviewers == (() if reviews else ("ada",))
    assert mails(world.github, "ada") == ["review_requested"] * (1 if reviews else 2)


def test_the_settings_name_reviewers_assignees_and_labels(world: World) -> None:
    """An assignment is a notification: who is assigned is not asked besides."""
    world.github.add_team("octo", "core", ("grace",))
    settings(world, "reviewers: [octo/core]\nassignees: [Ada]\nlabels: [from the bot, auto:failed]\n")
    world.label_issue(sessions=ONE)
    world.run_until_idle()

    pull = only_pull(world)
    assert (pull.assignees, pull.reviewers, pull.teams) == (("ada",), (), ("core",))
    assert pull.labels == ("from the bot",)
    assert mails(world.github, "ada") == ["assign"]
    assert mails(world.github, "grace") == ["review_requested"]


def test_who_was_assigned_is_asked_for_the_next_review(world: World) -> None:
    settings(world, "assignees: [ada]\nlabels: [robot]\nverify: []\n")
    _, pull = in_review(world, changes("night"))
    world.github.unlabel_issue(REPOSITORY, pull.number, "robot", by="ada")
    say(world, pull, "/revise Make it night.")
    world.run_until_idle()

    assert mails(world.github, "ada") == ["assign", "review_requested"]
    assert only_pull(world).labels == ()


def test_whom_github_refuses_the_status_comment_names_and_the_others_are_asked(world: World) -> None:
    """One who is no collaborator makes GitHub refuse the whole request."""
    settings(world, "reviewers: [tina, grace, other/core, nightshift-bot]\nassignees: [tina]\n")
    issue = world.label_issue(sessions=ONE)
    world.run_until_idle()

    assert set(only_pull(world).reviewers) == {"ada", "grace"}
    told = world.status(issue)
    assert "No review could be requested from `tina`, `other/core` and `nightshift-bot`." in told
    assert "GitHub did not assign `tina`." in told
    assert [mails(world.github, login) for login in ("ada", "grace", "tina")] == [["review_requested"]] * 2 + [[]]


def test_an_approver_who_cannot_be_asked_is_mentioned(world: World) -> None:
    """They lost their role while the task ran."""
    issue = world.label_issue(sessions=ONE)
    hold = Hold(on="POST .*/pulls$")
    world.github.faults.add([hold])
    with world.worker() as worker:
        world.wait_until_held(hold)
        world.github.set_role(REPOSITORY, "ada", "none")
        world.github.faults.release(hold)
        world.wait_until_idle(worker)

    (told,) = world.notices(issue)
    assert told.startswith("@ada, it is your turn: review ")
    assert "No review could be requested from `ada`." in world.status(issue)
    assert mails(world.github, "ada") == ["mention"]


def test_where_the_operator_approved_those_whom_the_settings_name_are_asked(world: World) -> None:
    settings(world, "reviewers: [grace]\n")
    issue = world.open_issue(sessions=ONE)
    world.services.operations.add(issue)
    world.run_until_idle()

    assert only_pull(world).reviewers == ("grace",)
    assert world.notices(issue) == []


def test_a_draft_is_opened_where_the_settings_want_drafts_and_its_approver_is_mentioned(world: World) -> None:
    """GitHub may tell of a request on a draft only once it is ready for review."""
    settings(world, "draft: true\nreviewers: [grace, ada]\nverify: []\n")
    issue = world.label_issue(sessions=ONE)
    world.run_until_idle()

    pull = only_pull(world)
    assert pull.draft
    assert "It is a draft because this repository's settings ask for drafts." in (pull.body or "")
    assert pull.reviewers == ("grace",)
    assert mails(world.github, "ada") == ["mention"]
    assert world.notices(issue)[0].startswith("@ada, it is your turn: review ")


def test_a_code_owner_whom_github_asked_already_is_not_told_again(world: World) -> None:
    """GitHub requests the review of a CODEOWNER when the pull request is opened. That request is taken back, too."""
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), changes("night")])
    hold = Hold(on=r"GET .*/pulls/\d+$")
    world.github.faults.add([hold])
    with world.worker() as worker:
        world.wait_until_held(hold)
        world.github.request_review(REPOSITORY, only_pull(world).number, "ada", by="nightshift-bot")
        world.github.faults.release(hold)
        world.wait_until_idle(worker)
    assert mails(world.github, "ada") == ["review_requested"]

    say(world, only_pull(world), "/revise Make it night.")
    world.run_until_idle()
    assert world.state(issue) is State.IN_REVIEW
    assert mails(world.github, "ada") == ["review_requested", "review_requested"]


def test_a_pull_request_that_was_merged_meanwhile_is_no_persons_turn(world: World) -> None:
    """The merge came before the request of the review, and is not known yet when that is made."""
    issue = world.label_issue(sessions=ONE)
    hold = Hold(on=r"GET .*/pulls/\d+$")
    world.github.faults.add([hold])
    with world.worker() as worker:
        world.wait_until_held(hold)
        world.github.merge_pull_request(REPOSITORY, only_pull(world).number, by="ada")
        world.github.faults.release(hold)
        world.wait_until_idle(worker)

    assert world.state(issue) is State.DONE
    assert world.notices(issue) == []
    assert mails(world.github, "ada") == []


@pytest.mark.parametrize("step", [Checkpoint.COMMENT_NOTED, Checkpoint.REVIEWS_REQUESTED, Checkpoint.NOTICE_RECORDED])
def test_a_worker_that_is_killed_asks_no_one_twice(step: Checkpoint, tmp_path: Path) -> None:
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        world.github.add_user("grace")
        world.github.set_role(REPOSITORY, "grace", "write")
        settings(world, "reviewers: [grace]\nassignees: [ada]\nverify: []\n")
        world.services.operations.pause("", stop=False)
        issue = world.label_issue(sessions=ONE)
        world.run_until_idle()
        world.services.operations.resume()
        run_until_killed_at(step, world, tmp_path)
        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        assert [mails(world.github, login) for login in ("ada", "grace")] == [["assign"], ["review_requested"]]
        assert world.notices(issue) == []
        world.check()


def test_who_reviewed_while_an_answer_was_lost_is_not_asked_again(world: World) -> None:
    issue = world.label_issue(sessions=ONE)
    lost, hold = LoseAnswer(on="POST .*/requested_reviewers$"), Hold(on=r"GET .*/pulls/\d+/reviews")
    world.github.faults.add([lost, hold])
    with world.worker() as worker:
        world.wait_until_held(hold)
        world.github.review(REPOSITORY, only_pull(world).number, event="APPROVE", body="", by="ada")
        world.github.faults.release(hold)
        world.wait_until_idle(worker)

    assert mails(world.github, "ada") == ["review_requested"]
    assert world.notices(issue) == []


@pytest.mark.parametrize("reviews", [False, True], ids=["asked", "reviewed"])
def test_a_new_ledger_knows_who_was_asked(reviews: bool, world: World, tmp_path: Path) -> None:
    """And takes the request back once the task goes on."""
    _, pull = in_review(world, changes("night"))
    if reviews:
        world.github.review(REPOSITORY, pull.number, event="COMMENT", body="Hm.", by="ada")
    world.later(5)
    with another_ledger(world):
        synced = nightshift("sync", cwd=tmp_path, environment=settings_of(world))
        assert synced.code == 0, synced.err
        world.run_until_idle()
        assert mails(world.github, "ada") == ["review_requested"]

        say(world, pull, "/revise Make it night.")
        world.run_until_idle()
        assert mails(world.github, "ada") == ["review_requested", "review_requested"]
        world.check()


def test_no_review_is_requested_of_what_failed(world: World) -> None:
    """A draft shows its work; the approver is mentioned with the line to type, once."""
    settings(world, "reviewers: [grace]\nassignees: [ada]\nlabels: [robot]\nverify: ['test ! -e one.txt']\n")
    issue = world.label_issue(sessions=[writes("one.txt", "1"), [finish("complete", "It stays.")]])
    world.run_until_idle()

    assert world.state(issue) is State.FAILED
    pull = only_pull(world)
    assert (pull.draft, pull.reviewers, pull.assignees, pull.labels) == (True, (), (), ("robot",))
    assert [mails(world.github, login) for login in ("ada", "grace")] == [["mention"], []]
