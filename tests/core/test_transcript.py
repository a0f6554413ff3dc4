"""How the endings of real sessions are read. `tests/data/claude` holds what CLI 2.1.330 streamed in each case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.failures import FailureKind
from bot.core.transcript import Transcript
from tests.core.streams import SAMPLES, answer, calls, ends, init, permitted, read, stream


def says(text: str, message: str = "msg_1") -> dict[str, Any]:
    return {"type": "assistant", "message": {"id": message, "content": [{"type": "text", "text": text}]}}


@pytest.mark.parametrize(
    ("sample", "kind"),
    [
        ("401.stream.jsonl", FailureKind.AUTH_FAILED),
        ("403.stream.jsonl", FailureKind.AUTH_FAILED),
        ("429.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("429_usage_limit_subscription.stream.jsonl", FailureKind.USAGE_LIMIT),
        ("500.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("529.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("conn_refused.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("cut_late.stream.jsonl", FailureKind.API_UNAVAILABLE),
        ("budget.json", FailureKind.BUDGET_EXHAUSTED),
        ("max_turns.json", FailureKind.SESSION_TIMEOUT),
        ("blocked.json", FailureKind.TASK_BLOCKED),
    ],
)
def test_each_measured_ending_has_its_failure_kind(sample: str, kind: FailureKind) -> None:
    """Although every API failure calls itself a success."""
    exit_code = 0 if kind == FailureKind.TASK_BLOCKED else 1

    assert read(sample, exit_code).failure == kind


@pytest.mark.parametrize(
    ("text", "more", "kind"),
    [
        ("Credit balance is too low", {"api_error_status": 400}, FailureKind.CREDIT_EXHAUSTED),
        ("Not logged in · Please run /login", {}, FailureKind.AUTH_FAILED),
        ("Prompt is too long", {"terminal_reason": "prompt_too_long"}, FailureKind.PROMPT_TOO_LONG),
        ("API Error: Connection dropped (ECONNRESET)", {}, FailureKind.API_UNAVAILABLE),
        ("API Error: 502", {"api_error_status": 502}, FailureKind.API_UNAVAILABLE),
        ("API Error: 400 what is this", {"api_error_status": 400}, FailureKind.AGENT_CRASHED),
        ("There's an issue with the selected model (x)", {"api_error_status": 404}, FailureKind.SETUP_FAILED),
    ],
)
def test_other_errors_are_known_by_their_fields(text: str, more: dict[str, Any], kind: FailureKind) -> None:
    """Fields come first; the text is only read where the CLI gives nothing else."""
    result = stream(
        init(), ends(**{"is_error": True, "terminal_reason": "api_error", "result": text, **more}), exit_code=1
    )

    assert result.failure == kind
    assert text in result.detail


def test_a_model_that_talks_about_errors_has_not_failed() -> None:
    """The words of an error in an ordinary answer mean nothing."""
    result = stream(says("x"), ends(result="Not logged in. Credit balance is too low. ECONNREFUSED"))

    assert result.failure is None


def test_a_usage_limit_says_when_it_ends() -> None:
    """So that the queue can go on by itself."""
    result = read("429_usage_limit_subscription.stream.jsonl")

    assert result.resets_at == datetime.fromtimestamp(1795333779, UTC)


def test_a_completed_session_tells_what_it_did() -> None:
    """Summary, turns, cost, identity, version and commands come out of the stream."""
    lines = (SAMPLES / "structured_output.stream.jsonl").read_text().replace('"done"', '"complete"')
    transcript = Transcript()
    for line in lines.splitlines():
        transcript.feed(line)

    result = transcript.result(0, None)

    assert (result.failure, result.status, result.completion) == (None, "complete", "structured")
    assert (result.summary, result.turns, result.cost_usd) == ("made it", 2, 0.0028)
    assert (result.claude_version, result.session_id[:8]) == ("2.1.330", "a091d1e5")
    assert result.commands == (("true", 0),)


def test_questions_are_numbered() -> None:
    """What a person has to answer reads as a list, below Claude's own words; a session that asks nothing in particular
    asks its summary."""
    asked = {"status": "needs_info", "summary": "Unclear.", "questions": ["Which  colour?", " ", "How\nmany?"]}

    result = stream(ends(structured_output=asked))
    vague = stream(ends(structured_output={"status": "needs_info", "summary": "Which one?"}))

    assert result.failure == FailureKind.NEEDS_INFO
    assert result.questions == ("Which colour?", "How many?")
    assert result.detail == "Unclear.\n\n1. Which colour?\n2. How many?"
    assert vague.questions == ("Which one?",)
    assert vague.detail == "1. Which one?"


def test_a_delivered_obstacle_says_what_is_in_the_way() -> None:
    result = stream(ends(structured_output={"status": "blocked", "summary": "No network."}))

    assert (result.failure, result.summary, result.completion) == (
        FailureKind.TASK_BLOCKED,
        "No network.",
        "structured",
    )


@pytest.mark.parametrize(
    ("text", "status", "summary"),
    [
        ("TASK_COMPLETE", "complete", ""),
        ("All tests pass.\nTASK_COMPLETE", "complete", "All tests pass."),
        ("**TASK_COMPLETE**: fixed the clock", "complete", "fixed the clock"),
        ("TASK_BLOCKED: no such file", "blocked", "no such file"),
        ("TASK_COMPLETE\nno, wait\nTASK_BLOCKED: no network", "blocked", "no network"),
    ],
)
def test_without_structured_output_the_predecessors_words_count(text: str, status: str, summary: str) -> None:
    """Marked as words, to tell them from a delivered result."""
    result = stream(says(text), ends(result=text))

    assert (result.status, result.completion, result.summary) == (status, "words", summary)
    assert (result.failure == FailureKind.TASK_BLOCKED) == (status == "blocked")


@pytest.mark.parametrize("text", ["I will say TASK_COMPLETE when done", "TASK_COMPLETED", "TASK_BLOCKEDish", ""])
def test_words_inside_a_sentence_are_no_signal(text: str) -> None:
    """Then nothing is claimed, and the commits decide."""
    result = stream(says(text), ends(result=text))

    assert (result.failure, result.status, result.completion) == (None, None, "")


def test_words_before_the_last_tool_call_are_no_signal() -> None:
    """A plan that is announced is not a task that is done."""
    result = stream(says("TASK_COMPLETE"), calls("Bash", command="ls"), answer("x", **permitted()), ends())

    assert result.status is None


def test_a_session_that_never_met_the_schema_may_still_have_spoken() -> None:
    """Exit code 1 and an error subtype there mean only that the form was missed."""
    failed = {"subtype": "error_max_structured_output_retries", "is_error": True}

    result = stream(
        says("TASK_COMPLETE"), ends(**failed, terminal_reason="structured_output_retry_exhausted"), exit_code=1
    )

    assert (result.failure, result.status, result.completion) == (None, "complete", "words")


@pytest.mark.parametrize(
    ("last", "exit_code"),
    [
        (ends(terminal_reason="hook_stopped"), 0),
        (ends(terminal_reason="tool_deferred"), 0),
        (ends(structured_output={"status": "complete", "summary": "x"}), 143),
        (ends(subtype="error_during_execution", is_error=True, terminal_reason="aborted_streaming"), 1),
    ],
)
def test_an_ending_that_is_not_understood_is_a_crash_with_evidence(last: dict[str, Any], exit_code: int) -> None:
    """Never a guess: the exit code, the last event and stderr are shown."""
    result = stream(init(), last, exit_code=exit_code, stderr="panic: oh\x1b[2J\x00no")

    assert result.failure == FailureKind.AGENT_CRASHED
    assert f"exit code {exit_code}" in result.detail
    assert "last event result/success" in result.detail or "last event result/error" in result.detail
    assert "panic: oh[2Jno" in result.detail


def test_a_stream_that_breaks_off_is_a_crash() -> None:
    """No result, no success, whatever the exit code says (SIGINT gives 0)."""
    assert stream(init(), says("working"), exit_code=0).failure == FailureKind.AGENT_CRASHED


def test_a_conversation_that_is_gone_cannot_be_resumed() -> None:
    """It is a matter of set-up: another try as it is would fail in the same way."""
    result = stream(exit_code=1, stderr="No conversation found with session ID: 1-2-3")

    assert result.failure == FailureKind.SETUP_FAILED


def test_why_a_session_was_stopped_wins_over_what_it_said() -> None:
    """A cancelled session that delivered in its last second is still cancelled."""
    assert read("blocked.json", None, FailureKind.CANCELLED).failure == FailureKind.CANCELLED


def test_several_results_are_one_session() -> None:
    """The cost of each result includes that of the results before it; the last one says how the session ended."""
    first = ends(total_cost_usd=0.5)
    last = ends(structured_output={"status": "complete", "summary": "ok"}, total_cost_usd=0.7)

    result = stream(calls("Bash", command="make"), first, last)

    assert (result.cost_usd, result.status) == (0.7, "complete")


def test_a_twice_refused_credential_ends_the_wait() -> None:
    """The CLI would go on asking for minutes."""
    transcript = Transcript()
    early = []
    for line in (SAMPLES / "401.stream.jsonl").read_bytes().splitlines():
        transcript.feed(line)
        early.append(transcript.early)

    assert early[:3] == [None, None, FailureKind.AUTH_FAILED]
