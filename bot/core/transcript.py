"""Reads what Claude Code streams (`--output-format stream-json`), a line at a time.

No line is trusted to be whole, small, UTF-8 or JSON: what cannot be read is counted and never raises. A call that is
lost with such a line is missed by the proof, which holds the calls against the gate's log (`bot.core.proof`).
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.core.failures import FailureKind
from bot.core.forms import call_form, json_digest, result_form, text_form
from bot.core.session import EVIDENCE_LIMIT, SUMMARY_LIMIT, Ending, SessionProgress, SessionResult, ToolCall, judge
from bot.core.tool_results import exit_code, result_text, shows_that_it_did_not_run
from bot.core.untrusted import (
    as_dict,
    as_dicts,
    as_float,
    as_int,
    as_list,
    as_str,
    as_time,
    one_line,
    parse_object,
    plain,
)
from bot.core.witness import STRUCTURED_OUTPUT, ShownResult, Streamed, StreamedCall

_ENOUGH_REFUSALS = 2
"""A credential that was refused twice is wrong; one refusal may be temporary. Claude Code 2.1.330 itself asks eleven
times, for three minutes."""
_SUBJECT_LIMIT = 2000  # the host masks it before it shows less of it
_SUBJECT_KEYS = ("command", "file_path", "pattern", "path", "status")


@dataclass(slots=True)
class _Call:
    id: str
    name: str
    input: dict[str, Any]
    answered: bool = False
    ran: bool = False
    source: str | None = None
    exit_code: int | None = None


@dataclass(slots=True)
class Transcript:
    """What has been streamed so far. `home` is the session's HOME, to which the CLI expands `~` in a file's path;
    `workspace`: the folder that it works in."""

    home: str = ""
    workspace: str = ""
    unreadable: int = 0
    has_result: bool = False  # one has come, and nothing was read after it
    early: FailureKind | None = None  # why waiting for the result is pointless
    _cwd: str = ""
    _session_id: str = ""
    _version: str = ""
    _turns: set[str] = field(default_factory=set)
    _calls: dict[str, _Call] = field(default_factory=dict)
    _words: list[str] = field(default_factory=list)
    _last_words: str = ""  # before its last call
    _texts: list[str] = field(default_factory=list)  # forms of all texts of the model
    _results: list[ShownResult] = field(default_factory=list)
    _last: dict[str, Any] = field(default_factory=dict)
    _cost: float = 0.0
    _resets_at: datetime | None = None
    _last_event: str = "none"
    _expected: set[str] = field(default_factory=set)
    _heard: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether nothing more is to come: a result came, and all that was said to the session was read before."""
        return self.has_result and not self._expected

    def expect(self, message: str) -> None:
        """A message was given to the session, under this identity: it goes on until it has read it."""
        self._expected.add(message)

    def take_heard(self) -> list[str]:
        """The messages that the session has read since this was last asked."""
        heard, self._heard = self._heard, []
        return heard

    def feed(self, line: bytes | str) -> SessionProgress | None:
        """Read one line. Returns the progress to show, if any."""
        event = parse_object(line)
        if event is None:
            self.unreadable += bool(line.strip())
            return None
        self._last_event = f"{as_str(event.get('type'))}/{as_str(event.get('subtype'))}".rstrip("/")
        self._session_id = as_str(event.get("session_id")) or self._session_id
        handle = self._handlers().get(as_str(event.get("type")))
        return handle(event) if handle else None

    def result(self, exit_code: int | None, stopped: FailureKind | None, *, stderr: str = "") -> SessionResult:
        """The result of the session. `exit_code` None: it had to be ended after its result; `stopped`: why it was
        stopped before it."""
        outcome = judge(
            self._ending(), exit_code=exit_code, stopped=stopped, evidence=self._evidence(exit_code, stderr)
        )
        return SessionResult(
            failure=outcome.failure,
            detail=outcome.detail,
            status=outcome.status,
            completion=outcome.completion,
            summary=outcome.summary or (self._spoken()[:SUMMARY_LIMIT] if outcome.failure else ""),
            questions=outcome.questions,
            turns=len(self._turns),
            cost_usd=self._cost,
            session_id=self._session_id,
            claude_version=self._version,
            commands=tuple(self._commands()),
            calls=tuple(self._call(call) for call in self._calls.values()),
            resets_at=self._resets_at,
        )

    def summarize(self, *, completed: bool) -> Streamed:
        """What it tells, to compare with what the relay saw. `completed`: it came to its end without a failure."""
        structured = self._last.get("structured_output")
        return Streamed(
            calls=tuple(
                StreamedCall(id=call.id, name=call.name, form=self._form(call), executed=self._call(call).executed)
                for call in self._calls.values()
            ),
            results=tuple(self._results),
            texts=tuple(self._texts),
            structured=call_form(STRUCTURED_OUTPUT, structured, self.workspace) if structured is not None else None,
            completed=completed,
        )

    def _form(self, call: _Call) -> str:
        return call_form(call.name, call.input, self.workspace)

    def _handlers(self) -> Mapping[str, Callable[[dict[str, Any]], SessionProgress | None]]:
        return {
            "system": self._system,
            "assistant": self._assistant,
            "user": self._user,
            "rate_limit_event": self._rate_limit,
            "result": self._result,
        }

    def _system(self, event: dict[str, Any]) -> SessionProgress | None:
        match event.get("subtype"):
            case "init":
                self._cwd = as_str(event.get("cwd"))
                self._version = as_str(event.get("claude_code_version"))
            case "api_retry":
                return self._retry(event)
        return None

    def _retry(self, event: dict[str, Any]) -> SessionProgress:
        error = as_str(event.get("error")) or "unknown"
        attempt = as_int(event.get("attempt")) or 0
        if error == "authentication_failed" and attempt >= _ENOUGH_REFUSALS:
            self.early = FailureKind.AUTH_FAILED
        subject = f"{error}, retry {attempt} of {as_int(event.get('max_retries')) or 0}"
        return SessionProgress(turn=len(self._turns), tool="API", subject=one_line(subject))

    def _assistant(self, event: dict[str, Any]) -> SessionProgress | None:
        message = as_dict(event.get("message"))
        if message.get("model") == "<synthetic>":
            return None  # the CLI's own: an error of the API in its words
        if not event.get("parent_tool_use_id"):
            self._turns.add(as_str(message.get("id")))
        progress = None
        for block in as_dicts(message.get("content")):
            progress = self._block(block) or progress
        return progress

    def _block(self, block: dict[str, Any]) -> SessionProgress | None:
        if block.get("type") == "text":
            self._words.append(as_str(block.get("text")))
            self._texts.append(text_form(as_str(block.get("text"))))
        if block.get("type") != "tool_use":
            return None
        self._last_words = self._spoken()
        self._words.clear()
        call = _Call(as_str(block.get("id")), as_str(block.get("name")), as_dict(block.get("input")))
        self._calls[call.id] = call
        return SessionProgress(turn=len(self._turns), tool=one_line(call.name), subject=self._subject(call.input))

    def _user(self, event: dict[str, Any]) -> None:
        message = as_str(event.get("uuid"))
        if event.get("isReplay") and message in self._expected:
            self._expected.discard(message)
            self._heard.append(message)
            self.has_result = False
        metas = {as_str(meta.get("id")): meta for meta in as_dicts(event.get("tool_result_meta"))}
        for block in as_dicts(as_dict(event.get("message")).get("content")):
            if block.get("type") != "tool_result":
                continue
            form = result_form(block.get("content"), is_error=bool(block.get("is_error")))
            self._results.append(ShownResult(id=as_str(block.get("tool_use_id")), form=form))
            if (call := self._calls.get(as_str(block.get("tool_use_id")))) is not None:
                self._add_answer(call, block, metas.get(call.id, {}), event.get("tool_use_result"))

    def _add_answer(self, call: _Call, block: dict[str, Any], meta: dict[str, Any], report: object) -> None:
        decision = as_dict(meta.get("permission_decision"))
        text, is_error = result_text(block.get("content")), bool(block.get("is_error"))
        call.answered = True
        call.source = as_str(decision.get("source")) or None
        call.ran = not shows_that_it_did_not_run(meta, decision, text, is_error)
        call.exit_code = exit_code(text, is_error, as_dict(report)) if call.ran else None

    def _spoken(self) -> str:
        """What the model said last, before its last call if it said nothing since."""
        return plain("\n".join(self._words)).strip() or self._last_words

    def _rate_limit(self, event: dict[str, Any]) -> None:
        info = as_dict(event.get("rate_limit_info"))
        if info.get("status") == "rejected":
            self._resets_at = as_time(info.get("resetsAt"))

    def _result(self, event: dict[str, Any]) -> None:
        # More than one result is possible, as where a background agent's end wakes the model (seen with 2.1.330); each
        # covers its own part only, except for the cost.
        self.has_result = True
        self._last = event
        self._cost = max(self._cost, as_float(event.get("total_cost_usd")))

    def _ending(self) -> Ending | None:
        if not self.has_result:
            return None
        last = self._last
        errors = "; ".join(as_str(error) for error in as_list(last.get("errors")))
        structured = last.get("structured_output")
        return Ending(
            is_error=bool(last.get("is_error")),
            subtype=as_str(last.get("subtype")),
            terminal_reason=as_str(last.get("terminal_reason")),
            text=plain(as_str(last.get("result")) or errors),
            api_status=as_int(last.get("api_error_status")),
            api_error=as_str(last.get("api_error")),
            structured=structured if isinstance(structured, dict) else None,
            words=plain("\n".join(self._words)),
            resets_at=self._resets_at,
        )

    def _commands(self) -> Iterator[tuple[str, int | None]]:
        for call in self._calls.values():
            if call.name == "Bash" and call.ran:
                yield plain(as_str(call.input.get("command"))), call.exit_code

    @property
    def completed(self) -> bool:
        return self.has_result and not self._last.get("is_error")

    def _call(self, call: _Call) -> ToolCall:
        # A session that completed has answered each call, so one without an answer counts against it. One that was
        # cut short (stopped, out of budget) leaves calls behind that never began.
        return ToolCall(
            id=call.id,
            name=call.name,
            input_digest=json_digest(self._as_judged(call.input)),
            executed=call.ran if call.answered else self.completed,
            source=call.source,
        )

    def _as_judged(self, tool_input: dict[str, Any]) -> dict[str, Any]:
        """The input as the CLI gives it to hooks: the path of a file is made absolute in between."""
        path = tool_input.get("file_path")
        if not isinstance(path, str) or not self._cwd:
            return tool_input
        return {**tool_input, "file_path": _absolute(path, self._cwd, self.home)}

    def _subject(self, tool_input: dict[str, Any]) -> str:
        found = next((tool_input[key] for key in _SUBJECT_KEYS if isinstance(tool_input.get(key), str)), "")
        return one_line(found.removeprefix(f"{self._cwd}/") if self._cwd else found, _SUBJECT_LIMIT)

    def _evidence(self, exit_code: int | None, stderr: str) -> str:
        parts = [f"exit code {exit_code}", f"last event {self._last_event}"]
        if self._last:
            parts.append(f"{self._last.get('terminal_reason')}: {as_str(self._last.get('result'))[:500]}")
        if self.unreadable:
            parts.append(f"{self.unreadable} unreadable lines")
        if stderr.strip():
            parts.append(f"stderr: {stderr.strip()[-1000:]}")
        return plain("; ".join(parts))[:EVIDENCE_LIMIT]


def _absolute(path: str, cwd: str, home: str) -> str:
    path = unicodedata.normalize("NFC", path.strip())
    if home and (path == "~" or path.startswith("~/")):
        path = home + path[1:]
    return posixpath.normpath(posixpath.join(cwd, path))
