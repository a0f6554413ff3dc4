"""Tries every change of a refusal: first against the lists of commands, then against the tests that reach it.

Each change is made in a child that this process forks, and of the cases only those are judged that reach its lines.
"""

from __future__ import annotations

import importlib
import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path

import pytest

from hooks.policy.shell import syntax
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.refusal_cases import Case, Line, Recorder, read_cases
from tests.mutation.refusals import Change, find_changes, make

ROOT = Path(__file__).parents[2]
SECONDS = 300
"""For the tests of one change: one that makes the gate run on has been noticed."""
NOT_MADE = 70
"""Exit code of a child that could not make its change: nothing was tried."""
OTHER_PROCESSES = ("gate_", "static_client", "check", "evidence", "fuzz", "structure", "build")
"""Tests that ask a gate in another process, or no gate."""


def find_survivors(changes: Sequence[Change]) -> tuple[str, ...]:
    """The changes that neither the lists nor the tests notice."""
    functions = {(_file(each), each.function) for each in changes}
    remaining = _ask_lists(changes, functions)
    sys.stderr.write(f"{len(remaining)} of {len(changes)} are left for the tests\n")
    return tuple(map(str, _run_tests(remaining, functions)))


def try_refusals(sample: int, chance: random.Random) -> tuple[int, int, tuple[str, ...]]:
    """How many changes there are, how many of them were drawn, and those that nothing noticed."""
    changes = all_changes()
    drawn = chance.sample(changes, min(sample, len(changes)))
    return len(changes), len(drawn), find_survivors(drawn)


def all_changes() -> list[Change]:
    """Without those that change no ruling."""
    found = find_changes(ROOT / "hooks" / "policy", "hooks.policy")
    return [each for each in found if each.key not in EQUIVALENT]


def _file(change: Change) -> str:
    return str(importlib.import_module(change.module).__file__)


def _ask_lists(changes: Sequence[Change], functions: set[tuple[str, str]]) -> list[Change]:
    with tempfile.TemporaryDirectory() as folder, _all_texts_parsed_once():
        cases = list(read_cases(Path(folder)))
        recorder = Recorder(functions)
        reaching: dict[Line, list[Case]] = {}
        for case in cases:
            with recorder:
                holds = case.holds()
            if not holds:
                sys.stderr.write(f"left out, since it is judged wrongly without any change: {case.command}\n")
                continue
            for line in recorder.reached:
                reaching.setdefault(line, []).append(case)
        return [each for each in changes if not _is_noticed(each, partial(_all_hold, _reaching(each, reaching)))]


def _reaching(change: Change, by_line: dict[Line, list[Case]]) -> list[Case]:
    file, (first, last) = _file(change), change.lines
    found = {id(case): case for line in range(first, last + 1) for case in by_line.get((file, line), ())}
    return list(found.values())


def _all_hold(cases: Sequence[Case]) -> bool:
    return all(case.holds() for case in cases)


@contextmanager
def _all_texts_parsed_once() -> Iterator[None]:
    """The parser is no part of what is changed, and a child inherits what was parsed."""
    parse = syntax._shfmt
    syntax._shfmt = lru_cache(maxsize=None)(parse.__wrapped__)
    try:
        yield
    finally:
        syntax._shfmt = parse


def _is_noticed(change: Change, succeeds: Callable[[], bool]) -> bool:
    """Make the change in a child, and ask there."""
    child = os.fork()
    if child == 0:
        code = NOT_MADE
        try:
            signal.alarm(SECONDS)
            make(change)
            code = 1
            code = 0 if succeeds() else 1
        finally:
            os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended == NOT_MADE:
        raise SystemExit(f"this change could not be made: {change}")
    return ended != 0


class _Reached:
    """Records, for each test, which lines it reaches."""

    def __init__(self, functions: set[tuple[str, str]]) -> None:
        self._recorder = Recorder(functions)
        self.lines: dict[str, set[Line]] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        with self._recorder:
            yield
        self.lines[item.nodeid] = self._recorder.reached


class _Only:
    """Runs only these tests: named one by one, those with odd parameters would not be found again."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._names]


def _run_tests(changes: Sequence[Change], functions: set[tuple[str, str]]) -> list[Change]:
    reached = _Reached(functions)
    files = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests" / "hooks").glob("test_*.py"))
        if not any(word in path.name for word in OTHER_PROCESSES)
    ]
    if changes and (code := _pytest(files, reached)) != 0:
        raise SystemExit(f"the tests fail without any change ({code})")
    return [each for each in changes if not _is_noticed(each, partial(_tests_succeed, each, reached.lines))]


def _tests_succeed(change: Change, lines: dict[str, set[Line]]) -> bool:
    file, (first, last) = _file(change), change.lines
    names = {name for name, seen in lines.items() if any((file, line) in seen for line in range(first, last + 1))}
    files = sorted({name.partition("::")[0] for name in names})
    return not names or _pytest(["-x", *files], _Only(names)) == 0


def _pytest(arguments: Sequence[str], plugin: object) -> int:
    with Path(os.devnull).open("w") as nothing:
        output = os.dup(1)
        os.dup2(nothing.fileno(), 1)
        try:
            options = ("-q", "-n0", "-p", "no:cacheprovider", "--timeout=0")  # its timer would end that of the change
            return int(pytest.main([*options, *arguments], plugins=[plugin]))
        finally:
            os.dup2(output, 1)
            os.close(output)
