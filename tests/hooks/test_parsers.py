"""The processes of the shell parser: any of them may die, hang or flood, and costs its own text the judgement only."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from hooks.policy.shell.parsers import CPU_SECONDS, PARSERS, READY, TREE_LIMIT, Parsed, ParserFailed, Parsers
from hooks.policy.shell.syntax import NotUnderstood, parse
from tests.patience import within

if TYPE_CHECKING:
    from tests.hooks.conftest import RunningGate


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    """Parsers of this test; at its end none of their descriptors is left open, and no process that did not answer."""
    psutil.wait_procs(running("shfmt"), timeout=20)  # of an earlier test of this process
    before = set(Path("/proc/self/fd").iterdir())
    made = Parsers()
    yield made
    while made.waiting:
        waiting = made.waiting.pop()
        for descriptor in (waiting.source, waiting.tree, waiting.complaints):
            os.close(descriptor)
    psutil.wait_procs(running("shfmt"), timeout=20)
    assert not running("shfmt")
    assert set(Path("/proc/self/fd").iterdir()) == before


def running(*names: str) -> list[psutil.Process]:
    """Children of these names, also those that have ended and were not waited for."""
    return [child for child in psutil.Process().children() if child.name() in names]


def program(folder: Path, script: str) -> str:
    """Another parser, in shell."""
    path = folder / "shfmt"
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)
    return str(path)


def first_word(parsed: Parsed) -> str:
    assert parsed.tree is not None, parsed.complaint
    return str(json.loads(parsed.tree)["Stmts"][0]["Cmd"]["Args"][0]["Parts"][0]["Value"])


def test_a_text_becomes_a_tree_with_a_waiting_parser_and_without_one(parsers: Parsers) -> None:
    assert first_word(parsers.run(b"one")) == "one"

    parsers.prepare(2)
    assert len(parsers.waiting) == 2
    assert [first_word(parsers.run(word)) for word in (b"two", b"three", b"four")] == ["two", "three", "four"]
    assert not parsers.waiting


def test_what_is_not_shell_is_complained_of(parsers: Parsers) -> None:
    parsers.prepare(1)
    for _ in range(2):
        assert "must be followed by" in parsers.run(b"echo (").complaint


def test_preparing_twice_starts_no_more_than_are_wanted(parsers: Parsers) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: parsers.prepare(3), range(16)))

    parsers.prepare(3)
    assert len(parsers.waiting) == 3


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_parsers_that_died_while_they_waited_are_replaced(parsers: Parsers, number: int) -> None:
    parsers.prepare(3)
    for waiting in parsers.waiting:
        os.kill(waiting.pid, number)
        os.waitid(os.P_PID, waiting.pid, os.WEXITED | os.WNOWAIT)

    assert [first_word(parsers.run(word)) for word in (b"one", b"two", b"three", b"four")][-1] == "four"


ENDS = {
    "killed": ("kill -9 $$", "ended with -9"),
    "killed in the middle": ("cat > /dev/null; echo '{'; kill -9 $$", "ended with -9"),
    "killed after a complaint": ("echo wrong >&2; kill -6 $$", "wrong"),
    "nothing said": ("exit 0", "ended with 0"),
    "nothing said, after reading": ("cat > /dev/null", "ended with 0"),
    "a crash": ("cat > /dev/null; echo 'SIGSEGV' >&2; exit 2", "SIGSEGV"),
    "failed": ("cat > /dev/null; exit 3", "ended with 3"),
    "half a tree": ("cat > /dev/null; printf '{\\n\\t\"Stmts\": []\\n'", "ended with 0"),
    "another end": ("cat > /dev/null; printf '{\\n\\t\"Stmts\": []\\n}'", "ended with 0"),
    "a complaint": ("cat > /dev/null; echo 'no shell' >&2; exit 1", "no shell"),
    "an endless tree": ("yes", "larger than"),
    "an endless tree, without reading": ("exec yes '\t}' < /dev/null", "larger than"),
    "silent": ("exec sleep 300", "no answer in time"),
    "silent after reading": ("cat > /dev/null; exec sleep 300", "no answer in time"),
    "endless work": ("while :; do :; done", "no answer in time"),
    "endless complaints": ("exec yes >&2", "no answer in time"),
    "half a tree, then silent": ("echo '{'; exec sleep 300", "no answer in time"),
}


@pytest.mark.parametrize(("script", "why"), ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("waits", [False, True])
def test_a_parser_that_fails_costs_its_text_alone(
    parsers: Parsers, tmp_path: Path, script: str, why: str, waits: bool
) -> None:
    """No tree, a reason, no process that runs on, and the next text is parsed."""
    path = program(tmp_path, script)
    parsers.prepare(int(waits), path)

    seconds = 0.5 if "in time" in why else 20

    if why == "no shell":  # the one that is an answer
        assert parsers.run(b"x" * 60_000, path, seconds).complaint == "no shell\n"
    else:
        with pytest.raises(ParserFailed, match=why):
            parsers.run(b"x" * 60_000, path, seconds)
    assert not running("shfmt", "yes", "sleep")
    assert first_word(parsers.run(b"next")) == "next"


def test_a_text_that_fills_the_pipes_is_parsed(parsers: Parsers) -> None:
    """The parser prints more than a pipe holds, and gets more than a pipe holds."""
    text = b"echo " + b"x" * 300_000 + b"\n" + b"echo y\n" * 400

    tree = parsers.run(text).tree

    assert tree is not None
    assert 65_536 < len(tree) < TREE_LIMIT
    assert len(json.loads(tree)["Stmts"]) == 401


def test_texts_at_the_same_time_are_not_mixed_up(parsers: Parsers) -> None:
    parsers.prepare(3)
    words = [f"word-{number}" for number in range(40)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda word: first_word(parsers.run(word.encode())), words))

    assert found == words


def test_without_a_parser_every_text_is_refused(parsers: Parsers, tmp_path: Path) -> None:
    parsers.prepare(3, str(tmp_path / "none"))

    assert not parsers.waiting
    with pytest.raises(ParserFailed, match="does not start"):
        parsers.run(b"ls", str(tmp_path / "none"))


def test_without_descriptors_every_text_is_refused_until_there_are_some(parsers: Parsers) -> None:
    """Those of the pipes that could be made are closed again."""
    taken = {int(path.name) for path in Path("/proc/self/fd").iterdir()}
    free = [number for number in range(len(taken) + 10) if number not in taken]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for few in range(5):  # three pipes need six, and reading the folder took one
        resource.setrlimit(resource.RLIMIT_NOFILE, (free[few], hard))
        try:
            with pytest.raises(ParserFailed, match="does not start"):
                parsers.run(b"ls")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert first_word(parsers.run(b"ls")) == "ls"


def test_a_parser_that_failed_once_is_not_remembered(tmp_path: Path) -> None:
    """The text may be parsed the next time it comes; what the parser rejects stays rejected."""
    PARSERS.prepare(1, program(tmp_path, "yes"))
    with pytest.raises(NotUnderstood, match="larger than"):
        parse("echo a text of this test")

    assert parse("echo a text of this test")


def test_parsers_that_have_answered_do_not_pile_up(parsers: Parsers) -> None:
    """They end by themselves, and the next text removes what is left of them."""
    for _ in range(20):
        last = parsers.run(b"ls")
    for child in running("shfmt"):
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    parsers.prepare(0)

    assert last.tree is not None
    assert not running("shfmt")


def test_the_kernel_ends_a_parser_that_outlives_the_gate(parsers: Parsers) -> None:
    """One that was given a text without an end when the gate was killed."""
    parsers.prepare(1)

    limits = Path(f"/proc/{parsers.waiting[0].pid}/limits").read_text()

    assert f"Max cpu time              {CPU_SECONDS}                   {CPU_SECONDS}" in limits


def wait_for_ready(gate: RunningGate) -> set[int]:
    """The parsers of a gate, once all that it wants to have ready are there."""
    deadline = time.monotonic() + within(20)
    while time.monotonic() < deadline:
        children = psutil.Process(gate.process.pid).children()
        ready = {child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE}
        if len(ready) == READY:
            return ready
        time.sleep(0.02)
    pytest.fail("it did not start them")


def test_a_gate_has_parsers_ready_before_it_is_asked_and_after_each_answer(gate: RunningGate) -> None:
    """So that no call waits for one to start."""
    first = wait_for_ready(gate)

    for number in range(READY):
        assert gate.bash(f"echo {number}").decision == "allow"
    assert not wait_for_ready(gate) & first


def test_a_gate_whose_parsers_are_killed_answers(shared_gate: RunningGate) -> None:
    """And one that answered has parsers ready again."""
    process = psutil.Process(shared_gate.process.pid)
    for _ in range(3):
        assert shared_gate.bash("echo one").decision == "allow"
        for child in process.children():
            with suppress(psutil.NoSuchProcess):  # the one that parsed may be ending
                child.kill()

    assert shared_gate.bash("bash -c 'git push --force'").reason.startswith("git.push")
