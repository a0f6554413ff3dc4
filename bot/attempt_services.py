"""What only attempts need, and `nightshift try`. The worker imports it when the first task begins, so that it answers
people sooner after a start; the web server and the other commands never do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from bot.adapters.claude.conversations import Conversations
from bot.adapters.fingerprints import Fingerprints
from bot.adapters.git import Author, GitCredentials
from bot.adapters.github import GitHubFailed
from bot.runner import Runner
from bot.steps.attempt_record import AttemptRecord
from bot.steps.broker import Broker
from bot.steps.checks import Checks
from bot.steps.environment import Environments
from bot.steps.limits import ceilings_of, check_runs_of, environments_of, limits_of, outside_of
from bot.steps.own_branch import author_of
from bot.steps.preparation import Preparer
from bot.steps.publish import Publisher
from bot.steps.push_check import signing_key_of
from bot.steps.push_credentials import push_credentials
from bot.steps.run_checks import CheckRunner
from bot.steps.sessions import Sessions
from bot.wiring import Services


@dataclass(frozen=True)
class AttemptServices:
    """Each part is built when it is first asked for. One for each process: an attempt shares its sessions with the
    canary that is run ahead of need. `author`: of the commits, where GitHub is not asked; `folder`: where
    the folders of attempts are, if not in the data folder."""

    services: Services
    author: Callable[[], Author] | None = None
    folder: Path | None = None

    @cached_property
    def environments(self) -> Environments:
        services = self.services
        return environments_of(services.settings, services.sandbox, services.clock)

    @cached_property
    def runner(self) -> Runner:
        services = self.services
        return Runner(
            store=services.store,
            record=self.record,
            preparer=self.preparer,
            environments=self.environments,
            sessions=self.sessions,
            broker=self.broker,
            publisher=self.publisher,
            web_url=services.settings.web_url,
            hide=services.github.hide,
            clock=services.clock,
            reached=services.reached,
            removals=services.removals,
        )

    @cached_property
    def publisher(self) -> Publisher:
        services = self.services
        return Publisher(
            store=services.store,
            github=services.github,
            me=lambda: services.me,
            clock=services.clock,
            reached=services.reached,
        )

    @cached_property
    def _check_runs(self) -> CheckRunner:
        services = self.services
        return check_runs_of(services.settings, self.environments, services.removals.put)

    @cached_property
    def broker(self) -> Broker:
        services = self.services
        return Broker(
            store=services.store,
            checks=Checks(store=services.store, runs=self._check_runs, clock=services.clock, sleep=services.sleep),
            known=self._check_runs.known,
            fingerprints=Fingerprints(services.settings.data_dir / "fingerprint.key"),
        )

    @cached_property
    def record(self) -> AttemptRecord:
        services = self.services
        return AttemptRecord(
            store=services.store,
            queue=services.queue,
            folder=self.folder or self._folder("attempts"),
            lease=services.settings.lease,
            clock=services.clock,
            reached=services.reached,
            monotonic=services.monotonic,
            branches=services.branches,
        )

    @cached_property
    def preparer(self) -> Preparer:
        services = self.services
        return Preparer(
            store=services.store,
            github=services.github,
            mirrors=self._folder("mirrors"),
            limits=limits_of(services.settings),
            credentials=partial(push_credentials, services.account, services.settings.web_url, services.network),
            author=self._author,
            clock=services.clock,
            read_credentials=self.read_credentials,
            tools=services.tools,
            outside=outside_of(services.settings, self._folder("outside")),
            key=signing_key_of(services.settings),
            reader=lambda: services.issue_reader,
            reached=services.reached,
        )

    @cached_property
    def sessions(self) -> Sessions:
        services = self.services
        return Sessions(
            claude=services.claude,
            sandbox=services.sandbox,
            credential=services.credential,
            limits=limits_of(services.settings),
            ceilings=ceilings_of(services.settings),
            evidence=services.evidence,
            conversations=Conversations(self._folder("conversations")),
            clock=services.clock,
            author=self._author,
            outside=self._check_runs.outside,
        )

    def _author(self) -> Author:
        if self.author is not None:
            return self.author()
        return author_of(self.services.me, self.services.settings.web_url)

    def read_credentials(self, repository: str) -> GitCredentials:
        """Without a token where the account has no access: the repository may be public."""
        services = self.services
        read = partial(GitCredentials, services.settings.web_url, network=services.network)
        try:
            token = services.account.read_token(repository)
        except GitHubFailed:
            return read(None)
        return read(lambda: token)

    def _folder(self, name: str) -> Path:
        return self.services.settings.data_dir.absolute() / name
