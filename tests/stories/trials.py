"""`nightshift try` on a repository that a test makes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.git_host import create_repository, run_git
from tests.typed import Answer, typed

UNITTEST = """
import unittest

class Clock(unittest.TestCase):
    def test_noon(self):
        self.assertEqual(12, 12)

    def test_midnight(self):
        self.assertEqual(0, {midnight})
"""


def clone(folder: Path, files: Mapping[str, str]) -> Path:
    create_repository(folder, "octo/clock", files)
    run_git("clone", "-q", str(folder / "octo/clock.git"), str(folder / "clone"))
    return folder / "clone"


def tried(files: Mapping[str, str], folder: Path, *options: str) -> Answer:
    """What `nightshift try clone` answers, in a folder without any settings."""
    clone(folder, files)
    answer = typed("try", "clone", *options, cwd=folder, environment={"TMPDIR": str(folder / "temporary")})
    assert list((folder / "temporary").iterdir()) == []
    assert {path.name for path in folder.iterdir()} == {"clone", "octo", "temporary"}
    assert run_git("status", "--porcelain", cwd=folder / "clone") == ""
    return answer
