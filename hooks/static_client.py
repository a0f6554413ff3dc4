"""The gate's static client: its source is `gate_client.c`, its binary is built where Nightshift is installed.

Without a usable binary `gate.py` takes its place. It does the same, some 10 ms slower in each call.
"""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("gate_client.c")
BUILT = Path(__file__).with_name("gate_client")
MARK = b"nightshift-gate-client:"
REFUSED = 2
SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GateClient:
    """`binary` None: the Python client is used, for the reason that `says` gives. `fault`: there is a binary, and it is
    not usable."""

    binary: Path | None
    says: str
    fault: bool = False


def source_mark(source: Path = SOURCE) -> str:
    """What a binary holds that was built from this source."""
    return hashlib.sha256(source.read_bytes()).hexdigest()


def find_client(built: Path = BUILT, source: Path = SOURCE) -> GateClient:
    """The client that a session gets. A binary of another source or another machine, or a broken one, is not used."""
    try:
        content = built.read_bytes()
    except FileNotFoundError:
        return GateClient(binary=None, says="gate.py, as no static client was built")
    except OSError as error:
        return _unusable(str(error))
    if MARK + source_mark(source).encode() not in content:
        return _unusable(f"{built.name} was built from another source")
    if complaint := find_fault(built):
        return _unusable(complaint)
    return GateClient(binary=built, says=f"static, {len(content) // 1024} KiB")


def find_fault(binary: Path) -> str:
    """Why this program is no client that runs here; empty if it is one. Called without a gate it has to refuse."""
    try:
        ended = subprocess.run([binary], input=b"", capture_output=True, timeout=SECONDS, check=False, env={})
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{binary.name} does not run here ({error})"
    if ended.returncode != REFUSED or ended.stdout or b"usage: gate_client" not in ended.stderr:
        return f"{binary.name} does not refuse without a gate (exit code {ended.returncode})"
    return ""


def _unusable(why: str) -> GateClient:
    return GateClient(binary=None, says=f"gate.py, as {why}", fault=True)
