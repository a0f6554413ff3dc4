"""Tries a commit: its set-up and its checks, as an attempt would run them. No session, and no change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.adapters.environments import Environment
from bot.core.ran import Ran, TestResult
from bot.core.registries import HTTPS, Destination
from bot.core.selection import select_tests
from bot.core.trial import Trial, TriedCheck, TriedSetUp
from bot.steps.checks import checks_of
from bot.steps.cooldown import sources_by_git
from bot.steps.defined_tests import count_defined
from bot.steps.environment import Environments
from bot.steps.equipment import source_of
from bot.steps.progress import Progress
from bot.steps.run_checks import CheckRunner, Outcome
from bot.steps.set_up_terms import reachable
from bot.steps.tried_commit import TriedCommit


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """`environments`, `runs`: those of attempts. `progress`: sees each command."""

    environments: Environments
    runs: CheckRunner
    progress: Progress

    def run(self, commit: TriedCommit, where: str, folder: Path) -> Trial:
        """Set up, check, and say what was found. `where`: how a person named it; `folder`: for all that is written,
        in the file system of the layers. Raises TaskFailed and OSError."""
        equipped, set_up = self._set_up(commit, folder)
        checks = checks_of(equipped)
        progress = Progress(lambda command: self.progress.begin(f"check: {command}"), self.progress.end)
        runs = replace(self.runs, progress=progress)
        commands = [check.command for check in checks]
        outcome = runs.run(equipped, commit.base.commit, commands, folder, _never_stop) if commands else Outcome(ran=())
        tried = [
            TriedCheck(command=check.command, reason=check.reason, ran=ran)
            for check, ran in zip(checks, outcome.ran, strict=True)
        ]
        tools, services = commit.tools, commit.services
        missing = {each.tool for each in tools.missing}
        return Trial(
            where=where,
            commit=commit.base.commit,
            settings=commit.settings,
            tools_here=tuple(f"{tool} ({tool.origin})" for tool in tools.named if tool not in missing),
            tools_missing=tuple(map(str, tools.missing)),
            services_here=tuple(service.kind for service in services.found),
            services_missing=services.missing,
            set_up=set_up,
            checks=self._run_failing_again(equipped, tried, folder),
            refused=outcome.refused_hosts,
            confines=self.runs.sandbox.confines,
            notes=tuple(self._notes(commit)),
            defined_tests=count_defined(commit.files),
        )

    def _run_failing_again(
        self, commit: TriedCommit, checks: Sequence[TriedCheck], folder: Path
    ) -> tuple[TriedCheck, ...]:
        """Tests that failed, by themselves where their runner can: as it is done before a change is blamed for them."""
        again = {
            index: selected
            for index, check in enumerate(checks)
            if check.failing and (selected := select_tests(check.command, check.failing)) != check.command
        }
        if not again:
            return tuple(checks)
        ran = self.runs.run(commit, commit.base.commit, list(again.values()), folder, _never_stop).ran
        passed = {index: each.tests or {} for index, each in zip(again, ran, strict=True)}
        return tuple(
            replace(
                check,
                unstable=tuple(name for name in check.failing if passed.get(index, {}).get(name) is TestResult.PASSED),
            )
            for index, check in enumerate(checks)
        )

    def _set_up(self, commit: TriedCommit, folder: Path) -> tuple[TriedCommit, TriedSetUp | None]:
        ran = list[Ran]()

        def end(each: Ran) -> None:
            ran.append(each)
            self.progress.end(each)

        environments = replace(self.environments, progress=Progress(self.progress.begin, end))
        source = source_of(commit, commit.repository)
        environment = environments.provide(source, folder, should_stop=_never_stop)
        if environment.set_up is None:
            return commit, None
        hosts = reachable(commit.files, commit.settings) | source.registries | self.environments.outside.own
        set_up = _set_up_of(environment, tuple(map(_name, sorted(hosts))), is_kept=not ran)
        set_up = replace(set_up, sources=sources_by_git(commit.files, commit.settings, self.environments.outside))
        return replace(commit, environment=environment), set_up

    def _notes(self, commit: TriedCommit) -> Iterator[str]:
        yield from (f"{note.path} {note.what}" for note in commit.submodules.left)
        if not self.runs.sandbox.confines:
            yield "SANDBOX is off: checks ran as this user, with all that it can reach"


def _set_up_of(environment: Environment, hosts: tuple[str, ...], *, is_kept: bool) -> TriedSetUp:
    assert environment.set_up is not None  # noqa: S101 - asked by the caller; tells the type checker
    return TriedSetUp(
        origin=environment.set_up.origin,
        commands=tuple((step.command, step.ran) for step in environment.steps),
        is_kept=is_kept,
        packages=environment.packages,
        reachable=hosts,
        refused=environment.refused_hosts,
        instead_of=environment.instead_of,
        left_out=environment.set_up.left_out,
    )


def _name(host: Destination) -> str:
    return host.host if host.port == HTTPS else str(host)


def _never_stop() -> None:
    """A person stops a trial, by an interrupt."""
