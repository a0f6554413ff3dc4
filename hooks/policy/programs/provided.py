"""What the workspace provides: packages that its manifest, its lockfile or its installed modules name, and the
programs that its manifest declares."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.shell.files import read_text

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

MANIFESTS = (
    "package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.json",
    "deno.jsonc", "deno.lock", "import_map.json",
)  # fmt: skip


def is_provided(name: str, folder: str, shell: Shell) -> bool:
    """Whether the manifest, lockfile or installed modules of a folder, or of one above it, have a package."""
    pattern = re.compile(rf"[\"'/ ]{re.escape(name)}[\"'@:]")
    for resolved in shell.resolve(folder):
        current = resolved
        while current and paths.is_inside(current, str(shell.context.workspace)):
            if any(Path(current, "node_modules", each).exists() for each in (name, f".bin/{name}")):
                return True
            texts = (read_text(f"{current}/{file}", str(shell.context.workspace)) for file in MANIFESTS)
            if any(text is not None and pattern.search(text) for text in texts):
                return True
            current = str(Path(current).parent)
    return False


_ENTRY = r"[\w.]+:[\w.]+"
_TABLE_ENTRY = rf"\{{[^}}\n]*(?:reference|callable|call)\s*=\s*[\"']{_ENTRY}"
DECLARING = {
    "package.json": re.compile(r"\"([\w.-]+)\"\s*:\s*\"[^\"\n]*\""),
    "pyproject.toml": re.compile(rf"(?m)^\s*[\"']?([\w.-]+)[\"']?\s*=\s*(?:[\"']{_ENTRY}[\"']|{_TABLE_ENTRY})"),
    "setup.cfg": re.compile(rf"(?m)^\s*([\w.-]+)\s*=\s*{_ENTRY}\s*$"),
    "setup.py": re.compile(rf"[\"']([\w.-]+)\s*=\s*{_ENTRY}[\"']"),
}
"""Manifests, and how each declares a program."""
_BIN = re.compile(r"\"bin\"\s*:\s*(?:\{([^}]*)\}|\")")
_NAME = re.compile(r"\"name\"\s*:\s*\"(?:@[\w.-]+/)?([\w.-]+)\"")


@lru_cache(maxsize=64)
def declared_programs(file: str, text: str) -> frozenset[str]:
    """The programs that a manifest of this text declares."""
    if file != "package.json":
        return frozenset(DECLARING[file].findall(text))
    found = _BIN.search(text)
    if found is None:
        return frozenset()
    named = _NAME.findall(text)[:1] if found[1] is None else DECLARING[file].findall(found[1])
    return frozenset(named)
