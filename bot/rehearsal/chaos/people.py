"""What people do in answer to what the bot shows: they answer, cancel, and retry what failed because of a fault."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.rehearsal.chaos.injections import FaultKind, Record
from bot.rehearsal.chaos.issues import OPERATOR, Reaction
from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.environment import Environment
from bot.rehearsal.player import Player
from bot.rehearsal.watch import View


@dataclass(slots=True, eq=False)
class People:
    """The plan's reactions, each made once. Besides, the operator retries each task whose guards are unproven because
    its gate was killed: as often as one was, and no more."""

    plan: Plan
    environment: Environment
    _: KW_ONLY
    player: Player
    record: Record
    _left: list[Reaction] = field(init=False)
    _seen: dict[Reaction, float] = field(init=False, default_factory=dict)  # when its state was first seen, in seconds
    _retried: set[tuple[IssueRef, int]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._left = list(self.plan.reactions)

    def react(self, seconds: float, view: View) -> bool:
        """Comment what is due. Returns whether anything was."""
        due = [reaction for reaction in self._left if self._is_due(reaction, seconds, view)]
        for reaction in due:
            self._left.remove(reaction)
            self._comment(self.player.opened[reaction.issue], reaction.text, by=reaction.by)
        unproven = self._unproven(view)
        for task in unproven:
            self._retried.add((task.issue, task.attempts))
            self._comment(task.issue, "/retry", by=OPERATOR)
        return bool(due or unproven)

    def have_to_react(self, view: View) -> bool:
        return bool(self._left or self._unproven(view))

    def still_to_come(self) -> list[str]:
        return [f"the moment to comment {each.text} on {each.issue} never came" for each in self._left]

    def _is_due(self, reaction: Reaction, seconds: float, view: View) -> bool:
        issue = self.player.opened.get(reaction.issue)
        task = next((task for task in view.tasks if task.issue == issue), None)
        if task is None or task.state not in reaction.states or reaction.failure not in (None, task.failure):
            return reaction in self._seen and seconds - self._seen[reaction] >= reaction.seconds
        return seconds - self._seen.setdefault(reaction, seconds) >= reaction.seconds

    def _unproven(self, view: View) -> list[Task]:
        unproven = [
            task
            for task in view.tasks
            if task.state is State.FAILED and task.failure is FailureKind.GUARDS_UNPROVEN
            if (task.issue, task.attempts) not in self._retried
        ]
        return unproven[: max(0, self._gates_killed() - len(self._retried))] if unproven else []

    def _gates_killed(self) -> int:
        fired = self.record.fired()
        return sum(self.plan.injections[number].kind is FaultKind.GATE for number in fired)

    def _comment(self, issue: IssueRef, text: str, *, by: str) -> None:
        self.environment.github.comment(issue.repository, issue.number, text, by=by)
