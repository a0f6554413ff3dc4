"""While no session runs, the guards are proven for the next one; a proof that fails lets none start."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.claude import ClaudeCode
from bot.attempt_services import AttemptServices
from bot.core.failures import FailureKind
from bot.steps.canary_ahead import CanaryAhead
from bot.steps.when_idle import WhenIdle
from bot.wiring import Services
from tests.stories.world import CLAUDE, World, finish, writes

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def canary_ahead(services: Services, monotonic: Callable[[], float] = time.monotonic) -> CanaryAhead:
    runner, data = AttemptServices(services).runner, services.settings.data_dir.absolute()
    return CanaryAhead(
        sessions=lambda: runner.sessions,
        folder=data / "canary",
        mirrors=runner.preparer.mirrors,
        tools=services.tools,
        only_one=lambda: services.store.only_one("canary"),
        monotonic=monotonic,
    )


def test_a_session_starts_under_guards_that_were_proven_before(world: World, tmp_path: Path) -> None:
    """The canary ran while nothing else did: for the first task it is not run again."""
    runs, program = tmp_path / "runs", tmp_path / "claude"
    program.write_text(f'#!/bin/bash\n[ "$1" = --version ] || echo run >> {runs}\nexec \'{CLAUDE.binary}\' "$@"\n')
    program.chmod(0o755)
    services = Services(world.services.settings, ClaudeCode(program))
    ahead = canary_ahead(services)

    with services.store.only_one("canary"):  # another worker proves them in the same folder
        ahead.prove(bool)
    assert not runs.exists()
    ahead.prove(bool)
    ahead.prove(bool)
    assert runs.read_text() == "run\n"
    assert not (services.settings.data_dir / "canary").exists()

    issue = world.label_issue(sessions=[writes("a.txt", "a")])
    with world.worker(services=services) as worker:
        world.wait_until_idle(worker)
    assert world.failure(issue) is None
    assert runs.read_text() == "run\n" * 2

    ahead.prove(bool)  # of the kind of session that ran
    assert runs.read_text() == "run\n" * 2


def test_a_failed_proof_ahead_lets_no_session_start(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, not repeated at once, and the session's own canary decides."""
    runs, program = tmp_path / "runs", tmp_path / "claude"
    program.write_text(
        f'#!/bin/bash\n[ "$1" = --version ] && exec \'{CLAUDE.binary}\' "$@"\necho run >> {runs}\nexit 1\n'
    )
    program.chmod(0o755)
    services = Services(world.services.settings, ClaudeCode(program))
    seconds = 0.0
    ahead = canary_ahead(services, lambda: seconds)

    ahead.prove(bool)
    tried = runs.read_text()
    assert "could not be proven ahead of a session" in caplog.text
    ahead.prove(bool)
    assert runs.read_text() == tried
    seconds = 601.0
    ahead.prove(bool)
    assert len(runs.read_text()) == 2 * len(tried)

    issue = world.label_issue(sessions=[[finish()]])
    with world.worker(services=services) as worker:
        world.wait_until_idle(worker)
    assert world.failure(issue) is FailureKind.GUARDS_UNPROVEN


def test_work_waits_until_no_session_runs() -> None:
    """It begins late, comes again, and what gives way ends when a session begins."""
    now, idle, seen = NOW, False, list[bool]()

    def work(must_end: Callable[[], bool]) -> None:
        nonlocal idle
        seen.append(must_end())
        idle = False
        seen.append(must_end())

    plain = WhenIdle(work=work, first=timedelta(minutes=1), every=timedelta(hours=1), clock=lambda: now)
    giving_way = replace(plain, gives_way=True)

    with ThreadPoolExecutor(1) as pool:

        def step(kind: WhenIdle) -> None:
            kind.step(pool, is_idle=lambda: idle, must_end=bool)
            pool.submit(int).result()  # what was begun has ended

        for kind, ends in ((plain, False), (giving_way, True)):
            now, idle = NOW, True
            step(kind)  # not before a minute has passed
            now += timedelta(minutes=2)
            idle = False
            step(kind)
            assert seen == []
            idle = True
            step(kind)
            assert seen == [False, ends]
            idle = True
            step(kind)  # not again before an hour has passed
            assert len(seen) == 2
            now += timedelta(hours=1)
            step(kind)
            assert len(seen) == 4
            seen.clear()
