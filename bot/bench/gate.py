"""One hook call of the gate from process start to verdict, beside other hooks, and the time of the judgement alone.

Compared are what a hook costs at least, both of Nightshift's clients, Claude Code's HTTP hook, and a hook in the form
of cc-taskrunner's: bash, two `jq`, a dozen `grep` over the command's text.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path

import hooks
from bot.bench import http_hook
from hooks import settings
from hooks.gate import ask

NOOP = "shell hook that does nothing"
ORDINARY = (
    *(
        "git status && npm test",
        "cd src && grep -rn TODO . | head -20",
        "sed -n '10,40p' src/app.py",
        "pytest -q tests",
    ),
    *(
        "git add -A && git commit -m 'Fix the clock'",
        "ls -la",
        "python -m mypy src",
        "find . -name '*.ts' | xargs wc -l",
    ),
)
_BETWEEN_CALLS = 0.01  # seconds
_SH_HOOK = ["/bin/sh", "-c", "cat > /dev/null; exit 0"]
_READ_BY_JQ = (
    "tool=$(printf '%s' \"$input\" | jq -r .tool_name); text=$(printf '%s' \"$input\" | jq -r .tool_input.command)"
)
_PATTERNS = (
    *("rm +-(rf|fr|r|f)", "git +push +.*--force", "git +reset +--hard", "git +clean +-", "git +checkout +\\."),
    *("DROP +(TABLE|DATABASE)", "TRUNCATE +TABLE", "deploy|publish", "(echo|printenv).*(TOKEN|SECRET|KEY)"),
    *("(npm|pip|apt|brew) +install", "curl.*\\| *(ba)?sh", "chmod +777"),
)
_TEXT_HOOK = (
    f'input=$(cat); {_READ_BY_JQ}; [ "$tool" = Bash ] || exit 0; '
    + "; ".join(f"printf '%s' \"$text\" | grep -qiE '{pattern}' && exit 2" for pattern in _PATTERNS)
    + "; exit 0"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`over_noop_ms`: the median less that of a shell hook that does nothing, in the same run."""

    name: str
    median_ms: float
    p90_ms: float
    p99_ms: float
    over_noop_ms: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the gate's server takes for a call over its socket: parsed, judged, signed, on disk. `slowest`: the command
    that took `max_ms`."""

    commands: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    slowest: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFigures:
    """`load`: the machine's load average of a minute, at the end."""

    hooks: tuple[Figure, ...]
    judgement: Judgement
    load: float

    def as_json(self) -> dict[str, object]:
        hooks = [figure.as_json() for figure in self.hooks]
        return {"figures": hooks, "judgement": self.judgement.as_json(), "load": self.load}

    def lines(self) -> Iterator[str]:
        for figure in self.hooks:
            yield (
                f"{figure.median_ms:7.1f} ms (p90 {figure.p90_ms:6.1f}, p99 {figure.p99_ms:6.1f}), "
                f"{figure.over_noop_ms:+6.1f} ms  {figure.name}"
            )
        judged = self.judgement
        yield (
            f"{judged.p50_ms:7.1f} ms (p90 {judged.p90_ms:6.1f}, p99 {judged.p99_ms:6.1f}, max {judged.max_ms:6.1f}) "
            f"for the judgement alone, of {judged.commands} commands; the slowest: {judged.slowest}"
        )
        yield f"load of the machine: {self.load}"


def gate_figures(rounds: int, commands: Sequence[str] = ORDINARY) -> GateFigures:
    """The hooks take turns, so that noise is shared. `commands`: judged once each, when the hooks are done."""
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name:
        control = Path(name) / "control"
        with _gate(Path(name)) as static, _http_listener(control) as port:
            taken = _take_turns(_contenders(control, static=static, port=port), rounds)
            judgement = _judge(control, commands)
    return GateFigures(hooks=_figures(taken), judgement=judgement, load=round(os.getloadavg()[0], 1))


def read_commands(file: Path) -> list[str]:
    """One command to a line; empty lines and those that begin with # are left out."""
    return [line for line in file.read_text().splitlines() if line and not line.startswith("#")]


Contender = Callable[[bytes], None]


def _contenders(control: Path, *, static: bool, port: int) -> dict[str, Contender]:
    python = str(Path(sys.executable).resolve())
    nothing = [python, "-I", "-S", "-c", "import sys; sys.stdin.read()"]
    commands = {
        NOOP: _SH_HOOK,
        "python -I -S that does nothing": nothing,
        **({"bash hook with jq and grep, as cc-taskrunner's": ["/bin/bash", "-c", _TEXT_HOOK]} if _has_jq() else {}),
        "gate.py": [python, "-I", "-S", str(control / "gate.py"), str(control)],
        **({"static client": [str(control / settings.STATIC_CLIENT), str(control)]} if static else {}),
    }
    started: dict[str, Contender] = {name: _Start(command) for name, command in commands.items()}
    return {**started, "HTTP hook, no process started": _Post(port)}


def _has_jq() -> bool:
    return shutil.which("jq", path="/usr/bin:/bin") is not None


@dataclass(frozen=True, slots=True)
class _Start:
    """A hook that is a process."""

    command: list[str]

    def __call__(self, call: bytes) -> None:
        subprocess.run(self.command, input=call, stdout=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin"}, check=True)


@dataclass(frozen=True, slots=True)
class _Post:
    """A hook that Claude Code posts itself: a connection for each call, as from a client that keeps none open."""

    port: int

    def __call__(self, call: bytes) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/", call, {"Content-Type": "application/json"})
            connection.getresponse().read()
        finally:
            connection.close()


def _take_turns(contenders: dict[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Each command is new to the gate, as most are in a session."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        for place, (name, contender) in enumerate(contenders.items()):
            call = _call(f"cd src && grep -rn x{number}of{place} . | head", f"{number}-{place}")
            started = time.perf_counter()
            contender(call)
            taken[name].append(time.perf_counter() - started)
    return taken


def _judge(control: Path, commands: Sequence[str]) -> Judgement:
    """A session's calls are seconds apart, in which the gate starts parsers for the next one: here a moment."""
    taken = []
    for number, command in enumerate(commands):
        call = _call(command, f"judged-{number}")
        started = time.perf_counter()
        ask(str(control / "gate.sock"), call)
        taken.append(time.perf_counter() - started)
        time.sleep(_BETWEEN_CALLS)
    slowest = max(range(len(taken)), key=taken.__getitem__)
    return Judgement(
        commands=len(taken),
        p50_ms=_ms(statistics.median(taken)),
        p90_ms=_ms(_quantile(taken, 90)),
        p99_ms=_ms(_quantile(taken, 99)),
        max_ms=_ms(max(taken)),
        slowest=commands[slowest],
    )


def _figures(taken: dict[str, list[float]]) -> tuple[Figure, ...]:
    medians = {name: statistics.median(times) for name, times in taken.items()}
    return tuple(
        Figure(
            name=name,
            median_ms=_ms(medians[name]),
            p90_ms=_ms(_quantile(times, 90)),
            p99_ms=_ms(_quantile(times, 99)),
            over_noop_ms=_ms(medians[name] - medians[NOOP]),
        )
        for name, times in taken.items()
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _quantile(taken: Sequence[float], percent: int) -> float:
    """The time that so many of a hundred stay below or reach."""
    return sorted(taken)[max(0, -(-len(taken) * percent // 100) - 1)]


def _call(command: str, identity: str) -> bytes:
    """A hook call such as an agent makes all day; each has a separate id."""
    described = {"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": f"toolu_{identity}"}
    return json.dumps({"hook_event_name": "PreToolUse", "session_id": "bench", **described}).encode()


@contextmanager
def _gate(folder: Path) -> Iterator[bool]:
    """A gate with its folders, as a session has one. Yields whether the static client is in the control folder."""
    control, workspace = folder / "control", folder / "workspace"
    workspace.mkdir()
    static = settings.install(control)
    places = {"control": control, "log": folder / "gate_log.jsonl", "workspace": workspace, "home": folder}
    server = [
        *(sys.executable, "-I", str(Path(hooks.__file__).parent / "gate_server.py")),
        *(part for key, path in places.items() for part in (f"--{key}", str(path))),
    ]
    introduction = {"key": secrets.token_hex(32), "nonce": secrets.token_hex(16)}
    with _start(server, json.dumps(introduction).encode() + b"\n") as first_line:
        if first_line != "ready":
            raise RuntimeError("the gate did not start")
        yield static


@contextmanager
def _http_listener(control: Path) -> Iterator[int]:
    """Yields the port of a listener that passes calls on to the gate."""
    with _start([sys.executable, str(http_hook.__file__), str(control)], b"") as port:
        yield int(port)


@contextmanager
def _start(command: list[str], given: bytes) -> Iterator[str]:
    """A server that runs until its standard input is closed. Yields its first line."""
    with ExitStack() as stack:
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": "/usr/bin:/bin"})
        stack.callback(server.communicate, timeout=20)
        assert server.stdin is not None  # noqa: S101 - for the type checker: both are pipes
        assert server.stdout is not None  # noqa: S101
        server.stdin.write(given)
        server.stdin.flush()
        yield server.stdout.readline().decode().strip()
