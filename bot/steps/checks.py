"""The repository's checks, run by the host in a cell: on the base commit and on the new one, each freshly checked out.

Which commands run is read from the base commit. What they run is code that an agent wrote, so they get what a session
gets and no more: a private HOME, an environment made from nothing, the registries that the base commit's lockfiles
name, a time limit, and an end for all their processes.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.adapters.claude.plan import USUAL_PATH
from bot.adapters.egress import way_out
from bot.adapters.git.workspace import remove_tree
from bot.adapters.process import Child
from bot.adapters.sandbox import Cell, Sandbox
from bot.adapters.secrets import masked
from bot.adapters.store import Store
from bot.core.checks import OUTPUT_TAIL, Check, Ran, detected
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.core.untrusted import plain
from bot.steps.workbench import Workbench

SECONDS = 900.0  # for one command

ShouldStop = Callable[[], FailureKind | None]

_SHELL = ("bash", "-c", 'exec "$@" 2>&1', "bash", "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
_COLOURS = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_KEPT = 64  # chunks of output, of at most 64 KiB each


class Checks:
    """`seconds`: the time limit of one command."""

    def __init__(self, store: Store, *, sandbox: Sandbox, seconds: float = SECONDS) -> None:
        self._store = store
        self._sandbox = sandbox
        self._seconds = seconds

    def run(
        self, issue: IssueRef, bench: Workbench, head: str, folder: Path, *, should_stop: ShouldStop
    ) -> tuple[Check, ...]:
        """Every check with its result before and after. Raises TaskFailed if it is told to stop."""
        commands = commands_of(bench)
        if not commands:
            return ()
        before = self._baseline(issue, bench, commands, folder, should_stop)
        after = self._run(bench, head, commands, folder, should_stop)
        return tuple(
            Check(command=command, before=was, after=now)
            for command, was, now in zip(commands, before, after, strict=True)
        )

    def _baseline(
        self, issue: IssueRef, bench: Workbench, commands: Sequence[str], folder: Path, should_stop: ShouldStop
    ) -> list[Ran]:
        """The results on the base commit, from the ledger if they are there: they hold for these very commands."""
        digest = hashlib.sha256(json.dumps(list(commands)).encode()).hexdigest()[:32]
        key = f"baseline:{issue.repository}:{digest}"
        with self._store.read() as ledger:
            known = json.loads(ledger.recall(key) or "{}")
        if known.get("base") == bench.base:
            return [Ran(code=code, seconds=seconds) for code, seconds in known["ran"]]
        ran = self._run(bench, bench.base, commands, folder, should_stop)
        if all(each.code is not None for each in ran):  # a time limit says more about the machine than about the commit
            value = {"base": bench.base, "ran": [(each.code, each.seconds) for each in ran]}
            with self._store.transaction() as ledger:
                ledger.remember(key, json.dumps(value))
        return ran

    def _run(
        self, bench: Workbench, commit: str, commands: Sequence[str], folder: Path, should_stop: ShouldStop
    ) -> list[Ran]:
        """One after the other in one checkout: what the first installs, the second uses."""
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=folder))  # never one in which the session's code has run before
        home, control = place / "home", place / "control"
        for each in (home / "tmp", control):
            each.mkdir(parents=True)
        workspace = bench.mirror.open_workspace(place / "workspace", base=commit, branch="check")
        cell = Cell(
            workspace=workspace.path, home=home, control=control, readable=(bench.mirror.folder,), way_out=control
        )
        try:
            with way_out(self._sandbox, control, bench.registries):
                return [self._one(command, cell, should_stop) for command in commands]
        finally:
            remove_tree(place)

    def _one(self, command: str, cell: Cell, should_stop: ShouldStop) -> Ran:
        started = time.monotonic()
        output: deque[bytes] = deque(maxlen=_KEPT)
        wrapped = self._sandbox.wrap([*_SHELL, command], cell=cell)
        with (
            (cell.home.parent / "stderr.txt").open("wb") as stderr,
            Child(wrapped, cwd=cell.workspace, env=_environment(cell.home), stderr=stderr) as child,
        ):
            in_time = self._watch(child, output, started, should_stop)
            code = child.wait(self._seconds) if in_time else None
        return Ran(code=code, seconds=round(time.monotonic() - started, 1), output=_tail(b"".join(output)))

    def _watch(self, child: Child, output: deque[bytes], started: float, should_stop: ShouldStop) -> bool:
        """Keep the end of its output until it closes it; False if its time was up before."""
        for chunk in child.chunks():
            if chunk is not None:
                output.append(chunk)
                continue
            if (reason := should_stop()) is not None:
                raise TaskFailed(reason, "while the repository's checks ran")
            if time.monotonic() - started > self._seconds:
                return False
        return True


def commands_of(bench: Workbench) -> list[str]:
    """The checks of the base commit: those that its settings name, else those that it has by the usual signs."""
    if bench.settings.verify is not None:
        return list(bench.settings.verify)

    def read(path: str) -> str | None:
        content = bench.mirror.read(bench.base, path, limit=1_000_000)
        return content.decode(errors="replace") if content is not None else None

    return detected(bench.mirror.paths(bench.base), read)


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": ":".join(USUAL_PATH),
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CI": "true",  # test runners then neither watch files nor ask questions
        "GIT_TERMINAL_PROMPT": "0",
    }


def _tail(output: bytes) -> str:
    """The end of it, fit to be shown: no colours, no secrets."""
    text = plain(_COLOURS.sub("", output[-4 * OUTPUT_TAIL :].decode(errors="replace").replace("\r\n", "\n")))
    return masked(text.strip()[-OUTPUT_TAIL:])
