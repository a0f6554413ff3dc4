"""What is unclear about an issue, or should not run unattended, is remarked before it runs. With `strict` it waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.checkpoints import Checkpoint
from bot.core.references import IssueRef
from bot.core.tasks import Lint, State
from bot.rehearsal.github.mentions import find_mentions
from tests.stories.killed_runs import run_until_killed_at
from tests.stories.other_ledgers import another_ledger
from tests.stories.repository_settings import settings
from tests.stories.turn_checks import mails
from tests.stories.world import REPOSITORY, World, a_world, writes

VAGUE = ("Improve performance", "Please.")
CLEAR = "`clock.py` should answer within 10 ms."
WAITS = "**Nightshift**: waits for `/go`"


def strict_issue(world: World, title: str = VAGUE[0], body: str = VAGUE[1], *, author: str = "ada") -> IssueRef:
    """It waits, in a repository that is strict."""
    settings(world, "strict: true\nverify: []\n")
    issue = world.open_issue(title, body, author=author, sessions=[writes("one.txt", "1")])
    world.label(issue)
    world.run_until_idle()
    return issue


def paused_issue(world: World, title: str, body: str, *, comment: str = "") -> str:
    """Its status while it is queued."""
    world.services.operations.pause("", stop=False)
    issue = world.open_issue(title, body, sessions=[writes("one.txt", "1")])
    world.label(issue)
    world.run_until_idle()
    if comment:
        world.comment(issue, comment)
        world.run_until_idle()
    return world.status(issue)


@pytest.mark.parametrize("more", ["", " It fails in GitHub Actions since Monday: the payment is late."])
def test_an_issue_that_says_what_shall_be_is_not_remarked_on(world: World, more: str) -> None:
    """Nor is one that mentions work that should not run unattended, and asks for none of it."""
    status = paused_issue(world, "Fix the clock", CLEAR + more)
    assert "Before it runs unattended" not in status
    assert "`/go`" not in status


@pytest.mark.parametrize(
    ("title", "body", "remark"),
    [
        (*VAGUE, "**When is it done?**"),
        ("Fix the clock and add a dark theme", CLEAR, "`Fix the clock`, `add a dark theme`"),
        ("Integrate Stripe", CLEAR, "**Work on payments**"),
    ],
)
def test_what_is_missing_is_said_in_the_comment_that_the_label_gets_anyway(
    world: World, title: str, body: str, remark: str
) -> None:
    """Its mail goes to the author, as of any new comment. No comment more, no mention, and nothing waits for it."""
    world.services.operations.pause("", stop=False)
    issue = world.label_issue(title, body, sessions=[writes("one.txt", "1")])
    world.run_until_idle()
    (status,) = world.bot_comments(issue)
    assert remark in status
    assert "`/go`" in status
    assert find_mentions(status) == ()
    assert [(mail.login, mail.reason) for mail in world.github.mails] == [("ada", "author")]

    world.services.operations.resume()
    world.run_until_idle()
    assert world.state(issue) is State.IN_REVIEW
    assert "<summary>Remarks on this issue</summary>" in world.status(issue)
    assert world.notices(issue) == []
    assert mails(world.github, "ada") == ["review_requested"]


def test_go_ends_the_remarks_and_an_edit_that_mends_the_issue_does_too(world: World) -> None:
    world.services.operations.pause("", stop=False)
    issue = world.label_issue(*VAGUE, sessions=[writes("one.txt", "1")])
    mended = world.label_issue(*VAGUE, sessions=[writes("two.txt", "2")])
    world.run_until_idle()
    world.comment(issue, "/go")
    world.github.edit_issue(REPOSITORY, mended.number, body=CLEAR, by="ada")
    world.run_until_idle()
    for each in (issue, mended):
        assert "Before it runs" not in world.status(each)
        assert len(world.bot_comments(each)) == 1
    assert world.task(issue).lint is Lint.ACCEPTED
    assert world.task(mended).lint is Lint.NONE


def test_a_strict_repository_waits_and_notifies_the_approver_once(world: World) -> None:
    issue = strict_issue(world)
    assert world.state(issue) is State.QUEUED
    assert world.status(issue).startswith(WAITS)
    assert "auto:waiting" in world.labels(issue)
    (told,) = world.notices(issue)
    assert told.startswith("@ada, it is your turn: this issue waits, because it does not say when it is done")
    assert "`/go`" in told

    world.comment(issue, "/go")
    world.run_until_idle()
    assert world.state(issue) is State.IN_REVIEW
    assert world.notices(issue) == ["No action is needed any more: this issue waited for `/go`."]
    assert mails(world.github, "ada") == ["mention", "review_requested"]


def test_another_issue_of_a_strict_repository_does_not_wait_behind_it(world: World) -> None:
    issue = strict_issue(world)
    other = world.label_issue("Add a clock", CLEAR, sessions=[writes("two.txt", "2")])
    world.run_until_idle()
    assert world.state(issue) is State.QUEUED
    assert world.state(other) is State.IN_REVIEW


def test_the_notice_says_what_is_still_missing_after_an_edit(world: World) -> None:
    """It is edited in place, and no second one is made."""
    issue = strict_issue(world)
    world.github.edit_issue(REPOSITORY, issue.number, title="Integrate Stripe", body=CLEAR, by="ada")
    world.run_until_idle()
    (told,) = world.notices(issue)
    assert "it asks for work on payments" in told
    assert "when it is done" not in told

    world.github.edit_issue(REPOSITORY, issue.number, title="Show the time", by="ada")
    world.run_until_idle()
    assert world.state(issue) is State.IN_REVIEW
    assert world.notices(issue)[0] == "No action is needed any more: this issue waited for `/go`."


def test_only_people_who_may_write_let_it_go(world: World) -> None:
    """Neither a stranger's `/go` nor an edit by an author without permission starts it; its approval does."""
    issue = strict_issue(world, author="sam")
    world.comment(issue, "/go", by="sam")
    world.github.edit_issue(REPOSITORY, issue.number, body=CLEAR, by="sam")
    world.run_until_idle()
    assert world.state(issue) is State.QUEUED
    assert world.status(issue).startswith(WAITS)

    world.comment(issue, "/retry")
    world.run_until_idle()
    assert world.state(issue) is State.IN_REVIEW


def test_a_retry_by_a_person_who_saw_the_remarks_lets_it_go(world: World) -> None:
    issue = strict_issue(world)
    world.later(5)  # GitHub counts in seconds, and what follows a label comes after its second
    world.comment(issue, "/retry")
    world.run_until_idle()
    assert world.state(issue) is State.IN_REVIEW


def test_a_cancel_after_go_counts_and_a_second_go_has_nothing_to_do(world: World) -> None:
    issue = strict_issue(world)
    world.comment(issue, "/cancel")
    world.run_until_idle()
    assert world.state(issue) is State.CANCELLED
    assert world.notices(issue) == ["No action is needed any more: this issue waited for `/go`."]

    other = world.label_issue("Show the time", CLEAR, sessions=[writes("two.txt", "2")])
    world.run_until_idle()
    world.comment(other, "/go")
    world.run_until_idle()
    assert [each for each in world.replies(other) if "nothing here that waits for `/go`" in each]


def test_remarks_can_be_turned_off(world: World) -> None:
    settings(world, "lint: false\nverify: []\n")
    assert "Before it runs" not in paused_issue(world, *VAGUE)


def test_a_lost_ledger_waits_on(world: World) -> None:
    """The hidden record says that the issue waits; the notice that is there is found again."""
    issue = strict_issue(world)
    with another_ledger(world):
        world.run_until_idle()
        assert world.task(issue).waits_for_go
        assert len(world.notices(issue)) == 1

        world.comment(issue, "/go")
        world.run_until_idle()
        assert world.state(issue) is State.IN_REVIEW


@pytest.mark.parametrize("step", [Checkpoint.DELIVERY_DECIDED, Checkpoint.COMMENT_POSTED, Checkpoint.NOTICE_RECORDED])
def test_it_waits_with_one_notice_whatever_is_cut_off(step: Checkpoint, tmp_path: Path) -> None:
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        settings(world, "strict: true\nverify: []\n")
        issue = world.label_issue(*VAGUE, sessions=[writes("one.txt", "1")])
        run_until_killed_at(step, world, tmp_path)
        world.run_until_idle()
        assert world.status(issue).startswith(WAITS)
        assert len(world.notices(issue)) == 1
        world.check()
