"""Rehearses a night from a scenario."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import within


@contextmanager
def rehearsing(tmp_path: Path, text: str, *options: str, out: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """`nightshift rehearse` as somebody types it, who has nothing but a PATH."""
    (tmp_path / "night.yml").write_text(text)
    command = [sys.executable, "-m", "bot", "rehearse", "--scenario", "night.yml", "--folder", "left", *options]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def rehearse(tmp_path: Path, text: str, *options: str) -> tuple[int, str, str]:
    with rehearsing(tmp_path, text, *options) as process:
        out, err = process.communicate(timeout=within(300))
        return process.returncode, out, err
