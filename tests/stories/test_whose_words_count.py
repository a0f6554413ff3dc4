"""Who × where × what: only people with write permission start anything, and only their words reach a session's brief.

One ledger follows the deliveries, another polls alone; both have to decide the same. No session runs: what the next
one would read is read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import product

import pytest

from bot.core.references import IssueRef
from bot.core.review_brief import requests
from bot.core.tasks import State
from bot.rehearsal.github.reviews import OnLine
from bot.rehearsal.github.world import Refused
from bot.steps.repair_reading import Repair
from bot.steps.review_reading import ReviewReader
from tests.stories.ledgers import A_MINUTE, QUIET, REPOSITORY, Bot, Scene, a_scene

WORDS = "paint it violet"
WRITER, STRANGER, AUTHOR, AUTOMATON, ITSELF = "ada", "sam", "mallory", "helpful[bot]", "bot"
WHO = (WRITER, STRANGER, AUTHOR, AUTOMATON, ITSELF)
WHAT = {"a command": "/retry", "a command with words": f"/revise {WORDS}", "words": WORDS}
TRIAGE = "tri"  # may label, and not write
HOW = ("opened with the label", "label", "/retry", "/go")
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


@dataclass(frozen=True)
class Case:
    """One person says one thing about an issue that somebody who may not write opened and a maintainer approved."""

    who: str
    what: str
    issue: IssueRef
    pull: int

    def __str__(self) -> str:
        return f"{self.who}: {self.what}"


def in_review(scene: Scene, bots: list[Bot], said: Sequence[tuple[str, str]]) -> list[Case]:
    """For each (who, what) an issue and its pull request, all of them at once: a look of the bots is what costs."""
    github, since = scene.github, len(scene.deliveries())
    issues = [IssueRef(REPOSITORY, open_approved(scene)) for _ in said]
    learn(scene, bots, since)
    since = len(scene.deliveries())
    cases = []
    for (who, what), issue in zip(said, issues, strict=True):
        github.push_commit(REPOSITORY, issue.branch, {f"{issue.number}.txt": "x\n"}, by=ITSELF)
        body = f"<!-- nightshift:pull-request {issue} -->"
        pull = github.open_pull_request(REPOSITORY, title="Tell", body=body, head=issue.branch, by=ITSELF)
        for bot in bots:
            bot.ended(issue, State.IN_REVIEW, pull.number)
        cases.append(Case(who, what, issue, pull.number))
    learn(scene, bots, since)
    return cases


def open_approved(scene: Scene) -> int:
    number = scene.github.open_issue(REPOSITORY, title="Tell", body="The approved text.", author=AUTHOR).number
    scene.github.label_issue(REPOSITORY, number, "auto", by=WRITER)
    return number


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


def starts(where: str, text: str) -> bool:
    """Whether a maintainer's words do."""
    return text.startswith("/") or where == "request for changes"


def is_read(who: str, where: str, what: str) -> bool:
    """Whether the next session reads the words: a maintainer's, but for those on the issue that are no command."""
    return who == WRITER and what != "a command" and (where != "issue comment" or WHAT[what].startswith("/"))


def open_by(scene: Scene, author: str, *, labels: tuple[str, ...] = ()) -> IssueRef:
    body = "The approved text."
    return IssueRef(
        REPOSITORY, scene.github.open_issue(REPOSITORY, title="Tell", body=body, author=author, labels=labels).number
    )


@pytest.mark.parametrize("how", HOW)
def test_only_people_who_may_write_start_an_issue(scene: Scene, how: str) -> None:
    """A template puts the label on for anybody who opens an issue; then a command is all that is left to give."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        since = len(scene.deliveries())
        labels = () if how == "label" else ("auto",)
        authors = {who: who if how == "opened with the label" else AUTHOR for who in (*WHO, TRIAGE)}
        issues = {who: open_by(scene, author, labels=labels) for who, author in authors.items()}
        learn(scene, bots, since)
        since = len(scene.deliveries())
        for who, issue in issues.items():
            if how == "label":
                with suppress(Refused):  # GitHub lets people label who may triage
                    scene.github.label_issue(REPOSITORY, issue.number, "auto", by=who)
            elif how.startswith("/"):
                scene.github.comment(REPOSITORY, issue.number, how, by=who)
        learn(scene, bots, since)

        expected = {who: who == WRITER and how != "/go" for who in issues}
        for bot in bots:
            assert {who: bot.task(issue) is not None for who, issue in issues.items()} == expected


def test_only_comments_of_people_who_may_write_are_read_with_an_issue(scene: Scene) -> None:
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        since = len(scene.deliveries())
        issues = {who: open_by(scene, AUTHOR) for who in (*WHO, TRIAGE)}
        for who, issue in issues.items():
            scene.github.comment(REPOSITORY, issue.number, WORDS, by=who)
        scene.clock.now += A_MINUTE
        for issue in issues.values():
            scene.github.label_issue(REPOSITORY, issue.number, "auto", by=WRITER)
        learn(scene, bots, since)

        for bot in bots:
            told = {who: read(bot, issue) for who, issue in issues.items()}
            assert all("The approved text." in text for text in told.values())
            assert {who: WORDS in text for who, text in told.items()} == {who: who == WRITER for who in issues}


@pytest.mark.parametrize("where", WHERE)
def test_only_people_who_may_write_start_anything_or_are_read(scene: Scene, where: str) -> None:
    said = [(who, what) for who, what in product(WHO, WHAT) if (who, where) != IMPOSSIBLE]
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        cases = in_review(scene, bots, said)
        since = len(scene.deliveries())
        for case in cases:
            say(scene, case.issue, case.pull, who=case.who, where=where, text=WHAT[case.what])
        learn(scene, bots, since)

        expected = {each: starts(where, WHAT[each.what]) and each.who == WRITER for each in cases}
        for bot in bots:
            assert {each: is_queued(bot, each) for each in cases} == expected

        since = len(scene.deliveries())
        for case in cases:
            scene.github.comment(REPOSITORY, case.pull, "/retry", by=WRITER)
        learn(scene, bots, since)
        for case in cases:
            told = [read(bot, case.issue) for bot in bots]
            assert told[0] == told[1], case
            assert (WORDS in told[0]) == is_read(case.who, where, case.what), case
            assert (f"words of {WRITER}, who may write" in told[0]) >= (WORDS in told[0]), case


def is_queued(bot: Bot, case: Case) -> bool:
    task = bot.task(case.issue)
    assert task is not None
    assert task.state in {State.QUEUED, State.IN_REVIEW}, case
    return task.state is State.QUEUED


def test_what_the_issue_says_after_its_approval_reaches_no_revision(scene: Scene) -> None:
    """Its author may edit it at any time. The text that was approved counts."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        cases = in_review(scene, bots, list(product((WRITER, AUTHOR, AUTOMATON), WHAT)))
        since = len(scene.deliveries())
        for case in cases:
            scene.github.edit_issue(REPOSITORY, case.issue.number, title=WORDS, body=WHAT[case.what], by=case.who)
        learn(scene, bots, since)
        assert not [case for bot, case in product(bots, cases) if is_queued(bot, case)]

        since = len(scene.deliveries())
        for case in cases:
            scene.github.comment(REPOSITORY, case.pull, "/retry", by=WRITER)
        learn(scene, bots, since)

        for bot, case in product(bots, cases):
            assert is_queued(bot, case), case
            assert "The approved text." in read(bot, case.issue), case
            assert WORDS not in read(bot, case.issue), case


def test_a_lost_ledger_takes_no_text_for_approved(scene: Scene) -> None:
    """A new ledger knows the pull request, and not the text that its issue had when it was approved."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        (case,) = in_review(scene, bots, [(AUTHOR, "words")])
    scene.github.edit_issue(REPOSITORY, case.issue.number, title=WORDS, body=WORDS, by=AUTHOR)
    folder = scene.folder / "new"
    folder.mkdir()
    new = Bot(scene.github, folder, scene.clock)
    with closing(new.store):
        new.look()
        scene.clock.now += A_MINUTE
        scene.github.comment(REPOSITORY, case.pull, "/retry", by=WRITER)
        scene.clock.now += QUIET
        new.look()

        assert WORDS not in read(new, case.issue)


def test_a_stranger_who_requests_changes_starts_nothing(scene: Scene) -> None:
    """Anybody may review a public pull request. It gets no answer either: it was not said to Nightshift."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        (case,) = in_review(scene, bots, [(STRANGER, "words")])
        since = len(scene.deliveries())
        say(scene, case.issue, case.pull, who=STRANGER, where="request for changes", text=WORDS)
        learn(scene, bots, since)

        for bot in bots:
            assert not is_queued(bot, case)
            with bot.store.read() as ledger:
                assert not [each for each in ledger.outbox.due(scene.clock.now, 100) if each.kind == "reply"]
