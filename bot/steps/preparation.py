"""Prepares an attempt: mirror, base, a branch that is the bot's, workspace, and what the session may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from bot.adapters.environments import NO_ENVIRONMENT, Environment
from bot.adapters.git import (
    Author,
    CommitFiles,
    GitCredentials,
    Mirror,
    Quarantine,
    SigningKey,
    SubmoduleSeeds,
    Workspace,
)
from bot.adapters.git.first_contact import Report, report_nothing
from bot.adapters.github import GitHub
from bot.adapters.installed import ToolSelection
from bot.adapters.outside import DIRECTLY, Outside
from bot.adapters.services import find_services
from bot.adapters.store import KeptWork, Store
from bot.adapters.tools import Toolbox
from bot.core.attempts import Base
from bot.core.brief import system_prompt
from bot.core.budget import SessionLimits, files_named, turns_for
from bot.core.changes import Note
from bot.core.environment.ecosystems import ecosystems
from bot.core.facts import RepositoryFacts
from bot.core.references import IssueRef
from bot.core.registries import Destination
from bot.core.repository_settings import RepositorySettings
from bot.core.services import RepositoryServices
from bot.core.stacking import DependencyMode, StartsLater
from bot.core.tasks import Attempt, State, Task
from bot.steps.base_commit import instructions_of, registries_of, settings_of, template_of
from bot.steps.claim_branch import claim_branch
from bot.steps.first_brief import write_first_brief
from bot.steps.githubs_rebase import try_adopt
from bot.steps.host_tools import tools_for
from bot.steps.issue_reader import IssueReader
from bot.steps.open_pull_limit import keep_limit
from bot.steps.own_branch import OwnBranch, find_own_branch, present_change
from bot.steps.publication import Publication, Unfinished
from bot.steps.push_check import require_push
from bot.steps.repair_reading import Repair, begin_rebase
from bot.steps.repository_names import require_usable
from bot.steps.review_reading import Review, ReviewReader, with_review
from bot.steps.stack_start import Start, find_start, leave_in_place
from bot.steps.workspaces import WorkspaceOpener


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """All that the sessions of one attempt share.

    `branch`: the bot's own; `held`: as it was found. `brief`: for the first session. `registries`: where the
    lockfiles of the base commit say that its packages come from. `kept`: what an earlier session left, from which
    this one goes on. `number`: the task's, which keeps its cells apart from those of others. `quarantine`: where the
    sessions' objects stay until they are accepted. `files`: of the base commit; in a stack, of the default branch.
    `submodules`: what every checkout of it shows of them. `notes`: what the reviewer should know of the checkout.
    `tools`: of the host, as far as those files name them. `services`: those of the settings. `environment`: what its
    set-up made; `python`: the sessions' copy of its environment for Python. `review`: what a revision is to answer,
    or a repair is for; `earlier`: the summaries of what was published before. `start`: the branch that it builds on;
    `default`: the default branch.
    """

    mirror: Mirror
    quarantine: Quarantine
    workspace: Workspace
    branch: str
    base: Base
    files: CommitFiles
    held: OwnBranch
    brief: str
    system_prompt: str
    turn_limit: int
    template: str | None
    settings: RepositorySettings
    registries: frozenset[Destination]
    kept: KeptWork | None = None
    number: int = 0
    notes: tuple[Note, ...] = ()
    tools: ToolSelection = field(default_factory=ToolSelection)
    services: RepositoryServices = field(default_factory=RepositoryServices)
    environment: Environment = NO_ENVIRONMENT
    python: Path | None = None
    submodules: SubmoduleSeeds = field(default_factory=SubmoduleSeeds)
    review: Review | Repair | None = None
    earlier: tuple[str, ...] = ()
    start: Start | None = None
    default: str = ""

    @property
    def policy(self) -> dict[str, Any] | None:
        """What the gate permits and refuses besides its rules."""
        found = ecosystems(self.files.paths)
        return self.settings.policy_with(registries=found, set_up=self.environment.commands)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Paths in the workspace that are never part of the change: what set-up made."""
        return self.environment.created


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What an attempt starts from. `default`: the default branch, whose settings and instructions hold."""

    mirror: Mirror
    quarantine: Quarantine
    start: Start
    default: Start
    held: OwnBranch
    review: Review | Repair | None

    @property
    def base(self) -> Base:
        return Base(branch=self.start.branch, commit=self.held.base, below=self.start.below, parts=self.start.parts)


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

    def prepare(
        self, task: Task, previous: list[Attempt], folder: Path, report: Report = report_nothing
    ) -> Preparation:
        """Raises TaskFailed, GitHubFailed or CommandFailed. Nothing has been paid for when it does. `report`: called
        with the progress of the first fetch of a large repository."""
        repository = self._repository(task.issue)
        review = ReviewReader(reader=self.reader()).read(task) if self.reader is not None else None
        mirror = self.mirror(task.issue.repository)
        branch, own = repository.default_branch, self.github.branches.of(task.issue)
        there = mirror.fetch(branch, also=own, kilobytes=repository.kilobytes, report=report)
        require_push(self.github, mirror, task.issue.repository, own, commit=there[branch], is_new=own not in there)
        quarantine = mirror.quarantine(folder / "quarantine.git")
        try:
            default = Start(branch=branch, newest=there[branch])
            settings = self._read_settings(task, mirror.files(default.newest), is_new=review is None)
            start = self._find_start(task, mirror, default, review, own_head=there.get(own))
            held = self._own_branch(task, mirror, there.get(own), newest=start.newest, review=review)
            if isinstance(review, Repair) and not review.adds:
                review, held = begin_rebase(self.store, task, mirror, held, review, start=start, author=self.author())
            found = _Found(mirror=mirror, quarantine=quarantine, start=start, default=default, held=held, review=review)
            return self._prepare(task, previous, folder, found, settings)
        except BaseException:  # no caller can close it
            quarantine.close()
            raise

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

    def _repository(self, issue: IssueRef) -> RepositoryFacts:
        return require_usable(self.store, self.github.repository_now(issue.repository), issue.repository)

    def _read_settings(self, task: Task, rules: CommitFiles, *, is_new: bool) -> RepositorySettings:
        """Before the start is chosen: the ledger may not have known yet that tasks wait for merges here. Then what this
        one is blocked by counts as unmet again. Raises StartsLater. `is_new`: it is no revision or repair."""
        settings = settings_of(rules)
        keep_limit(self.store, task.issue.repository, settings, self.clock())
        with self.store.read() as ledger:
            known = ledger.tasks.find(task.issue)
        waits = known is not None and known.pull_request is None and bool(known.unmet)
        if waits and is_new and DependencyMode(settings.dependencies) is DependencyMode.MERGE:
            raise StartsLater("Its settings say that work waits for the merge of what it is blocked by.", None)
        return settings

    def _prepare(
        self, task: Task, previous: list[Attempt], folder: Path, found: _Found, settings: RepositorySettings
    ) -> Preparation:
        mirror, held, review, base = found.mirror, found.held, found.review, found.base
        rules = mirror.files(found.default.newest)
        files = mirror.files(held.base) if found.start.below is None else rules  # no part guards the next
        made = self._workspaces.open(
            task, folder, held.start, mirror=mirror, files=files, settings=settings, review=review
        )
        turns = self._turns(task, files)
        held = claim_branch(self.store, mirror, task, held, settings, branch=made.branch, now=self.clock())
        first = write_first_brief(task, previous, base, turns, made, present=present_change(mirror, held))
        return Preparation(
            mirror=mirror,
            quarantine=found.quarantine,
            workspace=made.workspace,
            branch=made.branch,
            base=base,
            files=files,
            held=held,
            brief=with_review(first, review),
            review=review,
            earlier=tuple(each.summary for each in previous if each.outcome is State.IN_REVIEW and not each.failure),
            system_prompt=system_prompt(instructions_of(rules), base_branch=found.default.branch),
            turn_limit=turns,
            template=template_of(rules),
            settings=settings,
            registries=registries_of(files),
            kept=made.kept,
            number=task.id,
            submodules=made.submodules,
            notes=made.notes,
            tools=tools_for(self.tools, files),
            services=find_services(settings.services, self.tools.path),
            start=found.start,
            default=found.default.newest,
        )

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
        facts = self._repository(issue)
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

    def _turns(self, task: Task, files: CommitFiles) -> int:
        """What `/retry` asked for; else as configured, and more where the issue names long files."""
        if task.overrides.turns is not None:
            return task.overrides.turns
        named = files_named(f"{task.snapshot.title}\n{task.snapshot.body}", files.paths)
        return turns_for(files.line_counts(named), base=self.limits.turns, cap=self.limits.turn_cap)
