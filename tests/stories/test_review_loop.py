"""Reviews, threads and commands on the bot's pull request lead to a revision of it, and to answers there."""

from __future__ import annotations

import pytest

from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.reviews import OnLine
from tests.stories.branch_history import forced, history
from tests.stories.reviews import answers, asked, changes, in_review, say
from tests.stories.world import BOT, REPOSITORY, World, bash, finish


def test_a_review_that_requests_changes_is_followed_and_answered(world: World) -> None:
    """On the same branch and in the same conversation. Each thread gets its answer, and stays unresolved."""
    summary = "Item 1: I wrote night.\nItem 2: It is night there, too."
    issue, pull = in_review(world, changes("night", summary))
    world.later(5)
    on_line = OnLine(path="time.txt", line=1, body="Why noon?")
    world.github.review(
        REPOSITORY, pull.number, event="REQUEST_CHANGES", body="Make it night.", comments=[on_line], by="ada"
    )
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert history(world, issue) == ["Add time.txt", "Say night"]
    assert forced(world, issue) == []
    said = asked(world)
    assert "Make it night." in said
    assert "Why noon?" in said
    assert "time.txt`, line 1" in said
    assert "+noon" in said
    assert "> time.txt && git add time.txt" in said, "the conversation did not go on"
    first, answer = world.github.review_comments(REPOSITORY, pull.number)
    assert answer.author == BOT
    assert "It is night there, too." in answer.body
    assert f"/{REPOSITORY}/commit/" in answer.body
    assert not world.github.is_resolved(REPOSITORY, first.id)
    eyes = world.github.reactions(REPOSITORY, review_comment=first.id)
    assert [each.content for each in eyes] == ["eyes"]
    read, done = answers(world, pull)
    assert "has read the review of `ada`" in read
    assert "revised this" in done
    mails = [each for each in world.github.mails if (each.number, each.login) == (pull.number, "ada")]
    assert [each.event for each in mails] == [
        "review_requested",
        "commented",  # that the review was read: GitHub takes no reaction to a review
        "pushed",
        "reviewed",  # the answer in the thread
        "commented",
        "review_requested",
    ]
    assert "mention" not in {each.reason for each in mails}
    assert len(world.pull_requests()) == 1
    assert "Revised: Item 1" in (world.pull_requests()[0].body or "")
    assert world.pull_requests()[0].title == "Tell the time"
    assert "auto:review" in world.labels(issue)


@pytest.mark.parametrize("command", ["/revise Make it night.", "Make it night.\n\n/retry", "/revise"])
def test_a_command_on_the_pull_request_revises_it(world: World, command: str) -> None:
    issue, pull = in_review(world, changes())
    comment = say(world, pull, command)
    world.run_until_idle()

    assert history(world, issue) == ["Add time.txt", "Say night"]
    assert [each.content for each in world.github.reactions(REPOSITORY, comment=comment)] == ["eyes"]
    if command != "/revise":
        assert "Make it night." in asked(world)
    assert len(answers(world, pull)) == 1


def test_revise_on_the_issue_revises_its_pull_request(world: World) -> None:
    issue, pull = in_review(world, changes())
    world.later(5)
    world.comment(issue, "/revise Make it night.")
    world.run_until_idle()

    assert history(world, issue) == ["Add time.txt", "Say night"]
    assert "Make it night." in asked(world)
    assert "revised this" in answers(world, pull)[0]


def test_an_unresolved_thread_is_followed_and_a_resolved_one_is_not(world: World) -> None:
    """What is only praise or for another person starts nothing, and is read with what does. The answer is no thread
    that asks again, though this one stays unresolved."""
    issue, pull = in_review(world, changes("night", "Item 2: done."))
    world.later(5)
    for text in ("Nice!", "@grace, is that noon?"):
        world.github.comment_on_line(REPOSITORY, pull.number, "time.txt", 1, text, by="ada")
    settled = world.github.comment_on_line(REPOSITORY, pull.number, "time.txt", 1, "Never mind me.", by="ada")
    world.github.resolve_thread(REPOSITORY, settled.id, by="ada")
    world.run_until_idle()
    assert world.script.started(issue) == 1

    open_one = world.github.comment_on_line(REPOSITORY, pull.number, "time.txt", 1, "Later, please.", by="ada")
    world.run_until_idle()
    world.later(300)
    assert world.services.reconciler.poll() == []
    world.run_until_idle()

    assert world.script.started(issue) == 2
    assert "Later, please." in asked(world)
    assert "Never mind me." not in asked(world)
    answered = [each.thread for each in world.github.review_comments(REPOSITORY, pull.number) if each.author == BOT]
    assert open_one.id in answered
    assert settled.id not in answered
    seen = world.github.reactions(REPOSITORY, review_comment=open_one.id)
    assert [each.content for each in seen] == ["eyes"]


def test_what_was_answered_is_not_read_again(world: World) -> None:
    """The threads of an approving review ask too, and a later word in the same thread asks anew."""
    issue, pull = in_review(world, changes("night", "Item 1: done."), changes("dusk", "Item 1: done."))
    world.later(5)
    lines = [OnLine(path="time.txt", line=1, body=body) for body in ("Later, please.", "Without a newline.")]
    world.github.review(REPOSITORY, pull.number, event="APPROVE", body="Looks good.", comments=lines, by="ada")
    world.run_until_idle()
    world.later(5)
    first = world.github.review_comments(REPOSITORY, pull.number)[0]
    world.github.reply_to_review_comment(REPOSITORY, first.id, "Not that late.", by="ada")
    world.run_until_idle()

    last = asked(world).rpartition("# What is left to do")[2]
    assert "Not that late." in last
    assert "Without a newline." not in last
    threads = [each.thread for each in world.github.review_comments(REPOSITORY, pull.number) if each.author == BOT]
    assert len(threads) == 3
    assert history(world, issue) == ["Add time.txt", "Say night", "Say dusk"]


def test_a_revision_continues_from_a_persons_commit(world: World) -> None:
    issue, pull = in_review(world, changes())
    world.github.push_commit(REPOSITORY, branch_of(issue.number), {"by.hand": "mine"}, message="By hand", by="ada")
    say(world, pull, "/revise Make it night.")
    world.run_until_idle()

    assert history(world, issue) == ["Add time.txt", "By hand", "Say night"]
    assert forced(world, issue) == []


@pytest.mark.parametrize("ended", ["merged", "closed"])
def test_a_pull_request_that_has_ended_is_not_revised(world: World, ended: str) -> None:
    issue, pull = in_review(world, changes())
    if ended == "merged":
        world.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
    else:
        world.github.close_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()
    say(world, pull, "/revise Make it night.")
    say(world, pull, "/status")
    world.run_until_idle()

    assert world.script.started(issue) == 1
    assert f"is {ended}" in answers(world, pull)[0]
    assert len(answers(world, pull)) == 2


def test_a_pull_request_of_another_person_is_answered_once(world: World) -> None:
    world.github.push_commit(REPOSITORY, "mine", {"a.txt": "a"}, by="ada")
    pull = world.github.open_pull_request(REPOSITORY, title="Mine", head="mine", by="ada")
    for command in ("/revise More.", "/retry", "/lgtm"):
        say(world, pull, command)
    world.github.review(REPOSITORY, pull.number, event="REQUEST_CHANGES", body="No.", by="sam")
    world.run_until_idle()

    (reply,) = answers(world, pull)
    assert "did not open this pull request" in reply
    assert world.tasks() == {}


def test_cancel_on_the_pull_request_stops_the_revision(world: World) -> None:
    slow = [bash("python3 -c 'import time; time.sleep(60)'"), finish()]
    issue, pull = in_review(world, slow)
    with world.worker():
        say(world, pull, "/revise Make it night.")
        world.wait_until(lambda: "time.sleep" in world.last_step(issue))
        say(world, pull, "/cancel")
        world.wait_until(lambda: world.state(issue) is State.IN_REVIEW)
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert history(world, issue) == ["Add time.txt"]
    assert world.pull_requests()[0].state == "open"


def test_what_people_ask_for_is_acknowledged_while_a_session_is_at_work(world: World) -> None:
    """The only place for a session is taken, so nothing of it can begin: the command, the line and the review are read
    all the same."""
    issue, pull = in_review(world, changes("night", "Item 1: done."))
    busy = world.label_issue("Take long", sessions=[[bash("python3 -c 'import time; time.sleep(60)'"), finish()]])
    with world.worker():
        world.wait_until(lambda: "time.sleep" in world.last_step(busy))
        command = say(world, pull, "/revise Make it night.")
        line = world.github.comment_on_line(REPOSITORY, pull.number, "time.txt", 1, "/revise And dark.", by="ada").id
        on_line = OnLine(path="time.txt", line=1, body="Why noon?")
        changed = {"event": "REQUEST_CHANGES", "body": "Not noon.", "by": "ada"}
        world.github.review(REPOSITORY, pull.number, comments=[on_line], **changed)
        thread = world.github.review_comments(REPOSITORY, pull.number)[-1].id

        seen = world.github.reactions
        world.wait_until(lambda: seen(REPOSITORY, comment=command) and seen(REPOSITORY, review_comment=line))
        world.wait_until(lambda: seen(REPOSITORY, review_comment=thread) and answers(world, pull))

        assert world.state(busy) is State.RUNNING
        assert world.script.started(issue) == 1
        assert "has read the review of `ada`" in answers(world, pull)[0]
        world.comment(busy, "/cancel")
        world.wait_until(lambda: world.state(busy) is State.CANCELLED)
    world.run_until_idle()


def test_help_and_status_are_answered_on_the_pull_request(world: World) -> None:
    _, pull = in_review(world)
    say(world, pull, "/help")
    say(world, pull, "/status")
    say(world, pull, "/revize it")
    world.run_until_idle()

    about, status, mistyped = answers(world, pull)
    assert "/revise" in about
    assert "ready for review" in status or "verified" in status
    assert "/revise it" in mistyped


def test_polling_alone_finds_reviews_and_commands_on_lines(world: World) -> None:
    """No delivery arrives."""
    issue, pull = in_review(world, changes(), changes("dusk"))
    assert world.services.reconciler.poll() == []
    world.github.world.hooks.clear()
    world.later(5)
    world.github.review(REPOSITORY, pull.number, event="REQUEST_CHANGES", body="Make it night.", by="ada")
    world.later(300)
    assert world.services.reconciler.poll() == []
    world.run_until_idle()
    assert history(world, issue) == ["Add time.txt", "Say night"]

    world.later(5)
    world.github.comment_on_line(REPOSITORY, pull.number, "time.txt", 1, "/revise Make it dusk.", by="ada")
    world.later(300)
    assert world.services.reconciler.poll() == []
    world.run_until_idle()

    assert history(world, issue) == ["Add time.txt", "Say night", "Say dusk"]
    assert "Make it dusk." in asked(world)


def test_a_delivery_that_comes_twice_asks_once(world: World) -> None:
    issue, pull = in_review(world, changes(), changes("dusk"))
    world.later(5)
    world.github.review(REPOSITORY, pull.number, event="REQUEST_CHANGES", body="Make it night.", by="ada")
    world.run_until_idle()
    for delivery in world.github.deliveries:
        world.github.redeliver(delivery)
    world.run_until_idle()
    world.later(900)
    assert world.services.reconciler.poll() == []
    world.run_until_idle()

    assert world.script.started(issue) == 2
    assert len(answers(world, pull)) == 2


def test_who_asks_without_a_command_learns_how(world: World) -> None:
    """A person who may write, once in each place; a name in code or in a quote asks for nothing."""
    issue, pull = in_review(world)
    assert world.services.reconciler.poll() == []
    other = world.open_issue("Not mine")
    for text, by in ((f"@{BOT} please try again", "ada"), (f"@{BOT}?", "ada"), (f"@{BOT} do it", "sam")):
        world.later(5)
        world.comment(issue, text, by=by)
        world.comment(other, text, by=by)
        say(world, pull, f"`@{BOT}` fails\n\n> @{BOT}" if by == "sam" else text, by="ada")
    world.github.label_issue(REPOSITORY, pull.number, "auto", by="ada")
    world.later(300)
    assert world.services.reconciler.poll() == []
    world.run_until_idle()

    assert world.script.started(issue) == 1
    (told,) = world.replies(issue)
    assert "For changes comment `/revise`" in told
    assert ["does not work on this issue" in each for each in world.replies(other)] == [True]
    how, label = sorted(answers(world, pull))
    assert "follows commands" in how
    assert "on a pull request its label starts nothing" in label
