"""One Claude Code session on a workbench, with what the task may use up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.adapters.ceilings import Ceilings
from bot.adapters.claude import ClaudeCode, Credential, Session, SessionPlan
from bot.adapters.evidence import EvidenceRoom
from bot.adapters.git import Author
from bot.adapters.sandbox import Cell, Sandbox
from bot.core.failures import FailureKind
from bot.core.session import Progress
from bot.core.tasks import Task
from bot.steps.workbench import Limits, Workbench

AUTHOR = Author(name="Nightshift", email="nightshift@users.noreply.github.com")


class Sessions:
    """Runs sessions; a canary goes ahead of each, so that a session never starts under guards that do not hold, and its
    evidence is kept before anything is made of it."""

    def __init__(
        self,
        claude: ClaudeCode,
        *,
        sandbox: Sandbox,
        credential: Credential,
        limits: Limits,
        ceilings: Ceilings,
        evidence: EvidenceRoom,
    ) -> None:
        self._claude = claude
        self._sandbox = sandbox
        self._credential = credential
        self._limits = limits
        self._ceilings = ceilings
        self._evidence = evidence

    def run(
        self,
        task: Task,
        bench: Workbench,
        folder: Path,
        *,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], FailureKind | None],
    ) -> Session:
        """Raises TaskFailed if the session could not be started or its guards failed the canary."""
        plan = self._plan(task, bench, folder)
        self._claude.canary(plan)
        session = self._claude.run(plan, on_progress=on_progress, should_stop=should_stop)
        self._evidence.keep(task.issue, task.attempts, plan, session)
        return session

    def confine(self, bench: Workbench, folder: Path) -> Callable[[list[str]], list[str]]:
        """Wraps what the host runs on a workspace after a session: it sees that workspace and the mirror only."""
        cell = Cell(
            workspace=bench.workspace.path,
            home=folder / "home",
            control=folder / "control",
            readable=(bench.mirror.folder,),
        )
        return lambda command: self._sandbox.wrap(command, cell=cell)

    @property
    def sandboxed(self) -> bool:
        return self._sandbox.confines

    def _plan(self, task: Task, bench: Workbench, folder: Path) -> SessionPlan:
        limits, asked = self._limits, task.overrides
        return SessionPlan(
            workspace=bench.workspace.path,
            folder=folder,
            prompt=bench.prompt,
            system_prompt=bench.system_prompt,
            model=asked.model or limits.model,
            max_turns=bench.turn_limit,
            budget_usd=asked.budget_usd or limits.budget_usd,
            wall_seconds=limits.session_minutes * 60,
            stall_seconds=limits.stall_minutes * 60,
            credential=self._credential,
            sandbox=self._sandbox,
            readable=(bench.mirror.folder,),
            registries=bench.registries,
            ceilings=self._ceilings,
            author_name=AUTHOR.name,
            author_email=AUTHOR.email,
        )
