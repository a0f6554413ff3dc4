"""`python -m hooks.build_client` builds the gate's static client beside its source, where Nightshift is installed.

It uses the system's C compiler, else the `ziglang` package, which brings a C library. Where neither makes a static
program that runs here, nothing is built, and sessions use `gate.py`.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if __name__ == "__main__":  # as in gate_server.py: it runs before the package is installed
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hooks.static_client import BUILT, SOURCE, find_fault, source_mark

SECONDS = 300.0  # ziglang compiles its C library when it is first used
FLAGS = (
    *("-std=gnu11", "-O2", "-static", "-s", "-Wall", "-Wextra", "-Wconversion"),
    *("-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"),
)
NOT_BUILT = """\
The gate's static client was not built: {faults}.
Sessions use hooks/gate.py, some 10 ms slower in each call. To build it, install a compiler (apt-get install gcc
libc6-dev) and run `python hooks/build_client.py`; or run `make client`, which fetches one.
"""


def main() -> int:
    """Build it in its place; always 0, since Nightshift works without it."""
    faults = []
    with tempfile.TemporaryDirectory(prefix="nightshift-client-") as folder:
        target = Path(folder) / BUILT.name
        for name, compiler in compilers():
            if not (fault := build(compiler, target)):
                place(target, BUILT)
                sys.stdout.write(f"Built the gate's static client with {name}.\n")
                return 0
            faults.append(f"{name}: {fault}")
    BUILT.unlink(missing_ok=True)  # one of another source would not be used either
    sys.stdout.write(NOT_BUILT.format(faults="; ".join(faults) or "there is no C compiler"))
    return 0


def compilers() -> Iterator[tuple[str, list[str]]]:
    """The compilers of this machine, with their names; the first that works is used."""
    if found := shutil.which("cc"):
        yield "cc", [found]
    if importlib.util.find_spec("ziglang"):
        yield "ziglang", [sys.executable, "-m", "ziglang", "cc", "-target", f"{platform.machine()}-linux-musl"]


def build(compiler: list[str], target: Path, flags: tuple[str, ...] = FLAGS, source: Path = SOURCE) -> str:
    """Compile the source to `target`. Returns why the result cannot be used; empty if it can."""
    mark = f'-DSOURCE_MARK="{source_mark(source)}"'
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    caches = {name: str(target.parent / "zig") for name in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
    try:
        ended = subprocess.run(
            [*compiler, *flags, mark, "-o", str(target), str(source)],
            env=environment | caches,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if ended.returncode != 0:
        return ended.stderr.decode(errors="replace").strip()[-500:] or f"exit code {ended.returncode}"
    return find_fault(target)


def place(built: Path, target: Path) -> None:
    """Replace `target` at once, so that no session copies half of it. Everyone may run it, and no one write it."""
    # Not in the folder of the hooks: a worker that runs fingerprints every file there.
    staged = target.parent.parent / f".{target.name}.new"
    shutil.copyfile(built, staged)
    staged.chmod(0o555)
    staged.replace(target)


if __name__ == "__main__":
    sys.exit(main())
