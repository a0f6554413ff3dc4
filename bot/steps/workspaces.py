"""Opens the workspace of an attempt: the commit or the kept work that it starts from, large files and submodules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.adapters.git import CommitFiles, GitCredentials, Mirror, SubmoduleSeeds, Workspace
from bot.adapters.git.rebase import rewind
from bot.adapters.store import KeptWork, Store
from bot.core.answers import asked_last
from bot.core.changes import Note
from bot.core.references import OwnBranches
from bot.core.repository_settings import RepositorySettings
from bot.core.tasks import Task
from bot.steps.repair_reading import Repair
from bot.steps.review_reading import Review
from bot.steps.submodules import place_submodules, seed_submodules


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A workspace and what was put into it. `kept`: what an earlier session left; `notes`: for the reviewer."""

    workspace: Workspace
    branch: str
    kept: KeptWork | None
    submodules: SubmoduleSeeds
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceOpener:
    """`web_url`: GitHub's; `branches`: the bot's; `read_credentials`: of a repository whose submodules are read."""

    store: Store
    web_url: str
    branches: OwnBranches
    read_credentials: Callable[[str], GitCredentials | None]

    def open(
        self,
        task: Task,
        folder: Path,
        commit: str,
        *,
        mirror: Mirror,
        files: CommitFiles,
        settings: RepositorySettings,
        review: Review | Repair | None,
    ) -> Checkout:
        """The workspace at this commit, or at what an earlier session made of it, with all that belongs into it."""
        mirror.pin(str(task.issue.number), commit)
        kept = self._find_kept(task, mirror, commit, is_revised=review is not None)
        workspace, start = self._open_at(task, folder, commit, mirror=mirror, kept=kept, review=review)
        lfs_notes = mirror.large_files.fill(workspace)
        submodules = seed_submodules(
            task.issue.repository,
            files,
            settings,
            folder / "submodules",
            web_url=self.web_url,
            credentials=self.read_credentials,
        )
        place_submodules(submodules, workspace, mirror, start)
        submodules.note_state(workspace.path)
        notes = (*submodules.left, *lfs_notes)
        branch = self.branches.of(task.issue)
        return Checkout(workspace=workspace, branch=branch, kept=kept, submodules=submodules, notes=notes)

    def _open_at(
        self,
        task: Task,
        folder: Path,
        commit: str,
        *,
        mirror: Mirror,
        kept: KeptWork | None,
        review: Review | Repair | None,
    ) -> tuple[Workspace, str]:
        """With the commit at which it is: kept work first, then what git made of the branch on its base."""
        rebased = review.rebase.commit if isinstance(review, Repair) and review.rebase is not None else commit
        start = kept.head if kept and kept.head else rebased
        workspace = mirror.open_workspace(folder / "workspace", base=start, branch=self.branches.of(task.issue))
        if isinstance(review, Repair) and review.conflicts and start == rebased:
            rewind(workspace, self.branches.of(task.issue), commit)
        return workspace, start

    def _find_kept(self, task: Task, mirror: Mirror, start: str, *, is_revised: bool) -> KeptWork | None:
        """Only for the commit that it was made on: on another one the work was never seen. `fresh` leaves it alone. A
        revision continues the conversation all the same, and so does a session that asked."""
        with self.store.read() as ledger:
            kept, previous = ledger.kept_work.of(task.issue), ledger.attempts.of(task.id)
        if kept is None or task.overrides.fresh:
            return None
        if kept.base != start:
            goes_on = is_revised or asked_last([each for each in previous if each.finished_at is not None])
            return replace(kept, head=None) if goes_on and kept.session_id else None
        return kept if kept.head is None or mirror.holds(kept.head) else None
