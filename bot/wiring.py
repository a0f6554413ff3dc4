"""Settings in, services out: the only place that builds adapters and hands them to the use cases."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.claude import ClaudeCode, Credential, find_claude
from bot.adapters.evidence import EvidenceStore
from bot.adapters.github import A_MINUTE, AN_HOUR, Account, GitHub, Pacer
from bot.adapters.sandbox import NoSandbox, Sandbox
from bot.adapters.sandbox_support import find_sandbox
from bot.adapters.settings import Settings
from bot.adapters.store import Store, StoreUnusable
from bot.adapters.tools import Toolbox
from bot.core.checkpoints import Reached, log_checkpoint
from bot.core.facts import Actor
from bot.core.labels import LabelSet
from bot.core.references import OwnBranches
from bot.delivery_log import DeliveryLogs
from bot.intake import Intake
from bot.ledger_file import clock_of, open_ledger
from bot.operations import Operations
from bot.outbox import Outbox
from bot.reconcile import Reconciler
from bot.recovery import Recovery
from bot.steps.approve_issue import Approver
from bot.steps.error_boundary import ErrorBoundary, HostUnusable
from bot.steps.findings import Finder
from bot.steps.from_settings import (
    account_of,
    counted_as,
    credential_of,
    own_network_of,
    paths_of,
    place_of,
    receivers_of,
    tidying_of,
)
from bot.steps.host_tools import tools_of
from bot.steps.http_cache import LedgerHttpCache
from bot.steps.issue_reader import IssueReader
from bot.steps.mirroring import Mirroring
from bot.steps.queue import Queue, queue_of
from bot.steps.rebuild import Rebuilder
from bot.steps.removals import Removals
from bot.steps.shared_hold import LedgerHold, note_budget
from bot.steps.switch import Switch
from bot.steps.tidying import Tidying
from bot.steps.upkeep import Upkeep

if TYPE_CHECKING:
    from bot.adapters.own_network import OwnNetwork
    from bot.steps.executor import Executor


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Everything built from one set of settings, each part when it is first asked for. `shared_claude`: one that
    several services share, whose canary runs once for all. `other_executor`: instead of that of the settings.
    `reached`: called after each step that a crash must not undo or repeat. `environment`: the operator's."""

    settings: Settings
    shared_claude: ClaudeCode | None = None
    other_executor: Executor | None = None
    reached: Reached = log_checkpoint
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    clock: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        object.__setattr__(self, "clock", clock_of(self.settings, lambda: self.store, self.clock))

    @cached_property
    def store(self) -> Store:
        """Raises StoreUnusable."""
        return open_ledger(self.settings)

    @cached_property
    def account(self) -> Account:
        return account_of(self.settings)

    @cached_property
    def network(self) -> OwnNetwork:
        """Raises OSError."""
        return own_network_of(self.settings)

    @cached_property
    def github(self) -> GitHub:
        hold = LedgerHold(self.store, counted_as(self.settings), self.clock)
        pacer = Pacer(self._reserve_write, hold, monotonic=self.monotonic)
        if not self._is_limited:
            pacer.most_points = math.inf
        cache = LedgerHttpCache(self.store, self.clock)
        hide = paths_of(self.settings, self.environment).hide
        return GitHub(
            self.account,
            web_url=self.settings.web_url,
            pacer=pacer,
            cache=cache,
            hide=hide,
            branches=self.branches,
            signs=self.settings.signed_by_github == "on",
        )

    @property
    def _is_limited(self) -> bool:
        return self.settings.github_rate_limits == "on"

    def _reserve_write(self, reads: int) -> float:
        a_minute, an_hour = (A_MINUTE, AN_HOUR) if self._is_limited else (None, None)
        with self.store.transaction() as ledger:
            return ledger.writes.reserve(self.clock(), reads=reads, a_minute=a_minute, an_hour=an_hour)

    @cached_property
    def me(self) -> Actor:
        """Asks GitHub. Raises GitHubFailed."""
        return self.account.me()

    @cached_property
    def labels(self) -> LabelSet:
        return LabelSet(self.settings.label)

    @property
    def branches(self) -> OwnBranches:
        return OwnBranches(self.settings.branch_prefix)

    @cached_property
    def claude(self) -> ClaudeCode:
        """Raises TaskFailed if there is no CLI."""
        settings = self.settings
        return self.shared_claude or ClaudeCode(find_claude(settings.claude_bin, data_dir=settings.data_dir))

    @cached_property
    def sandbox(self) -> Sandbox:
        """Raises TaskFailed if a sandbox is required and cannot work here. Every pull request shows if it is off."""
        is_off = self.settings.sandbox == "off"
        return NoSandbox() if is_off else find_sandbox(required=True, etc=self._folder("etc"), tools=self.tools)

    @cached_property
    def tools(self) -> Toolbox:
        return tools_of(self.settings, self.environment)

    @cached_property
    def credential(self) -> Credential:
        return credential_of(self.settings)

    @cached_property
    def approver(self) -> Approver:
        return Approver(reader=self.issue_reader, labels=self.labels)

    @cached_property
    def issue_reader(self) -> IssueReader:
        trusted = self.settings.trusted_bot_ids
        return IssueReader(store=self.store, github=self.github, me=self.me, labels=self.labels, trusted=trusted)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(
            store=self.store,
            github=self.github,
            me=self.me,
            trusted=self.settings.trusted_bot_ids,
            receivers=receivers_of(self.settings),
            upkeep=self.upkeep,
            digest_place=place_of(self.settings),
            has_webhook=self.settings.webhook_secret is not None,
            labels=self.labels,
            queue=self.queue,
            clock=self.clock,
            reached=self.reached,
            boundary=self.boundary,
            monotonic=self.monotonic,
            mirroring=Mirroring(
                store=self.store, github=self.github, reader=lambda: self.issue_reader, clock=self.clock
            ),
        )

    @cached_property
    def upkeep(self) -> Upkeep:
        return Upkeep(
            store=self.store,
            github=self.github,
            mirrors=self._folder("mirrors"),
            account=self.account,
            network=lambda: self.network,
            me=lambda: self.me,
            clock=self.clock,
            reached=self.reached,
        )

    @cached_property
    def boundary(self) -> ErrorBoundary:
        fatal = (HostUnusable, StoreUnusable)
        return ErrorBoundary(store=self.store, clock=self.clock, monotonic=self.monotonic, fatal=fatal)

    @property
    def wake_folder(self) -> Path:
        """Where the web server wakes a worker after a stored delivery."""
        return self._folder("wake")

    @cached_property
    def switch(self) -> Switch:
        issue = self.settings.status_issue
        return Switch(store=self.store, github=self.github, labels=self.labels, issue=issue, clock=self.clock)

    @cached_property
    def queue(self) -> Queue:
        return queue_of(self.settings)

    @cached_property
    def reconciler(self) -> Reconciler:
        return Reconciler(
            store=self.store,
            github=self.github,
            approver=self.approver,
            switch=self.switch,
            rebuilder=self.rebuilder,
            labels=self.labels,
            clock=self.clock,
            also=note_budget(self.store, self.github, counted_as(self.settings), self.clock)
            | ({} if self.settings.webhook_secret is None else {"the log of deliveries": self.delivery_logs.look}),
        )

    @cached_property
    def rebuilder(self) -> Rebuilder:
        store, github, reader, clock = self.store, self.github, self.issue_reader, self.clock
        finder = Finder(store=store, github=github, reader=reader, me=lambda: self.me, labels=self.labels, clock=clock)
        folder = self.settings.data_dir.absolute()
        return Rebuilder(store=self.store, finder=finder, approver=self.approver, clock=self.clock, folder=folder)

    @cached_property
    def delivery_logs(self) -> DeliveryLogs:
        return DeliveryLogs(store=self.store, github=self.github, clock=self.clock)

    @cached_property
    def recovery(self) -> Recovery:
        return Recovery(
            store=self.store,
            attempts_folder=self._folder("attempts"),
            lease=self.settings.lease,
            clock=self.clock,
            monotonic=self.monotonic,
        )

    @cached_property
    def intake(self) -> Intake:
        return Intake(
            store=self.store,
            github=self.github,
            approver=self.approver,
            switch=self.switch,
            rebuilder=self.rebuilder,
            labels=self.labels,
            clock=self.clock,
            reached=self.reached,
            boundary=self.boundary,
        )

    @cached_property
    def operations(self) -> Operations:
        """Connects to GitHub only for an operation that needs it: `nightshift list` works without a network."""
        return Operations(
            store=self.store,
            github=lambda: self.github,
            approver=lambda: self.approver,
            labels=self.labels,
            queue=self.queue,
            clock=self.clock,
        )

    @cached_property
    def removals(self) -> Removals:
        return Removals(self._folder("removed"))

    def _read_served(self) -> Collection[str]:
        return self.account.repositories()

    @cached_property
    def tidying(self) -> Tidying:
        return tidying_of(self.settings, self.store, self.clock, self._read_served)

    @cached_property
    def evidence(self) -> EvidenceStore:
        return EvidenceStore(self._folder("evidence"))

    def _folder(self, name: str) -> Path:
        return self.settings.data_dir.absolute() / name
