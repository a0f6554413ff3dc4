"""Prepares an attempt: mirror, base, a branch that is the bot's, and on this host what the session may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.adapters.git import (
    Author,
    CommitFiles,
    GitCredentials,
    Mirror,
    SigningKey,
)
from bot.adapters.git.first_contact import Report, report_nothing
from bot.adapters.github import GitHub
from bot.adapters.outside import DIRECTLY, Outside
from bot.adapters.store import Store
from bot.adapters.tools import Toolbox
from bot.core.budget import SessionLimits
from bot.core.checkpoints import Reached, log_checkpoint
from bot.core.references import IssueRef
from bot.core.repository_settings import RepositorySettings
from bot.core.stacking import DependencyMode, StartsLater
from bot.core.tasks import Attempt, Task
from bot.steps.base_commit import settings_of
from bot.steps.claim_branch import claim_branch
from bot.steps.githubs_rebase import try_adopt
from bot.steps.issue_reader import IssueReader
from bot.steps.open_pull_limit import keep_limit
from bot.steps.opening import HostOpener, Preparation, StartFound
from bot.steps.own_branch import OwnBranch, find_own_branch
from bot.steps.publication import Publication, Unfinished
from bot.steps.push_check import require_push
from bot.steps.repair_reading import Repair, begin_rebase
from bot.steps.repository_names import require_usable
from bot.steps.review_reading import Review, ReviewReader
from bot.steps.stack_start import Start, find_start, leave_in_place
from bot.steps.workspaces import WorkspaceOpener


@dataclass(frozen=True, slots=True, kw_only=True)
class _There:
    """What GitHub has. `own`: where the task's own branch is, None if it is not there."""

    default: Start
    own: str | None
    kilobytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparer:
    """Prepares attempts. `mirrors`: the folder of bare mirrors, one for each repository. `author`: of the bot's
    commits; asks GitHub; `key`: signs them. `outside`: how the host reaches any host but GitHub's."""

    store: Store
    github: GitHub
    mirrors: Path
    limits: SessionLimits
    credentials: Callable[[str], GitCredentials]
    author: Callable[[], Author]
    clock: Callable[[], datetime]
    read_credentials: Callable[[str], GitCredentials | None] = lambda _: None
    tools: Toolbox = field(default_factory=Toolbox)
    reader: Callable[[], IssueReader] | None = None
    outside: Outside = DIRECTLY
    key: SigningKey | None = None
    reached: Reached = log_checkpoint

    def prepare(
        self, task: Task, previous: list[Attempt], folder: Path, report: Report = report_nothing
    ) -> Preparation:
        """On this host. Raises TaskFailed, GitHubFailed or CommandFailed. Nothing has been paid for when it does.
        `report`: called with the progress of the first fetch of a large repository."""
        review, mirror = self._read_review(task), self.mirror(task.issue.repository)
        there = self._fetch(task, mirror, report)
        quarantine = mirror.quarantine(folder / "quarantine.git")
        try:
            found = self._find(task, mirror, there, review)
            opener = HostOpener(workspaces=self._workspaces, tools=self.tools, limits=self.limits)
            claim = partial(self._claim, task, mirror)
            return opener.open(task, previous, folder, found, mirror=mirror, quarantine=quarantine, claim=claim)
        except BaseException:  # no caller can close it
            quarantine.close()
            raise

    def find(self, task: Task, folder: Path) -> tuple[StartFound, int]:
        """What an attempt on another host starts from, and how many kilobytes the repository has. Raises as `prepare`.
        `folder`: for a moment."""
        review, mirror = self._read_review(task), self.mirror(task.issue.repository)
        there = self._fetch(task, mirror, report_nothing)
        with mirror.quarantine(folder / "quarantine.git"):  # nothing of it is removed meanwhile
            found = self._find(task, mirror, there, review)
        held = self._claim(task, mirror, found.held, settings_of(mirror.files(found.default.newest)))
        return replace(found, held=held), there.kilobytes

    def _read_review(self, task: Task) -> Review | Repair | None:
        return ReviewReader(reader=self.reader()).read(task) if self.reader is not None else None

    def _fetch(self, task: Task, mirror: Mirror, report: Report) -> _There:
        """Bring the mirror up to date. Raises TaskFailed if GitHub would not take what an attempt makes."""
        repository = require_usable(
            self.store, self.github.repository_now(task.issue.repository), task.issue.repository
        )
        branch, own = repository.default_branch, self.github.branches.of(task.issue)
        there = mirror.fetch(branch, also=own, kilobytes=repository.kilobytes, report=report)
        require_push(self.github, mirror, task.issue.repository, own, commit=there[branch], is_new=own not in there)
        default = Start(branch=branch, newest=there[branch])
        return _There(default=default, own=there.get(own), kilobytes=repository.kilobytes)

    def _find(self, task: Task, mirror: Mirror, there: _There, review: Review | Repair | None) -> StartFound:
        default = there.default
        self._read_settings(task, mirror.files(default.newest), is_new=review is None)
        start = self._find_start(task, mirror, default, review, own_head=there.own)
        held = self._own_branch(task, mirror, there.own, newest=start.newest, review=review)
        if isinstance(review, Repair) and not review.adds:
            review, held = begin_rebase(self.store, task, mirror, held, review, start=start, author=self.author())
        return StartFound(start=start, default=default, held=held, review=review)

    def _claim(self, task: Task, mirror: Mirror, held: OwnBranch, settings: RepositorySettings) -> OwnBranch:
        branch = self.github.branches.of(task.issue)
        now, reached = self.clock(), self.reached
        return claim_branch(self.store, mirror, task, held, settings, branch=branch, now=now, reached=reached)

    def _find_start(
        self, task: Task, mirror: Mirror, default: Start, review: Review | Repair | None, *, own_head: str | None
    ) -> Start:
        """`own_head`: of the task's own branch, which may hold the merge that it stands on."""
        if own_head is not None:
            mirror.bring_branch(self.github.branches.of(task.issue), own_head)
        moves = review is None or not review.adds
        try:
            return find_start(self.store, task, mirror, default, author=self.author(), moves=moves)
        except StartsLater as later:
            if isinstance(review, Repair):
                raise leave_in_place(self.store, task, later) from later
            raise

    @property
    def _workspaces(self) -> WorkspaceOpener:
        return WorkspaceOpener(
            store=self.store,
            web_url=self.github.web_url,
            branches=self.github.branches,
            read_credentials=self.read_credentials,
        )

    def _read_settings(self, task: Task, rules: CommitFiles, *, is_new: bool) -> None:
        """Before the start is chosen: the ledger may not have known yet that tasks wait for merges here. Then what this
        one is blocked by counts as unmet again. Raises StartsLater. `is_new`: it is no revision or repair."""
        settings = settings_of(rules)
        keep_limit(self.store, task.issue.repository, settings, self.clock())
        with self.store.read() as ledger:
            known = ledger.tasks.find(task.issue)
        waits = known is not None and known.pull_request is None and bool(known.unmet)
        if waits and is_new and DependencyMode(settings.dependencies) is DependencyMode.MERGE:
            raise StartsLater("Its settings say that work waits for the merge of what it is blocked by.", None)

    def find_unfinished(self, task: Task, found: Unfinished | None) -> tuple[Mirror, Publication] | None:
        """The publication that an earlier attempt recorded, as it stands now, and the mirror that holds it.

        None if it cannot be finished, because the commit is gone or somebody moved the branch: the attempt then starts
        again, and reports that. A branch that no longer exists is no obstacle: it may have gone with its pull request.
        What a person asks for again is finished only on the base that it was made on.
        """
        mirror = self.mirror(task.issue.repository)
        if found is None or not mirror.holds(found.publication.head):
            return None
        noted = found.publication
        if found.asked_again and not self._stands_on_base(task.issue, mirror, noted):
            return None
        live = mirror.live_head(self.github.branches.of(task.issue))
        return (mirror, replace(noted, replaces=live)) if live in {None, noted.replaces, noted.head} else None

    def _stands_on_base(self, issue: IssueRef, mirror: Mirror, noted: Publication) -> bool:
        facts = require_usable(self.store, self.github.repository_now(issue.repository), issue.repository)
        newest = mirror.fetch(facts.default_branch, kilobytes=facts.kilobytes)[facts.default_branch]
        return noted.base == facts.default_branch and mirror.is_ancestor(newest, noted.head)

    def mirror(self, full_name: str) -> Mirror:
        """Of a repository, fetched before or not."""
        url, credentials = f"{self.github.web_url}/{full_name}.git", self.credentials(full_name)
        folder, own = self.mirrors / f"{full_name}.git", self.github.branches
        moved = partial(self._present_url, full_name)
        return Mirror(folder, url, credentials, outside=self.outside, present_url=moved, key=self.key, own=own)

    def _present_url(self, full_name: str) -> str:
        return f"{self.github.web_url}/{self.github.repository_now(full_name).full_name}.git"

    def _own_branch(
        self, task: Task, mirror: Mirror, head: str | None, *, newest: str, review: Review | Repair | None
    ) -> OwnBranch:
        author, branch = self.author(), self.github.branches.of(task.issue)
        if review is not None and review.by_github and head is not None:
            mirror.bring_branch(branch, head)
            try_adopt(self.store, task, mirror, head, newest=newest, author=author)
        with self.store.read() as ledger:
            own, known = ledger.pushes.own_heads(task.id), ledger.stacks.of(task.id)
            adopted = ledger.native_stacks.read_adopted(task.id)
        after, adds = known.commit if known is not None else None, review is not None and review.adds
        if head is not None and head == task.claimed:  # nothing is on it, also where the base branch was rewritten
            return OwnBranch.begin_anew(newest, head)
        return find_own_branch(
            mirror, branch, head, newest=newest, own=own, author=author, adds=adds, after=after, adopted=adopted
        )
