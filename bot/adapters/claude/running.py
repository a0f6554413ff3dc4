"""One session from its first line to the last process of it: start, watch, stop, and keep what was streamed."""

from __future__ import annotations

import contextlib
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

from bot.adapters.ceilings import CeilingWatch, Log
from bot.adapters.cell.entry import LOOPBACK
from bot.adapters.channels import Feed, channels
from bot.adapters.claude.command import SYSTEM_PROMPT, arguments, command_environment, environment
from bot.adapters.claude.conversations import laid_out
from bot.adapters.claude.credential_pipe import pass_credential
from bot.adapters.claude.gate import GateProcess, hook_python
from bot.adapters.claude.grants import find_missing_grants
from bot.adapters.claude.incoming import NOTHING, Incoming, Speaking, message_line
from bot.adapters.claude.plan import Session, SessionPlan
from bot.adapters.claude.relay import Relay
from bot.adapters.claude.relay_log import SessionTerms
from bot.adapters.commands import command_server, install_shell
from bot.adapters.egress import Egress, way_out
from bot.adapters.handover import Handover
from bot.adapters.masking import shown_end
from bot.adapters.process import TICK, Child
from bot.adapters.sandbox import PORT, Bubblewrap
from bot.adapters.services import running_services
from bot.core.confirmed import confirm
from bot.core.failures import FailureKind
from bot.core.proof import prove
from bot.core.relay_figures import count_requests
from bot.core.session import SessionProgress, SessionResult
from bot.core.transcript import Transcript
from bot.core.witness import Witness, differences

_LINGER_SECONDS = 20.0  # a CLI that has given its result and does not end waits for something that is not needed
_STDERR_TAIL, _STDERR_READ = 4000, 64 << 10
# Bytes. A long session streams some tens of megabytes, and prints next to nothing else.
_LARGEST_STREAM = 256 << 20
_LARGEST_STDERR, _LARGEST_GATE_LOG = 16 << 20, 32 << 20

OnProgress = Callable[[SessionProgress], None]
ShouldStop = Callable[[], FailureKind | None]


@dataclass(frozen=True, slots=True)
class _StopReason:
    """That a session has to be stopped. `why`: the detail that replaces its last lines."""

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
    server: Child | None = None
    last_asked: float = 0.0

    def verdict(self, transcript: Transcript, now: float) -> _StopReason | None:
        """Why the session has to be stopped now, if it has to."""
        if now - self.last_asked >= TICK:
            self.last_asked = now
            if (wanted := self.should_stop()) is not None:
                return _StopReason(wanted)
        if (exceeded := _stop_for(self.ceilings.find_exceeded(now))) is not None:
            return exceeded
        if self.server is not None and self.server.has_ended:
            return _StopReason(FailureKind.AGENT_CRASHED, "the server of its shell commands ended before the session")
        if transcript.finished:
            return None
        kind = FailureKind.WALL_CLOCK_TIMEOUT if self._out_of_time(now) else self._silent(now) or transcript.early
        return _StopReason(kind) if kind else None

    def _silent(self, now: float) -> FailureKind | None:
        return FailureKind.STALLED if now - self.last_event > self.plan.stall_seconds else None

    def lingers(self, transcript: Transcript, now: float) -> bool:
        """Whether it has given its result and nothing more is worth waiting for."""
        return transcript.finished and (now - self.last_event > _LINGER_SECONDS or self._out_of_time(now))

    def _out_of_time(self, now: float) -> bool:
        return now - self.started > self.plan.wall_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A session from the start of its CLI to its end. `on_progress` gets each step, `should_stop` is asked between."""

    plan: SessionPlan
    binary: Path
    relay: Relay
    transcript: Transcript
    on_progress: OnProgress
    should_stop: ShouldStop
    incoming: Incoming
    gate: GateProcess

    def follow(self, server: Child | None) -> tuple[int | None, _StopReason | None]:
        """Returns the exit code (None: it had to be ended after its result), and why it was stopped, if it was.
        `server`: of its commands, None without cells."""
        now, plan, transcript = time.monotonic(), self.plan, self.transcript
        with _child(plan, self.binary, self.relay) as (child, feed), plan.transcript.open("wb", buffering=0) as kept:
            self.gate.wait_until_ready()
            self.relay.pass_on()
            pids = [running.pid for running in (child, server) if running is not None]
            ceilings = CeilingWatch(plan.ceilings, pids, plan.folders, tuple(_logs(plan)))
            speaking = Speaking(incoming=self.incoming, feed=feed, transcript=transcript)
            watch = _Watch(plan, self.should_stop, ceilings, started=now, last_event=now, server=server)
            for line in child.lines():
                now = time.monotonic()
                if line is not None:
                    watch.last_event = now
                    self._take(line, kept)
                speaking.look(now)
                stopped = watch.verdict(transcript, now)
                if stopped is not None or watch.lingers(transcript, now):
                    child.stop()
                    return None, stopped
            code = child.wait(_LINGER_SECONDS)
        return code, _stop_for(ceilings.exceeded_at_end())

    def _take(self, line: bytes, kept: IO[bytes]) -> None:
        kept.write(line)
        if (progress := self.transcript.feed(line)) is not None:
            self.on_progress(replace(progress, cost_usd=self.relay.spent_usd))


def run_session(
    plan: SessionPlan,
    binary: Path,
    *,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    incoming: Incoming = NOTHING,
) -> Session:
    """Run a session behind its gate. Raises TaskFailed where it cannot be set up."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    url = f"http://{LOOPBACK}:{PORT}" if plan.sandbox.confines else None
    with Relay(plan.credential, _terms(plan), plan.relay_record, url, holds=True) as relay:
        running = partial(_Running, binary=binary, relay=relay, on_progress=on_progress, incoming=incoming)
        return _run_session(replace(plan, credential=relay.for_session), relay, running, should_stop)


def _terms(plan: SessionPlan) -> SessionTerms:
    return SessionTerms(
        prompt=plan.prompt.encode(errors="replace").decode(),
        cwd=str(plan.workspace.resolve()),
        model=plan.model,
        budget_usd=plan.budget_usd,
        earlier=laid_out(plan.claude_home, plan.resume) if plan.resume else (),
    )


def _run_session(plan: SessionPlan, relay: Relay, make: Callable[..., _Running], should_stop: ShouldStop) -> Session:
    _prepare_folder(plan)
    transcript = Transcript(home=str(plan.claude_home), workspace=str(plan.workspace.resolve()))
    with (
        GateProcess(plan) as gate,
        way_out(plan.sandbox, plan.registries, plan.outside) as egress,
        _commands(plan, egress) as server,
    ):
        running = make(
            plan=plan,
            transcript=transcript,
            should_stop=lambda: _relay_stop(relay) or should_stop(),
            gate=gate,
        )
        started = time.monotonic()
        code, stopped = running.follow(server)
        seconds = time.monotonic() - started
        gate.stop()
        entries, flaws = gate.rulings()
        seal = gate.seal()
    witness, relay_seal = relay.close()
    result = _result(transcript, code, _StopReason(*relay.stop) if relay.stop else stopped, plan, witness)
    with plan.transcript.open("rb") as lines:
        uncarried = tuple(find_missing_grants(lines, result.calls, seal))
    streamed = transcript.summarize(completed=result.failure is None)
    return Session(
        result=result,
        proof=prove(result.calls, entries, flaws=(*flaws, *uncarried, *differences(witness, streamed, entries))),
        seconds=seconds,
        seal=seal,
        refused_hosts=egress.refused if egress else (),
        relay_seal=relay_seal,
        said=relay.said,
        relay=count_requests(witness),
    )


def _relay_stop(relay: Relay) -> FailureKind | None:
    return relay.stop[0] if relay.stop else None


def _result(
    transcript: Transcript, code: int | None, stop: _StopReason | None, plan: SessionPlan, witness: Witness
) -> SessionResult:
    result = transcript.result(code, stop.kind if stop else None, stderr=_tail(plan.stderr))
    result = replace(result, detail=stop.why) if stop and stop.why else result
    has_credential = bool(plan.credential.api_key or plan.credential.oauth_token)
    return confirm(result, witness, has_credential=has_credential)


def _prepare_folder(plan: SessionPlan) -> None:
    """Make the session's folders. What an earlier session's gate left is removed: it would count as this one's."""
    shutil.rmtree(plan.control, ignore_errors=True)
    plan.gate_log.unlink(missing_ok=True)
    inner = (plan.temporary, plan.claude_home / "tmp", plan.claude_home / "shm")
    for folder in (plan.control, *plan.folders, *inner):
        folder.mkdir(parents=True, exist_ok=True)
    plan.shared_tmp.chmod(0o1777)
    install_shell(plan.control, hook_python())
    (plan.control / SYSTEM_PROMPT).write_bytes(plan.system_prompt.encode(errors="replace"))
    plan.sandbox.give(plan.number, plan.folders)


def _prompt(plan: SessionPlan) -> bytes:
    """A first character "/" would make the CLI read an issue's text as a slash command."""
    return message_line(f"\n{plan.prompt.encode(errors='replace').decode()}", str(uuid.uuid4()))


@contextlib.contextmanager
def _commands(plan: SessionPlan, egress: Egress | None) -> Iterator[Child | None]:
    """The server that runs the session's commands in separate cells; None where there are no cells."""
    if not isinstance(plan.sandbox, Bubblewrap) or egress is None:
        yield None
        return
    with (
        Handover(egress.serve) as handover,
        command_server(
            plan.sandbox,
            plan.command_cell(handover.descriptor),
            folder=plan.control,
            environment=command_environment(plan),
            log=plan.folder / "commands.txt",
        ) as server,
        running_services(plan.services, plan, plan.sandbox.python),
    ):
        yield server


def _stop_for(ceiling: str | None) -> _StopReason | None:
    """A session over a ceiling is treated as one over its budget: a retry would reach the ceiling again."""
    return _StopReason(FailureKind.BUDGET_EXHAUSTED, f"{ceiling}, so it was stopped") if ceiling else None


def _logs(plan: SessionPlan) -> Iterator[Log]:
    yield Log(path=plan.transcript, what="streamed", most=_LARGEST_STREAM)
    yield Log(path=plan.stderr, what="wrote to its standard error", most=_LARGEST_STDERR)
    yield Log(path=plan.gate_log, what="made the gate's log grow to", most=_LARGEST_GATE_LOG)
    yield Log(path=plan.folder / "gate.txt", what="made the gate log", most=_LARGEST_STDERR)
    yield Log(path=plan.folder / "services.txt", what="made its services write", most=_LARGEST_STDERR)
    yield Log(path=plan.folder / "commands.txt", what="made its command server log", most=_LARGEST_STDERR)


@contextlib.contextmanager
def _child(plan: SessionPlan, binary: Path, relay: Relay) -> Iterator[tuple[Child, Feed]]:
    with (
        channels(_prompt(plan), plan.stderr, _LARGEST_STDERR) as streams,
        Handover(relay.serve) as handover,
        pass_credential(plan.credential) as (variables, descriptors),
    ):
        cell = plan.cell(binary, handover.descriptor)
        with Child(
            plan.sandbox.wrap(arguments(plan, binary, str(uuid.uuid4())), cell=cell),
            cwd=plan.workspace,
            env=environment(plan) | variables,
            stdin=streams.stdin,
            stdout=streams.stdout,
            stderr=streams.stderr,
            keep_open=(*descriptors, *((handover.descriptor,) if plan.sandbox.confines else ())),
        ) as child:
            yield child, streams.feed


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _STDERR_READ))
        return shown_end(file.read(_STDERR_READ).decode(errors="replace"), _STDERR_TAIL)
