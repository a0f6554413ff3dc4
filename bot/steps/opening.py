"""Opens what an attempt starts from, on the host that runs it: workspace, brief, and what the session may use.

What it starts from was found before (`bot/steps/preparation.py`), on this host or on another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.adapters.environments import NO_ENVIRONMENT, Environment
from bot.adapters.git import CommitFiles, Mirror, Quarantine, SubmoduleSeeds, Workspace
from bot.adapters.installed import ToolSelection
from bot.adapters.services import find_services
from bot.adapters.store import KeptWork
from bot.adapters.tools import Toolbox
from bot.core.attempts import Base
from bot.core.brief import system_prompt
from bot.core.budget import SessionLimits, files_named, turns_for
from bot.core.changes import Note
from bot.core.environment.ecosystems import ecosystems
from bot.core.registries import Destination
from bot.core.repository_settings import RepositorySettings
from bot.core.services import RepositoryServices
from bot.core.tasks import Attempt, State, Task
from bot.steps.base_commit import instructions_of, registries_of, settings_of, template_of
from bot.steps.first_brief import write_first_brief
from bot.steps.host_tools import tools_for
from bot.steps.own_branch import OwnBranch, present_change
from bot.steps.repair_reading import Repair
from bot.steps.review_reading import Review, with_review
from bot.steps.stack_start import Start
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
class StartFound:
    """What an attempt starts from. `default`: the default branch, whose settings and instructions hold."""

    start: Start
    default: Start
    held: OwnBranch
    review: Review | Repair | None

    @property
    def base(self) -> Base:
        return Base(branch=self.start.branch, commit=self.held.base, below=self.start.below, parts=self.start.parts)


ShowClaim = Callable[[OwnBranch, RepositorySettings], OwnBranch]
"""Shows on GitHub that the issue is worked on, and returns the branch as it is then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOpener:
    """`tools`: of this host; `limits`: of a session, as the operator set them."""

    workspaces: WorkspaceOpener
    tools: Toolbox
    limits: SessionLimits

    def open(
        self,
        task: Task,
        previous: Sequence[Attempt],
        folder: Path,
        found: StartFound,
        *,
        mirror: Mirror,
        quarantine: Quarantine,
        claim: ShowClaim = lambda held, _: held,
    ) -> Preparation:
        """`mirror` holds all that was found. `claim`: called once the workspace is there. Raises TaskFailed."""
        held, review, base = found.held, found.review, found.base
        rules = mirror.files(found.default.newest)
        settings = settings_of(rules)
        files = mirror.files(held.base) if found.start.below is None else rules  # no part guards the next
        made = self.workspaces.open(
            task, folder, held.start, mirror=mirror, files=files, settings=settings, review=review
        )
        turns = self._turns(task, files)
        held = claim(held, settings)
        first = write_first_brief(task, list(previous), base, turns, made, present=present_change(mirror, held))
        opened = Preparation(
            mirror=mirror,
            quarantine=quarantine,
            workspace=made.workspace,
            branch=made.branch,
            base=base,
            files=files,
            held=held,
            brief=with_review(first, review),
            template=template_of(rules),
            system_prompt=system_prompt(instructions_of(rules), base_branch=found.default.branch),
            turn_limit=turns,
            settings=settings,
            registries=registries_of(files),
        )
        here = replace(opened, kept=made.kept, submodules=made.submodules, notes=made.notes)
        return self._with_what_is_here(here, task, previous, found)

    def _with_what_is_here(
        self, opened: Preparation, task: Task, previous: Sequence[Attempt], found: StartFound
    ) -> Preparation:
        """With what the host has, and what is known of earlier attempts."""
        return replace(
            opened,
            review=found.review,
            number=task.id,
            earlier=tuple(each.summary for each in previous if each.outcome is State.IN_REVIEW and not each.failure),
            tools=tools_for(self.tools, opened.files),
            services=find_services(opened.settings.services, self.tools.path),
            start=found.start,
            default=found.default.newest,
        )

    def _turns(self, task: Task, files: CommitFiles) -> int:
        """What `/retry` asked for; else as configured, and more where the issue names long files."""
        if task.overrides.turns is not None:
            return task.overrides.turns
        named = files_named(f"{task.snapshot.title}\n{task.snapshot.body}", files.paths)
        return turns_for(files.line_counts(named), base=self.limits.turns, cap=self.limits.turn_cap)
