"""A pull request that conflicts with its base: git rebases it if it can, else a session, once; the rest is reported."""

from __future__ import annotations

from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.stories.branch_history import history, push
from tests.stories.repairs import conflicting, look, move_base, resolves
from tests.stories.reviews import answers, asked, say
from tests.stories.world import REPOSITORY, World, bash, finish, text_of, writes


def test_a_session_resolves_what_git_cannot(world: World) -> None:
    """The branch begins at the newest base; the pull request and its title stay. The answer names the files."""
    issue, pull = conflicting(world, resolves())
    look(world, 2)

    assert world.state(issue) is State.IN_REVIEW
    assert world.files(issue)["time.txt"] == b"noon and dawn"
    assert history(world, issue) == ["Tell the time"]
    told = asked(world).rpartition("# What is left to do")[2]
    assert "conflicts with the base branch" in told
    assert "`time.txt`" in told
    (said,) = answers(world, pull)
    assert "rebased this onto `main`" in said
    assert "`time.txt`" in said
    assert "I kept both." in said
    assert [each.title for each in world.pull_requests()] == ["Tell the time"]


def test_the_session_sees_the_marks_and_the_change_staged(world: World) -> None:
    look_at = bash("git status --short > ../seen 2>&1; cat time.txt; git log --oneline -1; git status --short")
    issue, _ = conflicting(world, [look_at, *resolves()])
    look(world, 2)

    said = asked(world)
    assert "<<<<<<<" in said
    assert "Elsewhere" in said
    assert world.state(issue) is State.IN_REVIEW


def test_git_alone_rebases_where_it_finds_no_conflict(world: World) -> None:
    """GitHub had said that there is one; no session runs, each commit stays, and no comment mails people. What a person
    wrote into the text stays, too."""
    two = [
        bash(
            "echo a > a.txt && git add . && git commit -qm 'Add a' && "
            "echo b > b.txt && git add . && git commit -qm 'Add b'"
        ),
        finish(),
    ]
    issue = world.label_issue("Tell the time", sessions=[two])
    world.run_until_idle()
    (pull,) = world.pull_requests()
    move_base(world, "x", "other.txt")
    here = world.github.world.repository(REPOSITORY)
    here.mergeable[here.git.branch("main") or "", here.git.branch(branch_of(issue.number)) or ""] = False
    edited = text_of(pull).replace("Closes", "Please look at the clock first.\n\nCloses")
    world.github.edit_issue(REPOSITORY, pull.number, body=edited, by="ada")
    look(world)

    assert world.script.started(issue) == 1
    assert history(world, issue) == ["Add a", "Add b"]
    assert text_of(world.pull_requests()[0]).startswith("Please look at the clock first.\n\nCloses")
    assert here.git.is_ancestor(here.git.branch("main") or "", here.git.branch(branch_of(issue.number)) or "")
    assert answers(world, pull) == []
    assert "by git alone" in text_of(world.pull_requests()[0])
    assert world.state(issue) is State.IN_REVIEW


def test_marks_that_are_left_are_reported_with_their_files(world: World) -> None:
    """Nothing is pushed."""
    issue, pull = conflicting(world, [bash("git commit -qam 'Resolve it'"), finish()])
    before = world.github.branches(REPOSITORY)[branch_of(issue.number)]
    look(world, 2)

    assert world.github.branches(REPOSITORY)[branch_of(issue.number)] == before
    assert world.state(issue) is State.IN_REVIEW
    (said,) = answers(world, pull)
    assert "could not rebase this" in said
    assert "`time.txt`" in said


def test_a_second_conflict_is_reported_without_a_session(world: World) -> None:
    """One session for conflicts; after what a person asks for there may be another."""
    issue, pull = conflicting(world, resolves(), resolves("all three"), resolves("all four"))
    look(world, 2)
    move_base(world, "dusk")
    look(world, 3)

    assert world.script.started(issue) == 2
    *_, last = answers(world, pull)
    assert "could not rebase this" in last
    assert "`time.txt`" in last
    assert len(answers(world, pull)) == 2

    say(world, pull, "/revise Make it all three.")
    world.run_until_idle()
    look(world, 2)
    assert world.script.started(issue) == 4


def test_a_persons_commit_is_never_rebased(world: World) -> None:
    """They are at work there: no session is started, and their commit stays. The conflict is reported once."""
    issue, pull = conflicting(world, resolves())
    theirs = push(world, issue)
    look(world, 3)

    assert world.script.started(issue) == 1
    assert world.github.branches(REPOSITORY)[branch_of(issue.number)] == theirs
    assert world.state(issue) is State.IN_REVIEW
    (said,) = answers(world, pull)
    assert "conflicts with the base branch in `time.txt`" in said
    assert f"resolve the conflicts on `{branch_of(issue.number)}` and push" in said


def test_a_persons_commit_below_the_bots_own_is_never_rebased(world: World) -> None:
    """The conflict is reported with its files."""
    more = [bash("echo 2 > two.txt && git add . && git commit -qm 'Add two.txt'"), finish()]
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon"), more, resolves()])
    world.run_until_idle()
    (pull,) = world.pull_requests()
    push(world, issue)
    say(world, pull, "/revise Add two.")
    world.run_until_idle()
    head = world.github.branches(REPOSITORY)[branch_of(issue.number)]
    move_base(world, "dawn")
    look(world, 3)

    assert world.github.branches(REPOSITORY)[branch_of(issue.number)] == head
    assert world.script.started(issue) == 2
    *_, last = answers(world, pull)
    assert "`time.txt`" in last
