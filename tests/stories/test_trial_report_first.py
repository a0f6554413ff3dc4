"""A trial's report comes at once, whatever becomes of what the trial wrote."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.git_host import create_repository, run_git
from tests.patience import within
from tests.stories.command_line import PATH

pytestmark = pytest.mark.needs("bwrap")


def test_the_report_comes_before_the_folder_is_removed(tmp_path: Path) -> None:
    """That may take minutes. A signal meanwhile loses neither the report nor leaves the folder."""
    create_repository(tmp_path, "octo/clock", {".github/nightshift.yml": "verify: ['true']"})
    run_git("clone", "-q", str(tmp_path / "octo/clock.git"), str(tmp_path / "clone"))
    kept = tmp_path / "kept"
    kept.mkdir()
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "rm"
    program.write_text(f'#!/bin/sh\nread -r _ <{tmp_path}/go\nexec /bin/rm "$@"\n')
    program.chmod(0o755)
    os.mkfifo(tmp_path / "go")
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "try", "clone"],
        cwd=tmp_path,
        env={"PATH": f"{programs}:{PATH}", "HOME": str(tmp_path), "TMPDIR": str(kept)},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, b"")
        assert any(line.startswith(b"verified: ") for line in lines)
        assert len(list(kept.iterdir())) == 1
        process.send_signal(signal.SIGTERM)
        (tmp_path / "go").write_text("now\n")
        process.communicate(timeout=within(60))

    assert list(kept.iterdir()) == []
