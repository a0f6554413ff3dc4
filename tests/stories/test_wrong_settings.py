"""While a repository's settings have mistakes none of its tasks runs: what was meant to protect would not. One comment
names the mistakes of each version of the file, with their lines."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.tasks import State
from bot.doctor import examine
from bot.rehearsal.github.stored import StoredFile
from tests.stories.repository_settings import settings
from tests.stories.turn_checks import mails
from tests.stories.world import World, a_world, writes

WRONG = "# Rules\nprotect: [x]\nlimits: {files: many}\n"
OVER = "No action is needed any more: this issue waited for `.github/nightshift.yml` to be fixed."
LINKS = {
    ".github/nightshift.yml": StoredFile(mode=b"120000", content=b"own.yml"),
    ".github/own.yml": StoredFile(mode=b"120000", content=b"../real.yml"),
    "real.yml": "verify: []\n",
}
STILL_WRONG = "protected: [x]\nlimits: {files: many}\n"


def run_anew(world: World) -> None:
    """A new process looks at the file in its first pass; the same one after a minute."""
    services = replace(world.services)
    with closing(services.store), world.worker(services=services) as worker:
        world.wait_until_idle(worker)


def test_mistakes_hold_the_repository_and_are_named_once_for_each_version(world: World) -> None:
    settings(world, WRONG)
    issues = [world.label_issue(f"Add {name}", sessions=[writes(f"{name}.txt", "x")]) for name in ("one", "two")]
    first, second = issues
    world.run_until_idle()

    assert [world.state(each) for each in issues] == [State.QUEUED, State.QUEUED]
    (told,) = world.notices(first)
    assert told.startswith("@ada, it is your turn: `.github/nightshift.yml` has mistakes")
    assert "line 2: protect: there is no such key; did you mean `protected`?" in told
    assert "`line 3: limits.files: expected a whole number`" in told
    for each in issues:
        assert world.status(each).startswith("**Nightshift**: waits, nothing is started now")
        assert f"a comment on {first} names" in world.status(each)
        assert "auto:waiting" in world.labels(each)
    assert world.notices(second) == []
    assert world.commands_of(first) == world.commands_of(second) == []

    settings(world, STILL_WRONG)
    run_anew(world)
    over, told = world.notices(first)
    assert over == OVER
    assert "`line 2: limits.files: expected a whole number`" in told
    assert "protect:" not in told

    settings(world, "verify: []\n")
    run_anew(world)
    assert [world.state(each) for each in issues] == [State.IN_REVIEW, State.IN_REVIEW]
    assert world.notices(first) == [over, over]
    assert mails(world.github, "ada").count("mention") == 2


def test_another_issue_names_the_mistakes_once_the_first_one_is_stopped(world: World) -> None:
    settings(world, WRONG)
    titles = ("Add one", "Add two", "Add six")
    first, second, third = (world.label_issue(title, sessions=[writes("a.txt", "x")]) for title in titles)
    world.run_until_idle()
    world.comment(first, "/cancel")
    world.run_until_idle()
    run_anew(world)

    assert [each.verdict for each in examine(world.services) if each.need == "settings of octo/clock"] == ["wrong"]
    assert world.notices(first) == [OVER]
    assert all(f"a comment on {second} names" in world.status(each) for each in (second, third))
    assert len(world.notices(second)) == 1


def test_what_an_attempt_finds_first_is_no_failure_of_its_task(tmp_path: Path) -> None:
    """No pass looks in between. A file beyond 1 MB, whose content GitHub does not show, is no missing one: the hold
    stays. Once the file is mended, the same task runs without a `/retry`."""
    with a_world(tmp_path, POLL_SECONDS="3600") as world:
        world.run_until_idle()
        settings(world, f"# {'x' * 1_100_000}\n")
        with world.worker() as worker:
            world.wait_until_idle(worker)
            issue = world.label_issue(sessions=[writes("time.txt", "noon")])
            world.wait_until(lambda: len(world.notices(issue)) == 1)
            world.wait_until_idle(worker)
        run_anew(world)
        assert (world.state(issue), world.task(issue).attempts) == (State.QUEUED, 1)
        (told,) = world.notices(issue)
        assert "it is larger than 65,536 bytes" in told

        settings(world, "verify: []\n")
        run_anew(world)
        assert (world.state(issue), world.task(issue).attempts) == (State.IN_REVIEW, 2)
        world.check()


@pytest.mark.parametrize("files", [{"nightshift.yml": "verify: []\n"}, LINKS])
def test_a_file_that_is_not_read_holds_the_repository_until_it_is_moved(
    world: World, files: Mapping[str, str | StoredFile]
) -> None:
    """One at the top, and a link to another link, which GitHub does not follow: the pass and an attempt agree."""
    world.github.push_commit("octo/clock", "main", files, by="ada")
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    run_anew(world)
    run_anew(world)

    assert (world.state(issue), world.script.started(issue)) == (State.QUEUED, 0)
    (told,) = world.notices(issue)
    assert "nightshift.yml`" in told

    world.github.push_commit("octo/clock", "main", dict.fromkeys(files), by="ada")
    run_anew(world)
    assert world.state(issue) is State.IN_REVIEW
