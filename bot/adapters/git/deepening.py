"""Fetches the history of a mirror that began with the newest commit alone, in steps, while nothing uses the mirror.

The steps go down from one commit, which a ref of ours keeps: fetches of the branch meanwhile bring its newest commit
without history, and do not undo a step. A step that is interrupted is repeated, the steps before it are kept. The last
step joins both. Then the mirror is a whole one, and is fetched as such.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git import history
from bot.adapters.git.command import git
from bot.adapters.git.refs import move_ref
from bot.adapters.git.shallow import boundary, is_cut
from bot.adapters.process import Completed
from bot.core.failures import TaskFailed
from bot.core.references import USUAL_BRANCHES, OwnBranches

DESCENT = "refs/nightshift/history"
_LEAST, _MOST = 20, 50_000  # commits
_QUICK, _SLOW = 5.0, 20.0  # seconds of a step: after a quick one the next is larger, after a slow one smaller


@dataclass(slots=True, kw_only=True)
class Deepening:
    """`fetch` runs one `git fetch` from the server on `gitdir` with these arguments, and raises TaskFailed. `step`: how
    many commits the first step goes down."""

    gitdir: Path
    fetch: Callable[..., Completed]
    step: int
    own: OwnBranches = USUAL_BRANCHES

    def go_on(self, stopping: Callable[[], bool]) -> bool:
        """Fetch until nothing is missing, or until `stopping`. Returns whether the branch has its whole history."""
        before = None
        while (branch := self._branch()) is not None and is_cut(self.gitdir, branch[1]):
            if stopping() or boundary(self.gitdir) == before:  # GitHub has no more of it
                return False
            before = boundary(self.gitdir)
            start = history.resolve(self.gitdir, DESCENT) or branch[1]
            try:
                self._take_step(branch[0], start, stopping)
            except TaskFailed:
                if stopping():
                    return False
                move_ref(self.gitdir, DESCENT, None)  # a branch that was rewritten: GitHub may have dropped the commit
                raise
        move_ref(self.gitdir, DESCENT, None)
        return True

    def _take_step(self, name: str, start: str, stopping: Callable[[], bool]) -> None:
        if is_cut(self.gitdir, start):
            self._go_down(start, stopping)
        else:  # what lies between there and the branch now
            self.fetch("--unshallow", f"+refs/heads/{name}:refs/remotes/origin/{name}", stopping=stopping)

    def _go_down(self, start: str, stopping: Callable[[], bool]) -> None:
        began = time.monotonic()
        move_ref(self.gitdir, DESCENT, start)
        self.fetch(f"--deepen={self.step}", f"{start}:{DESCENT}", stopping=stopping)
        took = time.monotonic() - began
        if took < _QUICK:
            self.step = min(self.step * 2, _MOST)
        elif took > _SLOW:
            self.step = max(self.step // 2, _LEAST)

    def _branch(self) -> tuple[str, str] | None:
        """The mirrored branch, without `origin/`, and its commit. The bot's own have no history of theirs."""
        form = "--format=%(refname:lstrip=3) %(objectname)"
        rows = git("for-each-ref", form, "refs/remotes/origin", gitdir=self.gitdir).text.splitlines()
        found = (tuple(row.rsplit(" ", 1)) for row in rows if not self.own.include(row))
        return next(((name, commit) for name, commit in found), None)
