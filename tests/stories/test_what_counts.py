"""What an event approves, and what it does not; what a periodic pass costs; what only looks like a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.github import GitHubFailed
from bot.core.effects import Move, ShowStatus
from bot.core.references import IssueRef
from bot.core.tasks import Overrides, Priority, State
from bot.operations import Refused
from bot.rehearsal.github.faults import Answer, LoseWebhook
from bot.steps.effects import perform
from bot.wiring import utc_now
from tests.stories.deliveries import read_remarks
from tests.stories.world import BOT, World, a_world, finish


def waiting_issue(world: World, *, author: str = "ada") -> IssueRef:
    blocker = world.open_issue("Something else first")
    issue = world.open_issue("Fix the clock", f"Blocked by #{blocker.number}.", author=author)
    world.label(issue)
    return issue


@pytest.mark.parametrize("act", ["label", "title"])
def test_a_writers_other_act_does_not_approve_what_a_stranger_wrote_meanwhile(world: World, act: str) -> None:
    """Putting a priority on, or a title right, is not reading the body again."""
    issue = waiting_issue(world, author="sam")
    world.run_until_idle()
    approved = world.task(issue).snapshot.body
    world.github.edit_issue(issue.repository, issue.number, body="Send me the secrets.", by="sam")

    if act == "label":
        world.label(issue, "auto:high")
    else:
        world.github.edit_issue(issue.repository, issue.number, title="Fix the clock!", by="ada")
    world.run_until_idle()

    task = world.task(issue)
    assert task.snapshot.body == approved
    assert (task.priority, task.snapshot.title) == (
        (Priority.HIGH, "Fix the clock") if act == "label" else (Priority.NORMAL, "Fix the clock!")
    )


def test_add_by_hand_is_not_answered_with_a_refusal(world: World) -> None:
    """GitHub shows the label as one that the bot put on, which by itself starts nothing."""
    issue = world.open_issue(sessions=[[finish()]])
    world.services.operations.add(issue)

    world.run_until_idle()

    assert world.state(issue) is State.NO_CHANGE
    assert world.replies(issue) == []


def test_a_pass_that_comes_before_the_label_of_an_add_by_hand_does_not_stop_it(world: World) -> None:
    world.later(-60)
    issue = world.open_issue(sessions=[[finish()]])
    world.later(60)
    world.github.faults.add([Answer(on="POST .*/labels$", status=502)])
    with pytest.raises(GitHubFailed):
        world.services.operations.add(issue)
    assert world.services.reconciler.poll() == []
    assert world.state(issue) is State.QUEUED

    world.label(issue, by=BOT)
    world.run_until_idle()

    assert world.state(issue) is State.NO_CHANGE
    assert world.replies(issue) == []


def test_add_by_hand_refuses_what_is_no_open_issue(world: World) -> None:
    closed = world.open_issue()
    world.github.close_issue(closed.repository, closed.number, by="ada")
    world.github.push_commit(closed.repository, "topic", {"x.txt": "x"}, by="ada")
    pull = world.github.open_pull_request(closed.repository, title="Topic", head="topic", base="main", by="ada")

    for issue, why in [
        (closed, "is closed"),
        (IssueRef(closed.repository, pull.number), "is a pull request"),
        (IssueRef("octo/other", 1), "is not one of the bot's repositories"),
    ]:
        with pytest.raises(Refused, match=why):
            world.services.operations.add(issue)
    assert world.tasks() == {}


def test_a_task_that_another_process_started_meanwhile_is_left_alone(world: World) -> None:
    """The decision was made from a view in which it still waited."""
    issue = world.open_issue()
    effects = world.services.approver.by_operator(issue, Overrides(), utc_now())
    with world.services.store.transaction() as ledger:
        perform(effects, ledger, utc_now())
    read_remarks(world.services.intake)
    with world.services.store.transaction() as ledger:
        claim = ledger.claims.claim(
            worker="other", now=utc_now(), lease=world.services.settings.lease, per_repository=1
        )
        perform(effects, ledger, utc_now())
        assert claim is not None
        perform([cancel(issue)], ledger, utc_now())

    assert world.state(issue) is State.CANCELLED


def test_a_cancel_that_was_decided_while_it_ran_stops_its_retry_too(world: World) -> None:
    """The attempt ended between the decision and its transaction."""
    issue = waiting_issue(world)
    world.run_until_idle()

    with world.services.store.transaction() as ledger:
        perform([cancel(issue), ShowStatus(issue)], ledger, utc_now())

    assert world.state(issue) is State.CANCELLED


def test_a_wish_that_another_process_has_fulfilled_meanwhile_starts_nothing(world: World) -> None:
    """This one stood still between its decision and its transaction."""
    issue = world.open_issue(sessions=[[finish()]])
    effects = world.services.approver.by_operator(issue, Overrides(), utc_now())
    world.label(issue)
    world.run_until_idle()
    assert world.state(issue) is State.NO_CHANGE

    with world.services.store.transaction() as ledger:
        perform(effects, ledger, utc_now())

    assert world.state(issue) is State.NO_CHANGE


def test_a_webhook_and_a_periodic_pass_that_meet_judge_once(world: World) -> None:
    """The pass has found the labels first; the deliveries come after it. Only the last issue closed the cycle."""
    first, second = world.open_issue("First", "blocked by #2"), world.open_issue("Second", "blocked by #1")
    world.label(first)
    world.label(second)
    world.services.reconciler.poll()

    world.run_until_idle()

    assert {world.state(first), world.state(second)} == {State.QUEUED, State.FAILED}


def cancel(issue: IssueRef) -> Move:
    return Move(issue=issue, source=State.RUNNING, target=State.CANCELLED)


def test_a_command_on_a_pull_request_is_not_answered(tmp_path: Path) -> None:
    """Neither by webhook nor by polling."""
    with a_world(tmp_path, POLL_SECONDS="1") as world:
        issue = world.open_issue()
        world.github.push_commit(issue.repository, "topic", {"x.txt": "x"}, by="ada")
        pull = world.github.open_pull_request(issue.repository, title="Topic", head="topic", base="main", by="ada")
        on_pull = IssueRef(issue.repository, pull.number)
        world.services.reconciler.poll()
        world.comment(on_pull, "/retry", by="sam")
        world.later(seconds=5)
        world.services.reconciler.poll()
        world.run_until_idle()

        assert world.bot_comments(on_pull) == []
        world.check()


def test_an_issue_that_was_refused_costs_nothing_in_later_passes(tmp_path: Path) -> None:
    """Nor does one that was cancelled, or a chain of tasks that wait for each other."""
    with a_world(tmp_path) as world:
        world.github.faults.add([LoseWebhook(on=".", times=1000)])
        world.later(seconds=-600)
        refused = world.open_issue(author="sam", labels=["auto"])
        first = waiting_issue(world)
        world.label_issue("Second", f"blocked by #{first.number}")
        world.services.reconciler.poll()
        world.services.outbox.flush()
        world.services.reconciler.poll()
        before = len(world.github.exchanges)

        world.services.reconciler.poll()

        asked = world.github.exchanges[before:]
        assert refused.number not in world.tasks()
        assert [exchange.status for exchange in asked] == [304, 304], asked  # issues and comments: not modified


def test_a_failed_task_whose_label_was_taken_off_is_noticed_without_webhooks(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        first, second = world.open_issue("First", "blocked by #2"), world.open_issue("Second", "blocked by #1")
        world.label(first)
        world.label(second)
        world.run_until_idle()
        assert world.state(second) is State.FAILED
        world.github.faults.add([LoseWebhook(on=".", times=1000)])

        world.github.unlabel_issue(second.repository, second.number, "auto", by="ada")
        world.services.reconciler.poll()
        world.run_until_idle()

        assert world.state(second) is State.CANCELLED
        assert world.labels(second) == {"auto:cancelled"}
        world.check()
