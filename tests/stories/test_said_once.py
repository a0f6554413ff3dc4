"""What is said on GitHub is said once, whatever gets lost, dies or comes twice in between."""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.github import COMMENTS_READ
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.doctor import examine
from bot.rehearsal.github.faults import Answer, Hold, LoseAnswer, LoseWebhook, StaleReads
from bot.wiring import Services, utc_now
from tests.stories.deliveries import process_deliveries
from tests.stories.world import BOT, World, writes


def waiting_issue(world: World) -> IssueRef:
    """A task that waits for another issue: it has a status comment and a label, and needs no session."""
    blocker = world.open_issue("Something else first")
    return world.label_issue(body=f"blocked by #{blocker.number}")


def another(world: World) -> Services:
    """A second process on the same host, as far as memory goes: the same settings, nothing shared but the disk."""
    return Services(world.services.settings, world.services.claude)


def test_a_lost_answer_and_a_stale_listing_make_no_second_status(world: World) -> None:
    """Looking once is not enough: a listing may be older than the comment."""
    world.github.faults.add([StaleReads(of="comments", reads=2), LoseAnswer(on="POST .*/comments$")])
    issue = waiting_issue(world)

    world.run_until_idle()

    assert "waits for other issues" in world.status(issue)


def test_a_lost_answer_and_a_stale_listing_make_no_second_reply(world: World) -> None:
    world.github.faults.add([StaleReads(of="comments", reads=2), LoseAnswer(on="POST .*/comments$")])
    issue = world.open_issue()
    world.comment(issue, "/help")

    world.run_until_idle()

    assert len(world.replies(issue)) == 1


def test_a_listing_may_lag_after_an_answer_that_was_waited_for_for_long(world: World) -> None:
    """The wait counts from when the answer was given up, not from when it was asked for."""
    held = Hold(on="POST .*/comments$")
    world.github.faults.add([StaleReads(of="comments", reads=2), held, LoseAnswer(on="POST .*/comments$")])
    issue = waiting_issue(world)
    with world.worker():
        world.wait_until_held(held)
        world.later(15)
        world.github.faults.release(held)
        world.wait_until(lambda: world.services.operations.stats()["unsaid"] == 0 and world.bot_comments(issue))

    assert "waits for other issues" in world.status(issue)


def test_what_was_said_on_a_long_issue_is_found(world: World) -> None:
    """Beyond the comments that an issue is read with."""
    blocker = world.open_issue("Something else first")
    issue = world.open_issue(body=f"blocked by #{blocker.number}")
    world.github.faults.add([LoseWebhook(on="issue_comment", times=COMMENTS_READ + 1)])
    for n in range(COMMENTS_READ + 1):
        world.comment(issue, f"{n}")
    world.github.faults.add([LoseAnswer(on="POST .*/comments$")])
    world.label(issue)

    world.run_until_idle()

    assert "waits for other issues" in world.status(issue)
    github, reads = world.services.github, world.services.github.reads
    assert len(github.comments(issue)) == COMMENTS_READ
    assert github.reads == reads + 3, "each page is a request"


def test_a_worker_that_dies_after_speaking_does_not_repeat_itself(world: World) -> None:
    """Killed between GitHub's answer and the note of it: the next one looks first."""
    issue = world.open_issue()
    world.comment(issue, "/help")
    world.run_until_idle()
    with world.services.store.transaction() as ledger:
        ledger.outbox.post(**undone(world, issue))

    world.run_until_idle()

    assert len(world.replies(issue)) == 1


def undone(world: World, issue: IssueRef) -> dict[str, Any]:
    (comment, *_) = world.github.comments(issue.repository, issue.number)
    key = f"comment:{comment.id}"
    payload = {"issue": str(issue), "key": key, "body": "the same again"}
    return {"key": f"reply:{key}", "kind": "reply", "payload": payload, "now": utc_now()}


def test_two_processes_that_speak_at_once_say_it_once(world: World) -> None:
    """A worker, and `nightshift sync` beside it."""
    issue = waiting_issue(world)
    world.github.wait_delivered()
    process_deliveries(world.services.intake)
    outboxes = [world.services.outbox, another(world).outbox]

    threads = [threading.Thread(target=outbox.flush) for outbox in outboxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.run_until_idle()

    assert "waits for other issues" in world.status(issue)


def test_a_status_comment_that_a_person_deleted_comes_back(world: World) -> None:
    issue = waiting_issue(world)
    world.run_until_idle()
    (status,) = world.github.comments(issue.repository, issue.number)
    world.github.delete_comment(issue.repository, status.id, by="ada")

    world.comment(issue, "/cancel")
    world.run_until_idle()

    assert "cancelled" in world.status(issue)


def test_a_comment_that_github_refuses_does_not_hold_the_label_up(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """And `nightshift doctor` shows the operator which message GitHub refused."""
    world.github.faults.add(
        [Answer(on="POST .*/comments$", status=403, message="This conversation is locked", times=9)]
    )
    issue = waiting_issue(world)

    with caplog.at_level(logging.ERROR):
        world.run_until_idle()

    assert world.labels(issue) == {"auto", "auto:waiting"}
    assert "This conversation is locked" in caplog.text
    with world.services.store.read() as ledger:
        assert ledger.statistics.read(utc_now())["unsaid"] == 1
    (told,) = (finding for finding in examine(world.services) if finding.need == "messages")
    assert (told.verdict, "This conversation is locked" in told.says) == ("wrong", True)

    while world.github.faults.left:
        world.services.outbox.flush()
        revive(world)
    world.run_until_idle()

    assert "waits for other issues" in world.status(issue)


def revive(world: World) -> None:
    """As `nightshift sync` does, once somebody has unlocked the conversation."""
    with world.services.store.transaction() as ledger:
        ledger.outbox.revive(utc_now())


def test_an_outage_of_hours_loses_nothing(world: World) -> None:
    """Each try is later than the last one; the first that gets through says what is true then."""
    services, ahead = world.services, timedelta()
    outbox = replace(services.outbox, clock=lambda: utc_now() + ahead)
    issue = waiting_issue(world)
    world.github.wait_delivered()
    process_deliveries(services.intake)
    world.github.faults.add([Answer(on="POST .*", status=502, times=40)])
    while world.github.faults.left:
        outbox.flush()
        ahead += timedelta(minutes=6)
    outbox.flush()

    assert "waits for other issues" in world.status(issue)


def test_a_stranger_who_copies_the_hidden_tag_is_not_taken_for_the_bot(world: World) -> None:
    """Neither edited, nor read, nor left alone."""
    issue = waiting_issue(world)
    world.run_until_idle()
    copied = world.status(issue)
    other = waiting_issue(world)
    stolen = world.comment(other, copied, by="sam")
    world.run_until_idle()

    comments = world.github.comments(other.repository, other.number)
    assert {comment.author for comment in comments} == {"sam", BOT}
    assert next(comment.body for comment in comments if comment.id == stolen.id) == copied
    assert str(other) in world.status(other)


def test_a_ledger_that_is_new_finds_the_status_comment_again(world: World, tmp_path: Path) -> None:
    issue = waiting_issue(world)
    world.run_until_idle()
    with closing(sqlite3.connect(world.services.settings.data_dir / "nightshift.sqlite")) as file, file:
        file.execute("DELETE FROM status_comments")

    world.comment(issue, "/cancel")
    world.run_until_idle()

    assert "cancelled" in world.status(issue)


def test_an_issue_that_is_closed_while_its_pull_request_opens_is_in_review(world: World) -> None:
    """It is there, so that is what everything says: a cancelled task with a pull request would be two ends."""
    held = Hold(on="POST .*/pulls$")
    world.github.faults.add([held])
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    with world.worker():
        world.wait_until_held(held)
        world.github.close_issue(issue.repository, issue.number, by="ada")
        world.wait_until(lambda: world.state(issue) is State.CANCELLED)
        world.github.faults.release(held)
        world.wait_until(lambda: world.state(issue) is State.IN_REVIEW)
    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert world.task(issue).pull_request == pull.number
    assert "auto:review" in world.labels(issue)
    assert f"#{pull.number}" in world.status(issue)


def test_nor_when_the_answer_of_its_opening_is_lost_too(world: World) -> None:
    """No answer named its number. After the attempt has ended, the periodic pass looks for it."""
    held = Hold(on="POST .*/pulls$")
    world.github.faults.add([held, LoseAnswer(on="POST .*/pulls$")])
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    with world.worker():
        world.wait_until_held(held)
        world.github.close_issue(issue.repository, issue.number, by="ada")
        world.wait_until(lambda: world.state(issue) is State.CANCELLED)
        world.github.faults.release(held)
    assert world.state(issue) is State.CANCELLED
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    (pull,) = world.pull_requests()
    assert world.task(issue).pull_request == pull.number
    assert f"#{pull.number}" in world.status(issue)


def test_nor_when_it_is_the_second_one_of_its_task(world: World) -> None:
    """The first was closed, and the task asked for again."""
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("time.txt", "night")])
    world.run_until_idle()
    (first,) = world.pull_requests()
    world.github.close_pull_request(issue.repository, first.number, by="ada")
    world.run_until_idle()
    held = Hold(on="POST .*/pulls$")
    world.github.faults.add([held, LoseAnswer(on="POST .*/pulls$")])
    world.later(5)
    world.comment(issue, "/retry")
    with world.worker():
        world.wait_until_held(held)
        world.github.close_issue(issue.repository, issue.number, by="ada")
        world.wait_until(lambda: world.state(issue) is State.CANCELLED)
        world.github.faults.release(held)
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    (second,) = [pull for pull in world.pull_requests() if pull.number != first.number]
    assert world.task(issue).pull_request == second.number


def test_a_label_that_was_put_on_unnoticed_goes_with_its_state(world: World) -> None:
    """Its answer was lost, and when it is tried again the state is another one."""
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    lost = LoseAnswer(on="POST .*/issues/1/labels$")
    world.github.faults.add([lost])
    world.github.unlabel_issue(issue.repository, issue.number, "auto:review", by="ada")
    world.later(2)
    assert world.services.reconciler.poll() == []
    world.services.outbox.flush()
    assert lost not in world.github.faults.left
    assert "auto:review" in world.labels(issue)

    (pull,) = world.pull_requests()
    world.github.merge_pull_request(issue.repository, pull.number, by="ada")
    world.run_until_idle()

    assert world.state(issue) is State.DONE
    assert "auto:review" not in world.labels(issue)
