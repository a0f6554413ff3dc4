"""A repository that demands signatures takes the bot's commits once the operator has named a key of its account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.doctor import examine
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.faults import LoseAnswer
from bot.wiring import utc_now
from tests.git_host import run_git
from tests.signing_keys import make_key, public_key, verify
from tests.stories.app_world import SLUG, an_app_world
from tests.stories.repairs import look, move_base
from tests.stories.world import BOT, REPOSITORY, World, a_world, bash, finish, writes

TWO = [bash("echo a > a.txt && git add . && git commit -qm 'Add a'; echo b > b.txt"), finish()]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path)


@pytest.fixture
def signing(tmp_path: Path, key: Path) -> Iterator[World]:
    with a_world(tmp_path, SIGNING_KEY_FILE=str(key)) as world:
        world.github.add_ruleset(REPOSITORY, "required_signatures", branches=("auto/*",))
        yield world


def verify_branch(world: World, issue: IssueRef, key: Path) -> int:
    """How many commits it has on top of `main`, each with a signature of the key."""
    folder = world.github.world.repository(REPOSITORY).git.path
    names = run_git("rev-list", f"main..{branch_of(issue.number)}", cwd=folder).split()
    for name in names:
        verify(folder, name, key)
    return len(names)


def found(world: World) -> dict[str, tuple[str, str]]:
    return {each.need: (each.verdict, each.fix) for each in examine(world.services)}


def retry(world: World, issue: IssueRef) -> None:
    """In another second than the last approval: GitHub's times do not tell which of the same second came first, and
    these attempts fail at once."""
    approved = world.task(issue).snapshot.approved_at
    assert approved is not None
    world.wait_until(lambda: utc_now() >= approved + timedelta(seconds=1))
    world.comment(issue, "/retry")
    world.run_until_idle()


def test_each_commit_that_is_published_is_signed(signing: World, key: Path) -> None:
    """What the session committed, what it left, and what git rebases later."""
    signing.github.add_signing_key(BOT, public_key(key))
    issue = signing.label_issue(sessions=[TWO])
    signing.run_until_idle()

    assert signing.state(issue) is State.IN_REVIEW
    assert verify_branch(signing, issue, key) == 2
    checked = found(signing)
    assert checked["signatures"][0] == checked[REPOSITORY][0] == "ok"

    move_base(signing, "x", "other.txt")
    here = signing.github.world.repository(REPOSITORY)
    before = here.git.branch(branch_of(issue.number))
    here.mergeable[here.git.branch("main") or "", before or ""] = False
    look(signing)

    assert here.git.branch(branch_of(issue.number)) != before
    assert verify_branch(signing, issue, key) == 2


def test_a_key_that_github_does_not_know_is_found_before_a_session(signing: World, key: Path) -> None:
    """So is one that is gone. The operator is shown what to add, and where."""
    signing.github.add_signing_key(BOT, public_key(make_key(key.parent, "another")))
    issue = signing.label_issue(sessions=[writes("time.txt", "noon")])
    signing.run_until_idle()

    assert signing.task(issue).failure is FailureKind.PUSH_REJECTED
    assert "has another signing key, or none" in signing.status(issue)
    verdict, fix = found(signing)["signatures"]
    assert verdict == "wrong"
    assert " ".join(public_key(key).split()[:2]) in fix

    signing.github.add_signing_key(BOT, public_key(key))
    key.rename(key.with_name("moved"))
    retry(signing, issue)
    assert signing.task(issue).failure is FailureKind.SETUP_FAILED
    assert str(key) not in signing.status(issue)
    assert found(signing)["signatures"][0] == "wrong"
    assert signing.script.started(issue) == 0

    key.with_name("moved").rename(key)
    retry(signing, issue)
    assert signing.state(issue) is State.IN_REVIEW
    assert verify_branch(signing, issue, key) == 1


def show_commits(world: World, issue: IssueRef) -> list[tuple[str, str, bool]]:
    """Author, committer, and whether there is a signature, of each commit on top of `main`."""
    folder = world.github.world.repository(REPOSITORY).git.path
    names = run_git("rev-list", f"main..{branch_of(issue.number)}", cwd=folder).split()
    people = [run_git("log", "-1", "--format=%an%n%cn", name, cwd=folder).split("\n") for name in names]
    signed = ["\ngpgsig " in run_git("cat-file", "commit", name, cwd=folder) for name in names]
    return [(author, committer, is_signed) for (author, committer, *_), is_signed in zip(people, signed, strict=True)]


def test_github_makes_and_signs_the_commits_of_an_app(tmp_path: Path) -> None:
    """Also if an answer is lost. They are the bot's own to it: it rebases them, and removes the branch in the end."""
    made = (f"{SLUG}[bot]", "GitHub", True)
    with an_app_world(tmp_path, SIGNED_BY_GITHUB="on") as world:
        world.github.add_ruleset(REPOSITORY, "required_signatures", branches=("auto/*",))
        world.github.faults.add([LoseAnswer(on="POST .*/git/commits")])
        issue = world.label_issue(sessions=[TWO])
        world.run_until_idle()
        assert world.state(issue) is State.IN_REVIEW
        assert show_commits(world, issue) == [made] * 2
        assert world.files(issue)["b.txt"] == b"b\n"
        assert found(world)["signatures"][0] == found(world)[REPOSITORY][0] == "ok"

        move_base(world, "x", "other.txt")
        here = world.github.world.repository(REPOSITORY)
        before = here.git.branch(branch_of(issue.number))
        here.mergeable[here.git.branch("main") or "", before or ""] = False
        look(world)
        assert here.git.branch(branch_of(issue.number)) != before
        assert show_commits(world, issue) == [made] * 2

        (pull,) = world.pull_requests()
        world.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
        world.run_until_idle()
        assert world.state(issue) is State.DONE
        assert [ref for ref in here.git.refs() if "auto" in ref or "nightshift" in ref] == []
