"""Repositories that hold only the newest part of a history: where it ends is in the file `shallow`.

Git does not find that file through `objects/info/alternates`: each repository that borrows objects needs a copy.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.adapters.git.command import git

_BOUNDARY = "shallow"


def is_shallow(gitdir: Path) -> bool:
    return bool(boundary(gitdir))


def boundary(gitdir: Path) -> frozenset[str]:
    """The commits whose parents are not here, although they have some."""
    try:
        return frozenset((gitdir / _BOUNDARY).read_text().split())
    except FileNotFoundError:
        return frozenset()


def is_cut(gitdir: Path, name: str) -> bool:
    """Whether the history of a commit or ref ends before its beginning. The file may name other commits, too: those
    from which older work starts."""
    ends = boundary(gitdir)
    return bool(ends) and not ends.isdisjoint(git("rev-list", name, gitdir=gitdir).text.split())


def end_history_where(lender: Path, borrower: Path) -> None:
    """Let the history of `borrower`, which borrows its objects, end where that of `lender` ends now."""
    if is_shallow(lender):
        shutil.copyfile(lender / _BOUNDARY, borrower / _BOUNDARY)
