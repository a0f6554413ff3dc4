"""`nightshift rehearse --chaos`, as somebody types it: real processes are killed, and the night ends as it must."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from bot.core.checkpoints import Checkpoint
from bot.rehearsal.chaos.night import ChaosNight
from bot.rehearsal.chaos.plan import NAMED_STEPS, name
from bot.rehearsal.chaos.series import print_nights
from tests.patience import within
from tests.typed import typed


def rehearsing(tmp_path: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "rehearse", *options],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_night_in_which_the_machine_dies_ends_as_it_must(tmp_path: Path) -> None:
    """Everything at once, right after the push: the object on standard output says what fired and what came of it."""
    with rehearsing(tmp_path, "--chaos", "machine:pushed", "--folder", "left", "--json") as process:
        out, err = process.communicate(timeout=within(300))

    told = json.loads(out)
    assert told["ok"], err
    (night,) = told["nights"]
    assert (night["fired"], night["tasks"], night["unexpected"]) == (["machine at pushed #1"], 3, [])
    assert process.returncode == 0
    assert list((tmp_path / "left").iterdir()) == []  # only what failed is kept


def test_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    with rehearsing(tmp_path, "--chaos", "1", "--nights", "3", "--folder", "left") as process:
        mine = psutil.Process(process.pid)
        while len(family := mine.children(recursive=True)) < 4:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=within(120))

    assert (process.returncode, err.splitlines()[-1]) == (130, "Stopped. Nothing is left running.")
    _, alive = psutil.wait_procs(family, timeout=within(30))
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--chaos", "noon"], "'noon' is no night with chaos: expected a seed such as 1, or steps, or FAULT:STEP"),
        (["--nights", "3"], "--nights goes with --chaos"),
        (["--chaos", "1", "--keep"], "--chaos makes its own scenarios, and keeps nothing up"),
        (["--chaos", "1", "--nights", "0"], "0 is not in the range"),
    ],
)
def test_a_wrong_request_starts_nothing(tmp_path: Path, options: list[str], said: str) -> None:
    answer = typed("rehearse", *options, cwd=tmp_path, environment={})
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def night(key: str, *unexpected: str, fired: tuple[str, ...] = ("worker at pushed #1",)) -> ChaosNight:
    return ChaosNight(
        name=f"--chaos {key}",
        seconds=12.0,
        unexpected=unexpected,
        steps=frozenset({"pushed"}),
        fired=fired,
        missed=("git at claimed #1",),
        sessions=4,
        tasks=3,
        faults=2,
        trace=({"at": "22:00:00", "step": "pushed", "subject": "octo/clock#1"},),
    )


def shown(nights: list[ChaosNight], what: str) -> str:
    screen = Console(file=StringIO(), width=200)
    print_nights(nights, screen, what=what, folder=Path("left"))
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def test_a_step_that_is_gone_is_no_success() -> None:
    """The table of all steps says so in its place."""
    nights = [night(f"{kind}:{step}") for step in NAMED_STEPS for kind in ("worker", "machine")]
    said = shown([night("worker:delivery-decided", "the injection never fired", fired=()), *nights[1:]], "steps")
    rows = {line.split("  ")[0]: line for line in said.splitlines()}
    assert "FAILED" in rows[name(Checkpoint.DELIVERY_DECIDED)]
    assert "FAILED" not in rows[name(Checkpoint.DELIVERY_DONE)]
    assert f"{2 * len(NAMED_STEPS) - 1} injections: 1 not as they must be." in said


def test_the_first_night_that_failed_is_shown_with_how_to_play_it_again() -> None:
    said = shown([night("1"), night("2", "octo/clock#1 was lost"), night("3", "x")], "1")
    assert "22:00:00  pushed  octo/clock#1" in said
    assert "--chaos 2: octo/clock#1 was lost" in said
    assert "Again: nightshift rehearse --chaos 2; what it left, with the whole trace: left" in said
    assert "3 nights, 9 tasks, 12 sessions, 6 faults, 3 injections: 2 not as they must be." in said
    assert "Failed: --chaos 2, --chaos 3" in said
