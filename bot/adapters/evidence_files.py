"""The evidence of an attempt as one file, from the host that made it to the control plane, which keeps it.

Only the files that evidence is made of are taken out, each up to a size: the file may come from a host that wants to
write elsewhere.
"""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path

_NAME = re.compile(r"session-[0-9]{1,3}/(?:seal\.json|gate_log\.jsonl|transcript\.jsonl\.gz|relay\.jsonl\.gz)")
_LARGEST = 1 << 30
_MOST = 200
_PRIVATE = 0o700


def pack_evidence(folder: Path, to: Path) -> bool:
    """`folder`: of the attempt. False, and no file, where there is none."""
    if not folder.is_dir():
        return False
    with tarfile.open(to, "x") as archive:
        for path in sorted(folder.glob("*/*")):
            name = str(path.relative_to(folder))
            if path.is_file() and not path.is_symlink() and _NAME.fullmatch(name):
                archive.add(path, name, recursive=False)
    return True


def unpack_evidence(file: Path, folder: Path) -> None:
    """Into a folder that takes the place of what was there. Raises ValueError for what evidence is not made of."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=_PRIVATE, parents=True)
    try:
        with tarfile.open(file, "r:") as archive:
            for number, member in enumerate(archive):
                if number >= _MOST or not member.isreg() or member.size > _LARGEST or not _NAME.fullmatch(member.name):
                    raise ValueError(f"{member.name[:100]!r} is not a file of evidence")
                _write(archive, member, folder / member.name)
    except (tarfile.TarError, EOFError) as error:
        raise ValueError(f"the evidence cannot be read: {error}") from error


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    content = archive.extractfile(member)
    assert content is not None  # noqa: S101 - it is a regular file
    path.parent.mkdir(mode=_PRIVATE, exist_ok=True)
    with path.open("xb") as target:
        shutil.copyfileobj(content, target)
