"""The injector breaks the bot, and nothing else of its host."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import hooks
from bot.core.checkpoints import Checkpoint
from bot.rehearsal.chaos.injections import FaultKind, Injection, Record
from bot.rehearsal.chaos.injector import GATE_LOG, Injector
from tests.patience import eventually, within


def test_a_disk_that_others_use_is_never_filled(tmp_path: Path) -> None:
    """Where no small disk could be mounted, the injection is left out, and the record says so."""
    record = Record.begin(tmp_path / "record", [Injection(kind=FaultKind.DISK, step=Checkpoint.CLAIMED)])
    data = tmp_path / "data"
    data.mkdir()

    Injector(record, data).reached(Checkpoint.CLAIMED, "octo/clock#1")

    eventually(lambda: any("missed" in event for event in record.events()), 30)
    assert list(data.iterdir()) == []
    assert (record.triggered(), record.fired()) == ({0}, set())


def test_an_injection_is_on_record_once_it_has_fired(tmp_path: Path) -> None:
    record = Record.begin(tmp_path / "record", [Injection(kind=FaultKind.WEB, step=Checkpoint.CLAIMED)])
    with subprocess.Popen([sys.executable, "-c", "input()", "web"], stdin=subprocess.PIPE) as victim:
        Injector(record, tmp_path).reached(Checkpoint.CLAIMED, "octo/clock#1")

    assert victim.returncode == -signal.SIGKILL
    assert record.fired() == {0}


def test_an_injection_that_finds_no_process_has_missed(tmp_path: Path) -> None:
    """It is reported as that, counts as none, and does not fire again."""
    record = Record.begin(tmp_path / "record", [Injection(kind=FaultKind.WEB, step=Checkpoint.CLAIMED)])
    injector = Injector(record, tmp_path, patience=0.05)

    injector.reached(Checkpoint.CLAIMED, "octo/clock#1")
    injector.reached(Checkpoint.CLAIMED, "octo/clock#2")

    assert record.fired() == set()
    assert [event["what"] for event in record.events() if "missed" in event] == ["web at claimed #1"]


def test_a_gate_is_killed_once_it_has_ruled(tmp_path: Path) -> None:
    """Its log says so: until then there is no session to harm. The gate of a canary is left alone."""
    gate, canary = tmp_path / "session" / "gate.log", tmp_path / "canary" / "gate.log"
    for log in (gate, canary):
        log.parent.mkdir()
    record = Record.begin(tmp_path / "record", [Injection(kind=FaultKind.GATE, step=Checkpoint.CLAIMED)] * 2)
    canary.write_text("a ruling")
    command = [sys.executable, "-c", "input()", "gate_server.py", GATE_LOG]
    with (
        subprocess.Popen([*command, str(gate)], stdin=subprocess.PIPE) as killed,
        subprocess.Popen([*command, str(canary)], stdin=subprocess.PIPE) as spared,
    ):
        Injector(record, tmp_path, patience=within(3)).reached(Checkpoint.CLAIMED, "octo/clock#1")
        assert killed.poll() is None
        gate.write_text("a ruling")
        assert killed.wait(within(30)) == -signal.SIGKILL
        # One that goes on would kill the gate of another test.
        eventually(lambda: sum("missed" in event or "fired" in event for event in record.events()) == 2, 30)
        spared.communicate(b"\n", timeout=within(30))
        assert spared.returncode == 0


def test_the_gates_server_names_its_log_so(tmp_path: Path) -> None:
    """Else no gate would ever be found to be in use."""
    server = Path(hooks.__file__).parent / "gate_server.py"
    usage = subprocess.run([sys.executable, "-I", str(server), "--help"], capture_output=True, text=True, check=True)
    assert f"{GATE_LOG} " in usage.stdout


def test_a_clock_jumps_for_the_bot_alone(tmp_path: Path) -> None:
    record = Record.begin(tmp_path / "record", [Injection(kind=FaultKind.CLOCK, step=Checkpoint.CLAIMED, seconds=3600)])
    injector = Injector(record, tmp_path)
    before, monotonic = injector.now(), injector.monotonic()

    injector.reached(Checkpoint.CLAIMED, "octo/clock#1")

    assert 3600 <= (injector.now() - before).total_seconds() < 3660
    assert injector.monotonic() - monotonic < 60
    assert record.ahead() == 0
