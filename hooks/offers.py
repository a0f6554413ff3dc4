"""Lists the commands that a checkout offers: its executables, npm and composer scripts, make targets, and recipes."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from hooks.policy.programs.documents import read_json
from hooks.policy.programs.justfiles import recipe_names
from hooks.policy.programs.makefile_syntax import read_makefile
from hooks.policy.programs.yaml_documents import read_yaml

NOT_ITS_OWN = frozenset({".git", "node_modules", ".venv", "venv", "vendor", "target", "dist", "build", "third_party"})
LIMIT = 200
"""So many commands of one kind are listed."""


def find_offers(checkout: Path) -> list[str]:
    """The commands, in a fixed order, as a person would type them in the checkout's folder."""
    kinds = (_executables, _package_scripts, _make_targets, _recipes, _tasks, _composer_scripts)
    return [command for kind in kinds for command in list(dict.fromkeys(kind(checkout)))[:LIMIT]]


def _executables(checkout: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(checkout):
        folders[:] = sorted(set(folders) - NOT_ITS_OWN)
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink() and os.access(path, os.X_OK):
                yield shlex.quote(f"./{path.relative_to(checkout)}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _keys(document: object, name: str) -> list[str]:
    found = document.get(name) if isinstance(document, dict) else None
    return [str(key) for key in found] if isinstance(found, dict) else []


def _package_scripts(checkout: Path) -> Iterator[str]:
    for path in sorted(checkout.glob("**/package.json")):
        folder = path.parent.relative_to(checkout)
        if not NOT_ITS_OWN.intersection(folder.parts):
            inside = [] if folder == Path() else ["--prefix", str(folder)]
            for name in _keys(read_json(_read(path)), "scripts"):
                yield shlex.join(["npm", *inside, "run", name])


def _make_targets(checkout: Path) -> Iterator[str]:
    for name in ("GNUmakefile", "makefile", "Makefile"):
        if text := _read(checkout / name):
            made = read_makefile(text, lambda included: [_read(checkout / included)])
            targets = [target for rule in made.rules for target in rule.targets]
            yield from (f"make {target}" for target in targets if re.fullmatch(r"[A-Za-z][\w-]*", target))
            return


def _recipes(checkout: Path) -> Iterator[str]:
    for name in ("justfile", "Justfile", ".justfile"):
        yield from (f"just {recipe}" for recipe in recipe_names(_read(checkout / name)))


def _tasks(checkout: Path) -> Iterator[str]:
    for name in ("Taskfile.yml", "Taskfile.yaml"):
        yield from (f"task {task}" for task in _keys(read_yaml(_read(checkout / name)), "tasks"))


def _composer_scripts(checkout: Path) -> Iterator[str]:
    yield from (f"composer {name}" for name in _keys(read_json(_read(checkout / "composer.json")), "scripts"))
