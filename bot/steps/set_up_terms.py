"""What a set-up depends on and what it may use: its inputs, its network, and what its commands inherit."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from bot.adapters.environments import CHECKOUT, HOME, OF_HOME, TEXTS, Environment
from bot.adapters.git import CommitFiles
from bot.adapters.outside import Outside
from bot.core.environment.ecosystems import ecosystems, hosts
from bot.core.environment.values import ENVIRONMENT, Origin, SetUp, Tree
from bot.core.registries import Destination, destination
from bot.core.repository_settings import RepositorySettings
from bot.core.set_up import find_set_up, inputs, uses_pnpm
from bot.steps.commit_reader import reader

LARGEST_INPUT = 5_000_000  # bytes


def set_up_of_change(environment: Environment, files: CommitFiles, declared: Collection[str] | None) -> SetUp | None:
    """What is run again for a change: what its own manifests say, where the base's was found in manifests; else the
    base's commands."""
    if environment.set_up is None or environment.set_up.origin is not Origin.DETECTED:
        return environment.set_up
    return find_set_up(tree_of(files), declared=declared, tools=environment.tools)


def write_texts(set_up: SetUp, folder: Path) -> None:
    for name, text in set_up.files.items():
        (folder / name).write_text(text)


def write_files(files: Mapping[str, str], home: Path) -> None:
    """The settings of package managers, for this set-up alone."""
    for path, text in files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)


def remove_files(files: Mapping[str, str], home: Path) -> None:
    """Also where a command changed them: sessions and checks have no gateway. Never through a link of the set-up's."""
    for path in map(Path, files):
        above = [home / part for part in path.parents]
        if not any(part.is_symlink() for part in above) and not (home / path).is_dir():
            (home / path).unlink(missing_ok=True)


def needs_again(environment: Environment, base: str, files: CommitFiles) -> bool:
    """Whether a checkout of another commit than the base needs the commands again: it names other packages, or what was
    made was built from the base commit's sources."""
    if environment.set_up is None or files.commit == base:
        return False
    contents = files.read_all(inputs(environment.set_up, files.paths), limit=LARGEST_INPUT)
    return environment.reads_sources or digests(contents) != dict(environment.inputs)


def reachable(files: CommitFiles, settings: RepositorySettings) -> frozenset[Destination]:
    """The registries of the commit's languages, and the hosts of its settings."""
    return hosts(ecosystems(files.paths)).union(map(destination, settings.network))


def set_up_variables(path: tuple[str, ...], outside: Outside, *, has_python: bool, has_pnpm: bool) -> dict[str, str]:
    """All that the commands of a set-up inherit."""
    python = (f"{ENVIRONMENT}/bin",) if has_python else ()
    return {
        "PATH": ":".join((*python, *path, *OF_HOME)),
        "HOME": HOME,
        "TMPDIR": "/tmp",  # noqa: S108 - the cell's own
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CI": "true",
        "GIT_TERMINAL_PROMPT": "0",
        "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
        **dict.fromkeys(("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT"), "/dev/null"),
        "GITHUB_WORKSPACE": CHECKOUT,
        "HUSKY": "0",  # hooks of git have no place in a checkout that no person commits from
        **lasting_variables(has_python=has_python, has_pnpm=has_pnpm),
        **outside.variables(),
    }


def lasting_variables(*, has_python: bool, has_pnpm: bool) -> dict[str, str]:
    """What set-up, sessions and checks need alike, so that tools find what set-up installed."""
    # Only pnpm knows it: npm warns of each setting that it does not know.
    pnpm = {"npm_config_store_dir": f"{HOME}/.local/share/pnpm/store"} if has_pnpm else {}
    python = {"VIRTUAL_ENV": ENVIRONMENT, "UV_PROJECT_ENVIRONMENT": ENVIRONMENT} if has_python else {}
    return {
        "NIGHTSHIFT_SETUP": TEXTS,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "npm_config_prefix": f"{HOME}/.local",
        "npm_config_update_notifier": "false",
        "BUNDLE_PATH": f"{HOME}/.bundle/gems",
        **python,
        **pnpm,
    }


def with_variables(environment: Environment) -> Environment:
    has_pnpm = environment.set_up is not None and uses_pnpm(environment.set_up)
    return replace(environment, variables=lasting_variables(has_python=environment.has_python, has_pnpm=has_pnpm))


def tree_of(files: CommitFiles) -> Tree:
    return Tree(frozenset(files.paths), reader(files, limit=LARGEST_INPUT))


def digests(contents: Mapping[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
