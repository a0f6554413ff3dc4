"""What the workspace provides: packages that its manifest, its lockfile or its installed modules name."""

from __future__ import annotations

import re
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
