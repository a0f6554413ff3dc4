"""The saboteur breaks the bot, and nothing else of its host."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from bot.core.checkpoints import Checkpoint
from bot.rehearsal.chaos.saboteur import Saboteur
from bot.rehearsal.chaos.strikes import Blow, Record, Strike
from tests.patience import within


def test_a_disk_that_others_use_is_never_filled(tmp_path: Path) -> None:
    """Where no small disk could be mounted, the blow is left out, and the record says so."""
    record = Record.begin(tmp_path / "record", [Strike(blow=Blow.DISK, step=Checkpoint.CLAIMED)])
    data = tmp_path / "data"
    data.mkdir()

    Saboteur(record, data).reached(Checkpoint.CLAIMED, "octo/clock#1")

    deadline = time.monotonic() + within(30)
    while not any("missed" in event for event in record.events()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert list(data.iterdir()) == []
    assert (record.due(), record.dealt()) == ({0}, set())


def test_a_blow_is_on_record_once_it_is_dealt(tmp_path: Path) -> None:
    record = Record.begin(tmp_path / "record", [Strike(blow=Blow.DOOR, step=Checkpoint.CLAIMED)])
    with subprocess.Popen([sys.executable, "-c", "input()", "web"], stdin=subprocess.PIPE) as victim:
        Saboteur(record, tmp_path).reached(Checkpoint.CLAIMED, "octo/clock#1")

    assert victim.returncode == -signal.SIGKILL
    assert record.dealt() == {0}


def test_a_blow_that_finds_nothing_to_strike_at_has_missed(tmp_path: Path) -> None:
    """It is told as that, counts as no blow, and does not come again."""
    record = Record.begin(tmp_path / "record", [Strike(blow=Blow.DOOR, step=Checkpoint.CLAIMED)])
    saboteur = Saboteur(record, tmp_path, patience=0.05)

    saboteur.reached(Checkpoint.CLAIMED, "octo/clock#1")
    saboteur.reached(Checkpoint.CLAIMED, "octo/clock#2")

    assert record.dealt() == set()
    assert [event["what"] for event in record.events() if "missed" in event] == ["door at claimed #1"]


def test_a_clock_jumps_for_the_bot_alone(tmp_path: Path) -> None:
    record = Record.begin(tmp_path / "record", [Strike(blow=Blow.CLOCK, step=Checkpoint.CLAIMED, seconds=3600)])
    saboteur = Saboteur(record, tmp_path)
    before, monotonic = saboteur.now(), saboteur.monotonic()

    saboteur.reached(Checkpoint.CLAIMED, "octo/clock#1")

    assert 3600 <= (saboteur.now() - before).total_seconds() < 3660
    assert saboteur.monotonic() - monotonic < 60
    assert record.ahead() == 0
