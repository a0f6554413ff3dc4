"""Prove the guards before a session, by a rehearsed one under the same flags, settings, hooks, cell and network.

The model is a scripted one on loopback. A forbidden command must be refused by the gate, a permitted one must run on
the gate's grant. In a cell a service of the host must not be reachable, and a program tries what code in a command must
not be able to do (`bot.adapters.cell.probe`): each attempt has to be made, and has to fail. Any other result means that
the guards are not in force, and then no session starts.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Self

from bot import adapters, core
from bot.adapters import cell
from bot.adapters.cell import probe
from bot.adapters.claude.gate import HOOKS, gate_settings, hook_python
from bot.adapters.claude.plan import Credential, Session, SessionPlan
from bot.adapters.claude.running import run_session
from bot.adapters.environments import NO_ENVIRONMENT
from bot.adapters.scripted_model import ModelRequest, Reply, ScriptedModel, ToolUse, UseTools
from bot.core import ecosystems, environment
from bot.core.failures import FailureKind, TaskFailed
from bot.core.services import RepositoryServices
from bot.core.session import ToolCall
from bot.core.untrusted import as_dict
from hooks.static_client import find_client

FORBIDDEN = "git push --force origin main"
PERMITTED = "echo canary-ok"

_FORBIDDEN_ID, _PERMITTED_ID = "toolu_canary_forbidden", "toolu_canary_permitted"
_PROBE, _REPORT = "probe.py", "probe.json"
_TURNS = 4
_SECONDS = 90.0


def prove_guards(plan: SessionPlan, binary: Path, stopping: Callable[[], bool] = lambda: False) -> None:
    """Raises TaskFailed(GUARDS_UNPROVEN) that says what was wrong, or WORKER_LOST once `stopping`.

    A session that tried nothing, or that was cut off before its end and in which nothing forbidden was possible until
    then, has shown nothing: another process may have killed it or what it needs. So a second one runs.
    """
    undecided, wrong = _run_canary(plan, binary, "canary", stopping)
    if undecided and not stopping():
        _, wrong = _run_canary(plan, binary, "canary-2", stopping)
    if wrong and stopping():
        raise TaskFailed(FailureKind.WORKER_LOST, f"the canary was stopped: {wrong}")
    if wrong:
        raise TaskFailed(FailureKind.GUARDS_UNPROVEN, f"the canary failed: {wrong}")


def _run_canary(plan: SessionPlan, binary: Path, name: str, stopping: Callable[[], bool]) -> tuple[bool, str]:
    """Run one. Returns whether the result is undecided, and what was wrong."""
    with _HostService() as service, ScriptedModel(lambda request: _script(request, tries)) as model:
        rehearsed = _canary_plan(plan, name, model.url)
        tries = [f"curl -s --max-time 2 {service.url}", *_probes(rehearsed)]
        session = run_session(
            rehearsed,
            binary,
            on_progress=lambda _: None,
            should_stop=lambda: FailureKind.WORKER_LOST if stopping() else None,
        )
        reached = service.reached and plan.sandbox.confines
    report = _probe_report(rehearsed)
    breaches = [*_check_forbidden_ran(session), *_check_network(reached), *_check_probe(report)]
    unfinished = [*_check_finished(session)]
    not_tried = _check_probe_ran(report) if plan.sandbox.confines else ()
    wrong = [*breaches, *_check_proof(session), *not_tried, *unfinished]
    showed_nothing = bool(unfinished) or not session.result.calls
    return bool(wrong) and showed_nothing and not breaches, "; ".join(wrong)


def guards_in_force(plan: SessionPlan, version: str) -> str:
    """A fingerprint of all that a canary proves: the proof holds as long as it stays the same.

    Which hosts are open and which of the mirrors is bound is no part of it: the filter and the cell are the same
    programs with the same settings for each of them, and no canary tries these hosts or reads this mirror.
    """
    digest = hashlib.sha256()
    client = plan.client or find_client()
    settings = json.dumps(gate_settings(Path("/control"), static=client.binary is not None), sort_keys=True)
    network = ("registries" if plan.registries else "none", str(plan.api), repr(plan.ceilings))
    programs = (repr(plan.sandbox), *plan.path, repr(plan.variables), *map(str, _readable(plan)))
    for part in (version, settings, *programs, *network):
        digest.update(part.encode() + b"\0")
    for file in guard_programs():
        digest.update(str(file.relative_to(HOOKS.parent)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _readable(plan: SessionPlan) -> Iterator[Path]:
    for path in plan.readable:
        yield plan.mirrors if plan.mirrors is not None and path.is_relative_to(plan.mirrors) else path


def guard_programs() -> Iterator[Path]:
    """The programs that the guards are made of."""
    yield from sorted(file for file in HOOKS.rglob("*") if file.is_file() and file.suffix != ".pyc")
    # What runs in cells, starts them and shows them the host's files; the gate, the relay and its lists; the proof.
    for folder in (Path(__file__).parent, *map(_folder, (adapters, cell, core, ecosystems, environment))):
        yield from sorted(folder.glob("*.py"))


def _folder(package: ModuleType) -> Path:
    return Path(str(package.__file__)).parent


def _canary_plan(plan: SessionPlan, name: str, url: str) -> SessionPlan:
    folder = plan.folder / name
    workspace = folder / "workspace"
    workspace.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(probe.__file__, workspace / _PROBE)
    return replace(
        plan,
        workspace=workspace,
        folder=folder,
        prompt="Show that the guards are in force.",
        services=RepositoryServices(),
        max_turns=_TURNS,
        wall_seconds=_SECONDS,
        stall_seconds=_SECONDS,
        credential=Credential(api_key="canary", base_url=url),
        model=None,
        policy=None,  # it lifts no rule of the core list, and what it refuses may be what the canary has to be granted
        resume=None,
        environment=NO_ENVIRONMENT,  # a program of it must not answer in the probe's place
        python=None,
    )


class _HostService:
    """A service on the host's loopback, which a cell must not be able to reach."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    @property
    def reached(self) -> bool:
        """Whether a connection came: the kernel keeps it until it is accepted."""
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


def _probes(plan: SessionPlan) -> list[str]:
    """The command that runs the probe, where there is a cell to break out of."""
    if not plan.sandbox.confines:
        return []
    places = (plan.workspace / _REPORT, plan.control, plan.claude_home)
    return [shlex.join([str(hook_python()), "-I", _PROBE, *map(str, places)])]


def _script(request: ModelRequest, tries: Sequence[str]) -> Reply:
    if request.turn == 1:
        forbidden = ToolUse("Bash", {"command": FORBIDDEN, "description": "must be refused"}, _FORBIDDEN_ID)
        permitted = ToolUse("Bash", {"command": PERMITTED, "description": "must run"}, _PERMITTED_ID)
        attempts = (ToolUse("Bash", {"command": command, "description": "must get nowhere"}) for command in tries)
        return UseTools((forbidden, permitted, *attempts))
    return UseTools((ToolUse("StructuredOutput", {"status": "complete", "summary": "Done."}),))


def _check_forbidden_ran(session: Session) -> Iterator[str]:
    for call in session.result.calls:
        if call.id == _FORBIDDEN_ID and call.executed:
            yield f"the forbidden command `{FORBIDDEN}` ran, permitted by {call.source or 'an unknown source'}"


def _check_proof(session: Session) -> Iterator[str]:
    calls = {call.id: call for call in session.result.calls}
    yield from session.proof.missing
    yield from _check_refused(calls.get(_FORBIDDEN_ID))
    yield from _check_granted(calls.get(_PERMITTED_ID))
    if not session.proof.guards.refused:
        yield "the gate's log holds no refusal"


def _check_finished(session: Session) -> Iterator[str]:
    if session.result.status != "complete":
        yield f"the session did not finish: {session.result.detail or 'it delivered nothing'}"


def _check_network(reached: bool) -> Iterator[str]:
    if reached:
        yield "the session reached a service of the host's loopback: its network is not confined"


def _check_probe(report: Mapping[str, object]) -> Iterator[str]:
    """What the probe could do."""
    for attempt, result in report.items():
        if not str(result).startswith(probe.REFUSED):
            yield f"a command could {attempt}: {result}"


def _check_probe_ran(report: Mapping[str, object]) -> Iterator[str]:
    """What the probe did not try: that counts as not refused."""
    if not report:
        yield "the probe left no report of what a command can reach"
        return
    yield from (f"no command tried to {attempt}" for attempt in probe.ATTEMPTS if attempt not in report)


def _probe_report(plan: SessionPlan) -> dict[str, object]:
    """Each attempt of the probe and its result; empty if it left no report."""
    try:
        return as_dict(json.loads((plan.workspace / _REPORT).read_bytes()))
    except (OSError, ValueError):
        return {}


def _check_refused(call: ToolCall | None) -> Iterator[str]:
    if call is None:
        yield "the forbidden command was never tried"
    elif call.source != "hook" and not call.executed:
        yield f"the forbidden command was refused by {call.source or 'an unknown source'}, not by the gate"


def _check_granted(call: ToolCall | None) -> Iterator[str]:
    if call is None:
        yield "the permitted command was never tried"
    elif not call.executed:
        yield f"the permitted command `{PERMITTED}` was refused"
