"""Report files, which hostile code may have written: what is read of them, and what is not."""

from __future__ import annotations

import os
from pathlib import Path

from bot.adapters.report_files import read_files


def test_files_of_this_run_are_read_at_any_depth(tmp_path: Path) -> None:
    deep = tmp_path / "app/target/surefire-reports"
    deep.mkdir(parents=True)
    (deep / "TEST-a.xml").write_text("new")
    (tmp_path / "TEST-old.xml").write_text("committed")
    os.utime(tmp_path / "TEST-old.xml", (1000, 1000))
    (tmp_path / "notes.txt").write_text("other")

    found = read_files(tmp_path, since=2000, largest=100, is_wanted=lambda name: name.startswith("TEST"))

    assert found == {"app/target/surefire-reports/TEST-a.xml": b"new"}


def test_no_link_no_pipe_and_nothing_large_is_read(tmp_path: Path) -> None:
    """A pipe would keep the reader waiting for ever."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.xml").write_text("secret")
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "link.xml").symlink_to(outside / "secret.xml")
    (reports / "folder").symlink_to(outside)
    os.mkfifo(reports / "pipe.xml")
    (reports / "large.xml").write_text("x" * 101)
    (reports / "good.xml").write_text("good")

    assert read_files(reports, since=0, largest=100) == {"good.xml": b"good"}


def test_a_tree_without_end_is_read_to_a_fixed_depth(tmp_path: Path) -> None:
    place = tmp_path
    for _ in range(60):
        place = place / "d"
        place.mkdir()
    (place / "TEST-deep.xml").write_text("deep")
    (tmp_path / "d/TEST-near.xml").write_text("near")

    assert read_files(tmp_path, since=0, largest=100) == {"d/TEST-near.xml": b"near"}


def test_there_is_a_limit_to_all_of_them_together(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.xml").write_text("12345")

    assert len(read_files(tmp_path, since=0, largest=100, most_bytes=12)) == 2


def test_no_folder_is_no_report(tmp_path: Path) -> None:
    assert read_files(tmp_path / "gone", since=0, largest=100) == {}
