"""The saboteur breaks the bot, and nothing else of its host."""

from __future__ import annotations

import time
from pathlib import Path

from bot.core.steps import Step
from bot.rehearsal.chaos.saboteur import Saboteur
from bot.rehearsal.chaos.strikes import Blow, Record, Strike


def test_a_disk_that_others_use_is_never_filled(tmp_path: Path) -> None:
    """Where no small disk could be mounted, the blow is left out, and the record says so."""
    record = Record.begin(tmp_path / "record", [Strike(blow=Blow.DISK, step=Step.CLAIMED)])
    data = tmp_path / "data"
    data.mkdir()

    Saboteur(record, data).reached(Step.CLAIMED, "octo/clock#1")

    deadline = time.monotonic() + 30
    while not any("missed" in event for event in record.events()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert list(data.iterdir()) == []


def test_a_clock_jumps_for_the_bot_alone(tmp_path: Path) -> None:
    record = Record.begin(tmp_path / "record", [Strike(blow=Blow.CLOCK, step=Step.CLAIMED, seconds=3600)])
    saboteur = Saboteur(record, tmp_path)
    before, monotonic = saboteur.now(), saboteur.monotonic()

    saboteur.reached(Step.CLAIMED, "octo/clock#1")

    assert 3600 <= (saboteur.now() - before).total_seconds() < 3660
    assert saboteur.monotonic() - monotonic < 60
    assert record.ahead() == 0
