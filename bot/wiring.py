"""Settings in, services out: the only place that builds adapters and hands them to the use cases."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

from bot.adapters.claude import ClaudeCode, Credential, find_claude
from bot.adapters.claude.conversations import Conversations
from bot.adapters.evidence import EvidenceStore
from bot.adapters.git import GitCredentials
from bot.adapters.github import A_MINUTE, AN_HOUR, Account, AppAccount, GitHub, Pacer, TokenAccount
from bot.adapters.sandbox import NoSandbox, Sandbox
from bot.adapters.sandbox_support import find_sandbox
from bot.adapters.settings import Settings
from bot.adapters.store import Store, StoreUnusable
from bot.core.checkpoints import Reached, log_checkpoint
from bot.core.facts import Actor
from bot.core.labels import LabelSet
from bot.delivery_log import DeliveryLogs
from bot.intake import Intake
from bot.ledger_file import open_ledger
from bot.operations import Operations
from bot.outbox import Outbox
from bot.reconcile import Reconciler
from bot.recovery import Recovery
from bot.runner import HostUnusable, Runner
from bot.steps.approve_issue import Approver
from bot.steps.broker import Broker
from bot.steps.checks import Checks
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.findings import Finder
from bot.steps.http_cache import LedgerHttpCache
from bot.steps.issue_reader import IssueReader
from bot.steps.limits import ceilings_of, limits_of
from bot.steps.preparation import Preparer
from bot.steps.pruning import Pruning
from bot.steps.publish import Publisher
from bot.steps.queue import Queue
from bot.steps.rebuild import Rebuilder
from bot.steps.removals import Removals
from bot.steps.sessions import Sessions
from bot.steps.switch import Switch
from bot.steps.tidying import Tidying


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Everything built from one set of settings, each part when it is first asked for.

    `shared_claude`: one that several services share, so that its canary runs once for all of them. `reached` is called
    after each step that a crash must not undo or repeat. `clock` and `monotonic` return the time.
    """

    settings: Settings
    shared_claude: ClaudeCode | None = None
    reached: Reached = log_checkpoint
    clock: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic

    @cached_property
    def store(self) -> Store:
        """Raises StoreUnusable."""
        return open_ledger(self.settings)

    @cached_property
    def account(self) -> Account:
        settings = self.settings
        if settings.github_token is not None:
            token = settings.github_token.get_secret_value()
            return TokenAccount(token, api_url=settings.github_api_url, repositories=settings.repositories)
        assert settings.github_app_id and settings.github_app_private_key_file  # noqa: S101 - settings see to it
        key = settings.github_app_private_key_file.read_text()
        return AppAccount(
            settings.github_app_id, key, api_url=settings.github_api_url, repositories=settings.repositories
        )

    @cached_property
    def github(self) -> GitHub:
        pacer = Pacer(self._reserve_write, monotonic=self.monotonic)
        return GitHub(
            self.account, web_url=self.settings.web_url, pacer=pacer, cache=LedgerHttpCache(self.store, self.clock)
        )

    def _reserve_write(self, reads: int) -> float:
        with self.store.transaction() as ledger:
            return ledger.writes.reserve(self.clock(), reads=reads, a_minute=A_MINUTE, an_hour=AN_HOUR)

    @cached_property
    def me(self) -> Actor:
        """Asks GitHub. Raises GitHubFailed."""
        return self.account.me()

    @cached_property
    def labels(self) -> LabelSet:
        return LabelSet(self.settings.label)

    @cached_property
    def claude(self) -> ClaudeCode:
        """Raises TaskFailed if there is no CLI."""
        return self.shared_claude or ClaudeCode(find_claude(self.settings.claude_bin))

    @cached_property
    def sandbox(self) -> Sandbox:
        """Raises TaskFailed if a sandbox is required and cannot work here. Every pull request shows if it is off."""
        return find_sandbox(required=True) if self.settings.sandbox == "required" else NoSandbox()

    @cached_property
    def credential(self) -> Credential:
        settings = self.settings
        key, token = settings.anthropic_api_key, settings.claude_code_oauth_token
        return Credential(
            api_key=key.get_secret_value() if key else None,
            oauth_token=token.get_secret_value() if token else None,
            base_url=settings.anthropic_base_url,
        )

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
            labels=self.labels,
            queue=self.queue,
            clock=self.clock,
            reached=self.reached,
            boundary=self.boundary,
            monotonic=self.monotonic,
        )

    @cached_property
    def boundary(self) -> ErrorBoundary:
        return ErrorBoundary(
            store=self.store, clock=self.clock, monotonic=self.monotonic, fatal=(HostUnusable, StoreUnusable)
        )

    @property
    def wake_folder(self) -> Path:
        """Where the web server wakes a worker after a stored delivery."""
        return self.folder("wake")

    @cached_property
    def switch(self) -> Switch:
        issue = self.settings.status_issue
        return Switch(store=self.store, github=self.github, labels=self.labels, issue=issue, clock=self.clock)

    @cached_property
    def queue(self) -> Queue:
        settings = self.settings
        return Queue(
            window=settings.nightshift_window,
            night_usd=settings.night_budget_usd,
            repository_usd=settings.repository_budget_usd,
            session_usd=settings.budget_usd,
        )

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
            also={} if self.settings.webhook_secret is None else {"the log of deliveries": self.delivery_logs.look},
        )

    @cached_property
    def rebuilder(self) -> Rebuilder:
        finder = Finder(
            store=self.store,
            github=self.github,
            reader=self.issue_reader,
            me=lambda: self.me,
            labels=self.labels,
            clock=self.clock,
        )
        return Rebuilder(store=self.store, finder=finder, approver=self.approver, clock=self.clock)

    @cached_property
    def delivery_logs(self) -> DeliveryLogs:
        return DeliveryLogs(store=self.store, github=self.github, clock=self.clock)

    @cached_property
    def recovery(self) -> Recovery:
        return Recovery(
            store=self.store,
            attempts_folder=self.folder("attempts"),
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
    def preparer(self) -> Preparer:
        return Preparer(
            store=self.store,
            github=self.github,
            mirrors=self.folder("mirrors"),
            limits=limits_of(self.settings),
            credentials=self._push_credentials,
        )

    @cached_property
    def sessions(self) -> Sessions:
        """Raises TaskFailed as `claude` and `sandbox` do."""
        return Sessions(
            claude=self.claude,
            sandbox=self.sandbox,
            credential=self.credential,
            limits=limits_of(self.settings),
            ceilings=ceilings_of(self.settings),
            evidence=self.evidence,
            conversations=Conversations(self.folder("conversations")),
            mirrors=self.folder("mirrors"),
        )

    @cached_property
    def runner(self) -> Runner:
        checks = Checks(store=self.store, sandbox=self.sandbox, ceilings=ceilings_of(self.settings))
        return Runner(
            store=self.store,
            preparer=self.preparer,
            sessions=self.sessions,
            broker=Broker(store=self.store, checks=checks),
            publisher=Publisher(
                store=self.store, github=self.github, me=lambda: self.me, clock=self.clock, reached=self.reached
            ),
            queue=self.queue,
            folder=self.folder("attempts"),
            removals=Removals(self.folder("removed")),
            lease=self.settings.lease,
            clock=self.clock,
            monotonic=self.monotonic,
            reached=self.reached,
        )

    @cached_property
    def tidying(self) -> Tidying:
        keep, folder = self.settings.retention, self.folder("")
        pruning = Pruning(store=self.store, folder=folder, retention=keep, clock=self.clock)
        return Tidying(
            store=self.store, mirrors=self.folder("mirrors"), clock=self.clock, keep_work=keep.work, pruning=pruning
        )

    @cached_property
    def evidence(self) -> EvidenceStore:
        return EvidenceStore(self.folder("evidence"))

    def _push_credentials(self, repository: str) -> GitCredentials:
        return GitCredentials(self.settings.web_url, partial(self.account.push_token, repository))

    def folder(self, name: str) -> Path:
        return self.settings.data_dir.absolute() / name
