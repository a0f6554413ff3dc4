"""A worker that waits is woken by other processes; whatever becomes of its pipe, it only waits a little longer."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from bot.adapters.wake import wake_all, waker

LONG = 60.0


def test_every_worker_is_woken(tmp_path: Path) -> None:
    """One byte for each: in a shared pipe only one of them would see it."""
    with waker(tmp_path) as one, waker(tmp_path) as other:
        wake_all(tmp_path)
        assert one.wait(LONG)
        assert other.wait(LONG)


def test_what_came_before_the_wait_counts_and_only_once(tmp_path: Path) -> None:
    with waker(tmp_path) as one:
        for _ in range(3):
            wake_all(tmp_path)
        assert one.wait(LONG)
        assert not one.wait(0)


def test_a_thread_wakes_its_own_worker(tmp_path: Path) -> None:
    with waker(tmp_path) as one:
        thread = threading.Thread(target=one.wake)
        thread.start()
        assert one.wait(LONG)
        thread.join()


def test_a_pipe_that_is_full_holds_nothing_up(tmp_path: Path) -> None:
    with waker(tmp_path) as one:
        for _ in range(70_000):
            one.wake()
        wake_all(tmp_path)
        assert one.wait(LONG)
        assert not one.wait(0)


def test_a_worker_leaves_no_pipe_behind(tmp_path: Path) -> None:
    with waker(tmp_path) as one:
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
    one.wake()  # a thread that comes late writes into no other file that got the number meanwhile
    reading, writing = os.pipe()
    one.wake()
    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_what_a_killed_worker_left_is_removed_and_a_living_ones_is_not(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "killed.fifo")
    with waker(tmp_path) as one, waker(tmp_path) as other:
        assert not (tmp_path / "killed.fifo").exists()
        wake_all(tmp_path)
        assert one.wait(LONG)
        assert other.wait(LONG)


@pytest.mark.parametrize("odd", ["a file", "a link", "a pipe without a reader"])
def test_what_lies_beside_the_pipes_is_not_written_to(odd: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("")
    found = tmp_path / "x.fifo"
    with waker(tmp_path) as one:
        match odd:
            case "a file":
                found.touch()
            case "a link":
                found.symlink_to(victim)
            case _:
                os.mkfifo(found)
        wake_all(tmp_path)
        assert one.wait(LONG)
    assert victim.read_text() == ""


def test_without_a_pipe_only_time_wakes(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with waker(tmp_path / "file") as one:
        one.wake()
        wake_all(tmp_path / "file")
        assert not one.wait(0)
