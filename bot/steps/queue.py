"""Decides whether the queue may run now: by the recorded pauses, the hours of the night, and the budget."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.settings import Settings
from bot.adapters.store import Claim, Ledger
from bot.core import messages
from bot.core.estimate import Estimate, QueueLine, estimate
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.pauses import Cause, Pause, Window, limit_ends, longest, next_night, night_began
from bot.core.tasks import State, Task
from bot.core.tenants import find_later, owner_of, sum_by_owner

_log = logging.getLogger(__name__)

_HISTORY = 100  # attempts that an estimate is made from
_TOO_SHORT = timedelta(minutes=10)
"""A session that would be stopped so soon is not started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """`window`: when Nightshift works, None: always. Budgets are in USD for one night, None: no limit; `session_usd`
    is what a session may cost, so that a running one counts in full until its cost is known. `at_once`: how many tasks
    of one repository may run; `workers`: how many in all. What is for an organisation is for all repositories of one
    owner together."""

    window: Window | None = None
    night_usd: float | None = None
    repository_usd: float | None = None
    organisation_usd: float | None = None
    per_organisation: int | None = None
    session_usd: float = 0.0
    at_once: int = 1
    workers: int = 1

    def pause(self, ledger: Ledger, now: datetime) -> Pause | None:
        """Why nothing may be started now; None if something may."""
        found = [*ledger.pauses.current(now), self._night(now), self._budget(ledger, now)]
        return longest([pause for pause in found if pause is not None])

    def pause_of(self, ledger: Ledger, repository: str, now: datetime) -> Pause | None:
        """Why nothing of this repository may be started now: the pause of the queue, mistakes in the repository's
        settings, or its own budget."""
        pause = self.pause(ledger, now)
        if pause is None and (wrong := ledger.wrong_settings.of(repository)) is not None:
            reason = messages.settings_are_wrong(repository, wrong.issue)
            return Pause(cause=Cause.SETTINGS, until=None, reason=reason, since=now)
        if pause is not None or repository not in self.used_up(ledger, now):
            return pause
        until = next_night(self.window, now)
        reason = self._say_used_up(ledger, repository, now, until)
        return Pause(cause=Cause.BUDGET, until=until, reason=reason, since=night_began(self.window, now))

    def _say_used_up(self, ledger: Ledger, repository: str, now: datetime, until: datetime) -> str:
        own = self._sum_known(ledger, now).get(repository, 0.0)
        if self.repository_usd is not None and _exceeds(own + self.session_usd, self.repository_usd):
            return messages.repository_budget_is_spent(repository, self.repository_usd, until)
        return messages.organisation_budget_is_spent(owner_of(repository), self.organisation_usd or 0.0, until)

    def estimate(self, ledger: Ledger, task: Task, position: int | None, now: datetime) -> Estimate | None:
        """When it starts and ends, and what it costs; None where that cannot be said."""
        pause = self.pause_of(ledger, task.issue.repository, now)
        if position is None or task.not_before is not None or (pause is not None and pause.until is None):
            return None
        running = ledger.attempts.running_for(task.issue.repository, now)
        line = QueueLine(position=position, running_for=running, at_once=self.at_once)
        until = pause.until if pause is not None else None
        return estimate(ledger.attempts.last_tasks(_HISTORY), line, now=now, window=self.window, paused_until=until)

    def busy(self, ledger: Ledger, repository: str) -> int:
        """How many tasks run, if one of them has to end before another one of this repository starts: those of the
        repository, those of its owner, or all of them; else 0."""
        running = [task.issue.repository for task in ledger.tasks.in_states(State.RUNNING)]
        here, owners = running.count(repository), list(map(owner_of, running)).count(owner_of(repository))
        if here >= self.at_once:
            return here
        if self.per_organisation is not None and owners >= self.per_organisation:
            return owners
        return len(running) if len(running) >= self.workers else 0

    def must_stop(self, ledger: Ledger, now: datetime) -> bool:
        """Whether running sessions must stop and be queued again: the night is over, or a person asked for it."""
        night_is_over = self.window is not None and self.window.closes(now) is None
        return night_is_over or any(pause.cause is Cause.STOP for pause in ledger.pauses.current(now))

    def find_held(self, ledger: Ledger, now: datetime) -> frozenset[str]:
        """The repositories of which nothing may be started now."""
        held = self.find_exhausted(ledger, now) | ledger.wrong_settings.all().keys()
        return held if self.per_organisation is None else held | self._find_crowded(ledger, self.per_organisation)

    def claim(
        self,
        ledger: Ledger,
        *,
        worker: str,
        now: datetime,
        lease: timedelta,
        per_repository: int,
        unread: Collection[str] = (),
    ) -> Claim | None:
        """The next task that may run. Owners that have had less of this night go first; if they have none that can run
        now, others do. `unread`: repositories that no pass has read yet."""
        if self.pause(ledger, now) is not None:  # each claim uses some of tonight's budget
            return None
        held, later = self.find_held(ledger, now).union(unread), self._find_later(ledger, now)
        take = partial(
            ledger.claims.claim,
            worker=worker,
            now=now,
            lease=lease,
            per_repository=per_repository,
            behind=ledger.queue_state.holding().behind(),
            full=ledger.pressure.full(),
        )
        first = take(but=held | later)
        return take(but=held) if first is None and later else first

    def _find_later(self, ledger: Ledger, now: datetime) -> frozenset[str]:
        """The repositories that let others go first: their owners have had more of this night."""
        ready = ledger.claims.repositories_with_work()
        if len(set(map(owner_of, ready))) == 1:
            return frozenset()
        return find_later(ready, self._sum_spent(ledger, now))

    def _find_crowded(self, ledger: Ledger, most: int) -> frozenset[str]:
        """The repositories with work whose owners have as many tasks running as they may."""
        running = Counter(owner_of(task.issue.repository) for task in ledger.tasks.in_states(State.RUNNING))
        return frozenset(name for name in ledger.claims.repositories_with_work() if running[owner_of(name)] >= most)

    def find_exhausted(self, ledger: Ledger, now: datetime) -> frozenset[str]:
        """The repositories whose budget of tonight, or their owner's, leaves no session."""
        return self._find_used_up(ledger, self._sum_spent(ledger, now)) if self._has_budgets else frozenset()

    def used_up(self, ledger: Ledger, now: datetime) -> frozenset[str]:
        """The same, whatever their running sessions leave of theirs."""
        return self._find_used_up(ledger, self._sum_known(ledger, now)) if self._has_budgets else frozenset()

    @property
    def _has_budgets(self) -> bool:
        return self.repository_usd is not None or self.organisation_usd is not None

    def _find_used_up(self, ledger: Ledger, spent: Mapping[str, float]) -> frozenset[str]:
        """What has cost nothing yet may belong to an owner whose other repositories have."""
        owners, session = sum_by_owner(spent), self.session_usd
        names = {*spent, *ledger.claims.repositories_with_work()}
        exhausted = {name for name in names if _exceeds(spent.get(name, 0.0) + session, self.repository_usd)}
        shared = {name for name in names if _exceeds(owners.get(owner_of(name), 0.0) + session, self.organisation_usd)}
        return frozenset(exhausted | shared)

    def _sum_known(self, ledger: Ledger, now: datetime) -> dict[str, float]:
        return ledger.attempts.sum_spent(night_began(self.window, now))

    def _night(self, now: datetime) -> Pause | None:
        if self.window is None:
            return None
        closes = self.window.closes(now)
        if closes is not None and closes - now > _TOO_SHORT:
            return None
        opens = self.window.opens(now)
        since = self.window.find_last_close(now) if closes is None else closes - _TOO_SHORT
        return Pause(cause=Cause.WINDOW, until=opens, reason=messages.outside_window(self.window, opens), since=since)

    def _budget(self, ledger: Ledger, now: datetime) -> Pause | None:
        if self.night_usd is None or sum(self._sum_spent(ledger, now).values()) + self.session_usd <= self.night_usd:
            return None
        since, until = night_began(self.window, now), next_night(self.window, now)
        reason = messages.budget_is_spent(self.night_usd, until)
        return Pause(cause=Cause.BUDGET, until=until, reason=reason, since=since)

    def allowance(self, ledger: Ledger, task: Task, now: datetime) -> float:
        """The most that a session of this task may cost: what the task asks for, but no more than is left of tonight's
        budget."""
        wanted = task.overrides.budget_usd or self.session_usd
        spent = self._sum_spent(ledger, now, but=task)
        left = [wanted]
        if self.night_usd is not None:
            left.append(self.night_usd - sum(spent.values()))
        if self.repository_usd is not None:
            left.append(self.repository_usd - spent.get(task.issue.repository, 0.0))
        if self.organisation_usd is not None:
            left.append(self.organisation_usd - sum_by_owner(spent).get(owner_of(task.issue.repository), 0.0))
        return max(min(left), 0.0)

    def _sum_spent(self, ledger: Ledger, now: datetime, but: Task | None = None) -> dict[str, float]:
        """Tonight's cost so far, by repository. Running sessions (except `but`) and sessions of lost workers count with
        their whole budget."""
        since = night_began(self.window, now)
        spent = ledger.attempts.sum_spent(since)
        running = [task for task in ledger.tasks.in_states(State.RUNNING) if but is None or task.id != but.id]
        lost = [
            task for identity in ledger.attempts.find_lost(since) if (task := ledger.tasks.by_id(identity)) is not None
        ]
        for task in running + lost:
            name = task.issue.repository
            spent[name] = spent.get(name, 0.0) + (task.overrides.budget_usd or self.session_usd)
        return spent


def _exceeds(usd: float, limit: float | None) -> bool:
    return limit is not None and usd > limit


def queue_of(settings: Settings) -> Queue:
    return Queue(
        window=settings.nightshift_window,
        night_usd=settings.night_budget_usd,
        repository_usd=settings.repository_budget_usd,
        organisation_usd=settings.organisation_budget_usd,
        per_organisation=settings.per_organisation,
        session_usd=settings.budget_usd,
        at_once=min(settings.workers, settings.per_repository),
        workers=settings.workers,
    )


def pause_for(ledger: Ledger, failure: FailureKind, resets_at: datetime | None, now: datetime) -> None:
    """A usage limit ends when Claude says so; that an account works again, `bot.queue_pauses` asks."""
    rule = policy(failure)
    cause = rule.pauses or Cause.ACCOUNT
    until = limit_ends(resets_at, now, rule.wait) if cause is Cause.USAGE_LIMIT else None
    reason = messages.paused(failure, until)
    if ledger.pauses.begin(cause, until=until, reason=reason, now=now):
        _log.error("the queue is paused: %s", reason)


def waits_where_it_came_in(ledger: Ledger, task_id: int) -> None:
    """A person asked for the task again: what its sessions did to the queue before is forgotten."""
    known = ledger.queue_state.holding()
    if task_id in known.held:
        ledger.queue_state.keep_holding(known.forget(task_id))
