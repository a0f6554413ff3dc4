"""The gate under a coverage-guided fuzzer: `python -m tests.hooks.fuzz_gate FOLDER -max_total_time=600`.

FOLDER holds the inputs to begin with and takes those that reach something new. The kept ones are the lines of
`fuzz_corpus.txt`, in hexadecimal; `test_fuzz.py` makes files of them.
The first byte of an input says what the rest is. An input fails where a forbidden command is granted because it is
spelled differently, or where judging it ends in an internal error. The slowest input is printed.
"""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["hooks"]):
    from hooks.policy import Ruling, judge

from tests.hooks.rewriting import FORBIDDEN, GAPS, PERSON, SPELLINGS, WRAPS

INTERNAL_ERROR = "unresolved.error"
_SPELLINGS = tuple(SPELLINGS.values())
_slowest = [0.0]


class Found(Exception):
    """An input that the gate judges wrongly."""


def rewritten(data: bytes) -> None:
    """A forbidden command, its words spelled and wrapped as the bytes say."""
    choose = atheris.FuzzedDataProvider(data)
    words = FORBIDDEN[choose.ConsumeIntInRange(0, len(FORBIDDEN) - 1)]
    gap = GAPS[choose.ConsumeIntInRange(0, len(GAPS) - 1)]
    command = gap.join(_SPELLINGS[choose.ConsumeIntInRange(0, len(_SPELLINGS) - 1)](word) for word in words)
    for _ in range(choose.ConsumeIntInRange(0, 4)):
        command = WRAPS[choose.ConsumeIntInRange(0, len(WRAPS) - 1)](command)
    if _judged("Bash", {"command": command}).granted:
        raise Found(f"granted: {command!r}")


def shell(data: bytes) -> None:
    """Any text as a command."""
    _judged("Bash", {"command": data.decode("utf-8", "surrogateescape")})


def program(data: bytes) -> None:
    """Any text as a program of another language."""
    options = ("python3 -c", "node -e", "perl -e", "ruby -e", "awk", "sed", "psql -c")
    option = options[data[0] % len(options)] if data else options[0]
    _judged("Bash", {"command": f"{option} {shlex.quote(data[1:].decode('utf-8', 'replace'))}"})


def call(data: bytes) -> None:
    """Any JSON as the input of any tool."""
    try:
        described = json.loads(data)
    except (ValueError, RecursionError):
        return
    for tool in ("Bash", "Read", "Write", "Edit", "Glob", "Grep", "StructuredOutput", "Task"):
        _judged(tool, described)


KINDS: tuple[Callable[[bytes], None], ...] = (rewritten, shell, program, call)


def one(data: bytes) -> None:
    """What the fuzzer calls."""
    if data:
        KINDS[data[0] % len(KINDS)](data[1:])


def _judged(tool: str, tool_input: object) -> Ruling:
    began = time.thread_time()
    ruling = judge(tool, tool_input, PERSON)
    took = time.thread_time() - began
    if took > _slowest[0]:
        _slowest[0] = took
        sys.stderr.write(f"slowest so far: {took * 1000:.1f} ms of this thread, {tool_input!r:.300}\n")
    if ruling.rule == INTERNAL_ERROR:
        raise Found(f"{ruling.subject}: {tool} {tool_input!r}")
    return ruling


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[1:]], one)
    atheris.Fuzz()
