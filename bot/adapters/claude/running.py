"""One session from its first line to the last process of it: start, watch, stop, and keep what was streamed."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.adapters.ceilings import CeilingWatch
from bot.adapters.claude.command import SYSTEM_PROMPT, arguments, environment
from bot.adapters.claude.gate import Gate
from bot.adapters.claude.grants import carried
from bot.adapters.claude.plan import Credential, Session, SessionPlan
from bot.adapters.claude.relay import Relay
from bot.adapters.egress import way_out
from bot.adapters.masking import shown_end
from bot.adapters.process import TICK, Child
from bot.core.failures import FailureKind
from bot.core.proof import prove
from bot.core.session import Progress, SessionResult
from bot.core.transcript import Transcript

_LINGER_SECONDS = 20.0  # a CLI that has given its result and does not end waits for something that nobody will read
_STDERR_TAIL, _STDERR_READ = 4000, 64 << 10

OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], FailureKind | None]


@dataclass(frozen=True, slots=True)
class _Stop:
    """That a session has to be stopped. `why`: what to tell instead of its last lines."""

    kind: FailureKind
    why: str = ""


@dataclass(slots=True)
class _Watch:
    """The clocks and ceilings of a running session."""

    plan: SessionPlan
    should_stop: ShouldStop
    ceilings: CeilingWatch
    started: float
    last_event: float
    last_asked: float = 0.0

    def verdict(self, transcript: Transcript, now: float) -> _Stop | None:
        """Why the session has to be stopped now, if it has to."""
        if now - self.last_asked >= TICK:
            self.last_asked = now
            if (wanted := self.should_stop()) is not None:
                return _Stop(wanted)
        # A session that takes more than it may is as one that spends more than it may: more of the same does not help.
        if (exceeded := self.ceilings.exceeded(now)) is not None:
            return _Stop(FailureKind.BUDGET_EXHAUSTED, f"{exceeded}, so it was stopped")
        if transcript.finished:
            return None
        kind = FailureKind.WALL_CLOCK_TIMEOUT if self._out_of_time(now) else self._silent(now) or transcript.early
        return _Stop(kind) if kind else None

    def _silent(self, now: float) -> FailureKind | None:
        return FailureKind.STALLED if now - self.last_event > self.plan.stall_seconds else None

    def lingers(self, transcript: Transcript, now: float) -> bool:
        """Whether it has given its result and nothing more is worth waiting for."""
        return transcript.finished and (now - self.last_event > _LINGER_SECONDS or self._out_of_time(now))

    def _out_of_time(self, now: float) -> bool:
        return now - self.started > self.plan.wall_seconds


def run_session(plan: SessionPlan, binary: Path, *, on_progress: OnProgress, should_stop: ShouldStop) -> Session:
    """Run a session behind its gate. Raises TaskFailed where it cannot be set up."""
    with Relay(plan.credential) as relay:
        return _run_session(replace(plan, credential=relay.for_session), binary, on_progress, should_stop)


def _run_session(plan: SessionPlan, binary: Path, on_progress: OnProgress, should_stop: ShouldStop) -> Session:
    _furnish(plan)
    transcript = Transcript(home=str(plan.home))
    own = frozenset((plan.api,))
    with Gate(plan) as gate, way_out(plan.sandbox, plan.control, plan.registries, own) as egress:
        started = time.monotonic()
        code, stopped = _stream(plan, binary, transcript, on_progress, should_stop)
        seconds = time.monotonic() - started
        gate.stop()
        entries, flaws = gate.verdicts()
        seal = gate.seal()
    result = _result(transcript, code, stopped, plan)
    with plan.transcript.open("rb") as lines:
        uncarried = tuple(carried(lines, result.calls, seal))
    return Session(
        result=result,
        proof=prove(result.calls, entries, flaws=(*flaws, *uncarried)),
        seconds=seconds,
        seal=seal,
        refused_hosts=egress.refused if egress else (),
    )


def _result(transcript: Transcript, code: int | None, stop: _Stop | None, plan: SessionPlan) -> SessionResult:
    result = transcript.result(code, stop.kind if stop else None, stderr=_tail(plan.stderr))
    return replace(result, detail=stop.why) if stop and stop.why else result


def _furnish(plan: SessionPlan) -> None:
    """Lay out the folder; what an earlier session in it left of its gate would be taken for this one's."""
    shutil.rmtree(plan.control, ignore_errors=True)
    plan.ledger.unlink(missing_ok=True)
    for folder in (plan.control, plan.temporary):
        folder.mkdir(parents=True, exist_ok=True)
    (plan.control / SYSTEM_PROMPT).write_bytes(plan.system_prompt.encode(errors="replace"))
    # A first character "/" would make the CLI take an issue's text for one of its own commands.
    _prompt_file(plan).write_bytes(f"\n{plan.prompt}".encode(errors="replace"))


def _prompt_file(plan: SessionPlan) -> Path:
    return plan.folder / "prompt.md"


def _stream(
    plan: SessionPlan, binary: Path, transcript: Transcript, on_progress: OnProgress, should_stop: ShouldStop
) -> tuple[int | None, _Stop | None]:
    """Returns the exit code (None: it had to be ended after its result), and why it was stopped, if it was."""
    now = time.monotonic()
    with _child(plan, binary) as child, plan.transcript.open("wb", buffering=0) as kept:
        ceilings = CeilingWatch(plan.ceilings, child.pid, (plan.workspace, plan.home))
        watch = _Watch(plan, should_stop, ceilings, started=now, last_event=now)
        for line in child.lines():
            now = time.monotonic()
            if line is not None:
                watch.last_event = now
                kept.write(line)
                if (progress := transcript.feed(line)) is not None:
                    on_progress(progress)
            stopped = watch.verdict(transcript, now)
            if stopped is not None or watch.lingers(transcript, now):
                child.stop()
                return None, stopped
        return child.wait(_LINGER_SECONDS), None


@contextlib.contextmanager
def _child(plan: SessionPlan, binary: Path) -> Iterator[Child]:
    command = plan.sandbox.wrap(arguments(plan, binary, str(uuid.uuid4())), cell=plan.cell(binary))
    with (
        _prompt_file(plan).open("rb") as prompt,
        plan.stderr.open("wb") as stderr,
        _credential(plan.credential) as (variables, descriptors),
        Child(
            command,
            cwd=plan.workspace,
            env=environment(plan) | variables,
            stdin=prompt,
            stderr=stderr,
            keep_open=descriptors,
        ) as child,
    ):
        yield child


@contextlib.contextmanager
def _credential(credential: Credential) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """Hand the secret over through a pipe that is empty once the CLI has read it: neither its environment nor that of
    any shell command ever holds it."""
    secret = credential.api_key or credential.oauth_token
    if not secret:
        yield {}, ()
        return
    name = "CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR" if credential.api_key else "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR"
    reader, writer = os.pipe()
    try:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(secret.encode())
        yield {name: str(reader)}, (reader,)
    finally:
        os.close(reader)


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _STDERR_READ))
        return shown_end(file.read(_STDERR_READ).decode(errors="replace"), _STDERR_TAIL)
