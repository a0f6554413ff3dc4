"""The person whose turn it is gets one new comment that mentions them, once for each time that a task comes to rest,
unless a review is requested from them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.adapters.store import Notice, Store, url_of
from bot.core.checkpoints import Checkpoint
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.core.turns import find_rest
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.faults import LoseAnswer, StaleReads
from bot.rehearsal.github.mentions import find_mentions
from tests.adapters.ledger_sample import FOLDER
from tests.stories.command_line import nightshift, settings_of
from tests.stories.killed_runs import run_until_killed_at
from tests.stories.other_ledgers import another_ledger
from tests.stories.turn_checks import mails
from tests.stories.world import World, a_world, finish, writes
from tests.typed import typed

STUCK = "@ada, it is your turn: this failed with `task_blocked`"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made
        made.check()


def paused_issue(world: World, **more: object) -> IssueRef:
    """Its status comment is there, and nothing has run."""
    world.services.operations.pause("", stop=False)
    issue = world.label_issue(**more)  # type: ignore[arg-type]
    world.run_until_idle()
    world.services.operations.resume()
    return issue


def test_the_approver_is_notified_of_a_failure_once_and_the_comment_is_edited_afterwards(world: World) -> None:
    """By a separate comment: for the edits of the status comment GitHub sends no mail."""
    issue = world.label_issue(sessions=[[finish("blocked", "No.")]])
    world.run_until_idle()
    (told,) = world.notices(issue)
    assert told.startswith(STUCK)
    assert mails(world.github, "ada") == ["mention"]
    assert "`/retry`" in told

    world.comment(issue, "/status")
    world.run_until_idle()
    assert world.notices(issue) == [told]

    world.comment(issue, "/cancel")
    world.run_until_idle()
    (done,) = world.notices(issue)
    assert done.startswith("No action is needed any more: this had failed")
    assert find_mentions(done) == ()
    assert len(world.bot_comments(issue)) == 3  # the status, the notice, the answer to /status


def test_questions_go_to_the_author_and_each_round_of_them_is_a_turn(world: World, tmp_path: Path) -> None:
    """Once they are answered, it is the turn of the approver, who is notified once however many replies there are."""
    ask = [finish("needs_info", "It is open.", questions=["Which?"])]
    issue = world.open_issue(author="sam", sessions=[ask, ask])
    world.label(issue)
    world.run_until_idle()
    (told,) = world.notices(issue)
    assert told.startswith("@sam, it is your turn: Claude has questions")

    world.comment(issue, "The second one.", by="sam")
    world.run_until_idle()
    done, confirm = world.notices(issue)
    assert done.startswith("No action is needed any more: Claude had questions")
    assert confirm.startswith("@ada, it is your turn: the questions about this issue are answered.")
    assert "`/retry`" in confirm
    digest = typed("digest", cwd=tmp_path, environment=settings_of(world)).out
    assert f"1. Confirm the answers by /retry: {issue}." in digest
    assert mails(world.github, "ada") == ["mention"]

    world.comment(issue, "That is, the blue one.", by="sam")
    world.run_until_idle()
    assert world.notices(issue) == [done, confirm]

    world.comment(issue, "/retry")
    world.run_until_idle()
    assert [each.partition(":")[0] for each in world.notices(issue)] == [
        "No action is needed any more",
        "No action is needed any more",
        "@sam, it is your turn",
    ]

    world.later(5)
    world.comment(issue, "/retry", by="sam")  # the answer may be in the text of the issue
    world.run_until_idle()
    assert world.notices(issue)[-1].startswith("@ada, it is your turn: the questions about this issue are answered.")


def test_what_goes_on_alone_and_what_a_person_stops_notifies_no_one(world: World) -> None:
    """An automatic retry, a pause, nothing to do, a cancel, a pull request that is closed."""
    retried = world.label_issue("Retried", sessions=[[{"say": "Hm."}], writes("a.txt", "1")])
    nothing = world.label_issue("Nothing", sessions=[[finish()]])
    cancelled = paused_issue(world, title="Cancelled")
    world.comment(cancelled, "/cancel")
    closed = world.label_issue("Closed", sessions=[writes("b.txt", "1")])
    world.run_until_idle()
    assert [world.notices(issue) for issue in (nothing, cancelled)] == [[], []]
    assert world.task(retried).attempts == 2
    assert world.notices(retried) == []

    pull = next(each for each in world.pull_requests() if each.head == branch_of(closed.number))
    world.github.close_pull_request(closed.repository, pull.number, by="ada")
    world.run_until_idle()
    assert world.state(closed) is State.CLOSED
    assert world.notices(closed) == []
    assert mails(world.github, "ada") == ["review_requested", "review_requested"]


def test_where_the_operator_approved_no_person_is_mentioned(world: World) -> None:
    issue = world.open_issue(sessions=[[finish("blocked", "There is no clock.")]])
    world.services.operations.add(issue)
    world.run_until_idle()

    (told,) = world.notices(issue)
    assert told.startswith("It is the turn of a maintainer: ")
    assert "because the operator approved this issue" in told
    assert find_mentions(told) == ()


def test_words_of_a_session_mention_no_one(world: World) -> None:
    """Whatever Claude or a person writes: the only mention is the bot's."""
    words = "Ask @sam and @octo-cat; <b>@ada</b> `x`@ada [@ada](http://a.example) *@sam*\n\n@sam"
    issue = world.label_issue("Ask @sam", body="@sam", sessions=[[finish("needs_info", words, questions=["@sam?"])]])
    world.run_until_idle()

    assert [find_mentions(body) for body in world.bot_comments(issue)] == [(), ("ada",)]


@pytest.mark.parametrize("step", [Checkpoint.COMMENT_NOTED, Checkpoint.COMMENT_POSTED, Checkpoint.NOTICE_RECORDED])
def test_a_worker_that_is_killed_notifies_no_one_twice(step: Checkpoint, tmp_path: Path) -> None:
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = paused_issue(world, sessions=[[finish("blocked", "No.")]])
        run_until_killed_at(step, world, tmp_path)
        world.run_until_idle()

        assert len(world.notices(issue)) == 1
        assert mails(world.github, "ada") == ["mention"]
        assert world.script.started(issue) == 1
        world.check()


def test_a_lost_answer_and_a_listing_that_is_behind_make_no_second_notice(world: World) -> None:
    issue = paused_issue(world, sessions=[[finish("blocked", "No.")]])
    world.github.faults.add([StaleReads(of="comments", reads=2), LoseAnswer(on="POST .*/comments$")])
    world.run_until_idle()

    assert len(world.notices(issue)) == 1


@pytest.mark.parametrize("by_hand", [True, False], ids=["sync", "worker"])
def test_a_new_ledger_finds_what_was_notified(by_hand: bool, world: World, tmp_path: Path) -> None:
    """By its hidden tag, which it edits once the task goes on; and by the requests on pull requests."""
    review = world.label_issue("Review", sessions=[writes("one.txt", "1")])
    stuck = world.label_issue("Stuck", sessions=[[finish("blocked", "No.")], writes("two.txt", "2")])
    world.run_until_idle()
    told = [world.notices(issue) for issue in (review, stuck)]
    world.later(5)
    with another_ledger(world):
        if by_hand:
            synced = nightshift("sync", cwd=tmp_path, environment=settings_of(world))
            assert synced.code == 0, synced.err
        world.comment(stuck, "/retry")
        world.run_until_idle()

        assert told[0] == world.notices(review) == []
        assert [each.partition(":")[0] for each in world.notices(stuck)] == ["No action is needed any more"]
        assert mails(world.github, "ada") == ["review_requested", "mention", "review_requested"]
        world.check()


def test_what_rested_before_an_update_is_no_news(tmp_path: Path) -> None:
    """The first status after the update would notify a person of each failure and review of the last months."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript((FOLDER / "v0005.sql").read_text(encoding="utf-8"))
    with closing(Store.open(url_of(path))) as store, store.read() as ledger:
        rests = {task.id: find_rest(task) for task in ledger.tasks.in_states()}
        known = {task_id: ledger.notices.of(task_id) for task_id in rests}

    assert known == {task_id: {rest.key: Notice()} if rest else {} for task_id, rest in rests.items()}
    assert sum(rest is not None for rest in rests.values()) == 2
