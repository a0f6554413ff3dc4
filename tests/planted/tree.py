"""A copy of the source tree to plant a bug in, with a Python that imports `bot` and `hooks` from there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_INSTALLED = "node_modules"  # no part of the source


@contextmanager
def snapshot(repository: Path) -> Iterator[Path]:
    """A copy of all that git would commit, as it is in the working tree now: later edits do not reach the trials. It is
    gone when the block ends."""
    with _folder() as copy:
        _copy_files(repository, copy)
        (copy / _INSTALLED).symlink_to(repository / _INSTALLED)
        yield copy


@contextmanager
def copied_tree(source: Path) -> Iterator[Path]:
    """A copy of a snapshot, to be changed. It is gone when the block ends."""
    with _folder() as copy:
        shutil.copytree(source, copy, symlinks=True)
        yield copy


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="nightshift-planted-") as folder:
        Path(folder).chmod(0o755)  # programs in a session's cells, which are other users, read the hooks from here
        yield Path(folder, "tree")


def install(tree: Path) -> Path:
    """Give the tree a Python; returns it. What is installed beside Nightshift is that of the Python that runs this."""
    venv.create(tree / ".venv", symlinks=True, with_pip=False)
    python = tree / ".venv" / "bin" / "python"
    paths = {"base": str(tree / ".venv"), "platbase": str(tree / ".venv")}
    site = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    # The tree first. A folder that a .pth file names is searched, but its own .pth files, which name the source, are
    # not read.
    (site / "tree.pth").write_text(f"{tree}\n{sysconfig.get_path('purelib')}\n")
    for script in sorted(Path(sys.executable).parent.iterdir()):
        _install_script(script, python)
    return python


def _copy_files(source: Path, copy: Path) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=source, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (source / name).is_file():  # one that was deleted is listed until it is committed
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, copy / name, follow_symlinks=False)


def _install_script(script: Path, python: Path) -> None:
    """The same program on the tree's Python, or the same binary."""
    target = python.parent / script.name
    if target.exists() or not script.is_file():
        return
    first, _, rest = script.read_bytes().partition(b"\n")
    if first.startswith(b"#!") and b"python" in first:
        target.write_bytes(b"#!" + str(python).encode() + b"\n" + rest)
        target.chmod(0o755)
    else:
        target.symlink_to(script)
