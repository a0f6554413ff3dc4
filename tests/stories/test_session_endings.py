"""How a session may end, and what the bot makes of its words and its work."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

from bot.adapters.claude import ClaudeCode
from bot.core.failures import FailureKind
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.wiring import Services
from tests.stories.world import CLAUDE, World, a_world, bash, finish, text_of, writes


def test_nothing_to_change_is_no_failure(world: World) -> None:
    issue = world.label_issue(sessions=[[finish(summary="The README says so already.")]])

    world.run_until_idle()

    assert world.state(issue) is State.NO_CHANGE
    assert "says so already" in world.status(issue)
    assert world.pull_requests() == []
    assert branch_of(issue.number) not in world.github.branches("octo/clock")


def test_a_session_that_is_blocked_says_why(world: World) -> None:
    issue = world.label_issue(sessions=[[finish("blocked", "There is no clock to fix.")]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.TASK_BLOCKED
    assert "There is no clock to fix." in world.status(issue)
    assert world.labels(issue) == {"auto", "auto:failed"}


def test_questions_are_numbered(world: World) -> None:
    issue = world.label_issue(sessions=[[finish("needs_info", "Unclear.", ["Which zone?", "Which clock?"])]])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.NEEDS_INFO
    assert re.search(r"1\. Which zone\?[\s>]+2\. Which clock\?", world.status(issue))


def test_more_turns_help(tmp_path: Path) -> None:
    """A session out of turns fails; the comment names the line to type, and that line works."""
    busy = [bash(f"echo {n}") for n in range(3)]
    with a_world(tmp_path, MAX_TURNS="2") as world:
        issue = world.label_issue(sessions=[busy, [*busy, *writes("time.txt", "noon")]])
        world.run_until_idle()
        assert world.task(issue).failure is FailureKind.SESSION_TIMEOUT
        assert "`/retry turns=" in world.status(issue)

        world.comment(issue, "/retry turns=20")
        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        assert len(world.pull_requests()) == 1
        world.check()


def test_a_higher_budget_helps(tmp_path: Path) -> None:
    """As more turns do."""
    busy = [bash(f"echo {n}") for n in range(6)]
    with a_world(tmp_path, BUDGET_USD="0.01") as world:
        issue = world.label_issue(sessions=[busy, [*busy, *writes("time.txt", "noon")]])
        world.run_until_idle()
        assert world.task(issue).failure is FailureKind.BUDGET_EXHAUSTED
        assert "`/retry budget=" in world.status(issue)

        world.comment(issue, "/retry budget=5")
        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        assert world.script.started(issue) == 2
        world.check()


def test_the_budget_holds_for_a_session_that_does_not_count(tmp_path: Path) -> None:
    """A Claude Code that was made to believe that it may spend more."""
    program = tmp_path / "claude"
    program.write_text(f'#!/bin/bash\nset -- "${{@/#0.01/5}}"\nexec \'{CLAUDE.binary}\' "$@"\n')
    program.chmod(0o755)
    with a_world(tmp_path, BUDGET_USD="0.01") as world:
        issue = world.label_issue(sessions=[[bash(f"echo {n}") for n in range(9)]])
        services = Services(world.services.settings, ClaudeCode(program))
        with closing(services.store), world.worker(services=services) as worker:
            world.wait_until_idle(worker)

        assert world.failure(issue) is FailureKind.BUDGET_EXHAUSTED
        assert "of the $0.01 it may" in world.status(issue)
        world.check()


def test_a_session_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with a_world(tmp_path, SESSION_MINUTES="0.1") as world:
        issue = world.label_issue(sessions=[[{"hang": 100}]])
        with world.worker():
            world.wait_until(lambda: world.failure(issue) is not None)

        assert world.failure(issue) is FailureKind.WALL_CLOCK_TIMEOUT
        world.check()


def test_a_retry_can_choose_another_model(world: World) -> None:
    issue = world.label_issue(sessions=[[finish("blocked", "No.")], writes("time.txt", "noon")])
    world.run_until_idle()
    before = {request.model for request in world.model.requests}

    world.comment(issue, "/retry model=claude-haiku-4-5")
    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert not any("haiku" in model for model in before)
    assert "haiku" in world.model.requests[-1].model


def test_a_refused_command_does_not_happen_and_is_shown(world: World) -> None:
    """The session goes on and finishes; the pull request lists what was refused."""
    issue = world.label_issue(
        sessions=[[bash("git push --force origin main"), *writes("time.txt", "noon")]],
    )

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "git push --force origin main" in text_of(pull)
    with world.services.store.read() as ledger:
        (attempt,) = ledger.attempts.of(world.task(issue).id)
    assert attempt.guards.refused == 1
    assert attempt.guards.asked == attempt.guards.granted + 1


def test_the_words_of_the_predecessor_count_and_are_marked(world: World) -> None:
    issue = world.label_issue(
        sessions=[[*writes("time.txt", "noon")[:1], {"say": "TASK_COMPLETE\nIt is noon."}, {"say": "TASK_COMPLETE"}]]
    )

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert "TASK_COMPLETE" in text_of(pull) or "words" in text_of(pull)
    assert world.state(issue) is State.IN_REVIEW


def test_commits_without_a_word_count_and_are_marked(world: World) -> None:
    issue = world.label_issue(
        sessions=[[*writes("time.txt", "noon")[:1], {"say": "There you are."}, {"say": "Really."}]]
    )

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    with world.services.store.read() as ledger:
        (attempt,) = ledger.attempts.of(world.task(issue).id)
    assert attempt.completion == "commits"


def test_neither_a_word_nor_a_commit_is_a_failure(world: World) -> None:
    """Tried again once by itself, then told."""
    silent = [{"say": "Hm."}, {"say": "Hm."}]
    issue = world.label_issue(sessions=[silent, silent])

    world.run_until_idle()

    assert world.task(issue).failure is FailureKind.COMPLETION_SIGNAL_MISSING
    assert world.task(issue).attempts == 2
