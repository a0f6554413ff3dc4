"""The table of what tests cost counts a test's process and what it starts, in one process and in several."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import within

ROOT = Path(__file__).parents[1]
BUSY = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass\n"
TESTS = f"""
import subprocess, sys
BUSY = {BUSY!r}
def test_itself(): exec(BUSY)
def test_what_it_starts(): subprocess.run([sys.executable, "-c", BUSY], check=True)
"""


@pytest.mark.parametrize("processes", [[], ["-n", "2"]], ids=["one process", "two processes"])
def test_both_kinds_of_seconds_are_counted_for_the_file(tmp_path: Path, processes: list[str]) -> None:
    (tmp_path / "test_busy.py").write_text(TESTS)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "tests.costs",
            *processes,
            str(tmp_path),
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=within(60),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [re.fullmatch(r" *([\d.]+) +([\d.]+) +([\d.]+)  (.+)", line) for line in done.stdout.splitlines()]
    found = {line[4]: [float(line[number]) for number in (1, 2, 3)] for line in lines if line}
    total, own, started = found["test_busy.py"]
    assert own >= 0.3
    assert started >= 0.3
    assert total == pytest.approx(own + started, abs=0.1)
    assert found["."] == found["test_busy.py"]
