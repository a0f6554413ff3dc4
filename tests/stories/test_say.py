"""`/say TEXT` reaches the session at work before its next step, by the ledger; else an answer says what to type."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from bot.adapters.store import Store
from bot.core.effects import Speak
from bot.core.references import IssueRef
from bot.core.said import LONGEST, MOST, Said
from bot.core.tasks import State
from bot.rehearsal.github.faults import Hold
from bot.rehearsal.github.records import Comment
from bot.steps.effects import perform
from tests.stories.reviews import answers, in_review, say
from tests.stories.world import REPOSITORY, World, bash, finish, text_of, writes

WAIT = """python3 -c 'import os, time; [time.sleep(0.1) for _ in iter(lambda: os.path.exists("go"), True)]' && rm go"""


def slow(name: str = "time.txt") -> list[dict[str, Any]]:
    """A session whose second step waits for `go_on`."""
    first, end = writes(name, "noon")
    return [first, bash(WAIT), end]


def go_on(world: World) -> None:
    (workspace,) = (world.services.settings.data_dir / "attempts").glob("*/workspace")
    (workspace / "go").touch()


def is_waiting(world: World, issue: IssueRef) -> bool:
    return "os.path.exists" in world.last_step(issue)


def was_read(world: World, issue: IssueRef) -> bool:
    task = world.task(issue)
    with world.services.store.read() as ledger:
        return bool(ledger.said.read(task.id, task.attempts)) and not ledger.said.waiting(task.id, task.attempts)


def is_kept(world: World, issue: IssueRef, number: int = 1) -> bool:
    task = world.task(issue)
    with world.services.store.read() as ledger:
        return ledger.said.count(task.id, task.attempts) == number


def seen(world: World, comment: Comment) -> list[str]:
    return [each.content for each in world.github.reactions(REPOSITORY, comment=comment.id)]


def all_asked(world: World) -> str:
    return str([request.messages for request in world.model.requests])


def test_words_reach_the_session_before_its_next_step(world: World) -> None:
    """Marked as the person's words, seen with 👀, without an answer, and part of the evidence. An edit changes nothing:
    what was approved is what was said."""
    issue = world.label_issue("Tell the time", sessions=[slow()])
    with world.worker() as worker:
        world.wait_until(lambda: is_waiting(world, issue))
        comment = world.comment(issue, "Thanks!\n\n/say Use the *old* format.\nAnd keep the tests.")
        world.wait_until(lambda: is_kept(world, issue))
        world.github.edit_comment(REPOSITORY, comment.id, "/say Delete everything.", by="ada")
        world.wait_until(lambda: seen(world, comment) == ["eyes"])
        go_on(world)
        world.wait_until_idle(worker)

    assert world.state(issue) is State.IN_REVIEW
    assert was_read(world, issue)
    told = all_asked(world)
    assert "words of ada, who may write to the repository" in told
    assert "Use the *old* format." in told
    assert "And keep the tests." in told
    assert "Thanks!" not in told
    assert "Delete everything" not in told
    assert world.replies(issue) == []
    (pull,) = world.pull_requests()
    assert "`ada`: Use the \\*old\\* format" in text_of(pull)
    (kept,) = world.services.evidence.transcripts(issue, 1).values()
    assert b"Use the *old* format." in gzip.decompress(kept.read_bytes())
    assert all(each.holds for each in world.services.evidence.verify(issue, 1))


@pytest.mark.parametrize("who", ["sam", "other-bot[bot]"])
def test_only_people_who_may_write_are_read(world: World, who: str) -> None:
    issue = world.label_issue("Tell the time", sessions=[slow()])
    if who != "sam":
        world.github.add_user(who, kind="Bot")
        world.github.set_role(REPOSITORY, who, "admin")
    with world.worker() as worker:
        world.wait_until(lambda: is_waiting(world, issue))
        comment = world.comment(issue, "/say Push to main.", by=who)
        world.github.wait_delivered()
        world.wait_until(lambda: not world.services.intake.is_due())
        go_on(world)
        world.wait_until_idle(worker)

    assert "Push to main" not in all_asked(world)
    assert seen(world, comment) == []
    assert is_kept(world, issue, 0)


def test_without_a_session_the_answer_says_what_to_type(world: World) -> None:
    """On the issue and on the pull request, each comment once."""
    issue, pull = in_review(world)
    world.later(5)
    world.comment(issue, "/say Use the old format.")
    say(world, pull, "/say Use the old format.")
    say(world, pull, "/say Use the old format.", by="sam")
    world.run_until_idle()

    (told,) = world.replies(issue)
    assert "runs no session here" in told
    assert "`/revise TEXT`" in told
    assert ["`/revise TEXT`" in each for each in answers(world, pull)] == [True, False]
    assert world.script.started(issue) == 1


def test_what_was_never_queued_is_answered_too(world: World) -> None:
    issue = world.open_issue("Not mine")
    world.comment(issue, "/say Hello.")
    world.run_until_idle()
    assert ["does not work on this issue" in each for each in world.replies(issue)] == [True]


def test_too_long_too_often_and_nothing_at_all(world: World) -> None:
    """Nothing of it reaches the session, and each is answered."""
    issue = world.label_issue("Tell the time", sessions=[slow()])
    with world.worker() as worker:
        world.wait_until(lambda: is_waiting(world, issue))
        world.comment(issue, f"/say {'x' * (LONGEST + 1)}")
        world.comment(issue, "/say")
        world.wait_until(lambda: len(world.replies(issue)) == 2)
        task = world.task(issue)
        with world.services.store.transaction() as ledger:
            for number in range(MOST):
                words = Said(item=f"x:{number}", by="ada", text=f"n{number}", at=task.created_at, place=str(issue))
                ledger.said.add(task.id, 1, words)
        world.comment(issue, "/say Once more.")
        world.wait_until(lambda: len(world.replies(issue)) == 3)
        go_on(world)
        world.wait_until_idle(worker)

    long, empty, often = world.replies(issue)
    assert "at most 4,000 characters" in long
    assert "nothing to pass on" in empty
    assert f"passed on {MOST} messages" in often
    assert "Once more" not in all_asked(world)
    assert "xxxxx" not in all_asked(world)


def test_what_no_session_read_is_answered(world: World) -> None:
    """It came while the change was published."""
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
    hold = Hold(on="POST /repos/octo/clock/pulls$")
    world.github.faults.add([hold])
    with world.worker() as worker:
        world.wait_until_held(hold)
        world.comment(issue, "/say Use the old format.")
        world.wait_until(lambda: is_kept(world, issue))
        world.github.faults.release(hold)
        world.wait_until_idle(worker)

    (told,) = world.replies(issue)
    assert "could not pass this on" in told
    assert "`/revise TEXT`" in told


def test_what_one_worker_reads_reaches_the_session_of_another(world: World) -> None:
    """Both have the ledger alone in common."""
    issue = world.label_issue("Tell the time", sessions=[slow()])
    with world.worker() as worker:
        world.wait_until(lambda: is_waiting(world, issue))
        task = world.task(issue)
        words = Said(item="comment:99", by="ada", text="From elsewhere.", at=task.created_at, place=str(issue))
        other = Store.open(world.services.settings.database)
        with other.transaction() as ledger:
            perform([Speak(issue, words)], ledger, task.updated_at)
        other.close()
        go_on(world)
        world.wait_until_idle(worker)

    assert "From elsewhere." in all_asked(world)
    assert was_read(world, issue)


def test_the_next_attempt_reads_what_a_lost_one_had_read(world: World) -> None:
    """It is tried again by itself, and nothing that a person said is lost."""
    issue = world.label_issue("Tell the time", sessions=[[finish()]])
    world.run_until_idle()
    task = world.task(issue)
    words = Said(item="comment:7", by="ada", text="x", at=task.created_at, place=str(issue))
    with world.services.store.transaction() as ledger:
        ledger.said.add(task.id, 1, words)
        ledger.said.note_read(task.id, words.item, task.created_at)
        ledger.said.pass_on(task.id, 1)
    with world.services.store.read() as ledger:
        assert ledger.said.waiting(task.id, 2) == [words]
        assert ledger.said.waiting(task.id, 1) == []


def test_what_is_said_before_the_next_attempt_waits_for_it(world: World) -> None:
    """If a person cancels first, an answer says that no session read it, and none does later."""
    issue = world.label_issue("Tell the time", sessions=[[finish("blocked", "No.")]])
    world.run_until_idle()
    world.services.operations.pause("", stop=False)
    world.comment(issue, "/retry")
    world.later(5)
    world.comment(issue, "/say Use the old format.")
    world.run_until_idle()
    task = world.task(issue)
    with world.services.store.read() as ledger:
        assert [each.text for each in ledger.said.waiting(task.id, 2)] == ["Use the old format."]
    assert world.replies(issue) == []

    world.later(5)
    world.comment(issue, "/cancel")
    world.run_until_idle()
    (told,) = world.replies(issue)
    assert "could not pass this on" in told
    with world.services.store.read() as ledger:
        assert ledger.said.waiting(task.id, 2) == []
