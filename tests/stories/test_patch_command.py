"""`nightshift patch`: a change that may not be published is not lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from tests.stories.command_line import nightshift, settings_of
from tests.stories.repository_settings import commits, settings
from tests.stories.world import REPOSITORY, World, finish


def applied(world: World, issue: IssueRef, folder: Path) -> dict[str, str]:
    """The files of a clone of the default branch once the printed patch is applied to it."""
    folder.mkdir()
    for path, content in world.github.files(REPOSITORY, "main").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    printed = nightshift("patch", str(issue), cwd=folder.parent, environment=settings_of(world))
    assert printed.code == 0, printed.err
    subprocess.run(["git", "apply"], cwd=folder, input=printed.out, text=True, check=True)
    return {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize(
    ("rules", "command", "kind"),
    [
        ("limits: {lines: 5}", "seq 9 > time.txt", FailureKind.DIFF_TOO_LARGE),
        ("protected: [time.txt]", "seq 9 > time.txt", FailureKind.PROTECTED_PATH),
    ],
)
def test_a_refused_change_can_be_applied_by_hand(
    world: World, tmp_path: Path, rules: str, command: str, kind: FailureKind
) -> None:
    """The status says how."""
    settings(world, f"{rules}\n")
    issue = world.label_issue(sessions=[commits(command)])

    world.run_until_idle()

    assert world.failure(issue) is kind
    assert f"`nightshift patch {issue} | git -C CLONE apply`" in world.status(issue)
    assert world.pull_requests() == []
    assert applied(world, issue, tmp_path / "clone")["time.txt"] == "".join(f"{number}\n" for number in range(1, 10))


def test_a_change_of_an_earlier_attempt_is_not_printed(world: World, tmp_path: Path) -> None:
    """It is not what the status speaks of."""
    settings(world, "protected: [time.txt]\n")
    issue = world.label_issue(sessions=[commits("seq 9 > time.txt"), [finish("blocked", "No clock.")]])
    world.run_until_idle()

    world.comment(issue, "/retry")
    world.run_until_idle()

    assert world.failure(issue) is FailureKind.TASK_BLOCKED
    assert "nightshift patch" not in world.status(issue)
    printed = nightshift("patch", str(issue), cwd=tmp_path, environment=settings_of(world))
    assert (printed.code, printed.out) == (1, "")
    assert str(issue) in printed.err


def test_what_holds_a_secret_is_not_kept(world: World, tmp_path: Path) -> None:
    """A patch with a part of it masked could not be applied, and one with the value is nowhere to be kept."""
    token = "".join(("ghp_", "4kJ9x2LmQ8vR", "5tYw1ZbN7cFd", "3HgP6sA0uEiT"))
    issue = world.label_issue(sessions=[commits(f"echo token={token} > time.txt")])

    world.run_until_idle()

    assert world.failure(issue) is FailureKind.SECRET_DETECTED
    printed = nightshift("patch", str(issue), cwd=tmp_path, environment=settings_of(world))
    assert printed.code == 1
