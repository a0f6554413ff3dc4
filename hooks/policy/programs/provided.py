"""What the workspace provides: packages that its manifest, its lockfile or its installed modules name, and the
programs that its manifest declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


_ENTRY = r"[\w.]+[ \t]*:[ \t]*[\w.]+"
_KEY = r"(?m)(?:^|[{,])[ \t]*(?:[\w-]+\.)*[\"']?"
"""Before a name in TOML: the line, the table or the dotted name in which it stands."""
_TABLE_ENTRY = rf"\{{[^}}\n]*(?:reference|callable|call)\s*=\s*[\"']{_ENTRY}"
DECLARING = {
    "package.json": re.compile(r"\"([\w.-]+)\"\s*:\s*\"[^\"\n]*\""),
    "pyproject.toml": re.compile(
        rf"{_KEY}((?<=[\"'])[\w.-]+|[\w-]+)[\"']?\s*=\s*(?:[\"'][ \t]*{_ENTRY}[ \t]*[\"']|{_TABLE_ENTRY})"
    ),
    "setup.cfg": re.compile(rf"(?m)^\s*([\w.-]+)\s*=\s*{_ENTRY}\s*$"),
    "setup.py": re.compile(rf"[\"']([\w.-]+)\s*=\s*{_ENTRY}[\"']"),
}
"""Manifests, and how each declares a program."""
_TARGETS = {
    "pyproject.toml": _KEY + r"{name}[\"']?\s*=\s*(?:\{[^}\n]*?=\s*)?[\"'][ \t]*(?P<module>[\w.]+)[ \t]*:[ \t]*[\w.]+",
    "setup.cfg": r"(?m)^\s*{name}\s*=\s*(?P<module>[\w.]+)[ \t]*:",
    "setup.py": r"[\"']{name}\s*=\s*(?P<module>[\w.]+)[ \t]*:",
    "package.json": r"\"{name}\"\s*:\s*\"(?P<file>[\w./-]+)\"|\"bin\"\s*:\s*\"(?P<only>[\w./-]+)\"",
}
"""How each manifest says which module, or which file, a program runs."""
_BIN = re.compile(r"\"bin\"\s*:\s*(?:\{([^}]*)\}|\")")
_NAME = re.compile(r"\"name\"\s*:\s*\"(?:@[\w.-]+/)?([\w.-]+)\"")


def find_entry_files(name: str, shell: Shell) -> list[str]:
    """The session's files that a program of this name runs, by the manifests: its module, and its packages."""
    own = shell.memory.own_files()
    if not own:
        return []
    endings = tuple(f"/{each}" for file in _TARGETS for each in _files_of_target(name, file, shell))
    return [path for path in own if endings and path.endswith(endings)]


def _files_of_target(name: str, manifest: str, shell: Shell) -> Iterator[str]:
    text = next((shell.memory.read_content(path)[1] for path in shell.resolve(manifest) if path), None) or ""
    if name not in text:
        return
    for found in re.finditer(_TARGETS[manifest].replace("{name}", re.escape(name)), text):
        if manifest == "package.json":
            yield (found["file"] or found["only"]).removeprefix("./")
            continue
        parts = found["module"].split(".")
        for count in range(1, len(parts) + 1):
            place = "/".join(parts[:count])
            yield from (f"{place}.py", f"{place}/__init__.py")


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
