"""The files and links of a commit, listed once and read together."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bot.adapters.git.commit_files import files_of


def commit(folder: Path) -> Path:
    """Commit all that lies in a folder; returns its git directory."""
    commands = (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"])
    for command in commands:
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder / ".git"


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a line for each git that is started."""
    log, programs = tmp_path / "started", tmp_path / "programs"
    programs.mkdir()
    wrapper = programs / "git"
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/local/bin:/usr/bin:/bin")
    return log


def test_links_are_read_with_their_targets(tmp_path: Path) -> None:
    """Whatever they are called; they need not lead anywhere."""
    (tmp_path / "a\tb").symlink_to("docs/guide.md")
    (tmp_path / "plain.txt").write_text("120000 blob x\ty")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/out").symlink_to("/etc/passwd")
    (tmp_path / "docs/same").symlink_to("/etc/passwd")

    found = files_of(commit(tmp_path), "HEAD")

    assert found.links == {"a\tb": "docs/guide.md", "docs/out": "/etc/passwd", "docs/same": "/etc/passwd"}
    assert found.paths == ("a\tb", "docs/out", "docs/same", "plain.txt")


def test_any_number_of_files_is_read_by_two_processes(tmp_path: Path, started: Path) -> None:
    """A repository with many lockfiles costs a session no more git processes than one with a single one."""
    place = tmp_path / "repository"
    place.mkdir()
    for number in range(30):
        (place / f"{number}.txt").write_text(f"file {number}\n")
    (place / "again.txt").write_text("file 7\n")
    (place / "link").symlink_to("3.txt")
    gitdir = commit(place)
    started.unlink()

    files = files_of(gitdir, "HEAD")
    read = files.read_all([*files.paths, "gone"])

    assert len(started.read_text().splitlines()) == 3
    assert read == {path: (place / path).read_bytes() for path in files.paths}


def test_a_path_that_is_not_there_costs_no_process(tmp_path: Path, started: Path) -> None:
    """Without links only what is listed is there."""
    place = tmp_path / "repository"
    place.mkdir()
    (place / "README.md").write_text("Tools\n")
    files = files_of(commit(place), "HEAD")
    started.unlink()

    assert files.read("CLAUDE.md") is None
    assert not started.exists()


def test_contents_come_in_bounded_portions(tmp_path: Path, started: Path) -> None:
    """Many large files together would be more than one command may write."""
    place = tmp_path / "repository"
    place.mkdir()
    for number in range(14):
        (place / f"{number}.txt").write_bytes(bytes([number]) * 4_900_000)
    files = files_of(commit(place), "HEAD")
    started.unlink()

    read = files.read_all(files.paths, limit=5_000_000)

    assert read == {path: (place / path).read_bytes() for path in files.paths}
    assert [line.split()[-1] for line in started.read_text().splitlines()] == [
        "--follow-symlinks",
        "--batch",
        "--batch",
    ]


def test_a_file_behind_a_linked_folder_is_read(tmp_path: Path) -> None:
    """Git follows links within the commit, also in the middle of a path."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real/settings.yml").write_text("a: 1\n")
    (tmp_path / ".github").symlink_to("real")

    files = files_of(commit(tmp_path), "HEAD")

    assert files.read(".github/settings.yml") == b"a: 1\n"
    assert ".github/settings.yml" not in files.paths
