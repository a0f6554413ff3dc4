"""What `pipx install` gets: the wheel holds all that the package reads when it runs, and no tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_PACKAGES = ("bot", "hooks")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel that was built from a copy: a build writes beside its sources."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    (source / "docs").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "docs/nightshift.1"):
        shutil.copy(ROOT / name, source / name)
    build = ["pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(built), str(source)]
    subprocess.run([sys.executable, "-m", *build], check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_it_holds_every_file_of_the_packages(names: set[str]) -> None:
    listed = subprocess.run(["git", "ls-files", *_PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True)

    assert [name for name in listed.stdout.splitlines() if name not in names] == []


def test_it_holds_nothing_else(names: set[str]) -> None:
    others = {name for name in names if not name.startswith(("bot/", "hooks/"))}

    assert {name.split("/")[0] for name in others} == {"nightshift-0.1.0.dist-info", "nightshift-0.1.0.data"}
    assert "nightshift-0.1.0.data/data/share/man/man1/nightshift.1" in others
