"""Who × where × what: only people with write permission start anything, and only their words reach a session's brief.

One ledger follows the deliveries, another polls alone; both have to decide the same. No session runs: the brief that
the next one would get is written here, by what writes it for a session. What other people say stands in it only between
the lines that mark material.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import product

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.world import Refused
from tests.stories.ledgers import A_MINUTE, QUIET, REPOSITORY, Bot, Scene, a_scene
from tests.stories.speakers import (
    APPROVED,
    AUTHOR,
    AUTOMATON,
    FORMER,
    ITSELF,
    ROLES,
    STRANGER,
    WHO,
    WRITER,
    WRITERS,
    Case,
    in_review,
    learn,
    open_by,
    say,
)
from tests.stories.written_briefs import WORDS, read, whose_words

WHAT = {"a command": "/retry", "a command with words": f"/revise {WORDS}", "words": WORDS}
HOW = ("opened with the label", "label", "/retry", "/go")
WHERE = (
    *("issue comment", "pull request comment", "edited comment", "review", "request for changes", "thread"),
    *("answer in a thread", "reaction", "commit message"),
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with a_scene(tmp_path_factory.mktemp("words")) as scene:
        for login in set(WHO) - set(scene.github.world.accounts):
            scene.github.add_user(login, kind="Bot" if login == AUTOMATON else "User")
        scene.github.set_role(REPOSITORY, FORMER, "write")
        for login, role in ROLES.items():
            scene.github.set_role(REPOSITORY, login, role)
        yield scene


def starts(who: str, where: str, what: str) -> bool:
    """Whether it makes the next session run: a maintainer's commands, requests for changes and new threads."""
    if who not in WRITERS or where in {"reaction", "commit message"}:
        return False
    return where in {"request for changes", "thread"} or WHAT[what].startswith("/")


def is_read(who: str, where: str, what: str) -> bool:
    """Whether the next session reads the words: a maintainer's, but for those on the issue that are no command."""
    if who not in WRITERS or what == "a command" or where in {"reaction", "commit message"}:
        return False
    return where != "issue comment" or WHAT[what].startswith("/")


def is_possible(who: str, where: str, what: str) -> bool:
    """GitHub refuses a request for changes on one's own pull request, and a push without permission. What one without
    permission says is said once as a command and once as words; the rest adds nothing but time."""
    if where == "commit message":
        return who in (*WRITERS, AUTOMATON)
    if where == "reaction":
        return what == "a command with words"
    is_brief = who in {WRITER, STRANGER} or what != "a command"
    return is_brief and (who, where) != (ITSELF, "request for changes")


@pytest.mark.parametrize("how", HOW)
def test_only_people_who_may_write_start_an_issue(scene: Scene, how: str) -> None:
    """A template puts the label on for anybody who opens an issue; then a command is all that is left to give."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        since = len(scene.deliveries())
        labels = () if how == "label" else ("auto",)
        authors = {who: who if how == "opened with the label" else AUTHOR for who in WHO}
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

        expected = {who: who in WRITERS and how != "/go" for who in issues}
        for bot in bots:
            assert {who: bot.task(issue) is not None for who, issue in issues.items()} == expected


def test_only_comments_of_people_who_may_write_are_read_with_an_issue(scene: Scene) -> None:
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        since = len(scene.deliveries())
        issues = {who: open_by(scene, AUTHOR) for who in WHO}
        for who, issue in issues.items():
            scene.github.comment(REPOSITORY, issue.number, WORDS, by=who)
        scene.clock.now += A_MINUTE
        for issue in issues.values():
            scene.github.label_issue(REPOSITORY, issue.number, "auto", by=WRITER)
        learn(scene, bots, since)

        for bot in bots:
            told = {who: read(bot, issue) for who, issue in issues.items()}
            assert all(APPROVED in text for text in told.values())
            assert {who: whose_words(text) for who, text in told.items()} == {
                who: {f"comment by {who}"} if who in WRITERS else set() for who in issues
            }


@pytest.mark.parametrize("where", WHERE)
def test_only_people_who_may_write_start_anything_or_are_read(scene: Scene, where: str) -> None:
    said = [(who, what) for who, what in product(WHO, WHAT) if is_possible(who, where, what)]
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        cases = in_review(scene, bots, said)
        if where == "edited comment":
            since = len(scene.deliveries())
            for case in cases:
                say(scene, case.issue, case.pull, who=case.who, where="pull request comment", text="Nice.")
            learn(scene, bots, since)
        since = len(scene.deliveries())
        for case in cases:
            say(scene, case.issue, case.pull, who=case.who, where=where, text=WHAT[case.what])
        learn(scene, bots, since)

        # A maintainer's edit within minutes gives a command to the one that polls, and none to the other.
        certain = [each for each in cases if where != "edited comment" or each.who not in WRITERS]
        expected = {each: starts(each.who, where, each.what) for each in certain}
        for bot in bots:
            assert {each: is_queued(bot, each) for each in certain} == expected

        since = len(scene.deliveries())
        for case in cases:
            scene.github.comment(REPOSITORY, case.pull, "/retry", by=WRITER)
        learn(scene, bots, since)
        for case in cases:
            told = [read(bot, case.issue) for bot in bots]
            assert told[0] == told[1], case
            marks = {f"words of {case.who}, who may write to the repository"}
            assert whose_words(told[0]) == (marks if is_read(case.who, where, case.what) else set()), case


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
            assert APPROVED in read(bot, case.issue), case
            assert WORDS not in read(bot, case.issue), case


def test_what_an_issue_said_when_it_was_approved_is_read_as_material(scene: Scene) -> None:
    """No matter who wrote its title and its text: a maintainer has read them."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        since = len(scene.deliveries())
        made = [scene.github.open_issue(REPOSITORY, title=WORDS, body=WORDS, author=who).number for who in WHO]
        scene.clock.now += A_MINUTE
        for number in made:
            scene.github.label_issue(REPOSITORY, number, "auto", by=WRITER)
        learn(scene, bots, since)

        for bot, number in product(bots, made):
            assert whose_words(read(bot, IssueRef(REPOSITORY, number))) == {"issue"}


def test_the_words_of_one_who_may_not_write_any_more_are_read_no_more(scene: Scene) -> None:
    """Permission counts when a session reads, not when the words were said."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        places = ("pull request comment", "review", "thread")
        cases = in_review(scene, bots, [(FORMER, "words")] * len(places))
        scene.github.set_role(REPOSITORY, FORMER, "write")
        since = len(scene.deliveries())
        for case, where in zip(cases, places, strict=True):
            say(scene, case.issue, case.pull, who=FORMER, where=where, text=WORDS)
        learn(scene, bots, since)
        scene.github.set_role(REPOSITORY, FORMER, "none")
        since = len(scene.deliveries())
        for case in cases:
            scene.github.comment(REPOSITORY, case.pull, "/retry", by=WRITER)
        learn(scene, bots, since)

        for bot, case in product(bots, cases):
            assert is_queued(bot, case), case
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
