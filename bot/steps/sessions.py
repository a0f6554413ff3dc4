"""Runs one Claude Code session of a prepared attempt, within its limits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.adapters.ceilings import Ceilings
from bot.adapters.claude import ClaudeCode, Credential, Session, SessionPlan
from bot.adapters.claude.command import stall_seconds
from bot.adapters.claude.conversations import Conversations
from bot.adapters.claude.incoming import NOTHING, Incoming
from bot.adapters.claude.plan import USUAL_PATH
from bot.adapters.evidence import EvidenceStore
from bot.adapters.git import Author
from bot.adapters.masking import mask_start
from bot.adapters.outside import DIRECTLY, Outside
from bot.adapters.sandbox import Cell, Sandbox
from bot.adapters.tools import Toolbox
from bot.core.budget import SessionLimits
from bot.core.failures import FailureKind
from bot.core.plan_windows import join_windows
from bot.core.session import SessionProgress
from bot.core.tasks import Attempt, Guards, Task
from bot.core.work_context import working_on
from bot.steps.cooldown import with_cooldown
from bot.steps.opening import Preparation

_log = logging.getLogger(__name__)

_NO_CONVERSATION = "No conversation found"
_SUMMARY_KEPT = 20_000  # characters
_REFUSALS_KEPT, _REFUSAL_KEPT = 50, 500  # how many, and characters of each; the guards' figures hold their number
_COMMANDS_KEPT, _COMMAND_KEPT = 100, 500
_QUESTIONS_KEPT, _QUESTION_KEPT = 20, 1000
_KINDS_KEPT = 4
_NO_MIRROR = "none/none.d"  # an empty folder in place of a mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Runs sessions. A canary runs before each, so that no session starts under guards that do not work. The evidence
    of a session is kept before any code uses its result. `author`: of the bot's commits; asks GitHub."""

    claude: ClaudeCode
    sandbox: Sandbox
    credential: Credential
    limits: SessionLimits
    ceilings: Ceilings
    evidence: EvidenceStore
    conversations: Conversations
    clock: Callable[[], datetime]
    author: Callable[[], Author]
    outside: Outside = DIRECTLY
    _seen: dict[tuple[object, ...], SessionPlan] = field(default_factory=dict)  # kinds of plans, for `expected`

    @working_on("session")
    def run(
        self,
        task: Task,
        prepared: Preparation,
        folder: Path,
        *,
        brief: str,
        on_progress: Callable[[SessionProgress], None],
        should_stop: Callable[[], FailureKind | None],
        budget_usd: float,
        incoming: Incoming = NOTHING,
    ) -> Session:
        """Raises TaskFailed if the session could not be started or its guards failed the canary. `budget_usd`: the most
        that it may cost; `incoming`: what people say to it."""
        plan = self._plan(task, prepared, folder, brief, budget_usd)
        self._remember(plan)
        plan = self.claude.canary(plan)
        prepared.environment.fill(home=plan.home)
        run = partial(self.claude.run, on_progress=on_progress, should_stop=should_stop, incoming=incoming)
        earlier = prepared.kept
        if earlier and earlier.session_id and self._put_back(task, plan, earlier.session_id):
            going_on = replace(plan, resume=earlier.session_id)
            session = run(going_on)
            if _NO_CONVERSATION not in session.result.detail:
                self.evidence.keep(task.issue, task.attempts, going_on, session)
                return session
        session = run(plan)
        self.evidence.keep(task.issue, task.attempts, plan, session)
        return session

    def _remember(self, plan: SessionPlan) -> None:
        """The last few kinds of plans, told apart by what a proof depends on."""
        kind = (plan.path, repr(plan.variables), bool(plan.registries))
        self._seen.pop(kind, None)
        self._seen[kind] = plan
        while len(self._seen) > _KINDS_KEPT:
            del self._seen[next(iter(self._seen))]

    def expect(self, folder: Path, mirrors: Path, tools: Toolbox) -> list[SessionPlan]:
        """Plans under which the next session may run, without a task: of the kinds that ran last, else one of a
        repository that names no tools. `folder`: for the canary's files. The mirror that they show is an empty one."""
        mirror = mirrors / _NO_MIRROR
        mirror.mkdir(parents=True, exist_ok=True)
        base = self._base(folder / "workspace", folder, mirror)
        plain = replace(base, path=(*tools.path, *USUAL_PATH), variables=dict(tools.variables))
        return [
            replace(plain, path=each.path, variables=each.variables, registries=each.registries)
            for each in (*reversed(self._seen.copy().values()), *([] if self._seen else [plain]))
        ]

    def _put_back(self, task: Task, plan: SessionPlan, session_id: str) -> bool:
        return self.conversations.put_back(task.issue, plan.claude_home, session_id, plan.workspace)

    def keep(self, task: Task, session: Session) -> str:
        """Keep the conversation of an interrupted session, as the relay saw it. Returns its id, empty if there is
        none."""
        kept = self.conversations.keep(task.issue, session.result.session_id, session.said)
        return session.result.session_id if kept else ""

    def forget(self, task: Task) -> None:
        """Remove the kept conversation of a task that has ended: no later session continues it."""
        try:
            self.conversations.remove(task.issue)
        except OSError as trouble:  # the task has ended all the same
            _log.warning("%s: its conversation could not be removed: %s", task.issue, trouble)

    def confine(self, prepared: Preparation, folder: Path) -> Callable[[list[str]], list[str]]:
        """Returns a function that wraps a command of the host on a workspace after a session: it sees only that
        workspace and the mirror."""
        cell = Cell(
            start=prepared.workspace.path,
            writable=(prepared.workspace.path,),
            readable=(prepared.mirror.folder,),
            temporary=folder / "tmp",
            memory=folder / "shm",
            number=prepared.number,
            ceilings=None,  # the host's git runs under its own (bot.adapters.git.bounds)
        )
        return lambda command: self.sandbox.wrap(command, cell=cell)

    @property
    def sandboxed(self) -> bool:
        return self.sandbox.confines

    def _plan(self, task: Task, prepared: Preparation, folder: Path, brief: str, budget: float) -> SessionPlan:
        command_seconds = prepared.settings.limits.command_minutes * 60
        return replace(
            self._base(prepared.workspace.path, folder, prepared.mirror.folder),
            prompt=brief,
            system_prompt=prepared.system_prompt,
            model=task.overrides.model or self.limits.model,
            max_turns=prepared.turn_limit,
            budget_usd=budget,
            stall_seconds=stall_seconds(self.limits.stall_minutes * 60, command_seconds),
            command_seconds=command_seconds,
            registries=prepared.registries,
            path=(*prepared.tools.path, *USUAL_PATH),
            variables=prepared.tools.variables,
            services=prepared.services,
            policy=prepared.policy,
            number=prepared.number,
            environment=prepared.environment,
            python=prepared.python,
            outside=with_cooldown(self.outside, prepared.files, prepared.settings, self.clock()),
        )

    def _base(self, workspace: Path, folder: Path, mirror: Path) -> SessionPlan:
        """What is the same for every task."""
        limits, author = self.limits, self.author()
        return SessionPlan(
            workspace=workspace,
            folder=folder,
            prompt="",
            system_prompt="",
            model=limits.model,
            max_turns=limits.turns,
            budget_usd=limits.budget_usd,
            wall_seconds=limits.session_minutes * 60,
            stall_seconds=limits.stall_minutes * 60,
            credential=self.credential,
            sandbox=self.sandbox,
            readable=(mirror,),
            ceilings=self.ceilings,
            outside=self.outside,
            author_name=author.name,
            author_email=author.email,
            mirrors=mirror.parent.parent,
        )


def with_session(attempt: Attempt, session: Session) -> Attempt:
    """The attempt with the figures of one more session, and with its summary. Secrets are masked, because the texts are
    kept and shown. Of commands and refusals, which a session can repeat without end, the first are kept."""
    result, proof, guards = session.result, session.proof, attempt.guards
    asked = result.questions[:_QUESTIONS_KEPT] if proof.ok else ()
    refused = proof.refused_commands[: max(0, _REFUSALS_KEPT - len(attempt.refused_commands))]
    commands = result.commands[: max(0, _COMMANDS_KEPT - len(attempt.commands))]
    return replace(
        attempt,
        summary=mask_start(result.summary, _SUMMARY_KEPT) if proof.ok else "",  # others publish nothing
        completion=result.completion,
        questions=tuple(mask_start(each, _QUESTION_KEPT) for each in asked),
        turns=attempt.turns + result.turns,
        cost_usd=attempt.cost_usd + result.cost_usd,
        windows=join_windows((*attempt.windows, *result.windows)),
        claude_seconds=attempt.claude_seconds + session.seconds,
        guards=Guards(
            asked=guards.asked + proof.guards.asked,
            granted=guards.granted + proof.guards.granted,
            refused=guards.refused + proof.guards.refused,
        ),
        refused_commands=(*attempt.refused_commands, *(mask_start(each, _REFUSAL_KEPT) for each in refused)),
        commands=(*attempt.commands, *((mask_start(command, _COMMAND_KEPT), code) for command, code in commands)),
    )
