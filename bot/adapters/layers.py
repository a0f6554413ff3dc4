"""Layers: what set-ups made, kept for later attempts, each in the folder of one repository.

A layer holds the environment for Python, the HOME, and the files that set-up put into the work tree without git
tracking them. The host alone writes it, once, and moves it into place as a whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from bot.adapters.environments import COPY_SECONDS, FACTS, Environment, Step
from bot.adapters.git.workspace import make_readable, remove_tree
from bot.adapters.process import run
from bot.core.environment.values import Command
from bot.core.ran import Ran
from bot.core.untrusted import as_dict, as_dicts, as_float, as_int, as_list, as_str

# Settings of programs that a session or the host might start, for which no set-up has a reason.
_NOT_KEPT_AT_HOME = (
    *(
        ".gitconfig",
        ".config/git",
        ".bashrc",
        ".bash_profile",
        ".bash_login",
        ".profile",
        ".zshrc",
        ".zshenv",
        ".zprofile",
    ),
    *(".ssh", ".netrc", ".git-credentials", ".claude", ".claude.json", "tmp"),
)
_NOT_KEPT_IN_TREE = frozenset({".git", ".gitignore", ".gitattributes", ".gitmodules"})
_PACKAGES = frozenset(
    {"node_modules", "vendor", ".venv", "venv", "target", "deps", "_build", ".gradle", "obj", "__pycache__", ".eggs"}
    | {".yarn", ".pnp.cjs", ".pnp.loader.mjs", ".pnpm-store", ".bundle", ".pytest_cache"}
    | {"package-lock.json", "yarn.lock", "Gemfile.lock", "composer.lock", "Cargo.lock", "mix.lock", "deno.lock"}
)
"""What holds packages, or is made anew by its tool: everything else may have been built from the sources."""


def make_layer(folder: Path, checkout: Path, tracked: Collection[str]) -> tuple[str, ...]:
    """Take what a set-up left in `checkout` without being tracked into `folder`/tree; HOME and Python are there
    already. Returns the paths. No process of the set-up may run any more."""
    make_readable(folder)
    make_readable(checkout)
    created = tuple(sorted(_find_untracked(checkout, frozenset(tracked))))
    for path in created:
        target = folder / "tree" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).rename(target)
    for name in _NOT_KEPT_AT_HOME:
        _remove(folder / "home" / name)
    _own(folder)
    return created


def _remove(path: Path) -> None:
    """Never through a link, which the set-up may have put there."""
    if path.is_symlink():
        path.unlink()
    elif not path.parent.is_symlink():
        remove_tree(path)


def _find_untracked(root: Path, tracked: frozenset[str]) -> Iterator[str]:
    """The topmost paths that git does not track. Links are not followed."""
    folders = {"", *(parent for path in tracked for parent in _parents(path))}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if path in folders:
                    waiting += [path] if entry.is_dir(follow_symlinks=False) else []
                elif path not in tracked and entry.name not in _NOT_KEPT_IN_TREE and _is_text(path):
                    yield path


def _is_text(path: str) -> bool:
    """Whether it can be written down, and excluded by a line."""
    return path.isprintable()


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _own(folder: Path) -> None:
    """Make it the bot's own: cells of later attempts run as other users, and set-user-id bits are lost with this."""
    if os.geteuid() == 0:
        command = ["chown", "-hR", "0:0", "--", str(folder)]
        run(command, cwd=folder, env={"PATH": os.defpath}, seconds=COPY_SECONDS, supervised=False)


def reads_sources(created: Collection[str], layer: Path) -> bool:
    """Whether what was created may have been built from the checkout, so that it is out of date at another commit."""
    names = (path.rpartition("/")[2] for path in created)
    built = any(name not in _PACKAGES and not name.endswith((".egg-info", ".dist-info")) for name in names)
    return built or any(_is_copy(path) for path in layer.glob("python/lib/python*/site-packages/*.dist-info"))


def _is_copy(installed: Path) -> bool:
    """Whether pip copied the project itself into the environment, instead of leading to the checkout."""
    try:
        origin = as_dict(json.loads((installed / "direct_url.json").read_bytes()[:10_000]))
    except (OSError, ValueError, RecursionError):
        return False
    is_local = as_str(origin.get("url")).startswith("file:")
    return is_local and as_dict(origin.get("dir_info")).get("editable") is not True


def write_facts(environment: Environment, layer: Path) -> None:
    document = {
        "steps": [_step_document(step) for step in environment.steps],
        "created": environment.created,
        "packages": environment.packages,
        "has_python": environment.has_python,
        "reads_sources": environment.reads_sources,
        "refused_hosts": environment.refused_hosts,
    }
    (layer / FACTS).write_text(json.dumps(document))


def _step_document(step: Step) -> dict[str, Any]:
    command, ran = step.command, step.ran
    return {
        "text": command.text,
        "reason": command.reason,
        "pinned": command.pinned,
        "code": ran.code,
        "seconds": ran.seconds,
        "output": ran.output,
    }


def read_layer(layer: Path, environment: Environment) -> Environment | None:
    """The environment with what was written down of this layer; None where there is none."""
    try:
        facts = as_dict(json.loads((layer / FACTS).read_bytes()))
    except (OSError, ValueError):
        return None
    return replace(
        environment,
        layer=layer,
        steps=tuple(map(_step, as_dicts(facts.get("steps")))),
        created=tuple(map(as_str, as_list(facts.get("created")))),
        packages=tuple(map(as_str, as_list(facts.get("packages")))),
        has_python=facts.get("has_python") is True,
        reads_sources=facts.get("reads_sources") is True,
        refused_hosts=tuple(map(as_str, as_list(facts.get("refused_hosts")))),
        is_kept=True,
    )


def _step(document: dict[str, Any]) -> Step:
    command = Command(
        text=as_str(document.get("text")),
        reason=as_str(document.get("reason")),
        pinned=document.get("pinned") is True,
    )
    ran = Ran(
        code=as_int(document.get("code")),
        seconds=as_float(document.get("seconds")),
        output=as_str(document.get("output")),
    )
    return Step(command=command, ran=ran)


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of all repositories, each in the folder of one repository."""

    folder: Path

    @classmethod
    def of(cls, data: Path) -> Self:
        return cls(data / "environments")

    def place(self, repository: str, key: str) -> Path:
        return self.folder / repository.lower().replace("/", "+") / key

    def keep(self, made: Path, place: Path) -> Path:
        """Move a finished layer into place, in one step. Another worker may have been faster: then its layer counts."""
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.rename(place)
        except OSError:
            if not (place / FACTS).is_file():
                raise
            shutil.rmtree(made, ignore_errors=True)
        return place

    def all(self) -> Iterator[tuple[Path, float]]:
        """Each layer, and when it was used last (seconds since the epoch)."""
        for repository in _folders(self.folder):
            for layer in _folders(repository):
                facts = layer / FACTS
                with contextlib.suppress(FileNotFoundError):  # another worker removes it too
                    yield layer, (facts if facts.exists() else layer).lstat().st_mtime


def _folders(folder: Path) -> list[Path]:
    """Those in a folder, and no links to others."""
    try:
        with os.scandir(folder) as found:
            return sorted(Path(entry.path) for entry in found if entry.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []
