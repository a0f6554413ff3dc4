"""The end of a night with chaos as a test wants it, for the judge to look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.adapters.scripted_model import ModelRequest
from bot.core.checkpoints import Checkpoint
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Snapshot, State, Task
from bot.rehearsal.chaos.injections import FaultKind, Injection
from bot.rehearsal.chaos.judge import judge
from bot.rehearsal.chaos.plan import Plan, plan_for
from bot.rehearsal.documented import branch_of
from bot.rehearsal.environment import Environment
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.observation import BOT
from bot.rehearsal.player import Player
from bot.rehearsal.script import Script
from tests.rehearsal.as_documented import NOTICE, acknowledge, pull_request_text, status

NOW = datetime(2026, 1, 2, tzinfo=UTC)
REPOSITORY = "octo/clock"
FIX = IssueRef(REPOSITORY, 1)


class Night:
    """A night's end, as a test wants it: with the issue `fix` alone unless others are named, published and merged."""

    def __init__(self, github: SimulatedGitHub, folder: Path, *keys: str, plan: Plan | None = None) -> None:
        plan = replace(plan or plan_for(FaultKind.WORKER, Checkpoint.PUSHED), injections=())
        issues = tuple(issue for issue in plan.scenario.issues if issue.key in (keys or ("fix",)))
        self.plan: Plan = replace(plan, scenario=plan.scenario.model_copy(update={"issues": issues, "moments": ()}))
        self.github = github
        self.script = Script()
        self.environment = Environment(
            folder=folder, github=github, model_url="", script=self.script, say=lambda _: None
        )
        self.player = Player(self.plan.scenario, github, self.script)
        self.player.set_up()
        self.player.open_first_issues()
        self.trace: list[dict[str, Any]] = []
        snapshot = Snapshot(title="Issue", body="")
        self.task = Task(id=1, issue=FIX, state=State.DONE, snapshot=snapshot, created_at=NOW, updated_at=NOW)

    def session(self, name: str = "session", issue: IssueRef = FIX) -> None:
        self.script.answer(request(name, issue))

    def takes(self, step: Checkpoint, issue: IssueRef = FIX) -> None:
        self.trace.append({"at": now(), "step": step.value, "subject": str(issue)})

    def fires(self, kind: FaultKind, **more: Any) -> None:
        injection = Injection(kind=kind, step=Checkpoint.PUSHED)
        self.trace.append({"at": now(), "fired": len(self.plan.injections), "what": str(injection), **more})
        self.plan = replace(self.plan, injections=(*self.plan.injections, injection))

    def comments(self) -> None:
        failure = self.task.failure.value if self.task.failure else None
        said = f"this failed: `{failure}`" if failure else "this came to its end"
        said = f"verified, {said}" if self.task.state is State.IN_REVIEW else said
        asked = "1. Which one?\n\n" if self.task.failure is FailureKind.NEEDS_INFO else ""
        shown = f"{said}\n\n{asked}**Next** (a maintainer): look at it."
        text = status(self.task.state.value, issue=str(FIX), failure=failure, text=shown)
        self.github.comment(REPOSITORY, 1, text, by=BOT)
        if self.task.state in {State.IN_REVIEW, State.FAILED}:
            self.github.comment(REPOSITORY, 1, NOTICE, by=BOT)

    def pushes(self, **files: str) -> None:
        self.github.push_commit(
            REPOSITORY, branch_of(FIX.number), {f"{name}.txt": text for name, text in files.items()}, by=BOT
        )

    def opens(self, title: str = "Issue fix") -> int:
        pull = self.github.open_pull_request(
            REPOSITORY, title=title, head=branch_of(FIX.number), base="main", body=pull_request_text(1), by=BOT
        )
        return pull.number

    def is_published(self) -> None:
        """By the session before."""
        self.comments()
        self.pushes(fix="fix\n")
        self.github.merge_pull_request(REPOSITORY, self.opens(), by="ada")

    def retries(self, by: str) -> None:
        """A person asks for another session, and the bot acknowledges it."""
        comment = self.github.comment(REPOSITORY, 1, "/retry", by=by)
        acknowledge(self.github, REPOSITORY, comment.id)

    def ends_well(self) -> None:
        self.session()
        self.is_published()

    def verdict(self) -> str:
        return "\n".join(judge(self.plan, self.environment, self.player, tasks={FIX: self.task}, trace=self.trace))


def now() -> str:
    return datetime.now(UTC).isoformat()


def request(session: str, issue: IssueRef = FIX) -> ModelRequest:
    """The first one of a session for the issue."""
    return ModelRequest(key=session, turn=1, prompt=str(issue), system="", tools=(), messages=())
