"""Who × where × what: only people with write permission start anything, and only their words reach a session's brief.

One ledger follows the deliveries, another polls alone; both have to decide the same. No session runs: what the next
one would read is read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import product

import pytest

from bot.core.references import IssueRef
from bot.core.review_brief import requests
from bot.core.tasks import State
from bot.rehearsal.github.reviews import OnLine
from bot.steps.repair_reading import Repair
from bot.steps.review_reading import ReviewReader
from tests.stories.ledgers import A_MINUTE, QUIET, REPOSITORY, Bot, Scene, a_scene

WORDS = "paint it violet"
WRITER, STRANGER, AUTHOR, AUTOMATON, ITSELF = "ada", "sam", "mallory", "helpful[bot]", "bot"
WHO = (WRITER, STRANGER, AUTHOR, AUTOMATON, ITSELF)
WHAT = {"a command": "/retry", "a command with words": f"/revise {WORDS}", "words": WORDS}
IMPOSSIBLE = (ITSELF, "request for changes")  # GitHub refuses it on one's own pull request
WHERE = ("issue comment", "pull request comment", "review", "request for changes", "thread", "answer in a thread")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with a_scene(tmp_path_factory.mktemp("words")) as scene:
        for login in (STRANGER, AUTHOR):
            scene.github.add_user(login)
        scene.github.add_user(AUTOMATON, kind="Bot")
        scene.github.set_role(REPOSITORY, AUTOMATON, "write")
        yield scene


def in_review(scene: Scene, bots: list[Bot]) -> tuple[IssueRef, int]:
    """An issue of somebody who may not write, which a maintainer approved, and its pull request."""
    github, since = scene.github, len(scene.deliveries())
    opened = github.open_issue(REPOSITORY, title="Tell", body="The approved text.", author=AUTHOR)
    issue = IssueRef(REPOSITORY, opened.number)
    github.label_issue(REPOSITORY, issue.number, "auto", by=WRITER)
    learn(scene, bots, since)
    github.push_commit(REPOSITORY, issue.branch, {f"{issue.number}.txt": "x\n"}, by=ITSELF)
    body = f"<!-- nightshift:pull-request {issue} -->"
    pull = github.open_pull_request(REPOSITORY, title="Tell", body=body, head=issue.branch, by=ITSELF)
    for bot in bots:
        bot.ended(issue, State.IN_REVIEW, pull.number)
    learn(scene, bots, since)
    return issue, pull.number


def learn(scene: Scene, bots: list[Bot], since: int) -> None:
    """The first bot receives the deliveries, the second one polls."""
    scene.clock.now += A_MINUTE
    for delivery in scene.deliveries(since):
        bots[0].hear(delivery)
    scene.clock.now += QUIET
    bots[1].look()


def say(scene: Scene, issue: IssueRef, pull: int, *, who: str, where: str, text: str) -> None:
    github = scene.github
    on_line = OnLine(path=f"{issue.number}.txt", line=1, body=text)
    match where:
        case "issue comment":
            github.comment(REPOSITORY, issue.number, text, by=who)
        case "pull request comment":
            github.comment(REPOSITORY, pull, text, by=who)
        case "review":
            github.review(REPOSITORY, pull, body=text, by=who)
        case "request for changes":
            github.review(REPOSITORY, pull, event="REQUEST_CHANGES", body=text, comments=[on_line], by=who)
        case "thread":
            github.comment_on_line(REPOSITORY, pull, f"{issue.number}.txt", 1, text, by=who)
        case _:
            first = github.comment_on_line(REPOSITORY, pull, f"{issue.number}.txt", 1, "Why?", by=WRITER)
            github.reply_to_review_comment(REPOSITORY, first.id, text, by=who)


def read(bot: Bot, issue: IssueRef) -> str:
    """What the next session reads: the issue as it was approved, and what the reviewers ask for."""
    task = bot.task(issue)
    assert task is not None
    review = ReviewReader(reader=bot.intake.approver.reader).read(task)
    assert not isinstance(review, Repair)
    asked = requests(review.items, by=review.by) if review is not None else ""
    return f"{task.snapshot.title} {task.snapshot.body} {task.snapshot.comments} {asked}"


def starts(where: str, what: str, text: str) -> bool:
    """Whether a maintainer's words do."""
    return text.startswith("/") or where == "request for changes"


@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize(("who", "where"), [each for each in product(WHO, WHERE) if each != IMPOSSIBLE])
def test_only_people_who_may_write_start_anything_or_are_read(scene: Scene, who: str, where: str, what: str) -> None:
    text, bots = WHAT[what], scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        issue, pull = in_review(scene, bots)
        since = len(scene.deliveries())
        say(scene, issue, pull, who=who, where=where, text=text)
        learn(scene, bots, since)

        states = {task.state for bot in bots if (task := bot.task(issue)) is not None}
        assert states == {State.QUEUED if who == WRITER and starts(where, what, text) else State.IN_REVIEW}

        since = len(scene.deliveries())
        scene.github.comment(REPOSITORY, pull, "/retry", by=WRITER)
        learn(scene, bots, since)
        told = [read(bot, issue) for bot in bots]
        assert told[0] == told[1]
        is_read = who == WRITER and what != "a command" and (where != "issue comment" or text.startswith("/"))
        assert (WORDS in told[0]) == is_read
        assert not is_read or f"words of {WRITER}, who may write" in told[0]


@pytest.mark.parametrize("who", [WRITER, AUTHOR, AUTOMATON])
@pytest.mark.parametrize("what", WHAT)
def test_what_the_issue_says_after_its_approval_reaches_no_revision(scene: Scene, who: str, what: str) -> None:
    """Its author may edit it at any time. The text that was approved counts."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        issue, pull = in_review(scene, bots)
        since = len(scene.deliveries())
        scene.github.edit_issue(REPOSITORY, issue.number, title=WORDS, body=WHAT[what], by=who)
        learn(scene, bots, since)
        assert {bot.task(issue).state for bot in bots} == {State.IN_REVIEW}  # type: ignore[union-attr]

        since = len(scene.deliveries())
        scene.github.comment(REPOSITORY, pull, "/retry", by=WRITER)
        learn(scene, bots, since)

        for bot in bots:
            assert "The approved text." in read(bot, issue)
            assert WORDS not in read(bot, issue)


def test_a_lost_ledger_takes_no_text_for_approved(scene: Scene) -> None:
    """A new ledger knows the pull request, and not the text that its issue had when it was approved."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        issue, pull = in_review(scene, bots)
    scene.github.edit_issue(REPOSITORY, issue.number, title=WORDS, body=WORDS, by=AUTHOR)
    folder = scene.folder / "new"
    folder.mkdir()
    new = Bot(scene.github, folder, scene.clock)
    with closing(new.store):
        new.look()
        scene.clock.now += A_MINUTE
        scene.github.comment(REPOSITORY, pull, "/retry", by=WRITER)
        scene.clock.now += QUIET
        new.look()

        assert WORDS not in read(new, issue)


def test_a_stranger_who_requests_changes_starts_nothing(scene: Scene) -> None:
    """Anybody may review a public pull request. It gets no answer either: it was not said to Nightshift."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        issue, pull = in_review(scene, bots)
        since = len(scene.deliveries())
        say(scene, issue, pull, who=STRANGER, where="request for changes", text=WORDS)
        learn(scene, bots, since)

        for bot in bots:
            assert (task := bot.task(issue)) is not None
            assert task.state is State.IN_REVIEW
            with bot.store.read() as ledger:
                assert not [each for each in ledger.outbox.due(scene.clock.now, 100) if each.kind == "reply"]
