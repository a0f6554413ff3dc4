"""The judge of a night with chaos looks at GitHub alone, and reports what was lost, doubled or should not be there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.checkpoints import Checkpoint
from bot.core.tasks import State
from bot.rehearsal.chaos.injections import FaultKind, Injection
from bot.rehearsal.chaos.plan import plan_named
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.observation import BOT
from tests.rehearsal.chaos_end import REPOSITORY, Night, now


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with SimulatedGitHub(tmp_path / "github") as github:
        yield Night(github, tmp_path)


def test_nothing_is_reported_of_a_night_that_went_well(night: Night) -> None:
    night.ends_well()
    assert night.verdict() == ""


def test_what_was_lost_is_reported(night: Night) -> None:
    lost = "it did not become a task: it has no status comment, no branch and no pull request"
    assert lost in night.verdict()

    night.comments()
    assert "expected one pull request, found none" in night.verdict()


def test_a_second_status_comment_is_reported(night: Night) -> None:
    night.ends_well()
    night.comments()
    assert "expected one status comment, found 2" in night.verdict()


def test_an_end_that_the_night_does_not_allow_is_reported(night: Night) -> None:
    """The issue was to be merged; its status comment says that it waits."""
    night.task = replace(night.task, state=State.QUEUED)
    night.ends_well()
    assert "expected done, found queued" in night.verdict()


def test_a_comment_too_many_is_reported(night: Night) -> None:
    night.ends_well()
    night.github.comment(REPOSITORY, 1, "Done!", by=BOT)
    assert "the bot's comment 'Done!' was not expected" in night.verdict()


def test_a_branch_that_holds_more_than_was_written_is_reported(night: Night) -> None:
    night.session()
    night.pushes(fix="fix\n", stray="x")
    night.comments()
    night.github.merge_pull_request(REPOSITORY, night.opens(), by="ada")
    assert night.verdict() == ""  # it was merged: the default branch has it too

    night.pushes(other="x")
    assert "its branch holds what no session wrote: other.txt" in night.verdict()


def test_a_status_comment_is_no_merge(night: Night) -> None:
    """The status comment and the ledger agree, and GitHub itself shows something else."""
    night.session()
    night.comments()
    night.pushes(fix="fix\n")
    night.opens()
    assert "it is done, and pull request #2 was not merged" in night.verdict()
    assert "it is done, and its issue is open" in night.verdict()


def test_a_ledger_that_says_anything_else_than_github_is_reported(night: Night) -> None:
    night.ends_well()
    night.task = replace(night.task, state=State.IN_REVIEW)
    assert night.verdict() == "octo/clock#1 (fix): the ledger says in_review, not done"


def test_an_injection_that_never_fired_is_reported(night: Night) -> None:
    """Where a night is for one fault; a seed does not know how often a step is taken."""
    night.ends_well()
    night.plan = replace(night.plan, injections=(Injection(kind=FaultKind.WORKER, step=Checkpoint.PUSHED),))
    assert night.verdict() == "the injection never fired: worker at pushed #1 (its step was not taken)"

    night.trace.append({"at": now(), "missed": 0, "what": "worker at pushed #1"})
    assert night.verdict() == "the injection never fired: worker at pushed #1 (there was no process to kill)"

    night.plan = replace(night.plan, must_fire=False)
    assert night.verdict() == ""


def test_a_push_to_what_is_not_the_issues_branch_is_reported(night: Night) -> None:
    night.ends_well()
    night.github.push_commit(REPOSITORY, "main", {"fix.txt": "fix\n"}, by=BOT)
    assert "the bot moved refs/heads/main in octo/clock" in night.verdict()


def test_a_file_that_no_session_wrote_is_reported(night: Night) -> None:
    night.ends_well()
    night.pushes(fix="half of i")
    assert "fix.txt is not as expected" in night.verdict()


def test_only_a_part_of_a_stack_may_say_that_its_base_was_merged_in(tmp_path: Path) -> None:
    """As often as that was so."""
    text = "**Nightshift** merged `main` into this: `1234567`. Git found no conflict in it."
    followed = f"on the pull request, the bot's comment {text!r} was not expected"
    for number, plan in enumerate((plan_named("worker:put-on-top"), None)):
        with SimulatedGitHub(tmp_path / f"{number}" / "github") as github:
            night = Night(github, tmp_path / f"{number}", *(["one"] if plan else []), plan=plan)
            night.ends_well()
            for _ in range(2):
                github.comment(REPOSITORY, 2, text, by=BOT)
            assert (followed in night.verdict()) is (plan is None)
            github.comment(REPOSITORY, 2, "More.", by=BOT)
            assert "on the pull request, the bot's comment 'More.' was not expected" in night.verdict()


def test_a_pull_request_that_is_lost_with_its_base_is_reported(night: Night) -> None:
    night.ends_well()
    night.github.push_commit(REPOSITORY, "auto/7", {"a.txt": ""}, by=BOT)
    night.github.create_branch(REPOSITORY, "auto/8", "auto/7", by=BOT)
    night.github.push_commit(REPOSITORY, "auto/8", {"b.txt": ""}, by=BOT)
    night.github.open_pull_request(REPOSITORY, title="B", head="auto/8", base="auto/7", by=BOT)
    night.github.delete_branch(REPOSITORY, "auto/7", by="ada")
    lost = "octo/clock: pull request #3 was closed because its base auto/7 was deleted, and stayed closed"
    assert lost in night.verdict()
