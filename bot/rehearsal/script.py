"""The script of the model for a night: which answer each request of Claude Code gets.

A request belongs to the issue that its prompt names first, and to the session that sends it: the first session for an
issue plays the first script, the next one the second. The turn is counted from the conversation itself, so a request
that is sent again gets the same answer again. Errors, hangs and cut connections are used up instead.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.adapters.scripted_model import Drop, Fail, Hang, ModelRequest, Reply, SayText, ScriptedModel, ToolUse, UseTools
from bot.core.references import IssueRef, parse_issue
from bot.rehearsal.scenario import Turn

OVER = "That is all I was asked to say."  # the answer to a session that asks for more than its script has

_ISSUE = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+#[1-9][0-9]{0,9}")
_OPENING_SECONDS = 5.0  # GitHub knows an issue that is just being opened a moment before the script does


@dataclass(slots=True, kw_only=True)
class _Step:
    """One answer, and the faults before it. The last step of a script has no answer."""

    faults: list[Turn] = field(default_factory=list)
    answer: Turn | None = None


@dataclass(slots=True, kw_only=True)
class _Session:
    issue: IssueRef
    attempt: int
    steps: list[_Step]
    over: bool = False  # it asked for more than its script has


class Script:
    """Answers for all sessions of a night. Requests come from many threads at once."""

    def __init__(self) -> None:
        self.unexpected: list[str] = []
        self.overlaps: list[str] = []  # sessions of one issue that ran at the same time
        self._attempts: dict[IssueRef, Sequence[Sequence[Turn]]] = {}
        self._began: dict[IssueRef, list[datetime]] = {}
        self._sessions: dict[str, _Session | None] = {}
        self._changed = threading.Condition()

    def learn(self, issue: IssueRef, attempts: Sequence[Sequence[Turn]]) -> None:
        """From now on sessions for this issue play these scripts, one after the other."""
        with self._changed:
            self._attempts[issue] = attempts
            self._changed.notify_all()

    def started(self, issue: IssueRef) -> int:
        """How many sessions have begun for this issue."""
        return len(self.began(issue))

    def began(self, issue: IssueRef) -> tuple[datetime, ...]:
        """When each session for this issue first asked the model, by the host's clock."""
        with self._changed:
            return tuple(self._began.get(issue, ()))

    def answer(self, request: ModelRequest) -> Reply:
        """The answer to a request. `request.key` identifies the session, as `SessionedModel` sets it."""
        with self._changed:
            if request.key not in self._sessions:
                self._sessions[request.key] = self._begin(request.prompt)
            session = self._sessions[request.key]
            if session is not None and session.attempt < (last := len(self._began[session.issue])):
                self.overlaps.append(
                    f"{session.issue}: session {session.attempt} went on after session {last} had begun"
                )
            return SayText(OVER) if session is None else self._next(session, request.turn)

    def _begin(self, prompt: str) -> _Session | None:
        match = _ISSUE.search(prompt)
        issue = parse_issue(match[0]) if match else None
        if issue is None or not self._changed.wait_for(lambda: issue in self._attempts, _OPENING_SECONDS):
            self.unexpected.append(f"a session began for {issue or 'no issue at all'}, which is not in the scenario")
            return None
        self._began.setdefault(issue, []).append(datetime.now(UTC))
        number = len(self._began[issue])
        scripts = self._attempts[issue]
        return _Session(
            issue=issue, attempt=number, steps=_steps(scripts[number - 1] if number <= len(scripts) else ())
        )

    def _next(self, session: _Session, turn: int) -> Reply:
        step = session.steps[min(turn, len(session.steps)) - 1]
        if step.faults:
            return _reply(step.faults.pop(0))
        if step.answer is not None:
            return _reply(step.answer)
        if not session.over:
            session.over = True
            scripted = f"its script has {len(session.steps) - 1}"
            self.unexpected.append(f"{session.issue}: attempt {session.attempt} asked for turn {turn}; {scripted}")
        return SayText(OVER)


_BRIEF = json.dumps("# The task\nIssue ").strip('"')


class SessionedModel(ScriptedModel):
    """A scripted model that distinguishes sessions. All sessions of a night use the same dummy key, so the id of the
    session, which Claude Code sends with each request, takes the key's place in `ModelRequest`."""

    def reply_to(self, body: Mapping[str, Any], key: str, since: int = 0) -> Reply:
        """A session that resumes another's conversation has the same id, and its brief comes later in the messages."""
        briefs = [at for at, message in enumerate(body.get("messages", ())) if _is_brief(message)]
        session = f"{_session_id(body) or key} {len(briefs)}"
        return super().reply_to(body, session, briefs[-1] if briefs else since)


def _is_brief(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "user" and _BRIEF in json.dumps(message.get("content"))


def _session_id(body: Mapping[str, Any]) -> str:
    try:
        return str(json.loads(body["metadata"]["user_id"])["session_id"])
    except (KeyError, TypeError, ValueError):
        return ""  # a client that names no session: the key has to do


def _steps(script: Iterable[Turn]) -> list[_Step]:
    steps = [_Step()]
    for turn in itertools.chain.from_iterable([turn] * turn.times for turn in script):
        if turn.is_fault:
            steps[-1].faults.append(turn)
        else:
            steps[-1].answer = turn
            steps.append(_Step())
    return steps


def _reply(turn: Turn) -> Reply:
    if turn.error is not None:
        return Fail(turn.error.status, turn.error.type, turn.error.message, turn.error.headers)
    if turn.hang is not None:
        return Hang(turn.hang)
    if turn.drop:
        return Drop()
    if turn.finish is not None:
        return UseTools((ToolUse("StructuredOutput", turn.finish.model_dump(mode="json")),))
    if turn.tools is not None:
        return UseTools(tuple(ToolUse(*item) for call in turn.tools for item in call.items()), turn.say or "")
    return SayText(turn.say or "")
