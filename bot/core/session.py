"""The result of a Claude Code session, and the rules that read it from the session's ending.

The CLI reports API errors with `subtype: "success"` and `is_error` (measured with 2.1.330), so no rule uses the subtype
alone. An ending that no rule knows is `agent_crashed` with its evidence, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.core.failures import FailureKind
from bot.core.plan_windows import WindowUse
from bot.core.untrusted import plain

Status = Literal["complete", "blocked", "needs_info"]
Completion = Literal["structured", "words", ""]

COMPLETION_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "status": {
            "type": "string",
            "enum": ["complete", "blocked", "needs_info"],
            "description": "complete: done, or nothing to change; blocked: cannot be done as things stand; "
            "needs_info: cannot be done without answers",
        },
        "summary": {"type": "string", "description": "what was done and how it was checked, or why it cannot be done"},
        "questions": {
            "type": "array",
            "items": {"type": "string"},
            "description": "with needs_info: what a person has to answer",
        },
    },
    "required": ["status", "summary"],
}
"""What the session is asked to deliver at its end (`--json-schema`)."""

EVIDENCE_LIMIT = 2000
SUMMARY_LIMIT = 80_000  # characters that are read; fewer are kept
QUESTIONS, QUESTION_LIMIT = 20, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionProgress:
    """A step of the session, for a progress line. `turn` counts from 1; `cost_usd`: of the session so far;
    `subject` is one line without control characters: a command, a file, or what a retry waits for. It may hold a
    secret: mask it, then cut it."""

    turn: int
    tool: str
    subject: str
    cost_usd: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool call of the model as the CLI reports it.

    `executed`: it ran, or nothing shows that it did not. `source`: who permitted or refused it (`hook`, `config`),
    None where the CLI does not say. `input_digest`: of the input as the gate must have seen it.
    """

    id: str
    name: str
    input_digest: str
    executed: bool
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The last `result` event, and what was said and counted over all of them. `structured` is the delivered object;
    `words` are the texts since the last tool call; `resets_at` comes from a rejected rate limit."""

    is_error: bool = False
    subtype: str = ""
    terminal_reason: str = ""
    text: str = ""
    api_status: int | None = None
    api_error: str = ""
    structured: dict[str, Any] | None = None
    words: str = ""
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOutcome:
    """How a session ended. `failure` None and `status` None: it ended cleanly without saying that it had finished,
    so its commits decide. `detail` is evidence for a person."""

    failure: FailureKind | None = None
    detail: str = ""
    status: Status | None = None
    completion: Completion = ""
    summary: str = ""
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResult:
    """A `SessionOutcome` with what the session did. `turns`: answers of the model; `cost_usd`: as the CLI computes it,
    0.0 for a session that was stopped before its result; `commands`: shell commands that ran, each with its exit code,
    None where the stream does not say; `resets_at`: when a usage limit ends; `windows`: how much of a subscription's
    was used, as the relay saw it."""

    failure: FailureKind | None
    detail: str
    status: Status | None
    completion: Completion
    summary: str
    questions: tuple[str, ...]
    turns: int
    cost_usd: float
    session_id: str
    claude_version: str
    commands: tuple[tuple[str, int | None], ...]
    calls: tuple[ToolCall, ...]
    resets_at: datetime | None
    windows: tuple[WindowUse, ...] = ()


def judge(
    ending: Ending | None, *, exit_code: int | None, stopped: FailureKind | None, evidence: str
) -> SessionOutcome:
    """Read how a session ended. `exit_code` None: it had to be ended after its result. `stopped`: why it was stopped
    before. `evidence`: what to show where the ending is not understood."""
    if stopped is not None:
        return SessionOutcome(failure=stopped, detail=evidence)
    failure = _failure(ending) if ending else None
    if ending is not None and failure is not None:
        return SessionOutcome(failure=failure, detail=ending.text[:EVIDENCE_LIMIT] or evidence)
    if ending is None or not _is_clean(ending, exit_code):
        return _not_understood(evidence)
    return _read_delivery(ending) or _read_words(ending.words) or SessionOutcome()


def _not_understood(evidence: str) -> SessionOutcome:
    # A retry of the same session would always fail: the conversation that it continues is gone.
    if "No conversation found with session ID" in evidence:
        return SessionOutcome(failure=FailureKind.SETUP_FAILED, detail=evidence)
    return SessionOutcome(failure=FailureKind.AGENT_CRASHED, detail=evidence)


_BY_REASON = {
    "prompt_too_long": FailureKind.PROMPT_TOO_LONG,
    "max_turns": FailureKind.SESSION_TIMEOUT,
    "budget_exhausted": FailureKind.BUDGET_EXHAUSTED,
}
_BY_SUBTYPE = {
    "error_max_turns": FailureKind.SESSION_TIMEOUT,
    "error_max_budget_usd": FailureKind.BUDGET_EXHAUSTED,
}
_AUTHENTICATION = (401, 403)
_NO_SUCH_MODEL = 404
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_UNREACHABLE = re.compile(
    r"ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ERR_PROXY|[Cc]onnection (?:refused|lost|dropped|error)|timed out"
)


def _failure(ending: Ending) -> FailureKind | None:
    """The failure kind of an ending that the CLI reports as an error, where it is a known one."""
    if not ending.is_error:
        return None
    known = _BY_REASON.get(ending.terminal_reason) or _BY_SUBTYPE.get(ending.subtype)
    return known or _account_failure(ending) or _service_failure(ending)


def _account_failure(ending: Ending) -> FailureKind | None:
    if ending.api_error == "usage_limit_reached" or ending.resets_at is not None:
        return FailureKind.USAGE_LIMIT
    if "credit balance is too low" in ending.text.lower():
        return FailureKind.CREDIT_EXHAUSTED
    if ending.api_status in _AUTHENTICATION or ending.text.startswith("Not logged in"):
        return FailureKind.AUTH_FAILED
    return None


def _service_failure(ending: Ending) -> FailureKind | None:
    status = ending.api_status or 0
    if status == _NO_SUCH_MODEL:
        return FailureKind.SETUP_FAILED
    unreachable = ending.api_error == "connection_failed" or _UNREACHABLE.search(ending.text)
    if status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR or (not status and unreachable):
        return FailureKind.API_UNAVAILABLE
    return None


def _is_clean(ending: Ending, exit_code: int | None) -> bool:
    # The model tried to deliver and never matched the schema: its words and commits decide.
    if ending.terminal_reason == "structured_output_retry_exhausted":
        return True
    return not ending.is_error and ending.terminal_reason == "completed" and exit_code in (0, None)


def _read_delivery(ending: Ending) -> SessionOutcome | None:
    """The outcome that the session delivered in the asked form."""
    delivered = ending.structured or {}
    summary = plain(str(delivered.get("summary", ""))[:SUMMARY_LIMIT])
    match delivered.get("status"):
        case "complete":
            return SessionOutcome(status="complete", completion="structured", summary=summary)
        case "blocked":
            return _end_blocked(summary, "structured")
        case "needs_info":
            return _needs_info(summary, delivered.get("questions"))
    return None


def _end_blocked(reason: str, completion: Completion) -> SessionOutcome:
    return SessionOutcome(
        failure=FailureKind.TASK_BLOCKED, detail=reason, status="blocked", completion=completion, summary=reason
    )


def _needs_info(summary: str, asked: object) -> SessionOutcome:
    given = asked if isinstance(asked, list) else []
    said = (" ".join(plain(str(item)[:QUESTION_LIMIT]).split()) for item in given[:QUESTIONS])
    questions = tuple(text for text in said if text)
    first, questions = [summary] if questions and summary else [], questions or (summary,)
    more = [f"And {len(given) - QUESTIONS} more questions."] if len(given) > QUESTIONS else []
    return SessionOutcome(
        failure=FailureKind.NEEDS_INFO,
        detail="\n\n".join([*first, "\n".join([number_questions(questions), *more])]),
        status="needs_info",
        completion="structured",
        summary=summary,
        questions=questions,
    )


def number_questions(questions: Sequence[str]) -> str:
    """One line for each, from 1 on."""
    return "\n".join(f"{number}. {question}" for number, question in enumerate(questions, 1))


_WORD = re.compile(r"^\W*TASK_(COMPLETE|BLOCKED)\b[*_`]*[ \t]*:?[ \t]*(.*)", re.MULTILINE)


def _read_words(words: str) -> SessionOutcome | None:
    """The predecessor's words at the start of a line: `TASK_COMPLETE`, `TASK_BLOCKED: reason`. The last one counts."""
    found = list(_WORD.finditer(words))
    if not found:
        return None
    word, rest = found[-1].groups()
    summary = rest.strip() or words[: found[-1].start()].strip()
    if word == "BLOCKED":
        return _end_blocked(summary, "words")
    return SessionOutcome(status="complete", completion="words", summary=summary)
