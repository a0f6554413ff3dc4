"""A session of the real Claude Code, guarded and in cells, beside the same without cells and beside Claude Code alone.

The model is a scripted one that answers at once: what is measured is what Nightshift adds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.adapters.claude import ClaudeCode, Credential, SessionPlan, find_claude
from bot.adapters.claude.command import TOOLS
from bot.adapters.sandbox import NoSandbox, Sandbox
from bot.adapters.sandbox_support import find_sandbox
from bot.adapters.scripted_model import ModelRequest, Reply, ScriptedModel, ToolUse, UseTools

_SECONDS = 120.0
_ALONE = "Claude Code alone"
_DONE = UseTools((ToolUse("StructuredOutput", {"status": "complete", "summary": "Done."}),))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFigure:
    """`over_alone_ms` and `ratio`: the median beside that of Claude Code alone, in the same run."""

    name: str
    median_ms: float
    over_alone_ms: float
    ratio: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def session_figures(rounds: int, commands: int) -> list[SessionFigure]:
    """Sessions that run so many shell commands. The contenders take turns, so that noise is shared."""
    claude = ClaudeCode(find_claude(None))
    contenders: dict[str, Callable[[Path, str], object]] = {
        _ALONE: lambda folder, url: _alone(claude, folder, url),
        "guarded, without cells": lambda folder, url: _require_guards(claude, folder, url, NoSandbox()),
        "guarded, in cells": lambda folder, url: _require_guards(claude, folder, url, find_sandbox(required=True)),
    }
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    with ScriptedModel(lambda request: _answer(request, commands)) as model:
        for _ in range(rounds):
            for name, run in contenders.items():
                with _folder() as folder:
                    started = time.perf_counter()
                    run(folder, model.url)
                    taken[name].append(time.perf_counter() - started)
    return _figures(taken)


def _figures(taken: dict[str, list[float]]) -> list[SessionFigure]:
    medians = {name: statistics.median(times) for name, times in taken.items()}
    alone = medians[_ALONE]
    return [
        SessionFigure(
            name=name,
            median_ms=round(median * 1000),
            over_alone_ms=round((median - alone) * 1000),
            ratio=round(median / alone, 2),
        )
        for name, median in medians.items()
    ]


def _answer(request: ModelRequest, commands: int) -> Reply:
    if request.turn > commands:
        return _DONE
    return UseTools((ToolUse("Bash", {"command": f"echo {request.turn}", "description": "a step"}),))


@contextmanager
def _folder() -> Iterator[Path]:
    """Not in /tmp, as a data folder would not be."""
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-", dir="/var/tmp") as name:
        for part in ("workspace", "home"):
            (Path(name) / part).mkdir()
        yield Path(name)


def _alone(claude: ClaudeCode, folder: Path, url: str) -> None:
    command = [
        *(str(claude.binary), "-p", "--output-format", "stream-json", "--verbose", "--permission-mode", "dontAsk"),
        *("--tools", TOOLS, "--allowedTools", TOOLS, "--json-schema", '{"type": "object"}'),
    ]
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder / "home"),
        "ANTHROPIC_API_KEY": "bench",
        "ANTHROPIC_BASE_URL": url,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }
    subprocess.run(
        command,
        cwd=folder / "workspace",
        env=environment,
        input=b"Run the commands.",
        stdout=subprocess.DEVNULL,
        timeout=_SECONDS,
        check=True,
    )


def scripted_plan(folder: Path, url: str | None, sandbox: Sandbox) -> SessionPlan:
    """A session in `folder`/workspace that a scripted model at `url` answers."""
    return SessionPlan(
        workspace=folder / "workspace",
        folder=folder / "session",
        prompt="Run the commands.",
        system_prompt="",
        model=None,
        max_turns=100,
        budget_usd=100,
        wall_seconds=_SECONDS,
        stall_seconds=_SECONDS,
        credential=Credential(api_key="bench", base_url=url),
        sandbox=sandbox,
        readable=(),
        author_name="Nightshift",
        author_email="nightshift@users.noreply.github.com",
    )


def _require_guards(claude: ClaudeCode, folder: Path, url: str, sandbox: Sandbox) -> None:
    plan = scripted_plan(folder, url, sandbox)
    session = claude.run(plan, on_progress=lambda _: None, should_stop=lambda: None)
    if not session.proof.ok or session.result.status != "complete":
        raise RuntimeError(f"the session did not do what is measured: {session.proof.missing or session.result.detail}")
