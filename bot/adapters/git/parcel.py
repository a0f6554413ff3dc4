"""Commits as a file, from one host to another: a bundle of git's, without what the other side has.

Who reads one checks every object of it, within limits: it may come from a host that is less trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.adapters.git.bounds import Bounds
from bot.adapters.git.command import git
from bot.adapters.process import CommandFailed
from bot.core.failures import FailureKind, TaskFailed

_REF = "refs/nightshift/parcel"
_FETCH_SECONDS = 300.0
_TAIL = 1000  # characters of git's output that are repeated
_FETCH = Bounds(memory=512 << 20, cpu=60, file=256 << 20)  # as for what a session made


def pack_commits(gitdir: Path, commits: Iterable[str], known: Iterable[str], to: Path) -> bool:
    """Write these commits into a new file. `known`: what the other side has. False, and no file, if that is all.
    Raises CommandFailed."""
    without = [f"^{commit}" for commit in known]
    new = [each for each in dict.fromkeys(commits) if _is_new(gitdir, each, without)]
    if not new:
        return False
    refs = {f"{_REF}/{each}": each for each in new}  # by their own names: two attempts may pack the same one
    for ref, commit in refs.items():
        git("update-ref", ref, commit, gitdir=gitdir)
    git("bundle", "create", "--quiet", str(to), *refs, *without, gitdir=gitdir)
    return True


def unpack_commits(gitdir: Path, parcel: Path, commits: Iterable[str]) -> None:
    """Bring these commits out of the file into a repository. Raises TaskFailed for what is not sound, or lacks one of
    them."""
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    settings = {"fetch.unpackLimit": "1", "fetch.fsckObjects": "true"}
    fetched = git(
        "fetch",
        *options,
        str(parcel),
        f"+{_REF}/*:{_REF}/*",
        gitdir=gitdir,
        protocols="file",
        settings=settings,
        timeout=_FETCH_SECONDS,
        codes=None,
        bounds=_FETCH,
    )
    if fetched.over_limit:
        raise CommandFailed(fetched)
    absent = [commit for commit in commits if not _holds(gitdir, commit)]
    if fetched.code != 0 or absent:
        said = fetched.stderr.strip()[-_TAIL:] or f"{absent[0]} is not among them"
        raise TaskFailed(FailureKind.AGENT_CRASHED, f"The host's commits were refused: {said}")


def _is_new(gitdir: Path, commit: str, without: Sequence[str]) -> bool:
    return bool(git("rev-list", "--max-count=1", commit, *without, gitdir=gitdir).text)


def _holds(gitdir: Path, commit: str) -> bool:
    return git("cat-file", "-e", f"{commit}^{{commit}}", gitdir=gitdir, codes=None).code == 0
