"""Guards that are proven ahead of a session: what the proof holds for, and who waits for whom."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.claude import ClaudeCode, SessionPlan
from bot.adapters.claude.canary import guards_in_force
from bot.core.failures import FailureKind, TaskFailed
from bot.core.registries import Destination

HOST = Destination.of("https://registry.example.org")
OTHER = Destination.of("https://packages.example.org")


def counted(claude: ClaudeCode, folder: Path) -> tuple[ClaudeCode, Path]:
    """The real CLI, and a file with a line for each session that it ran."""
    runs, program = folder / "runs", folder / "claude"
    runs.touch()
    program.write_text(f'#!/bin/bash\n[ "$1" = --version ] || echo run >> {runs}\nexec \'{claude.binary}\' "$@"\n')
    program.chmod(0o755)
    return ClaudeCode(program), runs


def test_a_proof_holds_for_every_mirror_and_every_registry(plan: SessionPlan, tmp_path: Path) -> None:
    """The cell and the filter are the same for each. Whether there is a registry at all is another matter, and so is a
    folder that is no mirror."""
    mirrors = tmp_path / "mirrors"
    one = replace(plan, mirrors=mirrors, readable=(mirrors / "a/b.git",), registries=frozenset({HOST}))

    def same(**changes: object) -> bool:
        changed = replace(one, **changes)  # type: ignore[arg-type]  # the fields differ in type
        return guards_in_force(changed, "2.1.330") == guards_in_force(one, "2.1.330")

    assert same(readable=(mirrors / "c/d.git",), registries=frozenset({OTHER, HOST}), policy={"x": 1})
    assert not same(registries=frozenset())
    assert not same(readable=(tmp_path / "a/b.git",))
    assert not same(readable=(mirrors / "a/b.git", tmp_path))
    assert not same(mirrors=None)
    assert not same(path=("/usr/bin",))
    assert not same(credential=replace(one.credential, base_url="http://127.0.0.1:1"))


def test_callers_at_once_wait_for_one_canary(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """A session that begins while the canary runs ahead of it starts no second one, and gets the client proven."""
    program, runs = counted(claude, tmp_path)
    proven = list[SessionPlan]()
    threads = [
        threading.Thread(target=lambda number=number: proven.append(program.canary(replace(plan, number=number))))
        for number in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert runs.read_text() == "run\n"
    assert len({each.client for each in proven}) == 1
    assert proven[0].client is not None

    program.canary(plan, valid=-1.0)
    assert runs.read_text() == "run\n" * 2


def test_another_program_needs_another_canary(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """An update replaces the CLI while the worker runs."""
    program, runs = counted(claude, tmp_path)
    program.canary(plan)
    (tmp_path / "new").write_text((tmp_path / "claude").read_text() + "# newer\n")
    (tmp_path / "new").chmod(0o755)
    (tmp_path / "new").rename(tmp_path / "claude")

    program.canary(plan)

    assert runs.read_text() == "run\n" * 2


def test_a_canary_that_is_stopped_proves_nothing(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    program, runs = counted(claude, tmp_path)

    with pytest.raises(TaskFailed) as stopped:
        program.canary(plan, stopping=lambda: True)
    assert stopped.value.kind is FailureKind.WORKER_LOST
    assert runs.read_text() == "run\n"

    program.canary(plan)
    assert runs.read_text() == "run\n" * 2
