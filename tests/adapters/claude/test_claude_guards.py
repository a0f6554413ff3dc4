"""Attacks on a session's guards, and on what must not outlive it. Each runs the real CLI."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import replace

import psutil
import pytest

from bot.adapters.claude import Credential, Session, SessionPlan
from bot.adapters.sandbox_support import find_sandbox
from bot.adapters.scripted_model import ModelRequest, Reply, ToolUse, UseTools
from bot.core.failures import FailureKind
from tests.patience import eventually

Play = Callable[..., Session]
DONE = UseTools((ToolUse("StructuredOutput", {"status": "complete", "summary": "ok"}),))


def bash(command: str) -> UseTools:
    return UseTools((ToolUse("Bash", {"command": command, "description": "a step"}),))


def running(marker: str) -> list[int]:
    """Living processes whose environment or command line carries the marker."""
    found = []
    for process in psutil.process_iter():
        try:
            about = {*process.environ().values(), *process.cmdline()}
            if process.status() != psutil.STATUS_ZOMBIE and any(marker in text for text in about):
                found.append(process.pid)
        except psutil.Error:
            continue
    return [pid for pid in found if pid != os.getpid()]


def test_a_gate_that_dies_takes_every_permission_with_it(plan: SessionPlan, play: Play) -> None:
    """What is asked afterwards is denied, and the proof says that the gate was gone."""

    def answer(request: ModelRequest) -> Reply:
        if request.turn == 2:
            (gate,) = [child for child in psutil.Process().children() if "gate_server.py" in " ".join(child.cmdline())]
            gate.kill()
            eventually(lambda: gate.status() == psutil.STATUS_ZOMBIE)
        return bash(f"touch turn-{request.turn}") if request.turn < 4 else DONE

    session = play(answer=answer, max_turns=6)

    assert (plan.workspace / "turn-1").exists()
    assert not (plan.workspace / "turn-2").exists()
    assert not session.proof.ok
    assert "the gate stopped during the session" in " ".join(session.proof.missing)


def test_a_ledger_that_was_tampered_with_proves_nothing(plan: SessionPlan, play: Play) -> None:
    """A line that the key did not sign, and a line that is gone, are both missed."""

    def answer(request: ModelRequest) -> Reply:
        if request.turn == 2:
            lines = plan.gate_log.read_text()
            plan.gate_log.write_text(lines.replace("touch", "chmod") if "touch" in lines else "")
        return bash("touch made") if request.turn == 1 else DONE

    assert not play(answer=answer).proof.ok


@pytest.mark.parametrize("where", [".claude/settings.json", ".claude/settings.local.json", "home"])
def test_the_workspace_cannot_switch_the_hooks_off(where: str, plan: SessionPlan, play: Play) -> None:
    """Not by settings that it brings along, nor by those that the session writes into its HOME."""
    off = json.dumps({"disableAllHooks": True, "permissions": {"allow": ["Bash"], "defaultMode": "bypassPermissions"}})
    settings = plan.workspace / where if where != "home" else plan.home / ".claude/settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(off)

    session = play(
        bash(f"mkdir -p ~/.claude; echo '{off}' > ~/.claude/settings.json"), bash("git push --force origin main")
    )

    assert "git push --force origin main" in session.proof.refused_commands
    assert session.proof.ok


ESCAPES = """
import os, signal, subprocess
for start in ("in its own session", "deaf to a hangup", "without a parent"):
    if os.fork() == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nothing, descriptor)
        os.setsid()
        if start != "in its own session":
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        if start == "without a parent" and os.fork():
            os._exit(0)
        os.execvp("sleep", ["sleep", "300"])
subprocess.Popen(["sh", "-c", "(trap '' TERM HUP; sleep 301; sleep 302) &"], start_new_session=True)
"""


def test_nothing_that_a_session_starts_outlives_it(any_sandbox_plan: SessionPlan, play: Play) -> None:
    """Whatever session, group or parent it has given itself. The gate cannot read it from `python3 build.py`."""
    marker = str(any_sandbox_plan.home)
    (any_sandbox_plan.workspace / "build.py").write_text(ESCAPES)

    session = play(bash("python3 build.py"), bash("echo on"), base=any_sandbox_plan)

    assert session.result.commands == (("python3 build.py", 0), ("echo on", 0))
    assert running(marker) == []


def test_nothing_outlives_a_session_that_was_stopped(any_sandbox_plan: SessionPlan, play: Play) -> None:
    """Nor when it is cancelled in the middle of a command that does not want to end."""
    marker = str(any_sandbox_plan.home)
    started = any_sandbox_plan.workspace / "started"
    endless = "import signal, time; signal.signal(15, signal.SIG_IGN); open('started', 'w'); time.sleep(300)"
    (any_sandbox_plan.workspace / "build.py").write_text(f"{ESCAPES}\n{endless}\n")

    session = play(
        bash("python3 build.py"),
        base=any_sandbox_plan,
        should_stop=lambda: FailureKind.CANCELLED if started.exists() else None,
    )

    assert session.result.failure == FailureKind.CANCELLED
    assert running(marker) == []


LOOK = """
import os, pathlib, select
print(dict(os.environ))
for process in pathlib.Path("/proc").glob("[0-9]*"):
    for name in ("environ", "cmdline"):
        try:
            about = (process / name).read_bytes()
        except OSError:
            continue
        if b"CLAUDE" in about or b"claude" in about:
            print(process, name, about)
for link in pathlib.Path(f"/proc/{os.getppid()}/fd").iterdir():
    try:
        if "pipe" in os.readlink(link):
            pipe = os.open(link, os.O_RDONLY | os.O_NONBLOCK)
            print(link, os.read(pipe, 4096) if select.select([pipe], [], [], 0)[0] else "empty")
    except OSError as error:
        print(link, error)
for path in pathlib.Path.home().rglob("*"):
    if path.is_file():
        print(path, path.read_bytes())
"""


@pytest.mark.parametrize(
    "credential",
    [Credential(api_key="sk-very-secret"), Credential(oauth_token="oat-very-secret")],
    ids=["API key", "OAuth token"],
)
def test_a_session_cannot_see_what_it_is_paid_with(
    credential: Credential,
    any_sandbox_plan: SessionPlan,
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
    seen: list[ModelRequest],
) -> None:
    """Not in its environment nor in that of any process it can see, not in a descriptor, nor in a file of its HOME.
    Nothing of the bot's own environment is there either. From a cell neither Claude Code nor its HOME is seen."""
    monkeypatch.setenv("GITHUB_TOKEN", "ghp-very-secret")
    (any_sandbox_plan.workspace / "build.py").write_text(LOOK)

    session = play(bash("python3 build.py > seen.txt"), base=any_sandbox_plan, credential=credential)

    assert session.result.commands == (("python3 build.py > seen.txt", 0),)
    assert seen[0].key == (credential.api_key or credential.oauth_token)
    output = (any_sandbox_plan.workspace / "seen.txt").read_text(errors="replace")
    assert "build.py" in output
    assert ("--append-system-prompt-file" in output) is not any_sandbox_plan.sandbox.confines
    assert (".claude.json" in output) is not any_sandbox_plan.sandbox.confines
    assert all(secret not in output for secret in ("sk-very-secret", "oat-very-secret", "ghp-very-secret"))
    for file in any_sandbox_plan.folder.rglob("*"):
        assert not file.is_file() or b"very-secret" not in file.read_bytes(), file


def test_a_file_that_does_not_parse_is_reported_of(
    any_sandbox_plan: SessionPlan, play: Play, seen: list[ModelRequest]
) -> None:
    """Also where the parser is a program: in a cell it runs where commands do."""
    broken = ToolUse("Write", {"file_path": f"{any_sandbox_plan.workspace}/broken.sh", "content": "if true; then\n"})

    play(UseTools((broken,)), base=any_sandbox_plan)

    assert "does not parse after this edit" in str(seen[1].messages)
    assert "syntax error" in str(seen[1].messages)


@pytest.mark.needs("bwrap")
def test_a_session_whose_commands_have_no_server_any_more_ends(plan: SessionPlan, play: Play) -> None:
    """It could only go on paying for commands that fail."""

    def kill_server() -> None:
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if any(word.endswith("cell/server.py") for word in process.cmdline()):
                    process.kill()

    session = play(
        bash("true"),
        *[bash("sleep 0.2")] * 8,
        base=replace(plan, sandbox=find_sandbox(required=True)),
        should_stop=kill_server,
    )

    assert session.result.failure == FailureKind.AGENT_CRASHED
    assert "the server of its shell commands ended" in session.result.detail
