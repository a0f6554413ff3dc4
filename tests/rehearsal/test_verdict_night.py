"""A night in which each change deserves another verdict: state, headline and pull request say the right one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.patience import within

NIGHT = Path(__file__).parent / "verdict_night.yml"


def test_each_change_gets_the_verdict_that_it_deserves(tmp_path: Path) -> None:
    """Broken, hidden behind exit 0, skipped, with a test less, of tests alone, not checkable, without checks."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "rehearse", "--scenario", str(NIGHT), "--folder", "left", "--json"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=within(400),
    )

    assert json.loads(done.stdout)["unexpected"] == [], done.stderr
    assert done.returncode == 0
    pages = "\n".join(page.read_text() for page in (tmp_path / "left/pages").glob("*pull*"))
    assert "Only tests changed" in pages
    assert "Removed (1)" in pages
