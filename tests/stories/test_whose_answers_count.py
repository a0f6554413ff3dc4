"""Who replies × who confirms × how: only a person with write permission makes an author's reply an answer to Claude.

One ledger follows the deliveries, another polls alone; both have to decide the same. No session runs: what the next
one would read is read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import product

import pytest

from bot.core.answers import asked_of
from bot.core.brief import BriefInput, brief
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, State
from bot.rehearsal.documented import branch_of
from tests.stories.ledgers import A_MINUTE, QUIET, REPOSITORY, Bot, Scene, a_scene

WORDS = "paint it violet"
WRITER, STRANGER, AUTHOR, TRIAGE, AUTOMATON, ITSELF = "ada", "sam", "mallory", "tri", "helpful[bot]", "bot"
WHO = (WRITER, STRANGER, AUTHOR, TRIAGE, AUTOMATON, ITSELF)
HOW = ("/retry", "retry at the end of the reply", "👍", "👍 on another comment", "👍 on the issue", "❤️", "👎", "a word")
STARTS = {"/retry", "👍"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with a_scene(tmp_path_factory.mktemp("answers")) as scene:
        for login in (STRANGER, AUTHOR):
            scene.github.add_user(login)
        scene.github.add_user(AUTOMATON, kind="Bot")
        scene.github.set_role(REPOSITORY, AUTOMATON, "write")
        yield scene


def asked(scene: Scene, bots: list[Bot], many: int = 1) -> list[IssueRef]:
    """So many issues that a maintainer approved, and about each of which Claude has a question."""
    since = len(scene.deliveries())
    issues = []
    for _ in range(many):
        opened = scene.github.open_issue(REPOSITORY, title="Tell", body="The approved text.", author=AUTHOR)
        scene.github.label_issue(REPOSITORY, opened.number, "auto", by=WRITER)
        issues.append(IssueRef(REPOSITORY, opened.number))
    learn(scene, bots, since)
    for bot, issue in product(bots, issues):
        end_with_questions(bot, issue)
    scene.clock.now += A_MINUTE
    return issues


def end_with_questions(bot: Bot, issue: IssueRef) -> None:
    """As if a session had asked something."""
    now, asked_for = bot.clock.now, FailureKind.NEEDS_INFO
    with bot.store.transaction() as ledger:
        claim = ledger.claims.claim(worker="w", now=now, lease=A_MINUTE, per_repository=1)
        assert claim is not None
        assert claim.task.issue == issue
        ended = Attempt(
            task_id=claim.task.id,
            number=claim.task.attempts,
            started_at=now,
            finished_at=now,
            outcome=State.FAILED,
            failure=asked_for,
            questions=("Which colour?",),
        )
        ledger.attempts.finish(ended)
        assert ledger.tasks.move(claim.task.id, State.RUNNING, State.FAILED, now=now, failure=asked_for)


def learn(scene: Scene, bots: list[Bot], since: int) -> None:
    """The first bot receives the deliveries and polls now and then, the second one polls alone."""
    scene.clock.now += A_MINUTE
    for delivery in scene.deliveries(since):
        bots[0].hear(delivery)
    scene.clock.now += QUIET
    for bot in bots:
        bot.look()


def confirm(scene: Scene, issue: IssueRef, reply: int, *, who: str, how: str) -> None:
    github, number = scene.github, issue.number
    match how:
        case "/retry":
            github.comment(REPOSITORY, number, "/retry", by=who)
        case "👍" | "❤️" | "👎":
            github.react(REPOSITORY, reply, {"👍": "+1", "❤️": "heart", "👎": "-1"}[how], by=who)
        case "👍 on another comment":
            other = github.comment(REPOSITORY, number, "Something else.", by=STRANGER)
            github.react(REPOSITORY, other.id, by=who)
        case "👍 on the issue":
            github.react_to_issue(REPOSITORY, number, by=who)
        case "a word":
            github.comment(REPOSITORY, number, "Fine.", by=who)
        case _:
            pass  # it is in the reply


def read(bot: Bot, issue: IssueRef) -> str:
    """What the next session reads."""
    task = bot.task(issue)
    assert task is not None
    with bot.store.read() as ledger:
        previous = ledger.attempts.of(task.id)
    given = BriefInput(
        issue=issue,
        snapshot=task.snapshot,
        branch=branch_of(issue.number),
        base_branch="main",
        turn_limit=9,
        previous=previous[-1],
        asked=asked_of(previous),
    )
    return brief(given)


def reply_to(scene: Scene, bots: list[Bot], issue: IssueRef, text: str, *, by: str) -> int:
    since = len(scene.deliveries())
    number = scene.github.comment(REPOSITORY, issue.number, text, by=by).id
    learn(scene, bots, since)
    return number


@pytest.mark.parametrize("how", HOW)
def test_only_a_writer_makes_the_authors_reply_an_answer(scene: Scene, how: str) -> None:
    """All pairs of people in one look of the bots, each on a separate issue."""
    pairs = [*product((AUTHOR, STRANGER), WHO), (AUTOMATON, WRITER)]
    bots, text = scene.bots(2), WORDS + ("\n\n/retry" if how.endswith("reply") else "")
    with closing(bots[0].store), closing(bots[1].store):
        issues, since = asked(scene, bots, len(pairs)), len(scene.deliveries())
        said = [
            scene.github.comment(REPOSITORY, issue.number, text, by=replies).id
            for issue, (replies, _) in zip(issues, pairs, strict=True)
        ]
        learn(scene, bots, since)
        since = len(scene.deliveries())
        scene.clock.now += A_MINUTE
        for issue, reply, (_, who) in zip(issues, said, pairs, strict=True):
            confirm(scene, issue, reply, who=who, how=how)
        learn(scene, bots, since)

        for issue, (replies, who) in zip(issues, pairs, strict=True):
            is_confirmed = who == WRITER and how in STARTS and (how == "/retry" or replies == AUTHOR)
            is_answer = is_confirmed and replies == AUTHOR
            assert judge(bots, issue) == (is_confirmed, is_answer), f"{replies} replies, {who} confirms"


def judge(bots: list[Bot], issue: IssueRef) -> tuple[bool, bool]:
    """Whether the task is tried again, and whether its session reads the reply. Both bots have to agree."""
    states = {task.state for bot in bots if (task := bot.task(issue)) is not None}
    (state,) = states
    first, second = (read(bot, issue) for bot in bots)
    assert first == second
    assert "The approved text." in first
    is_answer = WORDS in first
    assert (f"words of {AUTHOR}, the issue's author, who may not write" in first) == is_answer
    assert state in {State.QUEUED, State.FAILED}
    return state is State.QUEUED, is_answer


@pytest.mark.parametrize("how", ["/retry", "👍"])
def test_an_answer_names_no_blocker_and_gives_no_command(scene: Scene, how: str) -> None:
    """It is an answer to Claude, and starts or stops nothing itself."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        (issue,) = asked(scene, bots)
        reply = reply_to(scene, bots, issue, "Violet.\n\nblocked by #9999\n\n/cancel", by=AUTHOR)
        since = len(scene.deliveries())
        scene.clock.now += A_MINUTE
        confirm(scene, issue, reply, who=WRITER, how=how)
        learn(scene, bots, since)

        for bot in bots:
            assert (task := bot.task(issue)) is not None
            assert (task.state, task.blockers) == (State.QUEUED, ())


@pytest.mark.parametrize("part", ["title", "body"])
def test_a_thumbs_up_approves_the_reply_and_not_a_new_text_of_the_issue(scene: Scene, part: str) -> None:
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        (issue,) = asked(scene, bots)
        reply = reply_to(scene, bots, issue, "Violet.", by=AUTHOR)
        since = len(scene.deliveries())
        scene.github.edit_issue(REPOSITORY, issue.number, **{part: WORDS}, by=AUTHOR)
        scene.clock.now += A_MINUTE
        confirm(scene, issue, reply, who=WRITER, how="👍")
        learn(scene, bots, since)

        for bot in bots:
            assert (task := bot.task(issue)) is not None
            assert task.state is State.QUEUED
            assert "Violet." in read(bot, issue)
            assert WORDS not in read(bot, issue)


@pytest.mark.parametrize("what", ["the label was taken off", "cancelled", "taken back", "deleted"])
def test_what_was_taken_back_starts_nothing(scene: Scene, what: str) -> None:
    """Whether the bot had seen the 👍 or not."""
    bots = scene.bots(2)
    with closing(bots[0].store), closing(bots[1].store):
        (issue,) = asked(scene, bots)
        reply = reply_to(scene, bots, issue, WORDS, by=AUTHOR)
        since = len(scene.deliveries())
        scene.clock.now += A_MINUTE
        confirm(scene, issue, reply, who=WRITER, how="👍")
        scene.clock.now += A_MINUTE
        match what:
            case "the label was taken off":
                scene.github.unlabel_issue(REPOSITORY, issue.number, "auto", by=WRITER)
            case "cancelled":
                scene.github.comment(REPOSITORY, issue.number, "/cancel", by=WRITER)
            case "taken back":
                scene.github.take_back_reaction(REPOSITORY, reply, by=WRITER)
            case _:
                scene.github.delete_comment(REPOSITORY, reply, by=AUTHOR)
        learn(scene, bots, since)

        states = {task.state for bot in bots if (task := bot.task(issue)) is not None}
        assert len(states) == 1
        assert not states & {State.QUEUED, State.RUNNING}


def test_a_quiet_question_costs_nothing(scene: Scene) -> None:
    """As long as nothing happens on the issue, GitHub answers "not modified"."""
    bots = scene.bots(1)
    with closing(bots[0].store):
        (issue,) = asked(scene, bots)
        reply_to(scene, bots, issue, WORDS, by=AUTHOR)
        scene.clock.now += QUIET
        bots[0].look()
        github, since = bots[0].reconciler.github, scene.clock.now
        reads = github.reads
        scene.clock.now = since + timedelta(minutes=1)
        bots[0].look()

        assert github.reads == reads
