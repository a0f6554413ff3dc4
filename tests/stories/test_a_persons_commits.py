"""A person's commit on the bot's branch always wins: the next attempt continues from it, and no push removes it."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.faults import Hold
from tests.stories.branch_history import forced, history, push
from tests.stories.world import REPOSITORY, World, bash, finish, writes


def in_review(world: World, *sessions: object) -> IssueRef:
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), *sessions])  # type: ignore[list-item]
    world.run_until_idle()
    return issue


def retry(world: World, issue: IssueRef, text: str = "/retry") -> None:
    world.later(5)
    world.comment(issue, text)
    world.run_until_idle()


@pytest.mark.parametrize("command", ["/retry", "/retry fresh", "/retry turns=30"])
def test_an_attempt_continues_from_a_persons_commit(world: World, command: str) -> None:
    """Its session sees their files, its push adds to their commits, and the pull request stays open."""
    seen = bash("cat by.hand > seen.txt && git add seen.txt && git commit -qm 'Look'")
    issue = in_review(world, [seen, finish()])
    push(world, issue)

    retry(world, issue, command)

    assert world.state(issue) is State.IN_REVIEW
    assert world.files(issue)["seen.txt"] == b"mine"
    assert history(world, issue) == ["Add time.txt", "By hand", "Look"]
    assert forced(world, issue) == []
    assert len(world.pull_requests()) == 1


def test_a_branch_that_a_person_made_before_is_continued(world: World) -> None:
    """Its name is the bot's, its commits are theirs."""
    world.github.push_commit(REPOSITORY, "auto/1", {"mine.txt": "by hand"}, message="Begin", by="ada")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert history(world, issue) == ["Begin", "Add time.txt"]


def test_a_commit_below_the_bots_own_stays_in_every_later_attempt(world: World) -> None:
    """The branch is at the bot's own commit then, and a person's is behind it."""
    issue = in_review(world, writes("two.txt", "2"), writes("three.txt", "3"))
    push(world, issue)
    retry(world, issue)

    retry(world, issue)

    assert history(world, issue) == ["Add time.txt", "By hand", "Add two.txt", "Add three.txt"]
    assert forced(world, issue) == []


@pytest.mark.parametrize(
    "rewrites",
    [
        "git reset -q --hard HEAD~1",
        "git reset -q --soft HEAD~1 && git commit -qm 'Squash'",
        "git commit -q --amend -m 'Mine now'",
        "git checkout -q HEAD~1",
        "git checkout -q --orphan other && git commit -qm 'Alone'",
    ],
)
def test_a_session_that_leaves_a_persons_commit_out_removes_none(world: World, rewrites: str) -> None:
    """What it made of the files is one commit on top."""
    issue = in_review(world, [bash(f"{rewrites}; echo 2 > two.txt"), finish()])
    theirs = push(world, issue)

    retry(world, issue)

    assert "By hand" in history(world, issue)
    assert forced(world, issue) == []
    assert world.github.world.repository(REPOSITORY).git.is_ancestor(theirs, branch_of(issue.number))


@pytest.mark.parametrize("on", ["GET .*/info/refs", "POST .*git-receive-pack"], ids=["before", "during"])
def test_a_commit_that_comes_while_the_session_runs_wins(world: World, on: str) -> None:
    """The push finds another commit than expected, whether git learns of it before it sends anything or afterwards. The
    next attempt begins at that one, by itself."""
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("two.txt", "2"), writes("two.txt", "2")])
    world.run_until_idle()
    world.later(5)
    world.comment(issue, "/retry")
    held = Hold(on=on)
    with world.worker() as worker:
        world.wait_until(lambda: world.script.started(issue) == 2)  # what it starts from is fetched
        world.github.faults.add([held])
        world.wait_until_held(held)
        push(world, issue)
        world.github.faults.release(held)
        world.wait_until_idle(worker)

    assert world.state(issue) is State.IN_REVIEW
    assert history(world, issue) == ["Add time.txt", "By hand", "Add two.txt"]
    with world.services.store.read() as ledger:
        outcomes = [each.failure for each in ledger.attempts.of(world.task(issue).id)]
    assert outcomes == [None, FailureKind.BRANCH_MOVED, None]
    assert len(world.pull_requests()) == 1


def test_only_what_the_session_adds_is_judged(world: World) -> None:
    """A person may push what the bot may not: a workflow, and more lines than the limits allow."""
    issue = in_review(world, writes("two.txt", "2"))
    files = {".github/workflows/ci.yml": "on: push\n", "long.txt": "line\n" * 5000}
    world.github.push_commit(REPOSITORY, branch_of(issue.number), files, message="By hand", by="ada")

    retry(world, issue)

    assert world.state(issue) is State.IN_REVIEW
    assert world.files(issue)["two.txt"] == b"2"


def test_a_protected_file_that_the_session_changes_is_refused_all_the_same(world: World) -> None:
    edit = bash("mkdir -p .github/workflows && echo 'on: push' > .github/workflows/other.yml")
    issue = in_review(world, [edit, finish()])
    theirs = push(world, issue)

    retry(world, issue)

    assert world.github.world.repository(REPOSITORY).git.branch(branch_of(issue.number)) == theirs


def test_an_unrelated_branch_is_left_as_it_is(world: World) -> None:
    """It cannot be compared with the base branch. The next step removes nothing."""
    issue = in_review(world, writes("two.txt", "2"))
    git = world.github.world.repository(REPOSITORY).git
    tree = subprocess.run(
        ["git", "rev-parse", "main^{tree}"], cwd=git.path, capture_output=True, check=True, text=True
    ).stdout.strip()
    made = subprocess.run(
        ["git", "-c", "user.name=ada", "-c", "user.email=a@b.c", "commit-tree", tree, "-m", "Alone"],
        cwd=git.path,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.strip()
    git.set_ref(f"refs/heads/{branch_of(issue.number)}", made, old=git.branch(branch_of(issue.number)) or "")

    retry(world, issue)

    assert world.task(issue).failure is FailureKind.BRANCH_CONFLICT
    assert git.branch(branch_of(issue.number)) == made
    assert "delete" not in world.status(issue)


def test_the_brief_says_what_the_branch_holds(world: World) -> None:
    issue = in_review(world, writes("two.txt", "2"))
    push(world, issue)

    retry(world, issue)

    asked = str(world.model.requests[-1].messages)
    assert "# What the branch holds" in asked
    assert "by.hand" in asked


def test_a_merge_with_a_persons_commit_counts_as_edited(world: World) -> None:
    """Among the figures of the dashboard; a merge of what the bot pushed does not."""
    for push_too in (True, False):
        issue = world.label_issue(sessions=[writes(f"{push_too}.txt", "2")])
        world.run_until_idle()
        if push_too:
            push(world, issue)
        world.github.merge_pull_request(REPOSITORY, world.task(issue).pull_request or 0, by="ada")
        world.run_until_idle()

    with world.services.store.read() as ledger:
        merged = ledger.trends.find_days(State.DONE, world.services.clock() - timedelta(days=9))
    assert sorted(edited for _, edited in merged) == [False, True]


def test_a_branch_that_is_merged_begins_anew(world: World) -> None:
    """All of its commits are in the base branch already."""
    issue = in_review(world, writes("two.txt", "2"))
    push(world, issue)
    (pull,) = world.pull_requests()
    world.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()
    world.later(5)
    world.github.reopen_issue(REPOSITORY, issue.number, by="ada")
    world.run_until_idle()

    assert history(world, issue) == ["Add two.txt"]
    assert forced(world, issue) == []
