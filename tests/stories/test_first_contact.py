"""A large repository: a shallow checkout at first, with progress on the issue; and no waiting for what is removed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot.adapters.git.shallow import is_shallow
from bot.attempt_services import AttemptServices
from bot.core.tasks import State
from bot.steps.history import Histories
from bot.steps.removals import Removals
from tests.git_host import run_git
from tests.stories.world import REPOSITORY, World, bash, finish


def test_a_large_repository_is_worked_on_before_its_history_is_here(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says what is fetched; the session sees the files, and the history follows when nothing runs."""
    for number in range(3):  # more than 5 MB, which do not compress
        content = {f"{number}.bin": os.urandom(2_000_000).hex(), ".github/nightshift.yml": "verify: []\n"}
        world.github.push_commit(REPOSITORY, "main", content, by="ada")
    run_git("repack", "-adq", cwd=world.github.world.folder / f"{REPOSITORY}.git")  # GitHub counts what is packed
    issue = world.label_issue(sessions=[[bash("ls > seen.txt; git log --format=%s | wc -l >> seen.txt"), finish()]])

    with caplog.at_level("INFO"):
        world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW, world.status(issue)
    assert world.files(issue)["seen.txt"].split()[-2:] == [b"seen.txt", b"1"]
    assert re.search(rf"Fetching {REPOSITORY} for the first time: [67] MB, 6 of 6 files", caplog.text)
    assert "Fetching" not in world.status(issue)

    folder = world.services.settings.data_dir.absolute() / "mirrors"
    assert is_shallow(folder / f"{REPOSITORY}.git")
    Histories(mirrors=folder, mirror=AttemptServices(world.services).runner.preparer.mirror).fetch(bool)
    assert not is_shallow(folder / f"{REPOSITORY}.git")
    again = world.label_issue(sessions=[[bash("git log --format=%s | wc -l > count.txt"), finish()]])
    world.run_until_idle()
    assert world.files(again)["count.txt"].strip() == b"4"


def test_what_is_removed_is_gone_from_its_place_at_once(tmp_path: Path) -> None:
    """Also while the removal of an earlier one takes long."""
    removals = Removals()
    slow, quick = tmp_path / "attempts/1-1", tmp_path / "attempts/2-1"
    for folder in (slow, quick):
        folder.mkdir(parents=True)
    for number in range(2000):
        (slow / f"{number}").touch()

    removals.put(slow)
    removals.put(quick)
    removals.put(tmp_path / "attempts/never-made")

    assert not list((tmp_path / "attempts").glob("*"))
    removals.wait()
    assert not list((tmp_path / "removed").glob("*"))


def test_where_little_space_is_left_a_removal_is_waited_for(tmp_path: Path) -> None:
    """The next checkout needs the space."""
    removals = Removals(spare=1 << 60)
    folder = tmp_path / "attempts/1-1"
    folder.mkdir(parents=True)
    for number in range(2000):
        (folder / f"{number}").touch()

    removals.put(folder)

    assert not list((tmp_path / "removed").glob("*"))


def test_the_checkouts_of_checks_are_removed_beside_the_work(world: World, tmp_path: Path) -> None:
    """Between the checks and the pull request nothing waits for it, and nothing of them stays."""
    runner = AttemptServices(world.services).runner
    world.github.push_commit(REPOSITORY, "main", {".github/nightshift.yml": "verify: ['true']\n"}, by="ada")
    issue = world.label_issue(sessions=[[bash("echo noon > time.txt && git add -A && git commit -qm Add"), finish()]])
    (world.services.settings.data_dir / "removed/left-by-a-crash").mkdir(parents=True)

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    assert runner.broker.checks.runs.remove == world.services.removals.put
    assert not list((world.services.settings.data_dir / "removed").glob("*"))


def test_what_a_crash_left_is_removed_by_the_next_worker(tmp_path: Path) -> None:
    (tmp_path / "removed/old/deep").mkdir(parents=True)
    (tmp_path / "attempts/now").mkdir(parents=True)
    removals = Removals()

    removals.put(tmp_path / "attempts/now")
    removals.wait()

    assert not list((tmp_path / "removed").glob("*"))


def test_a_folder_that_cannot_be_moved_is_removed_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "removed").touch()  # a file where the folder ought to be
    (tmp_path / "attempts/1-1").mkdir(parents=True)

    Removals().put(tmp_path / "attempts/1-1")

    assert not (tmp_path / "attempts/1-1").exists()
