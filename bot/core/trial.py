"""What a trial of a repository found: its tools, its set-up, its checks, and whether a change to it can be verified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.checks import Check, CheckStanding, FailedSetUp, GivenUp, Verdict
from bot.core.environment.values import Command, Origin
from bot.core.obstacle_signs import TOO_YOUNG
from bot.core.obstacles import PRIVATE
from bot.core.ran import NETWORK, TIME_WAS_UP, Ran, Result, TestResult
from bot.core.repository_settings import FILE, RepositorySettings
from bot.core.services import KINDS, describe_missing, how_to_install
from bot.core.test_counts import describe_few
from bot.core.untrusted import one_line

_HOSTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedCheck:
    """One check on the commit. `reason`: what shows that it is one. `unstable`: tests that failed, and passed when they
    ran again by themselves."""

    command: str
    reason: str
    ran: Ran
    unstable: tuple[str, ...] = ()

    @property
    def failing(self) -> list[str]:
        """The names of the tests that failed."""
        return [name for name, result in (self.ran.tests or {}).items() if result is TestResult.FAILED]

    @property
    def tests(self) -> dict[str, int]:
        """The number of its tests by their results; empty where its runner reports none."""
        results = list((self.ran.tests or {}).values())
        return {result.value: results.count(result) for result in TestResult if result in results}


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedSetUp:
    """`commands`: each with how it ended. `is_kept`: they ran earlier, and their result was taken. `reachable`: the
    hosts that they may connect to, `sources`: the repositories that git may fetch from, `refused`: hosts that they
    asked for besides. `packages`: installed without a lockfile. `instead_of`: the set-up that was tried first, since it
    was written down for other tools, and failed. `left_out`: folders of projects that are not set up, since there are
    too many."""

    origin: Origin
    commands: tuple[tuple[Command, Ran], ...] = ()
    is_kept: bool = False
    packages: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    instead_of: GivenUp | None = None
    left_out: tuple[str, ...] = ()

    @property
    def failed(self) -> FailedSetUp | None:
        """The first command that failed."""
        found = next(((command, ran) for command, ran in self.commands if not ran.passed), None)
        if found is None:
            return None
        command, ran = found
        return FailedSetUp(command=command.text, reason=command.reason, ran=ran, refused=self.refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`where`: what was tried, as it was named; `settings`: what the commit's FILE says.
    `tools_here`, `tools_missing`: those that the repository's files name, in words; `services_here`,
    `services_missing`: kinds. `set_up` None: nothing has to be set up. `refused`: hosts that checks asked for in vain.
    `confines`: whether all ran in cells. `notes`: what else a person should know."""

    where: str
    commit: str
    settings: RepositorySettings
    tools_here: tuple[str, ...] = ()
    tools_missing: tuple[str, ...] = ()
    services_here: tuple[str, ...] = ()
    services_missing: tuple[str, ...] = ()
    set_up: TriedSetUp | None = None
    checks: tuple[TriedCheck, ...] = ()
    refused: tuple[str, ...] = ()
    confines: bool = True
    notes: tuple[str, ...] = ()
    defined_tests: int = 0

    @property
    def few_tests(self) -> str:
        """That the checks ran a few of many tests, as far as their reports show it; empty if they did not."""
        ran = [check.ran.tests for check in self.checks if check.ran.tests is not None]
        return describe_few(sum(map(len, ran)), self.defined_tests) if ran else ""

    @property
    def standing(self) -> CheckStanding:
        """What would be said of a change that alters no result."""
        checks = [Check(command=check.command, before=check.ran, after=check.ran) for check in self.checks]
        return Verdict(checks=tuple(checks)).standing

    @property
    def passes(self) -> bool:
        """Whether all checks ran and pass, and there are some."""
        return bool(self.checks) and all(check.ran.passed for check in self.checks)

    @property
    def is_verified(self) -> bool:
        return self.standing is CheckStanding.VERIFIED

    @property
    def conclusion(self) -> str:
        """The standing with its reason, as a sentence without its stop."""
        if self.is_verified and self.few_tests:
            return f"verified by a part of the tests only: the checks {self.few_tests}"
        if self.is_verified:
            return "; but ".join(["verified: a change to this repository can be verified", *self._reservations()])
        if not self.checks:
            return "not verified: no checks were found"
        if self.standing is CheckStanding.FAILS_AS_BEFORE:
            return f"not verified: {self._name(Result.FAILS)} fails without any change, and would with each change"
        reasons = (check.ran.obstacle for check in self.checks if check.ran.result is Result.COULD_NOT_RUN)
        return f"not verified: {self._name(Result.COULD_NOT_RUN)} could not run ({one_line(next(reasons, ''))})"

    def _reservations(self) -> Iterator[str]:
        """What a maintainer should know though all checks pass: they may say less than they would elsewhere."""
        if self.set_up and self.set_up.failed:
            yield f"set-up failed at `{one_line(self.set_up.failed.command)}`"
        if self.tools_missing or self.services_missing:
            yield f"not all that the repository names is on this host ({one_line(', '.join(self.missing))})"

    def _name(self, result: Result) -> str:
        named = [f"`{one_line(check.command)}`" for check in self.checks if check.ran.result is result]
        return f"{named[0]} and {len(named) - 1} more" if len(named) > 1 else "".join(named)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do so that a change can be verified, the most likely first."""
        return tuple(dict.fromkeys(self._advice()))

    def _advice(self) -> Iterator[str]:
        if self.few_tests:
            yield f"name under `verify:` in {FILE} what runs all tests: the checks {self.few_tests}"
        if not self.checks:
            yield f'name the checks in {FILE}, such as `verify: ["make test"]`'
        yield from (f"{tool}: install it, or name its folder in TOOLS" for tool in self.tools_missing)
        if self.services_missing:
            yield f"on this host: {how_to_install(self.services_missing)}"
        yield from self._for_set_up()
        yield from self._for_checks()

    def _for_set_up(self) -> Iterator[str]:
        if self.set_up and self.set_up.left_out:
            yield f"set up {_list(list(self.set_up.left_out))} under `setup:` in {FILE} if their tests are to run"
        failed = self.set_up.failed if self.set_up else None
        if failed is not None and failed.ran.code is None:
            yield f"allow set-up more time, if it was still busy: `limits: {{setup_minutes: 60}}` in {FILE}"
        for_network = list(self._for_network())
        yield from for_network
        is_young = failed is not None and TOO_YOUNG in failed.cause
        if is_young:
            yield f"try again in some days, or take young versions: `packages_older_than: 0d` in {FILE}"
        if failed is not None and not is_young and not (for_network and failed.cause.startswith(NETWORK)):
            yield f"set-up failed at `{one_line(failed.command)}`: say under `setup:` in {FILE} what has to run instead"

    def _for_network(self) -> Iterator[str]:
        refused = self.set_up.refused if self.set_up and not (self.passes and not self.set_up.failed) else ()
        if private := [host.partition(" ")[0].removesuffix(":443") for host in refused if PRIVATE in host]:
            yield f"if set-up needs {_list(private)} of this host's own network, name it in the setting NETWORK_HOSTS"
        if others := [host.removesuffix(":443") for host in refused if PRIVATE not in host]:
            yield f"if set-up needs {_list(others)}, name it under `network:` in {FILE}"

    def _for_checks(self) -> Iterator[str]:
        obstacles = [check.ran.obstacle for check in self.checks if check.ran.result is Result.COULD_NOT_RUN]
        if any(each.startswith(TIME_WAS_UP) for each in obstacles):
            yield f"allow more time in {FILE}: `limits: {{check_minutes: 30, checks_minutes: 120}}`"
        if any(each.endswith(("command not found", "was not found")) for each in obstacles):
            yield "install the program on this host, or have `setup:` install it"
        if any("is not installed" in each for each in obstacles) and not self.services_missing:
            of_python = any("Python module" in each for each in obstacles)
            example = ', such as `setup: ["pip install -e .[test]"]`' if of_python else ""
            yield f"have it installed by `setup:` in {FILE}{example}"
        if any(each.startswith(NETWORK) for each in obstacles):
            yield "checks reach only the registries: have `setup:` fetch what they need"
        failing = [check for check in self.checks if check.ran.result is Result.FAILS]
        if unstable := [name for check in failing for name in check.unstable]:
            yield (
                f"{_list(unstable)} failed, and passed when run again: what fails now and then, by time or by order, "
                "is run again before a change is blamed for it"
            )
        if any(set(check.failing) - set(check.unstable) or not check.failing for check in failing):
            yield "fix what fails; until then a change is compared with it, test by test where the runner reports them"
        if obstacles:
            yield f"or name under `verify:` in {FILE} what to run instead"

    @property
    def missing(self) -> tuple[str, ...]:
        """Tools and services that are not on this host, in words."""
        return (*self.tools_missing, *map(describe_missing, self.services_missing))

    @property
    def service_titles(self) -> tuple[str, ...]:
        return tuple(KINDS[kind].title for kind in self.services_here)


def _list(names: list[str]) -> str:
    shown = ", ".join(map(one_line, names[:_HOSTS]))
    return f"{shown} and {len(names) - _HOSTS} more" if len(names) > _HOSTS else shown
