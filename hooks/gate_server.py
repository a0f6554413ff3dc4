"""The session's gate: outside the agent's cell, it holds the key and the policy, and rules on every tool call.

The host starts it with the session key on its first line of standard input, waits for "ready", and ends it by closing
that input. Every ruling is in the log before the agent learns of it.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # started by its path: the package lies two folders up
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hooks.evidence import input_digest
from hooks.gate_log import GateLog, LoggedCall
from hooks.gate_socket import Server
from hooks.policy import Context, Ruling, judge
from hooks.policy.additions import InvalidAdditions, read_additions
from hooks.policy.paths import BORN_EMPTY
from hooks.policy.rules import rules
from hooks.policy.ruling import SessionFiles
from hooks.policy.shell.files import read_bytes
from hooks.policy.shell.parsers import PARSERS
from hooks.syntax_check import SIZE_LIMIT, check_content

REMINDERS = 2
"""How often a session is sent back to files that do not parse, before it may end all the same."""
ORDINARY = (
    "git status && git add -A && git commit -m x && git diff HEAD~1 | head -5",
    "cd src && grep -rn x . | sort | uniq -c; sed -n 1,9p a; find . -name '*.py' | xargs wc -l; cat a b; ls -la",
    "python -m pytest -q tests 2>&1 | tail -5; python3 -c 'import os, json; print(json.dumps(os.getcwd()))'",
    "cat > /tmp/x.py <<'E'\nimport re\nprint(re.sub('a', 'b', open('c').read()))\nE\npython /tmp/x.py",
    'node -e \'console.log(require("fs").readFileSync("a"))\'; npx tsc --noEmit; npm test; make test',
    'cargo test; go test ./...; for f in *.md; do echo "$f"; done; rm -f a.txt; mkdir -p b; mv a b; cp b c',
)
"""Of the programs that agents call most."""
SUBJECTS = ("command", "file_path", "pattern", "url", "query", "status")
"""The inputs that say what a call is about, in the order in which they say most."""


@dataclass(slots=True, kw_only=True)
class Gate:
    """One session's gate: what it has ruled, and which files it has seen written."""

    context: Context
    gate_log: GateLog
    written: dict[str, str | None] = field(default_factory=dict)
    inherited: dict[str, str] = field(default_factory=dict)
    fetched: frozenset[str] = frozenset()
    files: SessionFiles = field(default_factory=SessionFiles)
    edited: set[str] = field(default_factory=set)
    digests: dict[str, str] = field(default_factory=dict)
    reminders: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rule(self, request: bytes) -> bytes:
        """The answer to one hook call, as Claude Code reads it."""
        call, tool_input = read_call(request)
        ruling = self._rule_on(call, tool_input)
        grant = self.gate_log.record(call, ruling)
        return write_answer(ruling, grant)

    def _rule_on(self, call: LoggedCall, tool_input: object) -> Ruling:
        with self._lock:
            if self.digests.setdefault(call.tool_use_id, call.digest) != call.digest:
                return refuse("tool.replayed", call.tool_use_id)
            context = self._recall()
        ruling = judge(call.tool, tool_input, context)
        if ruling.granted and call.tool == "StructuredOutput":
            return self._check_completion(tool_input, ruling)
        with self._lock:
            if ruling.granted:
                self._remember(ruling, call)
        return ruling

    def _recall(self) -> Context:
        """What this session has written and fetched so far belongs to the next judgement's context."""
        return replace(
            self.context,
            written=dict(self.written),
            inherited=dict(self.inherited),
            fetched=self.fetched,
            files=self.files,
        )

    def _remember(self, ruling: Ruling, call: LoggedCall) -> None:
        self.written.update(ruling.wrote)
        self.inherited = {**ruling.inherited, **self.inherited}  # the first text that was replaced is the repository's
        self.fetched = self.fetched.difference(ruling.wrote) | ruling.fetched
        self.files = self.files.join(ruling.files)
        self.edited.update(ruling.wrote if call.tool != "Bash" else ())

    def _check_completion(self, tool_input: object, ruling: Ruling) -> Ruling:
        """A session that reports completion is sent back, at most twice, to files that do not parse."""
        claims = isinstance(tool_input, dict) and tool_input.get("status") == "complete"
        with self._lock:
            edited = sorted(self.edited) if claims and self.reminders < REMINDERS else []
        broken = [found for path in edited if (found := self._complaint(path))]
        if not broken:
            return ruling
        with self._lock:
            self.reminders += 1
        return refuse("tool.unfinished", "; ".join(broken))

    def _complaint(self, path: str) -> str:
        content = read_bytes(path, str(self.context.workspace), SIZE_LIMIT)
        return check_content(Path(path), content) if content is not None else ""


def read_call(request: bytes) -> tuple[LoggedCall, object]:
    """The call that a hook describes; a malformed one becomes a call that no rule grants."""
    try:
        described = json.loads(request.decode("utf-8", "surrogatepass"))
        return _read_call(described), described["tool_input"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return LoggedCall(tool_use_id="", tool="", agent_id="", digest=input_digest(None)), repr(error)[:200]


def _read_call(described: Mapping[str, Any]) -> LoggedCall:
    identity, tool = described["tool_use_id"], described["tool_name"]
    if not isinstance(identity, str) or not re.fullmatch(r"[\w.-]{1,128}", identity) or not isinstance(tool, str):
        raise TypeError("tool_use_id and tool_name are text")
    return LoggedCall(
        tool_use_id=identity,
        tool=tool[:200],
        agent_id=str(described.get("agent_id") or "")[:200],
        digest=input_digest(described["tool_input"]),
        subject=_find_subject(described["tool_input"]),
    )


def _find_subject(tool_input: object) -> str:
    """The command or the place that a call is about, as far as it says."""
    if not isinstance(tool_input, dict):
        return ""
    return next((str(tool_input[name]) for name in SUBJECTS if isinstance(tool_input.get(name), str)), "")


def refuse(name: str, subject: str) -> Ruling:
    """A refusal that the gate itself decides."""
    rule = rules()[name]
    return Ruling(granted=False, rule=name, reason=rule.reason, instead=rule.instead, subject=subject[:2000])


def write_answer(ruling: Ruling, grant: str) -> bytes:
    """A ruling as Claude Code's hooks expect it."""
    decision = {
        "hookEventName": "PreToolUse",
        "permissionDecision": "allow" if ruling.granted else "deny",
        "permissionDecisionReason": grant if ruling.granted else ruling.sentence(),
    }
    return json.dumps({"hookSpecificOutput": decision}, separators=(",", ":")).encode("ascii")


def main(arguments: list[str] | None = None) -> int:
    """Serve until standard input ends or SIGTERM comes."""
    options = _parse_options(arguments)
    try:
        gate = _build_gate(options, sys.stdin.buffer.readline())
    except (ValueError, KeyError, TypeError, InvalidAdditions) as error:
        sys.stderr.write(f"gate: {error}\n")
        return 2
    os.chdir(options.control)  # a socket's address has 108 bytes at most, a folder may have more
    address = Path("gate.sock")
    address.unlink(missing_ok=True)
    with Server(str(address), gate.rule, after=PARSERS.prepare) as server, contextlib.suppress(_Ended):
        signal.signal(signal.SIGTERM, _end)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        PARSERS.prepare()
        server.start()
        _prepare_tables(gate.context)
        gc.freeze()  # tables and patterns stay: looking through them again was a fifth of a judgement
        threading.Event().wait()  # for SIGTERM
    address.unlink(missing_ok=True)
    return 0


def _prepare_tables(context: Context) -> None:
    """Most tables are read, and their patterns compiled, when a judgement first needs them: here while Claude Code
    starts. Nothing of these judgements is kept."""
    for command in ORDINARY:
        judge("Bash", {"command": command}, context)
    PARSERS.prepare()


class _Ended(BaseException):
    """SIGTERM came."""


def _end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Ended


def _end_with_parent() -> None:
    """Standard input ends with the process that holds its other end. A signal interrupts the server's wait at once."""
    while os.read(sys.stdin.fileno(), 65536):  # not through a buffer: its lock would be held when Python ends
        pass
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def _parse_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--control", type=Path, required=True, help="folder of the socket; read-only for the agent")
    parser.add_argument("--log", type=Path, required=True, help="file of the rulings; out of the agent's reach")
    parser.add_argument("--workspace", type=Path, required=True, help="the session's workspace")
    parser.add_argument("--home", type=Path, required=True, help="the agent's HOME")
    parser.add_argument("--scratch", type=Path, action="append", default=[], help="folder that is the session's own")
    parser.add_argument("--policy", type=Path, help="JSON with the repository's additions")
    return parser.parse_args(arguments)


def _build_gate(options: argparse.Namespace, first_line: bytes) -> Gate:
    try:
        secrets = json.loads(first_line)
        key, nonce = bytes.fromhex(secrets["key"]), secrets["nonce"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError('the first line of standard input is {"key": 64 hex digits, "nonce": text}') from error
    if len(key) != 32 or not re.fullmatch(r"[\w.-]{8,128}", str(nonce)):  # noqa: PLR2004 -- bytes of a key
        raise ValueError("the key has 32 bytes, the nonce 8 to 128 letters, digits, dots, dashes")
    context = Context(
        workspace=options.workspace.absolute(),
        home=options.home.absolute(),
        control=options.control.absolute(),
        scratch=tuple(folder.absolute() for folder in options.scratch),
        born_empty=BORN_EMPTY,
    )
    if options.policy is not None:
        context = replace(context, additions=read_additions(options.policy))
    return Gate(context=context, gate_log=GateLog(path=options.log.absolute(), key=key, nonce=nonce))


if __name__ == "__main__":
    sys.exit(main())
